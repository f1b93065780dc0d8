package telemetry

import (
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/piiproxy/piiproxy/redact"
)

// namespace is the prefix of every metric of the proxy.
const namespace = "piiproxy"

// Metrics is everything that the proxy counts, in a registry of its own. Labels are words of the program and names of the
// configuration: nothing from traffic can become one. There is one Metrics in a process; generations come and go in it.
type Metrics struct {
	registry *prometheus.Registry
	vectors
	panics    prometheus.Counter
	untaken   prometheus.Counter
	reloads   [2]prometheus.Counter // failed, succeeded
	reloaded  prometheus.Gauge
	loadedAt  prometheus.Gauge
	keys      *prometheus.GaugeVec
	muted     *prometheus.CounterVec
	sinks     *sinkCollector
	upstreams *upstreamCollector
	exports   *exportCollector
	spans     atomic.Pointer[func() (offered, lost uint64)]
	intake    *IntakeSeries
	certs     *certificateCollector
	load      *loadCollector
	capture   *captureCollector
	canary    *canaryCollector
	audits    *AuditSeries

	mu       sync.Mutex
	children map[child]struct{} // of all generations that may still be in use
}

// vectors are the metrics whose children belong to generations.
type vectors struct {
	requests          *prometheus.CounterVec
	durations         *prometheus.HistogramVec
	bytesIn           *prometheus.CounterVec
	bytesOut          *prometheus.CounterVec
	upstreamDurations *prometheus.HistogramVec
	upstreamErrors    *prometheus.CounterVec
	refusals          *prometheus.CounterVec
	projections       *prometheus.CounterVec
	fields            *prometheus.CounterVec
	findings          *prometheus.CounterVec
}

// Build says what program this is. Its texts come from the program and its numbering plans.
type Build struct {
	Version  string
	Revision string
	Go       string
	Metadata string // of the numbering plans
}

// NewMetrics returns metrics in which all series that no generation names stand at zero.
func NewMetrics(b Build) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(), children: map[child]struct{}{},
		sinks: newSinkCollector(), upstreams: newUpstreamCollector(), exports: newExportCollector(), certs: newCertificateCollector(),
		capture: newCaptureCollector(),
		load:    newLoadCollector(), canary: newCanaryCollector(),
	}
	m.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.sinks,
		m.upstreams,
		m.exports,
		m.certs,
		m.load,
		m.capture,
		m.canary,
	)
	m.makeVectors()
	m.makeProcess(b)
	m.makeAudits()
	m.makeIntake()
	m.makeSpans()
	return m
}

func (m *Metrics) makeVectors() {
	m.requests = m.counters("requests_total", "Exchanges that ended, by route and how they ended.",
		"listener", "route", "outcome", "code")
	m.durations = m.histograms("request_duration_seconds",
		"Time from the head of the request read to the response ready.", "listener", "route")
	m.bytesIn = m.counters("request_body_bytes_total", "Bytes of request bodies.", "listener", "route")
	m.bytesOut = m.counters("response_body_bytes_total", "Bytes of response bodies.", "listener", "route")
	m.upstreamDurations = m.histograms("upstream_request_duration_seconds",
		"Time that exchanges waited for an upstream.", "upstream", "connector")
	m.upstreamErrors = m.counters("upstream_errors_total",
		"Exchanges to which an upstream gave no whole answer, by reason.", "upstream", "connector", "reason")
	m.refusals = m.counters("refusals_total", "Requests that the proxy refused, by reason.", "reason")
	m.projections = m.counters("projection_refusals_total",
		"Requests that a connector's projection refused, by reason.", "connector", "reason")
	m.fields = m.counters("connector_fields_total",
		"Fields of requests on their way to a connector, by what became of them.", "connector", "result")
	m.findings = m.counters("findings_total",
		"Findings and tagged fields, by surface, kind and the action applied.", "surface", "kind", "action")
}

func (m *Metrics) makeProcess(b Build) {
	m.panics = m.counters("panics_total", "Faults of the proxy that were caught.").WithLabelValues()
	m.untaken = m.counters("answers_not_taken_total",
		"Answers of upstreams that the client did not take whole: it was gone, or too slow.").WithLabelValues()
	reloads := m.counters("config_reloads_total", "Reloads of the configuration, by result.", "result")
	m.reloads = [2]prometheus.Counter{reloads.WithLabelValues("failure"), reloads.WithLabelValues("success")}
	m.reloaded = m.gauges("config_last_reload_successful",
		"1 if the last attempt to load the configuration succeeded.").WithLabelValues()
	m.loadedAt = m.gauges("config_last_reload_success_timestamp_seconds",
		"When the running configuration was loaded.").WithLabelValues()
	m.keys = m.gauges("keyring_epoch_created_timestamp_seconds",
		"When the key of a live epoch was made.", "entity", "epoch")
	m.muted = m.counters("log_messages_suppressed_total",
		"Messages of libraries that were dropped because their text is not masked, by source.", "source")
	m.gauges("build_info", "A constant 1 with what program this is.", "version", "revision", "goversion", "metadata").
		WithLabelValues(b.Version, b.Revision, b.Go, b.Metadata).Set(1)
}

func (m *Metrics) counters(name, help string, labels ...string) *prometheus.CounterVec {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	m.registry.MustRegister(v)
	return v
}

func (m *Metrics) gauges(name, help string, labels ...string) *prometheus.GaugeVec {
	v := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help}, labels)
	m.registry.MustRegister(v)
	return v
}

// histograms makes histograms that are both classic and native: a scraper takes the one that it asks for.
func (m *Metrics) histograms(name, help string, labels ...string) *prometheus.HistogramVec {
	v := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: namespace, Name: name, Help: help,
		Buckets:                         latencyBuckets,
		NativeHistogramBucketFactor:     1.1,
		NativeHistogramMaxBucketNumber:  160,
		NativeHistogramMinResetDuration: time.Hour,
	}, labels)
	m.registry.MustRegister(v)
	return v
}

// Handler serves the metrics in the format that the scraper asks for.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorLog:            m.Suppressor("metrics"),
		EnableOpenMetrics:   true,
		MaxRequestsInFlight: 4,
	})
}

// Panicked counts a fault that was caught outside of an exchange. Within one, its record says it.
func (m *Metrics) Panicked() { m.panics.Inc() }

// NotTaken counts an upstream's answer that the client did not take whole.
func (m *Metrics) NotTaken() { m.untaken.Inc() }

// Loaded says that the proxy has begun to run with a configuration, at its start.
func (m *Metrics) Loaded(at time.Time) {
	m.reloaded.Set(1)
	m.loadedAt.Set(seconds(at))
}

// Reloaded counts an attempt to load another configuration.
func (m *Metrics) Reloaded(ok bool, at time.Time) {
	if !ok {
		m.reloads[0].Inc()
		m.reloaded.Set(0)
		return
	}
	m.reloads[1].Inc()
	m.Loaded(at)
}

// seconds returns t as Prometheus writes it.
func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// WatchKeys shows the age of the keyring's live epochs in place of those shown before.
func (m *Metrics) WatchKeys(epochs []redact.Epoch) {
	m.keys.Reset()
	for _, e := range epochs {
		if e.Destroyed.IsZero() {
			m.keys.WithLabelValues(e.Entity, e.ID).Set(seconds(e.Created))
		}
	}
}

// WatchUpstreams shows the state of the upstreams of the running configuration, in place of those shown before. Each is asked at
// each scrape.
func (m *Metrics) WatchUpstreams(all map[redact.Name]func() UpstreamState) {
	m.upstreams.all.Store(&all)
}

// WatchCertificate shows when the certificate of a listener ends, and how often renewed ones could not be used, as state says.
func (m *Metrics) WatchCertificate(listener redact.Name, state func() (end time.Time, failed uint64)) {
	m.certs.watch(listener, state)
}

// WatchSink shows the counts of a sink under its name, in place of another one of that name. Without a sink the name goes.
func (m *Metrics) WatchSink(name redact.Name, s *Sink) { m.sinks.watch(name, s) }
