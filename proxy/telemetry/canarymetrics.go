package telemetry

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/piiproxy/piiproxy/redact"
)

// Exit is a place where bytes leave that the canary reads back.
type Exit uint8

// The exits.
const (
	ExitAccessLog Exit = iota
	ExitOpsLog         // the operational log
	ExitExport         // OTLP: own spans, and telemetry of other programs
	ExitIngest         // log lines of other programs, to a file or to stdout
	ExitCapture
	ExitMetrics
	ExitAnswer    // of the proxy's own: refusals
	ExitConnector // what a connector gets, of which some is none of its business
	NumExits      = int(ExitConnector) + 1
)

var exitMasked = [NumExits]redact.Masked{
	ExitAccessLog: redact.Masked{}.AppendConst("access_log"),
	ExitOpsLog:    redact.Masked{}.AppendConst("operational_log"),
	ExitExport:    redact.Masked{}.AppendConst("export"),
	ExitIngest:    redact.Masked{}.AppendConst("ingest"),
	ExitCapture:   redact.Masked{}.AppendConst("capture"),
	ExitMetrics:   redact.Masked{}.AppendConst("metrics"),
	ExitAnswer:    redact.Masked{}.AppendConst("answer"),
	ExitConnector: redact.Masked{}.AppendConst("connector"),
}

var exitNames = words(exitMasked[:])

// String returns the word for e that logs and metrics use.
func (e Exit) String() string { return exitNames[min(int(e), NumExits)] }

// AtExit is an attribute of the operational log whose value is an exit.
func AtExit(e Exit) Attr { return Text("exit", exitMasked[min(int(e), NumExits-1)]) }

// OfKind is an attribute of the operational log whose value is a kind.
func OfKind(k redact.Kind) Attr { return Text("kind", kindMasked[min(int(k), numKinds-1)]) }

// CanaryState is what the canary tells of itself at a moment. Counts are since its start.
type CanaryState struct {
	Interval                    time.Duration
	Success                     time.Time // of the last run that found nothing and came through
	Succeeded, Leaked, Unproven uint64    // runs
	Leaks                       [NumExits][numKinds]uint64
}

// canaryCollector shows what the canary counts itself.
type canaryCollector struct {
	interval, success, runs, leaks *prometheus.Desc

	state atomic.Pointer[func() CanaryState]
}

func newCanaryCollector() *canaryCollector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(namespace+"_canary_"+name, help, labels, nil)
	}
	return &canaryCollector{
		interval: desc("interval_seconds", "Time from one run of the canary to the next."),
		success:  desc("last_success_timestamp_seconds", "When the canary last came through with nothing found; 0 if it never has."),
		runs:     desc("runs_total", "Runs of the canary, by result: success, leak, or unproven if it did not come through.", "result"),
		leaks:    desc("leaks_total", "Planted values that were found, by exit and kind.", "exit", "kind"),
	}
}

// Describe is part of [prometheus.Collector].
func (c *canaryCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.interval, c.success, c.runs, c.leaks} {
		ch <- d
	}
}

// Collect is part of [prometheus.Collector]. There is nothing to show without a canary.
func (c *canaryCollector) Collect(ch chan<- prometheus.Metric) {
	state := c.state.Load()
	if state == nil {
		return
	}
	s := (*state)()
	gauge := func(d *prometheus.Desc, v float64) { ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v) }
	counter := func(d *prometheus.Desc, n uint64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
	}
	gauge(c.interval, s.Interval.Seconds())
	gauge(c.success, max(seconds(s.Success), 0))
	counter(c.runs, s.Succeeded, "success")
	counter(c.runs, s.Leaked, "leak")
	counter(c.runs, s.Unproven, "unproven")
	for e, kinds := range s.Leaks {
		for _, k := range redact.Kinds() {
			counter(c.leaks, kinds[k], exitNames[e], k.String())
		}
	}
}

// WatchCanary shows the state of the canary, which is asked at each scrape.
func (m *Metrics) WatchCanary(state func() CanaryState) { m.canary.state.Store(&state) }
