package telemetry

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// latencyBuckets are the bounds of histograms of time, in seconds.
var latencyBuckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}

// exemplarPause is for how long a bucket keeps an exemplar at least.
const exemplarPause = time.Second

// latency is one series of a histogram of time. Of exchanges with spans it keeps some as exemplars, which lead from a bucket to a
// trace: one a bucket and a second at most. Only such a one allocates.
type latency struct {
	series    prometheus.Observer
	exemplars prometheus.ExemplarObserver
	last      []atomic.Int64 // by bucket: when it got its last exemplar, in nanoseconds
}

func newLatency(series prometheus.Observer) *latency {
	l := &latency{series: series, last: make([]atomic.Int64, len(latencyBuckets)+1)}
	l.exemplars, _ = series.(prometheus.ExemplarObserver)
	return l
}

// observe counts took. An exemplar has the id of the record's trace and nothing else: that is one that the proxy made, or one
// adopted from a configured peer.
func (l *latency) observe(took time.Duration, r *Record) {
	seconds := took.Seconds()
	if !r.Sampled || l.exemplars == nil || !l.due(seconds, r.Start.Add(r.Elapsed).UnixNano()) {
		l.series.Observe(seconds)
		return
	}
	id := appendHex(appendHex(make([]byte, 0, 32), r.TraceID.Hi), r.TraceID.Lo)
	l.exemplars.ObserveWithExemplar(seconds, prometheus.Labels{"trace_id": string(id)})
}

// due reports whether the bucket of that value takes an exemplar, to one of those who ask at the same time.
func (l *latency) due(seconds float64, now int64) bool {
	bucket := 0
	for bucket < len(latencyBuckets) && seconds > latencyBuckets[bucket] {
		bucket++
	}
	last := l.last[bucket].Load()
	return now-last >= int64(exemplarPause) && l.last[bucket].CompareAndSwap(last, now)
}
