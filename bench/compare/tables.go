package main

import (
	"fmt"
	"slices"

	"github.com/piiproxy/piiproxy/bench"
)

// costTable is what requests cost and how they were served when the machine was full.
func (h *harness) costTable(entrants []*entrant) string {
	first := entrants[0]
	head := []string{"proxy", "does", "CPU µs a request", "ratio to " + first.title(), h.spreadHead(), "requests a second", "p50 ms", "p99 ms", "values left in its log"}
	var lines [][]string
	for _, e := range entrants {
		r := ratios(e.values(cpuOf), first.values(cpuOf))
		lines = append(lines, []string{e.program.name, e.name, f1(e.values(cpuOf)), fmt.Sprintf("%.2f", median(r)), h.spread(r),
			fmt.Sprintf("%.0f", median(e.values(rateOf))), f1(e.values(quantileOf(0.5))), f1(e.values(quantileOf(0.99))), e.leftCell()})
	}
	return bench.Table(head, lines)
}

// leftCell is how many of the planted values its log shows, if it ought to show none.
func (e *entrant) leftCell() string {
	if e.setting.log < masked {
		return ""
	}
	return e.left
}

// latencyTable is how long answers took when the machine had time to spare.
func (h *harness) latencyTable(entrants []*entrant) string {
	first := entrants[0]
	head := []string{"proxy", "does", "p50 ms", "p99 ms", "ratio of p99 to " + first.title(), h.spreadHead(), "CPU µs a request"}
	var lines [][]string
	for _, e := range entrants {
		p99 := e.values(quantileOf(0.99))
		r := ratios(p99, first.values(quantileOf(0.99)))
		lines = append(lines, []string{e.program.name, e.name, f2(e.values(quantileOf(0.5))), f2(p99), fmt.Sprintf("%.2f", median(r)), h.spread(r), f1(e.values(cpuOf))})
	}
	return bench.Table(head, lines)
}

func memoryTable(entrants []*entrant) string {
	var lines [][]string
	for _, e := range entrants {
		lines = append(lines, []string{e.program.name, e.name, fmt.Sprintf("%.0f", float64(e.memory)/(1<<20))})
	}
	return bench.Table([]string{"proxy", "does", "MiB"}, lines)
}

// find returns what a setting cost, if it ran.
func find(entrants []*entrant, s *setting) *entrant {
	if i := slices.IndexFunc(entrants, func(e *entrant) bool { return e.setting == s }); i >= 0 {
		return entrants[i]
	}
	return nil
}

// maskingItself says what masking costs, compared within each round.
func maskingItself(entrants []*entrant) string {
	unmasked, found, tokens := find(entrants, unmasking), find(entrants, finding), find(entrants, tokenising)
	if unmasked == nil || found == nil || tokens == nil {
		return ""
	}
	return fmt.Sprintf("\nMasking itself, our log with tokens less the same log without masking, costs %s µs a request: finding everything, also in the "+
		"body, and showing its fields %s, and tokens in place of what was found %s.\n",
		difference(tokens, unmasked), difference(found, unmasked), difference(tokens, found))
}

// againstCaddy says how our log with tokens stands to the log of Caddy with its filter encoder.
func (h *harness) againstCaddy(entrants []*entrant) string {
	tokens, other := find(entrants, tokenising), find(entrants, caddyMasked)
	if tokens == nil || other == nil {
		return ""
	}
	r := ratios(tokens.values(cpuOf), other.values(cpuOf))
	return fmt.Sprintf("\nOur log with tokens costs %.3f of what Caddy's costs with its filter encoder (%.3f to %.3f).\n", median(r), slices.Min(r), slices.Max(r))
}

// difference is what a costs more than b: the median of the rounds, and their range.
func difference(a, b *entrant) string {
	d := a.values(cpuOf)
	for i, v := range b.values(cpuOf) {
		d[i] -= v
	}
	return fmt.Sprintf("%.1f (%.1f to %.1f)", median(d), slices.Min(d), slices.Max(d))
}

// filterLines are the lines of one log in the table of filters. What is compared with is last.
func (h *harness) filterLines(load string, filters []*filter, left []string) (lines [][]string) {
	last := filters[len(filters)-1]
	for i, f := range filters {
		r := ratios(f.speed, last.speed)
		lines = append(lines, []string{load, f.name, fmt.Sprintf("%.0f", median(f.speed)), fmt.Sprintf("%.2f", median(r)), h.spread(r), left[i]})
		load = ""
	}
	return lines
}

func f1(v []float64) string { return fmt.Sprintf("%.1f", median(v)) }
func f2(v []float64) string { return fmt.Sprintf("%.2f", median(v)) }
