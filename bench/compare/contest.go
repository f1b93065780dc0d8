package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// harness is one run of the comparison.
type harness struct {
	options
	tools    *tools
	upstream *upstream
	out      io.Writer // progress
	began    usage
	ran      []*program
	without  []string // what was left out, and why
}

func (h *harness) say(format string, args ...any) { fmt.Fprintf(h.out, format+"\n", args...) }

// leaveOut says once that a program is left out.
func (h *harness) leaveOut(name string, why error) {
	line := name + ": " + why.Error()
	if !slices.Contains(h.without, line) {
		h.without = append(h.without, line)
		h.say("left out: %s", line)
	}
}

// entrant is a setting with what it cost in each round.
type entrant struct {
	*running
	costs  []cost
	memory int64 // at its most
}

// A load is what is sent to each setting in each round, for so long.
type load func(ctx context.Context, address string, length time.Duration) (*outcome, error)

// warming is how long a setting is loaded before the rounds.
const warming = 500 * time.Millisecond

// contest loads the settings in turn, for so many rounds, so that the machine's drift meets all of them. The first of them
// is what the others are compared with.
func (h *harness) contest(ctx context.Context, rounds int, settings []*setting, m *message, l load) ([]*entrant, error) {
	all, err := h.startAll(ctx, h.chosen(settings), m)
	defer func() { stopAll(all) }()
	if err != nil {
		return nil, err
	}
	entrants := make([]*entrant, len(all))
	for i, r := range all {
		entrants[i] = &entrant{running: r}
	}
	for round := range rounds + 1 {
		for _, e := range entrants {
			length := h.length
			if round == 0 {
				length = min(warming, length)
			}
			c, err := e.measure(func(address string) (*outcome, error) { return l(ctx, address, length) })
			if err != nil {
				return nil, err
			}
			if round == 0 {
				continue
			}
			e.costs = append(e.costs, c)
			h.say("round %d: %s: %.1f µs, %.0f requests a second, p99 %.2f ms", round, e.title(), cpuOf(c), c.rate(), quantileOf(0.99)(c))
		}
	}
	for _, e := range entrants {
		e.memory = e.PeakMemory()
	}
	return entrants, ctx.Err()
}

// chosen returns the settings that the options ask for, and always what they are compared with.
func (h *harness) chosen(settings []*setting) []*setting {
	var chosen []*setting
	for i, s := range settings {
		if i == 0 || h.match == nil || h.match.MatchString(s.title()) {
			chosen = append(chosen, s)
		}
	}
	return chosen
}

// values returns one figure of every round.
func (e *entrant) values(figure func(cost) float64) []float64 {
	v := make([]float64, len(e.costs))
	for i, c := range e.costs {
		v[i] = figure(c)
	}
	return v
}

// ratios divides each value by that of the same round.
func ratios(values, to []float64) []float64 {
	r := make([]float64, min(len(values), len(to)))
	for i := range r {
		r[i] = values[i] / to[i]
	}
	return r
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}

// spread is the range of the rounds, or all of them.
func (h *harness) spread(v []float64) string {
	if !h.byRound {
		return fmt.Sprintf("%.2f–%.2f", slices.Min(v), slices.Max(v))
	}
	var b strings.Builder
	for _, r := range v {
		fmt.Fprintf(&b, " %.2f", r)
	}
	return b.String()[1:]
}

// spreadHead is the head of its column.
func (h *harness) spreadHead() string {
	if h.byRound {
		return "round by round"
	}
	return "least and greatest"
}

func cpuOf(c cost) float64  { return float64(c.cpu) / float64(time.Microsecond) }
func rateOf(c cost) float64 { return c.rate() }

func quantileOf(share float64) func(cost) float64 {
	return func(c cost) float64 { return float64(c.quantile(share)) / float64(time.Millisecond) }
}
