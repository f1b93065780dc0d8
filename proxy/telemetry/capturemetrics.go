package telemetry

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// captureCollector shows what the file of a capture counts itself. Its lines are those of the sink "capture".
type captureCollector struct {
	written, rotated *prometheus.Desc
	file             atomic.Pointer[CaptureFile]
}

func newCaptureCollector() *captureCollector {
	return &captureCollector{
		written: prometheus.NewDesc(namespace+"_capture_written_bytes_total", "Bytes of captures that were written.", nil, nil),
		rotated: prometheus.NewDesc(namespace+"_capture_rotations_total", "Files of captures that were full.", nil, nil),
	}
}

// Describe is part of [prometheus.Collector].
func (c *captureCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- c.written
	ch <- c.rotated
}

// Collect is part of [prometheus.Collector].
func (c *captureCollector) Collect(ch chan<- prometheus.Metric) {
	if f := c.file.Load(); f != nil {
		ch <- prometheus.MustNewConstMetric(c.written, prometheus.CounterValue, float64(f.Written()))
		ch <- prometheus.MustNewConstMetric(c.rotated, prometheus.CounterValue, float64(f.Rotated()))
	}
}

// WatchCapture shows the counts of the file of a capture.
func (m *Metrics) WatchCapture(f *CaptureFile) { m.capture.file.Store(f) }
