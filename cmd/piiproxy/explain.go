package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/piiproxy/piiproxy/redact"
)

type explainCmd struct {
	Config  string   `placeholder:"FILE" type:"path" help:"Take surfaces, keys and regions from this configuration."`
	Surface string   `default:"log" help:"The surface whose rules apply."`
	Regions []string `placeholder:"GR,GB" help:"Regions whose national numbers to find. Without --config only."`
}

// Help is the long help text.
func (explainCmd) Help() string {
	return `Reads a text of at most 64 KiB from standard input and prints one line for each thing that the surface decides: where it
stands (byte offsets), what it is, which rule found it, what is done and what is shown; and for each candidate that was
left alone, why. The text itself is not printed.`
}

// Run explains standard input.
func (c explainCmd) Run(s streams) error {
	surface, err := redactCmd{Config: c.Config, Surface: c.Surface, Regions: c.Regions}.surface(s)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(s.in, maxValue+1))
	switch {
	case err != nil:
		return errInput
	case len(text) > maxValue:
		return fmt.Errorf("the text is longer than %d bytes", maxValue)
	}
	return printSteps(s, surface.Explain(text))
}

func printSteps(s streams, steps []redact.Step) error {
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "START\tEND\tKIND\tTIER\tACTION\tSHOWN\tRULE")
	for i := range steps {
		step := &steps[i]
		action, tier, shown := step.Action.String(), step.Tier, string(step.Shown.Bytes())
		if step.Miss {
			action = "left"
		}
		fmt.Fprintf(w, "%d\t%d\t%s\t%s\t%s\t%s\t%s\n", step.Start, step.End, step.Kind, dash(tier), action, dash(shown), step.Rule)
	}
	if w.Flush() != nil {
		return errOutput
	}
	return nil
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
