package replay

import (
	"fmt"
	"time"
)

// Thresholds are what a run must not exceed. A zero pointer sets none.
type Thresholds struct {
	P50, P90, P99, P999, Max *time.Duration // of the latency from the intended start
	Errors                   *float64       // share of the requests that were due, from 0 to 1
	Mix                      *float64       // share of the answers that may have another status than was recorded
}

// ThresholdVerdict is a threshold and what the run came to.
type ThresholdVerdict struct {
	Name   string  `json:"name"`
	Limit  float64 `json:"limit"` // microseconds, or a share
	Value  float64 `json:"value"`
	Count  int64   `json:"count"` // what it was measured on; 0 fails
	Failed bool    `json:"failed"`
}

// Apply adds the verdicts to r and reports whether it holds to all of them.
func (t Thresholds) Apply(r *Result) bool {
	for _, l := range []struct {
		name  string
		limit *time.Duration
		value int64
	}{
		{"p50", t.P50, r.Latency.P50}, {"p90", t.P90, r.Latency.P90}, {"p99", t.P99, r.Latency.P99},
		{"p99.9", t.P999, r.Latency.P999}, {"max", t.Max, r.Latency.Max},
	} {
		if l.limit != nil {
			r.judge(l.name, float64(l.limit.Microseconds()), float64(l.value), r.Latency.Count)
		}
	}
	if t.Errors != nil {
		r.judge("errors", *t.Errors, r.ErrorShare(), r.Intended)
	}
	if t.Mix != nil {
		r.judge("mix", *t.Mix, share(r.Fidelity.Compared-r.Fidelity.SameStatus, r.Fidelity.Compared), r.Fidelity.Compared)
	}
	for _, v := range r.Thresholds {
		if v.Failed {
			return false
		}
	}
	return true
}

// judge compares a value that was measured on n requests. On none nothing was shown, and the run fails.
func (r *Result) judge(name string, limit, value float64, n int64) {
	r.Thresholds = append(r.Thresholds, ThresholdVerdict{name, limit, value, n, value > limit || n == 0})
}

// String says what was asked and what came.
func (v ThresholdVerdict) String() string {
	if v.Count == 0 {
		return v.Name + " was measured on nothing"
	}
	verdict := "within"
	if v.Failed {
		verdict = "exceeds"
	}
	if v.Name == "errors" || v.Name == "mix" {
		return fmt.Sprintf("%s %s %s %s", v.Name, percent(v.Value), verdict, percent(v.Limit))
	}
	return fmt.Sprintf("%s %s %s %s", v.Name, duration(v.Value), verdict, duration(v.Limit))
}

// ErrorShare is the part of the requests that were due that got no whole answer, or a status of 500 and more.
func (r *Result) ErrorShare() float64 { return share(r.Errors, r.Intended) }

func share(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}
