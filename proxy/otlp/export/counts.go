package export

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/piiproxy/piiproxy/proxy/otlp"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
)

// counts is what State shows.
type counts struct {
	signals [3]struct{ batches, bytes, rejected atomic.Uint64 } // by otlp.Signal
	retries [len(telemetry.ExportState{}.Retries)]atomic.Uint64
	refused [len(telemetry.ExportState{}.Refused)]atomic.Uint64
	lost    [len(telemetry.ExportState{}.Lost)]atomic.Uint64

	unreadable, spoolErrors atomic.Uint64
}

func (c *counts) fill(s *telemetry.ExportState) {
	for signal, to := range map[otlp.Signal]*telemetry.ExportCounts{otlp.Traces: &s.Traces, otlp.Logs: &s.Logs, otlp.Metrics: &s.Metrics} {
		n := &c.signals[signal]
		*to = telemetry.ExportCounts{Batches: n.batches.Load(), Bytes: n.bytes.Load(), Rejected: n.rejected.Load()}
	}
	for i := range c.retries {
		s.Retries[i] = c.retries[i].Load()
	}
	for i := range c.refused {
		s.Refused[i] = c.refused[i].Load()
	}
	for i := range c.lost {
		s.Lost[i] = c.lost[i].Load()
	}
	s.Unreadable, s.SpoolErrors = c.unreadable.Load(), c.spoolErrors.Load()
}

// quiet is how long the same complaint is not repeated.
const quiet = 10 * time.Second

// complaints writes to the operational log what goes wrong, each thing now and then: an endpoint that refuses everything must
// not fill the log.
type complaints struct {
	log *telemetry.Ops

	mu    sync.Mutex               // of what follows
	last  [numComplaints]time.Time // by reason of a loss, and of what else there is
	total [numLosses]uint64        // batches, by reason
	later [numLosses]*time.Timer   // says the total; nil: it is said
}

const numLosses = len(telemetry.ExportState{}.Lost)

// What is complained of besides losses.
const (
	aboutSpool = numLosses + iota
	aboutRejected
	numComplaints
)

// speak reports whether a complaint is due, and takes it for made.
func (c *complaints) speak(about int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	due := now.Sub(c.last[about]) >= quiet
	if due {
		c.last[about] = now
	}
	return due
}

// spool says that the disk fails. What it says itself names files, and is not shown.
func (c *complaints) spool() {
	if c.speak(aboutSpool) {
		c.log.Error("the spool cannot be read or written")
	}
}

// rejected says that an endpoint rejected a part of a batch that it took, and how many items it has rejected of that signal so far.
// Why it did is in its answer, which may quote them.
func (c *complaints) rejected(total uint64) {
	if c.speak(aboutRejected) {
		c.log.Error("an endpoint rejected a part of what it took", telemetry.Number("items", int64(total)))
	}
}

// lost says that batches were lost, with how many were lost for the reason so far: at once, or when it may be said again.
func (c *complaints) lost(r telemetry.LossReason, total uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.total[r] = max(c.total[r], total)
	wait := quiet - time.Since(c.last[r])
	switch {
	case c.later[r] != nil:
	case wait > 0:
		c.later[r] = time.AfterFunc(wait, func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.sayLater(r)
		})
	default:
		c.say(r)
	}
}

// say says how many batches were lost for a reason. The complaints are locked.
func (c *complaints) say(r telemetry.LossReason) {
	c.last[r] = time.Now()
	c.log.Error("telemetry was lost", telemetry.Loss(r), telemetry.Number("batches", int64(c.total[r])))
}

// sayLater says what was to be said later, if it was not. The complaints are locked.
func (c *complaints) sayLater(r telemetry.LossReason) {
	if t := c.later[r]; t != nil {
		t.Stop()
		c.later[r] = nil
		c.say(r)
	}
}

// end says all that was to be said later.
func (c *complaints) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for r := range c.later {
		c.sayLater(telemetry.LossReason(r))
	}
}

// lose counts batches that will not be delivered.
func (e *Exporter) lose(r telemetry.LossReason, batches uint64) {
	if batches > 0 {
		e.complain.lost(r, e.counts.lost[r].Add(batches))
	}
}
