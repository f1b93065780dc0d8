package telemetry

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/piiproxy/piiproxy/redact"
)

// certificateCollector shows the certificates of listeners. It asks for them at each scrape.
type certificateCollector struct {
	notAfter, failed *prometheus.Desc

	mu  sync.Mutex
	all map[redact.Name]func() (end time.Time, failed uint64)
}

func newCertificateCollector() *certificateCollector {
	desc := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc(namespace+"_certificate_"+name, help, []string{"listener"}, nil)
	}
	return &certificateCollector{
		notAfter: desc("not_after_timestamp_seconds", "When the certificate of a listener ends."),
		failed:   desc("reload_failures_total", "Times that a renewed certificate could not be used; the one before stayed."),
		all:      map[redact.Name]func() (time.Time, uint64){},
	}
}

func (c *certificateCollector) watch(listener redact.Name, state func() (time.Time, uint64)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all[listener] = state
}

// Describe is part of [prometheus.Collector].
func (c *certificateCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- c.notAfter
	ch <- c.failed
}

// Collect is part of [prometheus.Collector].
func (c *certificateCollector) Collect(ch chan<- prometheus.Metric) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, state := range c.all {
		end, failed := state()
		ch <- prometheus.MustNewConstMetric(c.notAfter, prometheus.GaugeValue, seconds(end), name.String())
		ch <- prometheus.MustNewConstMetric(c.failed, prometheus.CounterValue, float64(failed), name.String())
	}
}
