package telemetry

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/piiproxy/piiproxy/redact"
)

// sinkCollector shows what sinks count themselves, so that their lines are not counted twice.
type sinkCollector struct {
	queued, used, written, dropped, errors *prometheus.Desc

	mu    sync.Mutex
	sinks map[redact.Name]*Sink
}

func newSinkCollector() *sinkCollector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(namespace+"_sink_"+name, help, append([]string{"sink"}, labels...), nil)
	}
	return &sinkCollector{
		queued:  desc("queue_lines", "Lines that wait to be written."),
		used:    desc("queue_used_ratio", "How full the queue is, by lines or by their bytes, whichever is more."),
		written: desc("written_lines_total", "Lines that were written."),
		dropped: desc("dropped_lines_total", "Lines that were not written, by reason.", "reason"),
		errors:  desc("errors_total", "Writes that failed."),
		sinks:   map[redact.Name]*Sink{},
	}
}

func (c *sinkCollector) watch(name redact.Name, s *Sink) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s == nil {
		delete(c.sinks, name)
		return
	}
	c.sinks[name] = s
}

// Describe is part of [prometheus.Collector].
func (c *sinkCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.queued, c.used, c.written, c.dropped, c.errors} {
		ch <- d
	}
}

// Collect is part of [prometheus.Collector].
func (c *sinkCollector) Collect(ch chan<- prometheus.Metric) {
	c.mu.Lock()
	defer c.mu.Unlock()
	counter := func(d *prometheus.Desc, n uint64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
	}
	for name, s := range c.sinks {
		sink := name.String()
		ch <- prometheus.MustNewConstMetric(c.queued, prometheus.GaugeValue, float64(s.Queued()), sink)
		ch <- prometheus.MustNewConstMetric(c.used, prometheus.GaugeValue, s.Used(), sink)
		counter(c.written, s.Written(), sink)
		counter(c.errors, s.Errors(), sink)
		for d := range numDropReasons {
			counter(c.dropped, s.Dropped(d), sink, d.String())
		}
	}
}
