package redact

import (
	"bytes"
	"slices"

	"github.com/piiproxy/piiproxy/redact/internal/scan"
)

// Step is one thing that a surface decided about a text: a finding, a tagged field, or a candidate that was left alone. It
// holds nothing of the text but where it stands.
type Step struct {
	Start, End int // byte offsets in the text
	Kind       Kind
	Tier       string // "A" to "D" of a phone number, surest first; else empty
	Rule       string // the rule that found it, the field that it stands in, or the veto that left it alone
	Action     Action // what the surface does; Keep for a candidate that was left alone
	Miss       bool   // a candidate that was left alone
	Shown      Masked // what the surface shows; empty for what it leaves alone
}

// Explain says what [Surface.AppendLines] does with src and why, in order. It is its cold twin: it runs the same code, line
// by line, and looks at the candidates that were left alone besides.
func (s *Surface) Explain(src []byte) []Step {
	var steps []Step
	for at := 0; at < len(src); {
		line, _, _ := bytes.Cut(src[at:], []byte("\n"))
		r := s.begin(Masked{}, s.log, line, nil)
		r.steps, r.base = &steps, at
		first := len(steps)
		r.line(shapeOf(line))
		r.finish()
		steps = s.appendMisses(steps, first, line, at)
		at += len(line) + 1
	}
	slices.SortStableFunc(steps, func(a, b Step) int { return a.Start - b.Start })
	return steps
}

// appendMisses adds the candidates in a line that neither a finding nor a tagged field covers. steps[first:] are the line's.
func (s *Surface) appendMisses(steps []Step, first int, line []byte, base int) []Step {
	decided := steps[first:]
	for _, m := range s.scanner.Misses(line, scan.KeyNone) {
		start, end := base+m.Start, base+m.End
		if slices.ContainsFunc(decided, func(d Step) bool { return start < d.End && d.Start < end }) {
			continue
		}
		steps = append(steps, Step{
			Start: start, End: end, Kind: Kind(m.Kind), Rule: m.Reason.String(), Action: Keep, Miss: true,
		})
	}
	return steps
}

// note records a finding for Explain; at is the offset of the text in which it was found.
func (r *run) note(f *scan.Finding, at int, a Action) {
	if r.steps != nil {
		r.noteSpan(f, r.src[at:], at+f.Start, at+f.End, a)
	}
}

// noteSpan is note for a finding in a text of its own, which stands for the bytes from start to end.
func (r *run) noteSpan(f *scan.Finding, text []byte, start, end int, a Action) {
	if r.steps == nil {
		return
	}
	step := Step{Start: r.base + start, End: r.base + end, Kind: Kind(f.Kind), Rule: f.Reason.String(), Action: a}
	if f.Kind == scan.Phone {
		step.Tier = f.Tier.String()
	}
	if a != Keep {
		shown := run{s: r.s}
		shown.show(&scan.Finding{
			Start: f.Start, End: f.End, Kind: f.Kind, Region: f.Region, Digits: f.Digits, NumDigits: f.NumDigits,
		}, text, text[f.Start:f.End], a)
		step.Shown = Masked{shown.dst}
	}
	*r.steps = append(*r.steps, step)
}

// noteField records a tagged field that is treated as a whole.
func (r *run) noteField(sp spot, start, end int, a Action) {
	if r.steps == nil {
		return
	}
	step := Step{Start: r.base + start, End: r.base + end, Kind: sp.f.tag.Kind, Rule: "field", Action: a}
	if sp.f.member != "" {
		step.Rule += " " + sp.f.member
	}
	switch a {
	case Token:
		k := step.Kind
		if k == KindNone {
			k = KindID
		}
		step.Shown = Masked{r.s.tokens.appendToken(nil, new(macs), k, "", r.decode(r.src[start:end], inString))}
	case Mask:
		step.Shown = Masked{[]byte(masks[step.Kind])}
	}
	*r.steps = append(*r.steps, step)
}
