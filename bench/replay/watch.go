package replay

import (
	"os"
	"time"
)

// watcher cuts a run into intervals.
type watcher struct {
	run       *run
	watched   processes
	intervals []Interval
	errors    int64
	before    usage // of the processes, at the end of the interval before
	first     usage
	peak      int64
	last      time.Time

	selfBefore time.Duration // CPU that this process had used at the start
}

// Interval is what a short time of a run brought. Counts are of that time; latencies are in microseconds, from the intended
// start, of the answers that ended in it.
type Interval struct {
	End      float64 `json:"end_s"`    // seconds since the start of the run
	Length   float64 `json:"length_s"` // the last one is shorter
	Sent     int64   `json:"sent"`
	Answered int64   `json:"answered"`
	Failed   int64   `json:"failed"`    // requests that ended without a whole answer
	Errors   int64   `json:"errors"`    // those, and answers with a status of 500 and more
	InFlight int64   `json:"in_flight"` // at its end
	P50      int64   `json:"p50_us"`
	P90      int64   `json:"p90_us"`
	P99      int64   `json:"p99_us"`
	Max      int64   `json:"max_us"`
	CPU      float64 `json:"cpu,omitempty"`       // processors that the watched processes used
	RSS      int64   `json:"rss_bytes,omitempty"` // their resident memory at the end
}

// begin starts to watch, and returns what ends it.
func (w *watcher) begin(r *run) (stop func()) {
	w.run, w.last = r, r.start
	w.selfBefore = usageOf(os.Getpid()).cpu
	w.watched = watchable(r.plan.PIDs)
	w.first = w.watched.usage()
	w.before, w.peak = w.first, w.first.rss
	tick := time.NewTicker(r.plan.Interval)
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				w.cut(false)
			case <-done:
				w.cut(true)
				return
			}
		}
	}()
	return func() { close(done); <-ended }
}

// cut ends an interval.
func (w *watcher) cut(last bool) {
	now := time.Now()
	i := w.run.record.cut()
	i.End, i.Length = now.Sub(w.run.start).Seconds(), now.Sub(w.last).Seconds()
	w.last = now
	if len(w.watched) > 0 {
		u := w.watched.usage()
		if i.Length > 0 {
			i.CPU = max(0, (u.cpu-w.before.cpu).Seconds()/i.Length)
		}
		i.RSS, w.peak, w.before = u.rss, max(w.peak, u.rss), u
	}
	w.errors += i.Errors
	w.intervals = append(w.intervals, i)
	if w.run.plan.Watch != nil {
		w.run.plan.Watch(Progress{
			Elapsed: now.Sub(w.run.start), Sent: w.run.record.count(), Errors: w.errors, Interval: i, Last: last})
	}
}
