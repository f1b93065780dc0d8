package proxy

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/piiproxy/piiproxy/proxy/internal/http1"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

// exported keeps the requests with spans that leave the process.
type exported struct {
	*telemetry.Spans
	mu       sync.Mutex
	requests [][]byte
}

func newExported(t testing.TB) *exported {
	e := &exported{}
	e.Spans = telemetry.NewSpans(telemetry.SpansOptions{Wait: time.Hour, Offer: func(request []byte) error {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.requests = append(e.requests, append([]byte(nil), request...))
		return nil
	}})
	t.Cleanup(e.Close)
	return e
}

// take ends the gathering and returns all spans, as pdata reads them, in the order in which they began.
func (e *exported) take(t testing.TB) []ptrace.Span {
	t.Helper()
	e.Close()
	var all []ptrace.Span
	for _, request := range e.requests {
		in, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(request)
		if err != nil {
			t.Fatal(err)
		}
		for _, resource := range in.ResourceSpans().All() {
			for _, scope := range resource.ScopeSpans().All() {
				for _, span := range scope.Spans().All() {
					all = append(all, span)
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b ptrace.Span) int { return cmp.Compare(a.StartTimestamp(), b.StartTimestamp()) })
	return all
}

// text returns the requests as they are, and as JSON, in which numbers can be read.
func (e *exported) text(t testing.TB) []byte {
	t.Helper()
	e.Close()
	var all []byte
	for _, request := range e.requests {
		in, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(request)
		if err != nil {
			t.Fatal(err)
		}
		text, err := (&ptrace.JSONMarshaler{}).MarshalTraces(in)
		if err != nil {
			t.Fatal(err)
		}
		blankSpans(request, in)
		all = append(append(append(all, request...), '\n'), text...)
	}
	return all
}

// blankSpans blanks the ids and times of spans in a request: what is chance there may read as a name of three letters.
func blankSpans(request []byte, in ptrace.Traces) {
	at := 0
	blank := func(b []byte) {
		if i := bytes.Index(request[at:], b); i >= 0 {
			at += i
			clear(request[at : at+len(b)])
		}
	}
	for _, resource := range in.ResourceSpans().All() {
		for _, scope := range resource.ScopeSpans().All() {
			for _, span := range scope.Spans().All() {
				trace, id, parent := span.TraceID(), span.SpanID(), span.ParentSpanID()
				blank(trace[:])
				blank(id[:])
				blank(parent[:])
				blank(binary.LittleEndian.AppendUint64(nil, uint64(span.StartTimestamp())))
				blank(binary.LittleEndian.AppendUint64(nil, uint64(span.EndTimestamp())))
			}
		}
	}
}

const (
	peerTrace = "4bf92f3577b34da6a3ce929d0e0e4736"
	peerSpan  = "00f067aa0ba902b7"
)

// tracedSpec is testSpec with spans of everything, adopting the traces of memoryConn.
func tracedSpec() Spec {
	spec := testSpec()
	spec.Telemetry.Traces.Own = true
	spec.Telemetry.TracePeers = []string{"203.0.113.45"}
	return spec
}

// tracedRun runs one request, and returns its spans and what the upstream got.
func tracedRun(t *testing.T, spec Spec, listener, raw string) ([]ptrace.Span, http.Header) {
	t.Helper()
	up, spans := &fakeUpstream{answer: ok()}, newExported(t)
	p := New(build(t, spec, nil, up), Options{Spans: spans})
	defer p.current.Load().leave()
	name, _ := redact.ParseName(listener)
	p.newServer(name).ServeConn(&memoryConn{Reader: strings.NewReader(raw)})
	header := http.Header{}
	for _, request := range up.take() {
		head, _, _ := strings.Cut(request, "\r\n\r\n")
		for _, line := range strings.Split(head, "\r\n")[1:] {
			key, value, _ := strings.Cut(line, ": ")
			header.Add(key, value)
		}
	}
	return spans.take(t), header
}

var traceparent = regexp.MustCompile(`^00-([0-9a-f]{32})-([0-9a-f]{16})-(0[01])$`)

// TestTraceContext holds what goes in and out of traces to who is believed, and to who decides what is sampled.
func TestTraceContext(t *testing.T) {
	all, none := 1.0, 0.0
	for _, c := range []struct {
		name           string
		peers          []string
		ratio          *float64
		parent         string // flags of the client's traceparent; empty: there is none
		adopted        bool
		sampled, state string
	}{
		{"a peer's trace", []string{"203.0.113.0/24"}, &none, "01", true, "01", "congo=a,rojo=b"},
		{"a peer's trace that is not sampled", []string{"203.0.113.0/24"}, &all, "00", true, "00", "congo=a,rojo=b"},
		{"a stranger's trace", nil, nil, "01", false, "01", ""},
		{"a stranger's trace, and nothing is sampled", nil, &none, "01", false, "00", ""},
		{"no trace", []string{"203.0.113.0/24"}, &all, "", false, "01", ""},
	} {
		spec := tracedSpec()
		spec.Telemetry.TracePeers, spec.Telemetry.Traces.Ratio = c.peers, c.ratio
		fields := "tracestate: congo=a\r\nTracestate: rojo=b\r\nBaggage: a=1\r\n"
		if c.parent != "" {
			fields += "TraceParent: 00-" + peerTrace + "-" + peerSpan + "-" + c.parent + "\r\n"
		}
		spans, header := tracedRun(t, spec, "api", post(fields, ""))
		out := traceparent.FindStringSubmatch(header.Get("Traceparent"))
		if out == nil || len(header["Traceparent"]) != 1 {
			t.Errorf("%s: the upstream got %q", c.name, header["Traceparent"])
			continue
		}
		if (out[1] == peerTrace) != c.adopted || out[2] == peerSpan || out[3] != c.sampled {
			t.Errorf("%s: the upstream got %q", c.name, out[0])
		}
		if got := strings.Join(header["Tracestate"], ";"); got != c.state {
			t.Errorf("%s: the upstream got the state %q", c.name, got)
		}
		if got := strings.Join(header["Baggage"], ";"); got != "a=1" {
			t.Errorf("%s: the upstream got the baggage %q", c.name, got)
		}
		if c.sampled == "00" {
			if len(spans) != 0 {
				t.Errorf("%s: %d spans", c.name, len(spans))
			}
			continue
		}
		if len(spans) != 2 {
			t.Errorf("%s: %d spans", c.name, len(spans))
			continue
		}
		server, client := spans[0], spans[1]
		parent := map[bool]string{true: peerSpan}[c.adopted]
		if server.TraceID().String() != out[1] || server.ParentSpanID().String() != parent || server.TraceState().AsRaw() != c.state {
			t.Errorf("%s: server in %s under %s with %q", c.name, server.TraceID(), server.ParentSpanID(), server.TraceState().AsRaw())
		}
		if client.TraceID() != server.TraceID() || client.SpanID().String() != out[2] || client.ParentSpanID() != server.SpanID() {
			t.Errorf("%s: client %s in %s under %s", c.name, client.SpanID(), client.TraceID(), client.ParentSpanID())
		}
	}
}

// TestTraceStateAndBaggageAreMasked holds what comes beside a trace to the surface, on both ways out.
func TestTraceStateAndBaggageAreMasked(t *testing.T) {
	fields := "Traceparent: 00-" + peerTrace + "-" + peerSpan + "-01\r\nTracestate: a=+306912345678\r\nTracestate: b=ada@example.com\r\n" +
		"Baggage: user.phone=%2B306912345678,mail=ada%40example.com;p=1,name=Ada\r\nBaggage: ip=203.0.113.77,plain=x, password=hunter2\r\n"
	spans, header := tracedRun(t, tracedSpec(), "api", post(fields, ""))
	all := header.Get("Tracestate") + "\n" + header.Get("Baggage")
	for _, s := range spans {
		all += "\n" + s.TraceState().AsRaw()
	}
	for _, value := range []string{"+306912345678", "ada@example.com", "203.0.113.77", "hunter2"} {
		if found := leaks(value, []haystack{{exit: "trace", text: []byte(all)}}); len(found) > 0 {
			t.Errorf("%q: %s", value, all)
		}
	}
	if !strings.Contains(all, "plain=x") || !strings.Contains(all, "a=redacted_phone,b=redacted_email") {
		t.Errorf("what is no personal data is gone: %s", all)
	}
}

// TestNoTraceTowardsConnectors holds a connector to getting nothing of a trace.
func TestNoTraceTowardsConnectors(t *testing.T) {
	body := `{"to":"306912345678","body":"Hello"}`
	raw := "POST /operator HTTP/1.1\r\nHost: api\r\nContent-Type: application/json\r\nTraceparent: 00-" + peerTrace + "-" + peerSpan +
		"-01\r\nTracestate: a=b\r\nBaggage: c=d\r\nContent-Length: 36\r\n\r\n" + body
	spans, header := tracedRun(t, tracedSpec(), "egress", raw)
	for _, name := range []string{"Traceparent", "Tracestate", "Baggage"} {
		if header.Get(name) != "" {
			t.Errorf("the connector got %s: %s", name, header.Get(name))
		}
	}
	if len(spans) != 2 || header.Get("Host") == "" {
		t.Fatalf("%d spans, %v", len(spans), header)
	}
	client := spans[1].Attributes().AsRaw()
	if client["url.full"] != "http://api.internal:8080/operator" || client["piiproxy.connector"] != "operator" || client["http.request.method"] != "POST" {
		t.Errorf("client span %v", client)
	}
}

// TestTracesAreOffByDefault holds a proxy without spans to passing what came.
func TestTracesAreOffByDefault(t *testing.T) {
	fields := "Traceparent: 00-" + peerTrace + "-" + peerSpan + "-01\r\ntracestate: a=b\r\nBaggage: c=+306912345678\r\n"
	spans, header := tracedRun(t, testSpec(), "api", post(fields, ""))
	if len(spans) != 0 || header.Get("Traceparent") != "00-"+peerTrace+"-"+peerSpan+"-01" || header.Get("Baggage") != "c=+306912345678" {
		t.Errorf("%d spans, %v", len(spans), header)
	}
}

// TestSpansOfExchanges holds the spans of exchanges to what the conventions want of them.
func TestSpansOfExchanges(t *testing.T) {
	spec := tracedSpec()
	spec.Redact.Surfaces = map[string]redact.SurfaceSpec{"log": {Kinds: map[string]string{"email": "keep"}}, "trace": {}}
	for _, c := range []struct {
		name, raw, spanName string
		spans               int
		server              map[string]any
	}{
		{"passed", "POST /sms/306912345678?cb=ada%40example.com HTTP/1.1\r\nHost: api.example.com:8443\r\nUser-Agent: sdk (ada@example.com)\r\nContent-Length: 0\r\n\r\n",
			"POST /sms/{id}", 2, map[string]any{"http.route": "/sms/{id}", "url.query": "cb=redacted_email", "server.address": "api.example.com",
				"server.port": int64(8443), "client.address": "203.0.113.x", "user_agent.original": "sdk (redacted_email)", "http.response.status_code": int64(200)}},
		{"no route", "GET /x/306912345678 HTTP/1.1\r\nHost: 306912345678\r\n\r\n",
			"GET", 1, map[string]any{"url.path": "/x/redacted_phone", "server.address": "redacted_phone", "piiproxy.reason": "no_route"}},
		{"unknown method", "PROPFIND /sms HTTP/1.0\r\n\r\n", "HTTP", 1, map[string]any{"http.request.method": "_OTHER", "network.protocol.version": "1.0"}},
	} {
		spans, _ := tracedRun(t, spec, "api", c.raw)
		if len(spans) != c.spans || spans[0].Name() != c.spanName {
			t.Errorf("%s: %d spans, the first is %q", c.name, len(spans), spans[0].Name())
			continue
		}
		got := spans[0].Attributes().AsRaw()
		for k, v := range c.server {
			if got[k] != v {
				t.Errorf("%s: %s is %v, want %v", c.name, k, got[k], v)
			}
		}
	}
}

// TestSpansOfTwoInARow holds an exchange to leaving nothing to the one that gets its memory.
func TestSpansOfTwoInARow(t *testing.T) {
	for _, shared := range []bool{false, true} {
		spec := tracedSpec()
		if !shared {
			spec.Redact.Surfaces = map[string]redact.SurfaceSpec{"trace": {Client: "mask"}}
		}
		first := "POST /sms/first?query=first HTTP/1.1\r\nHost: first:1\r\nUser-Agent: first\r\nTraceparent: 00-" + peerTrace + "-" + peerSpan +
			"-01\r\nTracestate: first=1\r\nBaggage: first=1\r\nContent-Length: 0\r\n\r\n"
		second := "POST /sms/other HTTP/1.1\r\nHost: b\r\nContent-Length: 0\r\n\r\n"
		spans, header := tracedRun(t, spec, "api", first+second+first+second)
		if len(spans) != 8 {
			t.Fatalf("%d spans", len(spans))
		}
		for i, s := range spans {
			text := s.Name() + s.TraceState().AsRaw()
			for k, v := range s.Attributes().All() {
				text += "\n" + k + "=" + v.AsString()
			}
			if strings.Contains(text, "first") != (i%4 < 2) || i%4 >= 2 && s.TraceID().String() == peerTrace {
				t.Errorf("shared %t: span %d in %s: %s", shared, i, s.TraceID(), text)
			}
		}
		if len(header["Tracestate"]) != 2 || len(header["Baggage"]) != 2 {
			t.Errorf("shared %t: states %q, baggage %q", shared, header["Tracestate"], header["Baggage"])
		}
	}
}

// TestSpanOfPanic holds the span of an exchange that panicked to nothing of the request.
func TestSpanOfPanic(t *testing.T) {
	spans := newExported(t)
	up := &fakeUpstream{answer: func(*http1.Request, *http1.Response) error { panic("here") }}
	p := New(build(t, tracedSpec(), nil, up), Options{Spans: spans})
	defer p.current.Load().leave()
	runRaw(p, post("", ""))
	all := spans.take(t)
	if len(all) != 1 || all[0].Name() != "POST /sms" || all[0].Status().Code() != ptrace.StatusCodeError {
		t.Fatalf("%d spans", len(all))
	}
	if got := all[0].Attributes().AsRaw(); got["error.type"] != "panic" || got["url.path"] != nil || got["url.query"] != nil {
		t.Errorf("%v", got)
	}
}

// TestRatio holds the share of traces that are sampled to what the configuration says.
func TestRatio(t *testing.T) {
	for _, ratio := range []float64{0, 0.1, 0.5, 1} {
		spec := tracedSpec()
		spec.Telemetry.Traces.Ratio = &ratio
		g := build(t, spec, nil, &fakeUpstream{})
		const n = 100_000
		sampled := 0
		for range n {
			if g.tracing.samples(newID()) {
				sampled++
			}
		}
		g.Discard()
		if got := float64(sampled) / n; got < ratio-0.01 || got > ratio+0.01 || ratio == 0 && sampled > 0 || ratio == 1 && sampled < n {
			t.Errorf("%v of the traces are sampled, want %v", got, ratio)
		}
	}
}
