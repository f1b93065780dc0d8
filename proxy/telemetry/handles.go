package telemetry

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/piiproxy/piiproxy/redact"
)

// Shape is the names of a generation that become labels.
type Shape struct {
	Listeners []redact.Name
	Routes    []RouteShape
	Surfaces  []redact.Name // besides "log", which is always there
}

// RouteShape is the names of one route.
type RouteShape struct {
	Listener  redact.Name
	Route     redact.Name
	Upstream  redact.Name
	Connector redact.Name // empty if the route leads to the upstream itself
}

// Handles are the series of one generation, looked up when it is built, so that observing an exchange only counts. It is
// immutable and safe for concurrent use.
//
// The counters are atomic words that exchanges of the same route share. That is some fifteen additions an exchange, each a
// few nanoseconds and tens where processors collide: far below what the exchange itself takes of a processor, so there is
// nothing to win by counting in shards.
type Handles struct {
	routes   map[routeKey]*routeSeries
	findings [numKinds][numActions]prometheus.Counter // of surface log
	refusals [numReasons]prometheus.Counter           // nil for those that are no refusals
	panics   prometheus.Counter
	children map[child]struct{}
}

const (
	numKinds   = len(kindMasked)
	numActions = int(redact.Keep) + 1
)

// routeKey finds the series of an exchange. A request for which no route was found has a listener only.
type routeKey struct{ listener, route redact.Name }

// routeSeries are the series of one route, or of what found no route on a listener.
type routeSeries struct {
	ended             [numOutcomes][numCodes]prometheus.Counter
	duration          *latency
	bytesIn, bytesOut prometheus.Counter
	upstream          *upstreamSeries  // nil if no route was found
	connector         *connectorSeries // nil unless the route leads to one
}

type upstreamSeries struct {
	duration *latency
	errors   [numReasons]prometheus.Counter // nil for those that are not the upstream's
}

type connectorSeries struct {
	passed, dropped, refused prometheus.Counter
	refusals                 [len(projectionMasked)]prometheus.Counter
}

// Observe counts one exchange. It does not allocate in steady state and keeps nothing of r. An exchange whose names are not
// those of the generation is counted without them where it can be.
func (h *Handles) Observe(r *Record) {
	s := h.routes[routeKey{r.Listener, r.Route}]
	if s != nil {
		s.observe(r)
	}
	if r.Reason < numReasons && h.refusals[r.Reason] != nil {
		h.refusals[r.Reason].Inc()
	}
	if r.Outcome == Panicked {
		h.panics.Inc()
	}
	found := r.LogTally.Kinds()
	for k := range redact.Kind(numKinds) {
		if k != redact.KindNone && !found.Has(k) {
			continue
		}
		for a := range redact.Action(numActions) {
			if n := r.LogTally.Count(k, a); n != 0 && h.findings[k][a] != nil {
				h.findings[k][a].Add(float64(n))
			}
		}
	}
}

func (s *routeSeries) observe(r *Record) {
	s.ended[min(r.Outcome, numOutcomes-1)][codeOf(r.Status)].Inc()
	s.duration.observe(r.Elapsed, r)
	s.bytesIn.Add(float64(max(r.BytesIn, 0)))
	s.bytesOut.Add(float64(max(r.BytesOut, 0)))
	if u := s.upstream; u != nil {
		if r.Upstream > 0 {
			u.duration.observe(r.Upstream, r)
		}
		if r.Reason < numReasons && u.errors[r.Reason] != nil {
			u.errors[r.Reason].Inc()
		}
	}
	if c := s.connector; c != nil {
		c.passed.Add(float64(r.Flow.Passed))
		c.dropped.Add(float64(r.Flow.Dropped))
		c.refused.Add(float64(r.Flow.Refused))
		if p := r.ProjectionReason; p != redact.RefusedNone && int(p) < len(c.refusals) {
			c.refusals[p].Inc()
		}
	}
}

// The classes of status codes. Those of 1xx do not end an exchange.
const (
	code2xx = iota
	code3xx
	code4xx
	code5xx
	numCodes
)

var codeNames = [numCodes]string{"2xx", "3xx", "4xx", "5xx"}

// codeOf returns the class of a status. What is none, or could not be sent, counts as a fault of the server.
func codeOf(status int) int {
	if status < 200 || status > 499 {
		return code5xx
	}
	return status/100 - 2
}

// firstCode returns the lowest class with which an outcome can end: no series is shown for those that it cannot.
func firstCode(o Outcome) int {
	switch o {
	case Answered:
		return code2xx
	case Refused:
		return code4xx
	}
	return code5xx
}

// refusal reports whether r is a refusal by the proxy.
func (r Reason) refusal() bool { return r > ReasonNone && r <= ReasonDraining }

// ofUpstream reports whether r is something that went wrong with an upstream.
func (r Reason) ofUpstream() bool { return r >= ReasonConnect && r <= ReasonCircuitOpen }
