package main

import "errors"

type checkCmd struct {
	Config string `required:"" placeholder:"FILE" help:"The configuration."`
}

// Run compiles the configuration and prints every problem.
func (c checkCmd) Run(s streams) error { return errors.New("check is not built yet") }
