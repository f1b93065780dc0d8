package replay

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode"

	"golang.org/x/perf/benchmath"
)

// fewestRuns is how many runs of each side it takes to compare runs and not intervals: with fewer no difference can be
// significant.
const fewestRuns = 4

// measure is a line of the table of [Compare].
type measure struct {
	name     string
	interval func(Interval) (float64, bool) // false if the interval says nothing of it
	run      func(*Result) (float64, bool)
	write    func(float64) string
	pooled   func([]*Result) float64 // in place of the median, which is 0 for what is rare; may be nil
}

var measures = []measure{
	{"p50", func(i Interval) (float64, bool) { return us(i.P50) }, func(r *Result) (float64, bool) { return us(r.Latency.P50) }, duration, nil},
	{"p90", func(i Interval) (float64, bool) { return us(i.P90) }, func(r *Result) (float64, bool) { return us(r.Latency.P90) }, duration, nil},
	{"p99", func(i Interval) (float64, bool) { return us(i.P99) }, func(r *Result) (float64, bool) { return us(r.Latency.P99) }, duration, nil},
	{"max", func(i Interval) (float64, bool) { return us(i.Max) }, func(r *Result) (float64, bool) { return us(r.Latency.Max) }, duration, nil},
	{"answers/s", func(i Interval) (float64, bool) { return float64(i.Answered) / i.Length, true },
		func(r *Result) (float64, bool) { return r.Rate, true }, digits, nil},
	{"errors", func(i Interval) (float64, bool) { return share(i.Errors, i.Answered+i.Failed), i.Answered+i.Failed > 0 },
		func(r *Result) (float64, bool) { return r.ErrorShare(), r.Intended > 0 }, percent, errorsOfAll},
	{"CPU/answer", func(i Interval) (float64, bool) {
		return perMillion(i.CPU*i.Length, i.Answered), i.RSS > 0 && i.Answered > 0
	}, func(r *Result) (float64, bool) {
		if r.Process == nil {
			return 0, false
		}
		return r.Process.CPUPerAnswer, true
	}, duration, nil},
	{"RSS", func(i Interval) (float64, bool) { return float64(i.RSS), i.RSS > 0 }, func(r *Result) (float64, bool) {
		if r.Process == nil {
			return 0, false
		}
		return float64(r.Process.PeakRSS), true
	}, mebibytes, nil},
}

func us(v int64) (float64, bool) { return float64(v), v > 0 }

// Compare writes a table of how b differs from a: medians with the range that holds them with 95 % confidence, and the
// difference where the Mann-Whitney U test finds one at 5 %, as benchstat does. What is repeated, and so compared, is whole
// runs, if each side has at least four of them. Otherwise it is the intervals of the runs, without the first and the last of
// each: those follow one another within a run and are not quite independent, so that such a difference says that these runs
// differ, and not that the next ones will.
func Compare(out io.Writer, a, b []*Result) error {
	byRun := len(a) >= fewestRuns && len(b) >= fewestRuns
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "\t%s\t\t%s\t\tdifference\n", side(a), side(b))
	for _, m := range measures {
		m.writeLine(w, a, b, byRun)
	}
	w.Flush()
	what := "intervals of the runs, without the first and last: these runs differ or do not; whether the next do, four runs a side tell"
	if byRun {
		what = "whole runs"
	}
	_, err := fmt.Fprintf(out, "\nmedian ± its 95%% confidence, of errors the share in all; ~ is no difference at 5%% by the Mann-Whitney U test; n counts %s\n", what)
	if plan := differentPlans(a, b); plan != "" && err == nil {
		_, err = fmt.Fprintf(out, "note: the runs were made differently: %s\n", plan)
	}
	return err
}

// writeLine writes a measure of both sides, unless one of them has none.
func (m measure) writeLine(w io.Writer, a, b []*Result, byRun bool) {
	sa, sb := m.sample(a, byRun), m.sample(b, byRun)
	if len(sa.Values) == 0 || len(sb.Values) == 0 {
		return
	}
	test := benchmath.AssumeNothing.Compare(sa, sb)
	if m.pooled != nil {
		pa, pb := m.pooled(a), m.pooled(b)
		difference := "~"
		if test.P <= test.Alpha {
			difference = fmt.Sprintf("%+.2f points", 100*(pb-pa))
		}
		fmt.Fprintf(w, "%s\t%s\t\t%s\t\t%s (%s)\n", m.name, m.write(pa), m.write(pb), difference, test)
		return
	}
	ca, cb := benchmath.AssumeNothing.Summary(sa, 0.95), benchmath.AssumeNothing.Summary(sb, 0.95)
	fmt.Fprintf(w, "%s\t%s\t± %s\t%s\t± %s\t%s (%s)\n", m.name, m.write(ca.Center), ca.PctRangeString(),
		m.write(cb.Center), cb.PctRangeString(), test.FormatDelta(ca.Center, cb.Center), test)
}

// errorsOfAll is the share of errors in all requests of one side.
func errorsOfAll(results []*Result) float64 {
	var failed, due int64
	for _, r := range results {
		failed += r.Errors
		due += r.Intended
	}
	return share(failed, due)
}

// sample collects the values of a measure.
func (m measure) sample(results []*Result, byRun bool) *benchmath.Sample {
	var values []float64
	for _, r := range results {
		if byRun {
			if v, ok := m.run(r); ok {
				values = append(values, v)
			}
			continue
		}
		for _, i := range steady(r.Intervals) {
			if v, ok := m.interval(i); ok && i.Length > 0 {
				values = append(values, v)
			}
		}
	}
	return benchmath.NewSample(values, &benchmath.DefaultThresholds)
}

// steady returns the intervals without the first, in which connections are made, and without the last, which is shorter. Of very
// few it leaves none out.
func steady(all []Interval) []Interval {
	if len(all) < 5 {
		return all
	}
	return all[1 : len(all)-1]
}

// side names the runs of one side.
func side(results []*Result) string {
	name := strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '?' // a result may come from anybody, and its name goes to a terminal
	}, results[0].Name)
	if n := len(results); n > 1 {
		return fmt.Sprintf("%s, and %d more", name, n-1)
	}
	return name
}

// differentPlans says how the runs were made, if that was not the same for all.
func differentPlans(a, b []*Result) string {
	first := a[0].Plan.String()
	for _, r := range append(a[1:len(a):len(a)], b...) {
		if r.Plan.String() != first {
			return first + ", and " + r.Plan.String()
		}
	}
	return ""
}
