package main

import (
	"fmt"
	"slices"

	"github.com/piiproxy/piiproxy/bench"
)

// costTable is what requests cost and how they were served when the machine was full.
func costTable(entrants []*entrant) string {
	first := entrants[0]
	head := []string{"proxy", "does", "CPU µs a request", "ratio to " + first.title(), "least and greatest", "requests a second", "p50 ms", "p99 ms", "values left in its log"}
	var lines [][]string
	for _, e := range entrants {
		r := ratios(e.values(cpuOf), first.values(cpuOf))
		lines = append(lines, []string{e.program.name, e.name, f1(e.values(cpuOf)), fmt.Sprintf("%.2f", median(r)), spread(r),
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
func latencyTable(entrants []*entrant) string {
	first := entrants[0]
	head := []string{"proxy", "does", "p50 ms", "p99 ms", "ratio of p99 to " + first.title(), "least and greatest", "CPU µs a request"}
	var lines [][]string
	for _, e := range entrants {
		p99 := e.values(quantileOf(0.99))
		r := ratios(p99, first.values(quantileOf(0.99)))
		lines = append(lines, []string{e.program.name, e.name, f2(e.values(quantileOf(0.5))), f2(p99), fmt.Sprintf("%.2f", median(r)), spread(r), f1(e.values(cpuOf))})
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

// maskingItself says what our log costs without and with masking, compared within each round.
func maskingItself(entrants []*entrant) string {
	find := func(s *setting) *entrant {
		if i := slices.IndexFunc(entrants, func(e *entrant) bool { return e.setting == s }); i >= 0 {
			return entrants[i]
		}
		return nil
	}
	none, unmasked, found, tokens := find(silent), find(unmasking), find(finding), find(tokenising)
	if none == nil || unmasked == nil || found == nil || tokens == nil {
		return ""
	}
	return fmt.Sprintf("\nOf ours, the log costs %s µs without masking; finding all, and showing the fields of the body, %s µs more; tokens in place of what was "+
		"found %s µs more. Masking itself, the log with tokens less the log without masking: %s µs.\n",
		difference(unmasked, none), difference(found, unmasked), difference(tokens, found), difference(tokens, unmasked))
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
func filterLines(load string, filters []*filter, left []string) (lines [][]string) {
	last := filters[len(filters)-1]
	for i, f := range filters {
		r := ratios(f.speed, last.speed)
		lines = append(lines, []string{load, f.name, fmt.Sprintf("%.0f", median(f.speed)), fmt.Sprintf("%.2f", median(r)), spread(r), left[i]})
		load = ""
	}
	return lines
}

func f1(v []float64) string { return fmt.Sprintf("%.1f", median(v)) }
func f2(v []float64) string { return fmt.Sprintf("%.2f", median(v)) }
