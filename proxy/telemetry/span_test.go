package telemetry

import (
	"encoding/binary"
	"errors"
	"math"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/piiproxy/piiproxy/redact"
)

// traced is a record of an exchange that passed through, with all that spans show.
func traced(t testing.TB) Record {
	t.Helper()
	policy, err := redact.Compile(redact.Spec{Surfaces: map[string]redact.SurfaceSpec{"trace": {}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := policy.Surface("trace")
	text := func(v string) redact.Masked { return s.AppendText(redact.Masked{}, []byte(v), nil) }
	name := func(v string) redact.Name {
		n, err := redact.ParseName(v)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	r := Record{
		ID: ID{1, 2}, TraceID: ID{0x0af7651916cd43dd, 0x8448eb211c80319c}, SpanID: 0xb7ad6b7169203331, ParentID: 0x00f067aa0ba902b7,
		ClientSpanID: 0x1112131415161718, Sampled: true, Start: time.Unix(1795000000, 123456789),
		Elapsed: 12 * time.Millisecond, Asked: time.Millisecond, Upstream: 10 * time.Millisecond,
		Listener: name("api"), Route: name("one-sms"), Method: MethodPost, Status: 202, UpstreamStatus: 202, BytesIn: 120, BytesOut: 40,
	}
	r.Trace = Trace{
		View: View{
			Path: text("/sms/+306912345678"), Query: text("cb=ada@example.com"), Agent: text("sdk/1 (ada@example.com)"),
			Client: s.AppendAddr(redact.Masked{}, netip.MustParseAddr("203.0.113.9"), nil),
		},
		Host: text("api.example.com"), Port: 8443, State: text("congo=t61rcWkgMzE"), Route: text("/sms/{id}"), Template: text("/sms/{id}"),
		Upstream: text("https://api.internal:8080"), UpstreamHost: text("api.internal"), UpstreamPort: 8080, UpstreamMethod: MethodPost, Secure: true,
	}
	return r
}

// readRequest reads a request with pdata.
func readRequest(t testing.TB, request []byte) ptrace.Traces {
	t.Helper()
	in, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(request)
	if err != nil {
		t.Fatalf("pdata does not read it: %v", err)
	}
	return in
}

// decodeSpans returns the spans of a request.
func decodeSpans(t testing.TB, request []byte) []ptrace.Span {
	t.Helper()
	in := readRequest(t, request)
	var all []ptrace.Span
	for _, resource := range in.ResourceSpans().All() {
		for _, scope := range resource.ScopeSpans().All() {
			for _, span := range scope.Spans().All() {
				all = append(all, span)
			}
		}
	}
	return all
}

// collector takes requests.
type collector struct {
	mu       sync.Mutex
	requests [][]byte
	err      error
}

func (c *collector) offer(request []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.requests = append(c.requests, append([]byte(nil), request...))
	}
	return c.err
}

func (c *collector) spans(t testing.TB) []ptrace.Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []ptrace.Span
	for _, r := range c.requests {
		all = append(all, decodeSpans(t, r)...)
	}
	return all
}

// spansOf returns the spans of records as pdata reads them.
func spansOf(t testing.TB, records ...Record) []ptrace.Span {
	t.Helper()
	c := &collector{}
	s := NewSpans(SpansOptions{Offer: c.offer, Version: "1.2.3", Wait: time.Hour})
	for i := range records {
		s.Write(&records[i])
	}
	s.Close()
	if offered, lost := s.Counts(); int(offered) != len(c.spans(t)) || lost != 0 {
		t.Errorf("%d offered, %d lost", offered, lost)
	}
	return c.spans(t)
}

func attributes(s ptrace.Span) map[string]any { return s.Attributes().AsRaw() }

func equalAttributes(t *testing.T, s ptrace.Span, want map[string]any) {
	t.Helper()
	got := attributes(s)
	for k, v := range want {
		if got[k] != v {
			t.Errorf("%s: %s is %v, want %v", s.Name(), k, got[k], v)
		}
	}
	for k, v := range got {
		if _, ok := want[k]; !ok {
			t.Errorf("%s: %s is %v, and should not be there", s.Name(), k, v)
		}
	}
}

func TestSpans(t *testing.T) {
	r := traced(t)
	all := spansOf(t, r)
	if len(all) != 2 {
		t.Fatalf("%d spans", len(all))
	}
	server, client := all[0], all[1]
	for _, s := range all {
		if s.TraceID().String() != "0af7651916cd43dd8448eb211c80319c" || s.TraceState().AsRaw() != "congo=t61rcWkgMzE" {
			t.Errorf("trace %s, state %q", s.TraceID(), s.TraceState().AsRaw())
		}
		if s.Name() != "POST /sms/{id}" || s.Status().Code() != ptrace.StatusCodeUnset {
			t.Errorf("%q with status %v", s.Name(), s.Status().Code())
		}
	}
	if server.Kind() != ptrace.SpanKindServer || server.SpanID().String() != "b7ad6b7169203331" || server.ParentSpanID().String() != "00f067aa0ba902b7" || server.Flags() != 0x301 {
		t.Errorf("server: %v %s %s %x", server.Kind(), server.SpanID(), server.ParentSpanID(), server.Flags())
	}
	if client.Kind() != ptrace.SpanKindClient || client.SpanID().String() != "1112131415161718" || client.ParentSpanID() != server.SpanID() || client.Flags() != 0x101 {
		t.Errorf("client: %v %s %s %x", client.Kind(), client.SpanID(), client.ParentSpanID(), client.Flags())
	}
	if server.StartTimestamp() != 1795000000123456789 || server.EndTimestamp()-server.StartTimestamp() != 12e6 {
		t.Errorf("server from %d to %d", server.StartTimestamp(), server.EndTimestamp())
	}
	if client.StartTimestamp() != 1795000000124456789 || client.EndTimestamp()-client.StartTimestamp() != 10e6 {
		t.Errorf("client from %d to %d", client.StartTimestamp(), client.EndTimestamp())
	}
	equalAttributes(t, server, map[string]any{
		"http.request.method": "POST", "http.route": "/sms/{id}", "url.path": "/sms/redacted_phone", "url.query": "cb=redacted_email",
		"url.scheme": "https", "server.address": "api.example.com", "server.port": int64(8443), "client.address": "203.0.113.x",
		"user_agent.original": "sdk/1 (redacted_email)", "network.protocol.version": "1.1", "http.response.status_code": int64(202),
		"http.request.body.size": int64(120), "http.response.body.size": int64(40), "piiproxy.request_id": "00000000000000010000000000000002",
		"piiproxy.listener": "api", "piiproxy.route": "one-sms", "piiproxy.outcome": "answered",
	})
	equalAttributes(t, client, map[string]any{
		"http.request.method": "POST", "url.full": "https://api.internal:8080/sms/redacted_phone?cb=redacted_email", "url.template": "/sms/{id}",
		"server.address": "api.internal", "server.port": int64(8080), "network.protocol.version": "1.1", "http.response.status_code": int64(202),
	})
}

// TestSpansOfFailures holds status and error.type to what the conventions say of each end.
func TestSpansOfFailures(t *testing.T) {
	for _, c := range []struct {
		name           string
		change         func(*Record)
		server, client string // error.type; empty: no error
		spans          int
	}{
		{"answered with 404", func(r *Record) { r.Status, r.UpstreamStatus = 404, 404 }, "", "404", 2},
		{"answered with 503", func(r *Record) { r.Status, r.UpstreamStatus = 503, 503 }, "503", "503", 2},
		{"refused", func(r *Record) {
			r.Status, r.UpstreamStatus, r.Upstream, r.Outcome, r.Reason = 422, 0, 0, Refused, ReasonProjection
		}, "", "", 1},
		{"full", func(r *Record) {
			r.Status, r.UpstreamStatus, r.Upstream, r.Outcome, r.Reason = 503, 0, 0, Refused, ReasonInFlight
		}, "in_flight", "", 1},
		{"no connection", func(r *Record) {
			r.Status, r.UpstreamStatus, r.Outcome, r.Reason = 502, 0, Failed, ReasonConnect
		}, "connect", "connect", 2},
		{"no answer", func(r *Record) {
			r.Status, r.UpstreamStatus, r.Outcome, r.Reason = 504, 0, Unknown, ReasonTimeout
		}, "timeout", "timeout", 2},
		{"half an answer", func(r *Record) { r.Outcome, r.Reason = Unknown, ReasonClosed }, "closed", "closed", 2},
		{"panic", func(r *Record) { r.Status, r.Upstream, r.Outcome, r.Reason = 500, 0, Panicked, ReasonPanic }, "panic", "", 1},
	} {
		r := traced(t)
		c.change(&r)
		all := spansOf(t, r)
		if len(all) != c.spans {
			t.Errorf("%s: %d spans", c.name, len(all))
			continue
		}
		for i, want := range []string{c.server, c.client}[:c.spans] {
			got, _ := attributes(all[i])["error.type"].(string)
			if got != want || (all[i].Status().Code() == ptrace.StatusCodeError) != (want != "") {
				t.Errorf("%s: error.type of span %d is %q with status %v, want %q", c.name, i, got, all[i].Status().Code(), want)
			}
		}
	}
}

// TestSpansOfLittle holds spans to what is known: no attribute is there without a value, and what is too long is not there.
func TestSpansOfLittle(t *testing.T) {
	r := Record{TraceID: ID{0, 1}, SpanID: 2, Sampled: true, Start: time.Unix(1, 0), Elapsed: -1}
	all := spansOf(t, r)
	if len(all) != 1 || all[0].Name() != "HTTP" || all[0].EndTimestamp() != all[0].StartTimestamp() || all[0].Flags() != 1 || !all[0].ParentSpanID().IsEmpty() {
		t.Fatalf("%d spans, the first %q from %d to %d", len(all), all[0].Name(), all[0].StartTimestamp(), all[0].EndTimestamp())
	}
	equalAttributes(t, all[0], map[string]any{
		"http.request.method": "_OTHER", "url.scheme": "http", "network.protocol.version": "1.1", "http.request.body.size": int64(0),
		"http.response.body.size": int64(0), "piiproxy.request_id": strings.Repeat("0", 32), "piiproxy.outcome": "answered",
	})
	long := traced(t)
	for _, v := range []*redact.Masked{&long.Trace.Path, &long.Trace.Query, &long.Trace.Agent, &long.Trace.State} {
		for v.Len() < 5000 {
			*v = v.AppendConst("x")
		}
	}
	for _, s := range spansOf(t, long) {
		for _, gone := range []string{"url.path", "url.query", "user_agent.original", "url.full"} {
			if _, ok := attributes(s)[gone]; ok {
				t.Errorf("%s of too many bytes is there", gone)
			}
		}
		if s.TraceState().AsRaw() != "" {
			t.Error("a trace state of too many bytes is there")
		}
	}
}

// TestSpansOfBuilt holds the span of a request that the proxy builds to nothing of the client's path and query.
func TestSpansOfBuilt(t *testing.T) {
	r := traced(t)
	r.Trace.Built, r.Trace.Template = true, redact.Masked{}.AppendConst("/cgi-bin/sendsms")
	if full := attributes(spansOf(t, r)[1])["url.full"]; full != "https://api.internal:8080/cgi-bin/sendsms" {
		t.Errorf("url.full is %v", full)
	}
}

// TestSpanText holds texts of every length, and such as are no UTF-8, to arriving.
func TestSpanText(t *testing.T) {
	policy, _ := redact.Compile(redact.Spec{Surfaces: map[string]redact.SurfaceSpec{"trace": {}}}, nil)
	s, _ := policy.Surface("trace")
	for _, text := range []string{"a", strings.Repeat("a ", 60), strings.Repeat("b ", 64), strings.Repeat("c ", 2000), "gr\xfc\xdfe", "\xff\xfe\x80", "κόσμε", "a\xe2\x82"} {
		for _, n := range []int{0, 1, 127, 128, 16383, 16384, math.MaxInt32} {
			r := traced(t)
			r.Trace.Agent, r.BytesIn = s.AppendText(redact.Masked{}, []byte(text), nil), int64(n)
			server := attributes(spansOf(t, r)[0])
			want := strings.Map(func(c rune) rune { return c }, text) // U+FFFD for each byte that is none
			if server["user_agent.original"] != want || server["http.request.body.size"] != int64(n) {
				t.Errorf("%q and %d arrived as %q and %v", want, n, server["user_agent.original"], server["http.request.body.size"])
			}
		}
	}
}

func TestCloseMessage(t *testing.T) {
	for _, n := range []int{0, 1, 127, 128, 16383, 16384, 1 << 21} {
		b, at := openMessage([]byte("xx"), 10)
		b = closeMessage(append(b, strings.Repeat("m", n)...), at)
		length, size := binary.Uvarint(b[3:])
		if int(length) != n || string(b[3+size:]) != strings.Repeat("m", n) || string(b[:3]) != "xx\n" {
			t.Errorf("%d: length %d in %d bytes, %d bytes behind it", n, length, size, len(b)-3-size)
		}
	}
}

// TestSpansBatch holds batches to their size, all spans to being in one of them, and refused ones to being counted.
func TestSpansBatch(t *testing.T) {
	c := &collector{}
	s := NewSpans(SpansOptions{Offer: c.offer, Batch: 4 << 10, Wait: time.Hour})
	r := traced(t)
	var writers sync.WaitGroup
	for i := range 8 {
		r := r
		writers.Go(func() {
			for j := range 100 {
				r.SpanID = uint64(i)<<32 | uint64(j) | 1<<63
				s.Write(&r)
				unsampled := r
				unsampled.Sampled = false
				s.Write(&unsampled)
			}
		})
	}
	writers.Wait()
	s.Close()
	s.Close()
	if n := len(c.spans(t)); n != 1600 {
		t.Errorf("%d spans arrived", n)
	}
	for _, request := range c.requests {
		if len(request) > 4<<10+maxSpans {
			t.Errorf("a request of %d bytes", len(request))
		}
	}
	c.err = errors.New("full")
	s.Write(&r)
	s.flushAll()
	if offered, lost := s.Counts(); offered != 1600 || lost != 2 {
		t.Errorf("%d offered, %d lost", offered, lost)
	}
}

// TestSpansWait holds a batch that is not full to being offered after a while.
func TestSpansWait(t *testing.T) {
	offered := make(chan int, 10)
	s := NewSpans(SpansOptions{Offer: func(b []byte) error { offered <- len(b); return nil }, Wait: time.Millisecond})
	defer s.Close()
	r := traced(t)
	s.Write(&r)
	if n := <-offered; n == 0 {
		t.Error("nothing was offered")
	}
}

func TestSpansResource(t *testing.T) {
	c := &collector{}
	s := NewSpans(SpansOptions{Offer: c.offer, Version: "1.2.3", Wait: time.Hour})
	r := traced(t)
	s.Write(&r)
	s.Close()
	resource := readRequest(t, c.requests[0]).ResourceSpans().At(0)
	got := resource.Resource().Attributes().AsRaw()
	instance, _ := got["service.instance.id"].(string)
	if got["service.name"] != "piiproxy" || got["service.version"] != "1.2.3" || len(instance) != 36 || len(got) != 3 {
		t.Errorf("resource %v", got)
	}
	if name := resource.ScopeSpans().At(0).Scope().Name(); name != "github.com/piiproxy/piiproxy/proxy" {
		t.Errorf("scope %q", name)
	}
}

func TestSpansAllocate(t *testing.T) {
	s := NewSpans(SpansOptions{Offer: func([]byte) error { return nil }, Wait: time.Hour})
	defer s.Close()
	r := traced(t)
	if n := testing.AllocsPerRun(2000, func() { s.Write(&r) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// cpuTime is the processor time of this process.
func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkSpans is two spans, of the server and of the client.
func BenchmarkSpans(b *testing.B) {
	r := traced(b)
	var size int
	s := NewSpans(SpansOptions{Offer: func(request []byte) error { size = len(request); return nil }, Wait: time.Hour})
	defer s.Close()
	b.ReportAllocs()
	b.SetBytes(int64(len(AppendSpans(nil, &r))))
	start := cpuTime()
	for b.Loop() {
		s.Write(&r)
	}
	b.ReportMetric(float64(cpuTime()-start)/float64(2*b.N), "cpu-ns/span")
	_ = size
}
