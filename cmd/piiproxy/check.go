package main

import "fmt"

type checkCmd struct {
	Config string `required:"" placeholder:"FILE" help:"The configuration."`
}

// Help is the long help text.
func (checkCmd) Help() string {
	return `Reads the configuration and everything that it names (keyring, secrets, certificates), compiles it as serve does, and
listens nowhere. Every problem comes with its line and column, and none repeats a value.`
}

// Run compiles the configuration and prints every problem.
func (c checkCmd) Run(s streams) error {
	read, err := source{file: c.Config}.read()
	if read == nil {
		return err
	}
	keys, err := keyring(read, nil)
	g, err := compile(read, keys, nil, err)
	if err != nil {
		return err
	}
	g.Discard()
	_, err = fmt.Fprintf(s.out, "%s: ok: %d listeners, %d routes, %d connectors, %d upstreams\n", c.Config,
		len(read.Spec.Listeners), len(read.Spec.Routes), len(read.Spec.Connectors), len(read.Spec.Upstreams))
	return err
}
