package main

import "errors"

type serveCmd struct {
	Config string `placeholder:"FILE" help:"The configuration. Without it the built-in example runs."`
}

// Run runs the proxy until it is told to stop.
func (c serveCmd) Run(s streams) error { return errors.New("serve is not built yet") }
