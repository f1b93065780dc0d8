package main

import (
	"bytes"

	"github.com/piiproxy/piiproxy/redact"
)

// exitFound is the exit code of `scan --fail` when there was a finding.
const exitFound = exitCode(3)

type scanCmd struct {
	Config  string   `placeholder:"FILE" type:"path" help:"Take regions from this configuration."`
	Profile string   `enum:"log,message" default:"log" help:"What the text is: log, for logs and traces, or message, for what people wrote."`
	Regions []string `placeholder:"GR,GB" help:"Regions whose national numbers to find."`
	Fail    bool     `help:"Exit with 3 if anything was found."`
}

// Help is the long help text.
func (scanCmd) Help() string {
	return `Reads text and prints one JSON object a finding:

    {"line":1,"start":0,"end":13,"kind":"phone","region":"GR","tier":"A"}

line counts from 1; start and end are byte offsets in that line. The text found is not printed. A line longer than 1 MiB is
not searched; it gives {"line":7,"kind":"unread"}.`
}

// Run searches standard input.
func (c scanCmd) Run(s streams) error {
	regions, err := c.regions()
	if err != nil {
		return err
	}
	d, err := redact.NewDetector(c.Profile, regions)
	if err != nil {
		return misuse("regions are two letters each, such as GR", "%w", err)
	}
	sum, err := runLines(s.in, s.out, scanWork{d})
	if err != nil {
		return err
	}
	if c.Fail && (sum.withheld > 0 || sum.tally.Kinds().Len() > 0) {
		return exitFound
	}
	return nil
}

func (c scanCmd) regions() ([]string, error) {
	if len(c.Regions) > 0 || c.Config == "" {
		return c.Regions, nil
	}
	read, err := readConfig(c.Config)
	if err != nil {
		return nil, err
	}
	return read.Spec.Redact.Regions, nil
}

// scanWork prints findings.
type scanWork struct{ detector *redact.Detector }

func (scanWork) numbered() bool { return true }

func (w scanWork) work(c *chunk) {
	line, lineStart := c.firstLine, 0
	for _, f := range w.detector.Find(nil, c.in) {
		for {
			n := bytes.IndexByte(c.in[lineStart:], '\n')
			if n < 0 || lineStart+n >= f.Start {
				break
			}
			line++
			lineStart += n + 1
		}
		c.tally.Add(f.Kind, redact.Keep)
		c.out = f.AppendJSON(c.out, line, lineStart)
	}
}

func (scanWork) withhold(out redact.Masked, number int64, _ bool) redact.Masked {
	return out.AppendConst(`{"line":`).AppendInt(number).AppendConst(`,"kind":"unread"}`).AppendConst("\n")
}
