package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/piiproxy/piiproxy/redact"
)

// maxValue bounds a value that is read from standard input.
const maxValue = 64 << 10

type tokenCmd struct {
	Value   string   `arg:"" help:"The value, in any spelling; - reads it from standard input, which keeps it out of the shell's history."`
	Kind    string   `required:"" enum:"phone,email,ip,name,text,secret,location,id" help:"What the value is: ${enum}."`
	Keys    string   `required:"" placeholder:"FILE" type:"path" help:"The keyring."`
	Entity  string   `default:"default" help:"The legal entity whose keys."`
	Regions []string `placeholder:"GR,GB" help:"Regions for numbers without a calling code; the proxy's, if its tokens are to be found."`
}

// Help is the long help text.
func (tokenCmd) Help() string {
	return `Prints the tokens of a value, one line for each epoch that lives, newest first: what to search for to find a person in logs
and traces.`
}

// Run prints the tokens.
func (c tokenCmd) Run(s streams) error {
	ring, err := loadKeyring(c.Keys)
	if err != nil {
		return err
	}
	value, err := c.value(s)
	if err != nil {
		return err
	}
	kind, _ := redact.ParseKind(c.Kind)
	tokens, err := ring.TokensOf(c.Entity, kind, value, c.Regions)
	if err != nil {
		return err
	}
	for _, t := range tokens {
		if _, err := fmt.Fprintf(s.out, "%s\n", t.Bytes()); err != nil {
			return errOutput
		}
	}
	return nil
}

func (c tokenCmd) value(s streams) (string, error) {
	if c.Value != "-" {
		return c.Value, nil
	}
	data, err := io.ReadAll(io.LimitReader(s.in, maxValue+1))
	switch {
	case err != nil:
		return "", errInput
	case len(data) > maxValue:
		return "", fmt.Errorf("the value is longer than %d bytes", maxValue)
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r"), nil
}
