package proxy

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"math"
	"net"
	"reflect"
	"strconv"

	"github.com/piiproxy/piiproxy/proxy/internal/http1"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

// surfaceTrace is the name of the surface that spans, trace states and baggage go through.
const surfaceTrace = "trace"

// tracing is how a generation takes part in traces.
type tracing struct {
	surface   *redact.Surface
	shared    bool   // it has the rules of the access log, whose views will do
	threshold uint64 // of 63 bits of a trace id, below which a trace that begins here is sampled
}

// traceTarget is what spans show of a route and of where it leads.
type traceTarget struct {
	route    redact.Masked // its path
	template redact.Masked // of the path that the upstream gets
	upstream redact.Masked // scheme and host
	host     redact.Masked
	port     uint16
	built    bool // the proxy builds the request
}

// tracing compiles how exchanges are traced, if they are.
func (b *builder) tracing() {
	t := b.spec.Telemetry.Traces
	ratio := 1.0
	if t.Ratio != nil {
		ratio = *t.Ratio
	}
	if ratio < 0 || ratio > 1 || math.IsNaN(ratio) {
		b.problem("telemetry.traces.ratio", "not a share", "from 0 to 1")
	}
	if !t.Own || b.rules == nil {
		return
	}
	surface, err := b.rules.Surface(surfaceTrace)
	if err != nil {
		b.problems = append(b.problems, err)
		return
	}
	rules := b.spec.Redact.Surfaces
	b.g.tracing = &tracing{
		surface: surface, shared: reflect.DeepEqual(rules[surfaceTrace], rules[surfaceLog]), threshold: uint64(ratio * (1 << 63)),
	}
}

// traceTarget returns what spans show of a route. The texts of the configuration go through the surface as all others do.
func (b *builder) traceTarget(r RouteSpec) (t traceTarget) {
	if b.g.tracing == nil {
		return t
	}
	shown := func(m redact.Masked, text string) redact.Masked {
		return b.g.tracing.surface.AppendText(m, []byte(text), nil)
	}
	t.route = shown(t.route, r.Path)
	t.template = t.route
	upstream := r.Upstream
	if r.Connector != "" {
		upstream = b.spec.Connectors[r.Connector].Upstream
		rules := b.spec.Redact.Projections[r.Connector]
		if t.built = rules.Pass == ""; t.built && rules.Request != nil {
			t.template = shown(redact.Masked{}, rules.Request.Path)
		}
	}
	addresses, host, secure, err := parseUpstreamAddresses(b.spec.Upstreams[upstream])
	if err != nil {
		return t // a problem of the upstream
	}
	t.upstream = t.upstream.AppendConst("http://")
	if secure {
		t.upstream = t.upstream.Reset().AppendConst("https://")
	}
	t.upstream = shown(t.upstream, host)
	name, _ := splitHost(host)
	_, port, _ := net.SplitHostPort(addresses[0])
	n, _ := strconv.ParseUint(port, 10, 16)
	t.host, t.port = shown(t.host, name), uint16(n)
	return t
}

// samples reports whether a trace that begins with an exchange is sampled: of the same id everybody thinks the same.
func (t *tracing) samples(id telemetry.ID) bool { return id.Lo>>1 < t.threshold }

// trace gives the record its trace: the peer's, if the peer is one that traces are adopted from, else a new one. A trace
// id has room enough for a telephone number. Who began a trace decides whether it is sampled.
func (x *exchange) trace() {
	r := &x.record
	r.SpanID, r.ClientSpanID = newSpanID(), newSpanID()
	sampled := false
	if x.gen != nil && x.gen.adoptsTraces(x.peer()) {
		if value, n := x.fields.Lookup("traceparent"); n == 1 {
			r.TraceID, r.ParentID, sampled, x.adopted = parseTraceparent(value)
		}
	}
	if !x.adopted {
		r.TraceID, r.ParentID = newID(), 0
	}
	if x.gen != nil && x.gen.tracing != nil {
		r.Sampled = x.adopted && sampled || !x.adopted && x.gen.tracing.samples(r.TraceID)
	}
}

// parseTraceparent takes a W3C traceparent header apart.
func parseTraceparent(value []byte) (id telemetry.ID, parent uint64, sampled, ok bool) {
	const version, span, flags, end = 3, 3 + 33, 3 + 33 + 17, 3 + 33 + 17 + 2
	if len(value) < end || value[version-1] != '-' || value[span-1] != '-' || value[flags-1] != '-' {
		return id, 0, false, false
	}
	if string(value[:2]) == "ff" || len(value) > end && (string(value[:2]) == "00" || value[end] != '-') {
		return id, 0, false, false
	}
	for _, c := range value[:end] {
		if c >= 'A' && c <= 'F' {
			return id, 0, false, false
		}
	}
	var b [1 + 16 + 8 + 1]byte
	for _, part := range []struct{ at, from, to int }{{0, 0, version - 1}, {1, version, span - 1}, {17, span, flags - 1}, {25, flags, end}} {
		if _, err := hex.Decode(b[part.at:], value[part.from:part.to]); err != nil {
			return id, 0, false, false
		}
	}
	id = telemetry.ID{Hi: binary.BigEndian.Uint64(b[1:9]), Lo: binary.BigEndian.Uint64(b[9:17])}
	parent = binary.BigEndian.Uint64(b[17:25])
	return id, parent, b[25]&1 != 0, !id.IsZero() && parent != 0
}

// traceViews makes what spans show of the request, and what of the trace's own data goes on. It runs after the views of the
// access log are made.
func (x *exchange) traceViews(fields *redact.Fields) {
	tracing := x.gen.tracing
	if tracing == nil {
		return
	}
	if x.adopted {
		x.state = x.appendState(x.state.Reset(), tracing.surface)
	}
	if x.destination != nil && x.destination.projection == nil {
		x.baggage = x.appendBaggage(x.baggage.Reset(), tracing.surface, fields)
	}
	if !x.record.Sampled {
		return
	}
	show := &x.record.Trace
	show.State, show.Secure, show.HTTP10 = x.state, x.in.Secure(), x.in.HTTP10
	if show.View = x.record.Log; !tracing.shared {
		show.View = x.appendViews(x.shown, tracing.surface, fields, nil)
		x.shown = show.View
	}
	x.takeHost(tracing.surface)
	if d := x.destination; d != nil {
		t := &d.traced
		show.Route, show.Template, show.Upstream = t.route, t.template, t.upstream
		show.UpstreamHost, show.UpstreamPort, show.Built = t.host, t.port, t.built
		show.UpstreamMethod, show.UpstreamName = x.record.Method, d.upstream.name
	}
}

// takeHost shows the host that the client named.
func (x *exchange) takeHost(surface *redact.Surface) {
	show := &x.record.Trace
	host := x.fields.Host()
	if colon := bytes.LastIndexByte(host, ':'); colon >= 0 {
		if n, err := strconv.ParseUint(string(host[colon+1:]), 10, 16); err == nil {
			host, show.Port = host[:colon], uint16(n)
		}
	}
	if len(host) == 0 {
		return
	}
	if holdsNumber(host) {
		x.host = surface.AppendField(x.host.Reset(), redact.Tag{Kind: redact.KindPhone}, host, nil)
	} else {
		x.host = surface.AppendText(x.host.Reset(), host, nil)
	}
	show.Host = x.host
}

var nameTracestate = []byte("Tracestate")

// appendState appends the trace state that came, through the surface.
func (x *exchange) appendState(dst redact.Masked, surface *redact.Surface) redact.Masked {
	for c := x.fields.All(); c.Next(); {
		if len(c.Value) == 0 || !equalName(c.Name, "tracestate") {
			continue
		}
		if dst.Len() > 0 {
			dst = dst.AppendConst(",")
		}
		dst = surface.AppendHeader(dst, x.gen.unrouted, nameTracestate, c.Value, nil)
	}
	return dst
}

// appendBaggage appends the baggage that came, through the surface: each member is a field with a name.
func (x *exchange) appendBaggage(dst redact.Masked, surface *redact.Surface, fields *redact.Fields) redact.Masked {
	for c := x.fields.All(); c.Next(); {
		if !equalName(c.Name, "baggage") {
			continue
		}
		for rest := c.Value; len(rest) > 0; {
			member := rest
			if comma := bytes.IndexByte(rest, ','); comma >= 0 {
				member, rest = rest[:comma], rest[comma+1:]
			} else {
				rest = nil
			}
			if dst.Len() > 0 {
				dst = dst.AppendConst(",")
			}
			dst = surface.AppendQuery(dst, fields, member, nil)
		}
	}
	return dst
}

// carriesTrace reports whether a field is one that a traced exchange writes anew.
func carriesTrace(name []byte) bool {
	return equalName(name, "traceparent") || equalName(name, "tracestate") || equalName(name, "baggage")
}

// appendTraceContext appends the trace that the upstream's spans belong to.
func (x *exchange) appendTraceContext(dst []byte) []byte {
	if x.gen.tracing == nil {
		return dst
	}
	r := &x.record
	dst = appendID(append(dst, "Traceparent: 00-"...), r.TraceID)
	dst = appendHex(append(dst, '-'), r.ClientSpanID)
	flags := "-00\r\n"
	if r.Sampled {
		flags = "-01\r\n"
	}
	dst = append(dst, flags...)
	dst = appendMaskedField(dst, "Tracestate", x.state)
	return appendMaskedField(dst, "Baggage", x.baggage)
}

// appendMaskedField appends a field, unless it is empty or, which masking never makes it, none of HTTP.
func appendMaskedField(dst []byte, name string, value redact.Masked) []byte {
	if value.Len() == 0 {
		return dst
	}
	if with, flaw := http1.AppendField(dst, name, value.Bytes()); flaw == http1.NoFlaw {
		return with
	}
	return dst
}
