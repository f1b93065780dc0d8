package telemetry

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/piiproxy/piiproxy/redact"
)

// ExportState is what an exporter of OTLP tells of itself at a moment. Counts are since its start.
type ExportState struct {
	QueueBytes, QueueLimit int64 // of batches that wait in memory
	SpoolBytes, SpoolLimit int64 // of the files of the spool; both 0 if there is none
	Down                   bool  // no endpoint took the last batch
	Delivered              time.Time
	Traces, Logs, Metrics  ExportCounts
	Retries                [numRetryReasons]uint64
	Refused                [numExportRefusals]uint64
	Lost                   [numLossReasons]uint64
	Unreadable             uint64 // answers that said success and were not what OTLP answers
	SpoolErrors            uint64 // failures to read or write the spool
}

// ExportCounts counts what endpoints took of one signal.
type ExportCounts struct {
	Batches, Bytes uint64
	Rejected       uint64 // spans, records or data points that an endpoint says it did not take
}

// RetryReason is why a batch is sent again.
type RetryReason uint8

// The reasons.
const (
	RetryConnect   RetryReason = iota // no connection, or no TLS
	RetryClosed                       // the connection ended before the answer
	RetryTimeout                      // no answer in time
	RetryMalformed                    // an answer that is not HTTP/1.1
	RetryThrottled                    // 429 or 503
	RetryGateway                      // 502 or 504
	numRetryReasons
)

var retryNames = [numRetryReasons]string{"connect", "closed", "timeout", "malformed_answer", "throttled", "gateway"}

// ExportRefusal is why a batch was not taken from who offered it.
type ExportRefusal uint8

// The reasons.
const (
	RefusalFull     ExportRefusal = iota // the queue or the spool is full
	RefusalTooLarge                      // the batch is larger than the queue or the spool
	RefusalClosed                        // the exporter is closed
	numExportRefusals
)

var exportRefusalNames = [numExportRefusals]string{"full", "too_large", "closed"}

// LossReason is why a batch that was taken will not be delivered.
type LossReason uint8

// The reasons.
const (
	LossRejected LossReason = iota // an endpoint refused it for good
	LossExpired                    // it became too old
	LossDamaged                    // the spool does not hold any more what was written to it
	LossClosed                     // it was left when the exporter was closed
	numLossReasons
)

var lossMasked = [numLossReasons]redact.Masked{
	LossRejected: redact.Masked{}.AppendConst("rejected"),
	LossExpired:  redact.Masked{}.AppendConst("expired"),
	LossDamaged:  redact.Masked{}.AppendConst("damaged"),
	LossClosed:   redact.Masked{}.AppendConst("closed"),
}

var lossNames = words(lossMasked[:])

// Loss is an attribute of the operational log whose value is a reason for which batches were lost.
func Loss(r LossReason) Attr { return Text("reason", lossMasked[min(r, numLossReasons-1)]) }

// exportCollector shows what an exporter counts itself.
type exportCollector struct {
	queue, queueLimit, spool, spoolLimit, up, delivered                       *prometheus.Desc
	batches, bytes, rejected, retries, refused, lost, unreadable, spoolErrors *prometheus.Desc

	state atomic.Pointer[func() ExportState]
}

func newExportCollector() *exportCollector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(namespace+"_otlp_export_"+name, help, labels, nil)
	}
	return &exportCollector{
		queue:       desc("queue_bytes", "Bytes of masked telemetry that wait in memory for an OTLP endpoint."),
		queueLimit:  desc("queue_limit_bytes", "How many bytes may wait in memory; no more than the spool may take, if there is one."),
		spool:       desc("spool_bytes", "Bytes of the files of the spool."),
		spoolLimit:  desc("spool_limit_bytes", "How many bytes the spool may take; 0 if there is none."),
		up:          desc("up", "1 unless no OTLP endpoint took the last batch."),
		delivered:   desc("last_success_timestamp_seconds", "When an endpoint took a batch; 0 if none has yet."),
		batches:     desc("batches_total", "Batches that an endpoint took.", "signal"),
		bytes:       desc("bytes_total", "Bytes of batches that an endpoint took, before compression.", "signal"),
		rejected:    desc("rejected_items_total", "Spans, log records and data points of batches taken that the endpoint says it rejected.", "signal"),
		retries:     desc("retries_total", "Attempts to deliver a batch that failed and are made again, by reason.", "reason"),
		refused:     desc("refused_batches_total", "Batches that were not taken from who offered them, by reason.", "reason"),
		lost:        desc("lost_batches_total", "Batches that were taken and will not be delivered, by reason.", "reason"),
		unreadable:  desc("unreadable_answers_total", "Answers that said success and were not what OTLP answers."),
		spoolErrors: desc("spool_errors_total", "Failures to read or write the spool."),
	}
}

// Describe is part of [prometheus.Collector].
func (c *exportCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		c.queue, c.queueLimit, c.spool, c.spoolLimit, c.up, c.delivered,
		c.batches, c.bytes, c.rejected, c.retries, c.refused, c.lost, c.unreadable, c.spoolErrors,
	} {
		ch <- d
	}
}

// Collect is part of [prometheus.Collector]. There is nothing to show without an exporter.
func (c *exportCollector) Collect(ch chan<- prometheus.Metric) {
	state := c.state.Load()
	if state == nil {
		return
	}
	s := (*state)()
	metric := func(d *prometheus.Desc, t prometheus.ValueType, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, t, v, labels...)
	}
	gauge := func(d *prometheus.Desc, v float64) { metric(d, prometheus.GaugeValue, v) }
	counter := func(d *prometheus.Desc, n uint64, labels ...string) {
		metric(d, prometheus.CounterValue, float64(n), labels...)
	}
	gauge(c.queue, float64(s.QueueBytes))
	gauge(c.queueLimit, float64(s.QueueLimit))
	gauge(c.spool, float64(s.SpoolBytes))
	gauge(c.spoolLimit, float64(s.SpoolLimit))
	gauge(c.up, map[bool]float64{false: 1}[s.Down])
	gauge(c.delivered, max(seconds(s.Delivered), 0))
	for signal, n := range map[string]*ExportCounts{"traces": &s.Traces, "logs": &s.Logs, "metrics": &s.Metrics} {
		counter(c.batches, n.Batches, signal)
		counter(c.bytes, n.Bytes, signal)
		counter(c.rejected, n.Rejected, signal)
	}
	for i, n := range s.Retries {
		counter(c.retries, n, retryNames[i])
	}
	for i, n := range s.Refused {
		counter(c.refused, n, exportRefusalNames[i])
	}
	for i, n := range s.Lost {
		counter(c.lost, n, lossNames[i])
	}
	counter(c.unreadable, s.Unreadable)
	counter(c.spoolErrors, s.SpoolErrors)
}

// WatchExport shows the state of the exporter, which is asked at each scrape.
func (m *Metrics) WatchExport(state func() ExportState) { m.exports.state.Store(&state) }
