package replay

import (
	"strconv"
	"time"
)

// duration writes microseconds with three digits and their unit.
func duration(us float64) string {
	switch {
	case us < 1e3:
		return digits(us) + "µs"
	case us < 1e6:
		return digits(us/1e3) + "ms"
	}
	return digits(us/1e6) + "s"
}

// digits writes three of them, or as many as stand before the point.
func digits(v float64) string {
	abs := max(v, -v)
	switch {
	case abs >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case abs >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

func percent(v float64) string { return strconv.FormatFloat(100*v, 'f', 2, 64) + "%" }

func mebibytes(v float64) string { return digits(v/(1<<20)) + "MiB" }

// Line says where a run stands, in one line.
func (p Progress) Line() string {
	i := p.Interval
	perSecond := 0.0
	if i.Length > 0 {
		perSecond = float64(i.Answered) / i.Length
	}
	line := p.Elapsed.Round(10*time.Millisecond).String() + "  " +
		strconv.FormatFloat(perSecond, 'f', 0, 64) + "/s  sent " + strconv.FormatInt(p.Sent, 10) +
		"  errors " + strconv.FormatInt(p.Errors, 10) + "  p99 " + duration(float64(i.P99)) +
		"  in flight " + strconv.FormatInt(i.InFlight, 10)
	if i.RSS > 0 {
		line += "  cpu " + digits(i.CPU) + "  rss " + mebibytes(float64(i.RSS))
	}
	return line
}
