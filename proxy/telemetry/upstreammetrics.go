package telemetry

import (
	"strconv"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/piiproxy/piiproxy/redact"
)

// UpstreamState is the state of an upstream at a moment. Addresses have no name here but their number: an address may be an IP.
type UpstreamState struct {
	InFlight   []int64 // exchanges of each address
	Ejected    int     // addresses that are left out because they failed
	Unhealthy  int     // addresses that are left out because health checks fail
	Open       bool    // the circuit breaker refuses requests
	Moved      uint64  // requests that went to another address because nothing of them had been written
	Repeated   uint64  // requests that were sent again because their route says so
	Ejections  uint64
	Opened     uint64 // times that the circuit breaker opened
	Resolved   uint64 // times that a name was looked up
	Unresolved uint64 // times that this failed
}

// upstreamCollector shows what upstreams count themselves. It asks those of the running configuration; counters of one that was
// built anew begin at zero, which rates take for a restart.
type upstreamCollector struct {
	inFlight, addresses, open, repeats, ejections, opened, lookups *prometheus.Desc

	all atomic.Pointer[map[redact.Name]func() UpstreamState]
}

func newUpstreamCollector() *upstreamCollector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(namespace+"_upstream_"+name, help, append([]string{"upstream"}, labels...), nil)
	}
	return &upstreamCollector{
		inFlight:  desc("in_flight_exchanges", "Exchanges that wait for an address, by its number from 0.", "address"),
		addresses: desc("addresses", "Addresses, by state.", "state"),
		open:      desc("circuit_open", "1 while the circuit breaker refuses requests."),
		repeats: desc("repeats_total", "Requests that were sent to another address because nothing of them was written, or again "+
			"because their route says so.", "reason"),
		ejections: desc("ejections_total", "Times that an address was left out because it failed."),
		opened:    desc("circuit_opened_total", "Times that the circuit breaker opened."),
		lookups:   desc("lookups_total", "Times that a name was looked up, by result.", "result"),
	}
}

// Describe is part of [prometheus.Collector].
func (c *upstreamCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.inFlight, c.addresses, c.open, c.repeats, c.ejections, c.opened, c.lookups} {
		ch <- d
	}
}

// Collect is part of [prometheus.Collector].
func (c *upstreamCollector) Collect(ch chan<- prometheus.Metric) {
	all := c.all.Load()
	if all == nil {
		return
	}
	for name, state := range *all {
		s, upstream := state(), name.String()
		gauge := func(d *prometheus.Desc, n float64, labels ...string) {
			ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, n, append([]string{upstream}, labels...)...)
		}
		counter := func(d *prometheus.Desc, n uint64, labels ...string) {
			ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), append([]string{upstream}, labels...)...)
		}
		for i, n := range s.InFlight {
			gauge(c.inFlight, float64(n), strconv.Itoa(i))
		}
		gauge(c.addresses, float64(len(s.InFlight)-s.Ejected-s.Unhealthy), "available")
		gauge(c.addresses, float64(s.Ejected), "ejected")
		gauge(c.addresses, float64(s.Unhealthy), "unhealthy")
		gauge(c.open, map[bool]float64{true: 1}[s.Open])
		counter(c.repeats, s.Moved, "unwritten")
		counter(c.repeats, s.Repeated, "idempotent")
		counter(c.ejections, s.Ejections)
		counter(c.opened, s.Opened)
		counter(c.lookups, s.Resolved, "success")
		counter(c.lookups, s.Unresolved, "failure")
	}
}
