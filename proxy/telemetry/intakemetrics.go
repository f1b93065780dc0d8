package telemetry

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/piiproxy/piiproxy/redact"
)

// Source is what kind of telemetry of other programs came in, and how.
type Source uint8

// The sources.
const (
	SourceNone    Source = iota // it was not found out
	SourceTraces                // OTLP
	SourceLogs                  // OTLP
	SourceMetrics               // OTLP
	SourceLines                 // by POST
	SourceSyslog
	numSources
)

var sourceNames = [numSources]string{"unknown", "otlp_traces", "otlp_logs", "otlp_metrics", "lines", "syslog"}

// intakeReasons is why telemetry of other programs is not taken.
var intakeReasons = []Reason{
	ReasonNoRoute, ReasonMethod, ReasonMalformedRequest, ReasonRequestTimeout, ReasonClientClosed, ReasonVersion, ReasonUnsupported,
	ReasonExpectation, ReasonTargetTooLong, ReasonHeadersTooLarge, ReasonBodyTooLarge, ReasonMediaType, ReasonEncoding, ReasonMalformedData,
	ReasonMemory, ReasonInFlight, ReasonConnections, ReasonHandshake, ReasonQueueFull, ReasonPanic,
}

// WithheldReason is why a line of what was taken was not handed on.
type WithheldReason uint8

// The reasons.
const (
	WithheldTooLong WithheldReason = iota
	WithheldFault                  // of masking
	WithheldLost                   // there was no room to wait for delivery
	numWithheldReasons
)

var withheldNames = [numWithheldReasons]string{"too_long", "fault", "queue_full"}

// IntakeSeries counts what came in. It is safe for concurrent use.
type IntakeSeries struct{ sources [numSources]intakeSeries }

type intakeSeries struct {
	accepted, items, bytes, changed, dropped prometheus.Counter
	refused                                  [numReasons]prometheus.Counter // nil for those that are no reason
	findings                                 [numKinds][numActions]prometheus.Counter
	withheld                                 [numWithheldReasons]prometheus.Counter
}

// Intake returns the series of telemetry of other programs.
func (m *Metrics) Intake() *IntakeSeries { return m.intake }

func (m *Metrics) makeIntake() {
	accepted := m.counters("intake_accepted_requests_total", "Requests with telemetry of other programs that were taken whole, by source.", "source")
	refused := m.counters("intake_refused_requests_total", "Requests with telemetry of other programs that were not taken, by source and reason.", "source", "reason")
	items := m.counters("intake_items_total", "Spans, log records, data points and lines that were taken, by source.", "source")
	bytes := m.counters("intake_bytes_total", "Bytes of telemetry that was taken, inflated and before it was masked, by source.", "source")
	changed := m.counters("intake_changed_values_total", "Values and names of which something was masked, by source.", "source")
	dropped := m.counters("intake_dropped_fields_total", "Fields that were withheld because OTLP does not define them, by source.", "source")
	findings := m.counters("intake_findings_total", "Findings in telemetry of other programs, by source, kind and the action applied.", "source", "kind", "action")
	withheld := m.counters("intake_withheld_lines_total", "Lines of what was taken that were not handed on, by source and reason.", "source", "reason")
	m.intake = &IntakeSeries{}
	for s, name := range sourceNames {
		series := &m.intake.sources[s]
		for _, r := range intakeReasons {
			series.refused[r] = refused.WithLabelValues(name, r.String())
		}
		if Source(s) == SourceNone {
			continue
		}
		series.accepted, series.items, series.bytes = accepted.WithLabelValues(name), items.WithLabelValues(name), bytes.WithLabelValues(name)
		series.changed, series.dropped = changed.WithLabelValues(name), dropped.WithLabelValues(name)
		for r, reason := range withheldNames {
			series.withheld[r] = withheld.WithLabelValues(name, reason)
		}
		for _, k := range redact.Kinds() {
			for _, a := range redact.Actions() {
				series.findings[k][a] = findings.WithLabelValues(name, k.String(), a.String())
			}
		}
	}
}

// Taken is what was in a request that was taken.
type Taken struct {
	Items, Bytes     int
	Changed, Dropped int // values and names; fields
}

// Accepted counts a request that was taken. t may be nil.
func (s *IntakeSeries) Accepted(from Source, n Taken, t *redact.Tally) {
	series := &s.sources[from]
	series.accepted.Inc()
	series.items.Add(float64(n.Items))
	series.bytes.Add(float64(n.Bytes))
	series.changed.Add(float64(n.Changed))
	series.dropped.Add(float64(n.Dropped))
	if t == nil {
		return
	}
	for k := range redact.Kind(numKinds) {
		for a := range redact.Action(numActions) {
			if found := t.Count(k, a); found != 0 && series.findings[k][a] != nil {
				series.findings[k][a].Add(float64(found))
			}
		}
	}
}

// Withheld counts lines that were not handed on.
func (s *IntakeSeries) Withheld(from Source, r WithheldReason, n int) {
	s.sources[from].withheld[r].Add(float64(n))
}

// Refused counts a request that was not taken.
func (s *IntakeSeries) Refused(from Source, r Reason) {
	if !slices.Contains(intakeReasons, r) {
		r = ReasonPanic
	}
	s.sources[from].refused[r].Inc()
}
