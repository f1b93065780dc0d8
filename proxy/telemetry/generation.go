package telemetry

import (
	"maps"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/piiproxy/piiproxy/redact"
)

// child is one series of a vector. It is comparable, so that generations can be held against each other.
type child struct {
	vector interface{ DeleteLabelValues(...string) bool }
	labels [4]string
	n      int
}

// Generation looks up the series of a generation, which are shown from now on, at zero if they are new. A series that an
// earlier generation has too goes on counting. Call [Metrics.Retain] once the generation is in use.
func (m *Metrics) Generation(shape Shape) *Handles {
	m.mu.Lock()
	defer m.mu.Unlock()
	h := &Handles{routes: map[routeKey]*routeSeries{}, panics: m.panics, children: map[child]struct{}{}}
	for _, l := range shape.Listeners {
		h.routes[routeKey{listener: l}] = m.route(h, RouteShape{Listener: l})
	}
	for _, r := range shape.Routes {
		h.routes[routeKey{r.Listener, r.Route}] = m.route(h, r)
	}
	for _, r := range Reasons() {
		if r.refusal() {
			h.refusals[r] = h.counter(m.refusals, r.String())
		}
	}
	for _, k := range redact.Kinds() {
		for _, a := range redact.Actions() {
			h.findings[k][a] = h.counter(m.findings, "log", k.String(), a.String())
			for _, s := range shape.Surfaces {
				h.counter(m.findings, s.String(), k.String(), a.String())
			}
		}
	}
	maps.Copy(m.children, h.children)
	return h
}

// Retain ends the series that h does not have. Call it when the generation of h has come into use; generations must come
// into use in the order in which they were made. What exchanges of an older generation still count is then not shown.
func (m *Metrics) Retain(h *Handles) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for c := range m.children {
		if _, ok := h.children[c]; !ok {
			c.vector.DeleteLabelValues(c.labels[:c.n]...)
			delete(m.children, c)
		}
	}
}

// route looks up the series of a route, or of what finds none if r has a listener only.
func (m *Metrics) route(h *Handles, r RouteShape) *routeSeries {
	listener, route := r.Listener.String(), r.Route.String()
	s := &routeSeries{
		duration: h.histogram(m.durations, listener, route),
		bytesIn:  h.counter(m.bytesIn, listener, route),
		bytesOut: h.counter(m.bytesOut, listener, route),
	}
	for _, o := range Outcomes() {
		for code := range numCodes {
			s.ended[o][code] = h.counter(m.requests, listener, route, o.String(), codeNames[max(code, firstCode(o))])
		}
	}
	if r.Upstream != (redact.Name{}) {
		s.upstream = m.upstream(h, r)
	}
	if r.Connector != (redact.Name{}) {
		s.connector = m.connector(h, r.Connector.String())
	}
	return s
}

func (m *Metrics) upstream(h *Handles, r RouteShape) *upstreamSeries {
	upstream, connector := r.Upstream.String(), r.Connector.String()
	s := &upstreamSeries{duration: h.histogram(m.upstreamDurations, upstream, connector)}
	for _, reason := range Reasons() {
		if reason.ofUpstream() {
			s.errors[reason] = h.counter(m.upstreamErrors, upstream, connector, reason.String())
		}
	}
	return s
}

func (m *Metrics) connector(h *Handles, name string) *connectorSeries {
	s := &connectorSeries{
		passed:  h.counter(m.fields, name, "passed"),
		dropped: h.counter(m.fields, name, "dropped"),
		refused: h.counter(m.fields, name, "refused"),
	}
	for r := int(redact.RefusedNone) + 1; r < len(s.refusals); r++ {
		s.refusals[r] = h.counter(m.projections, name, projectionNames[r])
	}
	return s
}

func (h *Handles) counter(v *prometheus.CounterVec, labels ...string) prometheus.Counter {
	h.note(v, labels)
	return v.WithLabelValues(labels...)
}

func (h *Handles) histogram(v *prometheus.HistogramVec, labels ...string) *latency {
	h.note(v, labels)
	return newLatency(v.WithLabelValues(labels...))
}

// note remembers that the generation has this series.
func (h *Handles) note(v interface{ DeleteLabelValues(...string) bool }, labels []string) {
	c := child{vector: v, n: len(labels)}
	copy(c.labels[:], labels)
	h.children[c] = struct{}{}
}
