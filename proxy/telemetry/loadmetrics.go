package telemetry

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// Load is what the proxy holds at a moment, beside what the limits let it hold.
type Load struct {
	InFlight, InFlightLimit       int64 // exchanges
	Connections, ConnectionsLimit int64 // of clients
	Buffered, BufferedLimit       int64 // bytes of large bodies
}

// loadCollector shows the load. It asks for it at each scrape.
type loadCollector struct {
	inFlight, inFlightLimit, connections, connectionsLimit, buffered, bufferedLimit *prometheus.Desc

	state atomic.Pointer[func() Load]
}

func newLoadCollector() *loadCollector {
	desc := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc(namespace+"_"+name, help, nil, nil)
	}
	return &loadCollector{
		inFlight:         desc("in_flight_exchanges", "Exchanges that are running."),
		inFlightLimit:    desc("in_flight_limit_exchanges", "How many exchanges may run at once."),
		connections:      desc("client_connections", "Connections of clients that are open."),
		connectionsLimit: desc("client_connections_limit", "How many connections of clients may be open."),
		buffered:         desc("buffered_body_bytes", "Memory that large bodies take."),
		bufferedLimit:    desc("buffered_body_limit_bytes", "How much memory large bodies may take."),
	}
}

// Describe is part of [prometheus.Collector].
func (c *loadCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.inFlight, c.inFlightLimit, c.connections, c.connectionsLimit, c.buffered, c.bufferedLimit} {
		ch <- d
	}
}

// Collect is part of [prometheus.Collector].
func (c *loadCollector) Collect(ch chan<- prometheus.Metric) {
	var l Load
	if f := c.state.Load(); f != nil {
		l = (*f)()
	}
	gauge := func(d *prometheus.Desc, n int64) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(n))
	}
	gauge(c.inFlight, l.InFlight)
	gauge(c.inFlightLimit, l.InFlightLimit)
	gauge(c.connections, l.Connections)
	gauge(c.connectionsLimit, l.ConnectionsLimit)
	gauge(c.buffered, l.Buffered)
	gauge(c.bufferedLimit, l.BufferedLimit)
}

// WatchLoad makes f tell what the proxy holds. f is called at each scrape.
func (m *Metrics) WatchLoad(f func() Load) { m.load.state.Store(&f) }
