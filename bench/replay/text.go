package replay

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// WriteText writes a result for people.
func (r *Result) WriteText(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "run\t%s, %s, %s, to %s\n", r.Name, r.Plan, duration(r.Elapsed*1e6), strings.Join(r.Plan.Targets, ", "))
	fmt.Fprintf(w, "requests\t%d due, %d sent, %d answered, %d errors (%s)\n", r.Intended, r.Sent, r.Answered, r.Errors, percent(r.ErrorShare()))
	fmt.Fprintf(w, "rate\t%s answers a second\n", digits(r.Rate))
	if r.Plan.Loop == "open" {
		fmt.Fprintf(w, "latency\t%s  (from the intended start)\n", r.Latency)
		fmt.Fprintf(w, "service\t%s  (from the actual start)\n", r.Service)
		fmt.Fprintf(w, "lag\t%s  (between the two)\n", r.Lag)
	} else {
		fmt.Fprintf(w, "latency\t%s  (of a closed loop: not what clients would see)\n", r.Latency)
	}
	fmt.Fprintf(w, "statuses\t%s\n", counts(r.Statuses))
	if r.Answered < r.Intended {
		fmt.Fprintf(w, "failures\t%s\n", counts(r.Failures))
	}
	if p := r.Process; p != nil {
		fmt.Fprintf(w, "process\t%s: %s CPU an answer, %s at most\n", strings.Trim(fmt.Sprint(p.PIDs), "[]"), duration(p.CPUPerAnswer), mebibytes(float64(p.PeakRSS)))
	}
	fmt.Fprintf(w, "sending\t%s CPU a request, here\n", duration(r.Self.CPUPerSend))
	if f := r.Fidelity; f.Compared > 0 {
		fmt.Fprintf(w, "as recorded\t%s of %d statuses, %s of %d sizes within 1%%\n", percent(share(f.SameStatus, f.Compared)), f.Compared,
			percent(share(f.SameSize, f.SizesCompared)), f.SizesCompared)
	}
	for _, v := range r.Thresholds {
		fmt.Fprintf(w, "threshold\t%s\n", v)
	}
	if note := r.note(); note != "" {
		fmt.Fprintf(w, "note\t%s\n", note)
	}
	w.Flush()
	fmt.Fprintln(out)
	return r.writeMix(out)
}

// note warns of what makes the numbers doubtful.
func (r *Result) note() string {
	switch {
	case r.Cut:
		return "the run was ended before its time"
	case r.Sent > 0 && r.Self.CPU > 0.9*r.Elapsed*float64(r.Machine.GOMAXPROCS):
		return "sending took all the processors there are: the latencies are ours as much as the target's"
	case r.Failures[Unsent.String()] > 0:
		return "requests were left unsent: the target is slower than the rate, or --connections too few"
	case r.Plan.Loop == "open" && r.Lag.P99 > 1000 && 5*r.Lag.P99 > r.Latency.P99:
		return "much of p99 is lag: waiting for a free connection, or for a processor on this machine"
	}
	return ""
}

// writeMix writes what was recorded and what came, by route.
func (r *Result) writeMix(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "LISTENER\tROUTE\tMETHOD\tSENT\tRECORDED\tBYTES\tREPLAYED\tBYTES")
	for _, m := range r.Mix {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\n", orDash(m.Listener), orDash(m.Route), orDash(m.Method), m.Sent,
			m.Recorded, m.Recorded.mean(), m.Replayed, m.Replayed.mean())
	}
	return w.Flush()
}

// String says how a run was made.
func (p PlanResult) String() string {
	switch {
	case p.Rate > 0:
		return fmt.Sprintf("open loop at %s/s", trim(p.Rate))
	case p.Speed > 0:
		return fmt.Sprintf("open loop at %sx the capture's speed", trim(p.Speed))
	}
	return fmt.Sprintf("closed loop of %d", p.Connections)
}

// String writes the percentiles in a line.
func (d Distribution) String() string {
	if d.Count == 0 {
		return "none"
	}
	return fmt.Sprintf("p50 %s  p90 %s  p99 %s  p99.9 %s  max %s", duration(float64(d.P50)), duration(float64(d.P90)),
		duration(float64(d.P99)), duration(float64(d.P999)), duration(float64(d.Max)))
}

// String writes the statuses, each with how often it came.
func (a Answers) String() string {
	if a.Answers == 0 {
		return "-"
	}
	var parts []string
	for _, status := range slices.Sorted(maps.Keys(a.Statuses)) {
		parts = append(parts, fmt.Sprintf("%d×%d", status, a.Statuses[status]))
	}
	return strings.Join(parts, " ")
}

func (a Answers) mean() string {
	if a.Answers == 0 {
		return "-"
	}
	return digits(float64(a.Bytes) / float64(a.Answers))
}

func counts(of map[string]int64) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(of)) {
		if of[name] > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", name, of[name]))
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// trim writes a number without zeros behind the point.
func trim(v float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", v), "0"), ".")
}
