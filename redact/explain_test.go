package redact

import (
	"fmt"
	"strings"
	"testing"
)

func TestExplain(t *testing.T) {
	const in = "at 2026-11-23 to +306912345678\n{\"body\":\"Ada\",\"ip\":\"203.0.113.5\"}\nseen 127.0.0.1 and 1.2.3.4.5\n"
	var got []string
	for _, s := range testSurface(t, "log").Explain([]byte(in)) {
		if s.Miss && s.Kind == KindPhone {
			continue // which near misses are worth telling is the scanner's
		}
		what := "shown"
		if s.Miss {
			what = "missed"
		}
		got = append(got, fmt.Sprintf("%s %s %q %v %v %s", what, s.Tier, in[s.Start:s.End], s.Kind, s.Action, shorten(string(s.Shown.Bytes()))))
		if s.Rule == "" {
			t.Errorf("%q has no rule", in[s.Start:s.End])
		}
	}
	want := []string{
		`shown A "+306912345678" phone token phone_GR_k1_`,
		`shown  "Ada" text mask redacted_text`,
		`shown  "203.0.113.5" ip token ip_k1_`,
		`shown  "127.0.0.1" ip keep `,
	}
	for _, w := range want {
		if !strings.Contains(strings.Join(got, "\n")+"\n", w+"\n") {
			t.Errorf("no step %s in\n%s", w, strings.Join(got, "\n"))
		}
	}
}

// TestExplainAgreesWithAppend rebuilds the output from the steps.
func TestExplainAgreesWithAppend(t *testing.T) {
	for _, surface := range []string{"log", "mask", "partial"} {
		s := testSurface(t, surface)
		for _, c := range lineCases {
			want, _ := s.AppendLines(Masked{}, []byte(c.in), nil)
			var b strings.Builder
			done := 0
			for _, step := range s.Explain([]byte(c.in)) {
				if step.Miss || step.Action == Keep {
					continue
				}
				b.WriteString(c.in[done:step.Start])
				b.Write(step.Shown.Bytes())
				done = step.End
			}
			b.WriteString(c.in[done:])
			if got := b.String(); got != string(want.Bytes()) {
				t.Errorf("%s: %s\n explained %s\n shown     %s", surface, c.in, got, want.Bytes())
			}
		}
	}
}
