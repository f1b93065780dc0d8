package main

import (
	"bytes"
	"fmt"

	"github.com/piiproxy/piiproxy/redact"
)

type redactCmd struct {
	Config  string   `placeholder:"FILE" type:"path" help:"Take surfaces, keys and regions from this configuration."`
	Surface string   `default:"log" help:"The surface whose rules apply."`
	Format  string   `enum:"auto,text,json" default:"auto" help:"How lines are read: auto tells JSON, logfmt and text apart line by line."`
	Regions []string `placeholder:"GR,GB" help:"Regions whose national numbers to find. Without --config only."`
	Summary bool     `help:"Print counts on standard error at the end."`
}

// Help is the long help text.
func (redactCmd) Help() string {
	return `Copies standard input to standard output, line by line, with personal data replaced as the surface says. Without --config
every finding becomes a fixed mask, such as redacted_phone. Order and number of lines stay; all other bytes are copied as
they came; masking the output again changes nothing. Lines go out as soon as the input pauses:

    tail -f app.log | piiproxy redact

A line that cannot be masked, or is longer than 1 MiB, comes out as redacted_line.`
}

// Run masks standard input.
func (c redactCmd) Run(s streams) error {
	surface, err := c.surface(s)
	if err != nil {
		return err
	}
	sum, err := runLines(s.in, s.out, redactWork{surface, c.Format, c.Summary})
	if c.Summary {
		printSummary(s, &sum)
	}
	return err
}

func (c redactCmd) surface(s streams) (*redact.Surface, error) {
	if c.Config != "" {
		policy, err := configuredPolicy(s, c.Config)
		if err != nil {
			return nil, err
		}
		return policy.Surface(c.Surface)
	}
	policy, err := redact.Compile(redact.Spec{Regions: c.Regions, Surfaces: map[string]redact.SurfaceSpec{"log": {}}}, nil)
	if err != nil {
		return nil, misuse("regions are two letters each, such as GR", "%w", err)
	}
	return policy.Surface(c.Surface)
}

// redactWork masks lines.
type redactWork struct {
	surface *redact.Surface
	format  string
	summary bool // whose first number is that of the lines
}

func (w redactWork) numbered() bool { return w.summary }

func (w redactWork) work(c *chunk) {
	switch w.format {
	case "text":
		c.out = w.surface.AppendText(c.out, c.in, &c.tally)
	case "json":
		for line := range bytes.Lines(c.in) {
			body := bytes.TrimSuffix(line, lineBreak)
			c.out = w.surface.AppendJSON(c.out, nil, body, &c.tally)
			if len(body) < len(line) {
				c.out = c.out.AppendConst("\n")
			}
		}
	default:
		var failed int
		c.out, failed = w.surface.AppendLines(c.out, c.in, &c.tally)
		c.failed += int64(failed)
	}
}

func (redactWork) withhold(out redact.Masked, _ int64, lineBreak bool) redact.Masked {
	out = out.AppendConst("redacted_line")
	if lineBreak {
		out = out.AppendConst("\n")
	}
	return out
}

// printSummary prints what was done, in numbers.
func printSummary(s streams, sum *totals) {
	fmt.Fprintf(s.err, "piiproxy: %d lines, %d bytes, %d lines withheld\n", sum.lines, sum.bytesIn, sum.withheld)
	for _, kind := range redact.Kinds() {
		for _, action := range redact.Actions() {
			if n := sum.tally.Count(kind, action); n > 0 {
				fmt.Fprintf(s.err, "piiproxy: %s: %d %s\n", kind, n, action)
			}
		}
	}
}
