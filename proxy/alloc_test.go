package proxy

import (
	"bytes"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/piiproxy/piiproxy/proxy/internal/http1"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

// loop is a connection that brings one request again and again, and forgets the answers.
type loop struct {
	*Proxy
	memoryConn
	raw     string
	text    strings.Reader
	step    chan struct{} // a request may come
	stepped chan bool     // it was answered; false: with a failure
}

// quietUpstream answers without noting anything.
type quietUpstream struct {
	fields http1.Fields
	reason []byte
	body   []byte
}

func (q *quietUpstream) Do(req *http1.Request, resp *http1.Response, _ time.Time) error {
	resp.Status, resp.Reason, resp.Fields, resp.Body = 200, q.reason, q.fields, q.body
	return nil
}

// nowhere takes lines and forgets them.
type nowhere struct{}

func (nowhere) Started() time.Time { return time.Time{} }

func (nowhere) Write(redact.Masked) {}

func newLoop(t testing.TB, spec Spec, listener, raw string) *loop {
	t.Helper()
	q := &quietUpstream{reason: []byte("OK"), body: []byte(`{"trackingId":"4d2a"}`)}
	q.fields.Parse([]byte("Content-Type: application/json\r\nDate: Mon, 23 Nov 2026 12:00:00 GMT\r\nSet-Cookie: a=b\r\n"), 100)
	l := &loop{raw: raw, step: make(chan struct{}), stepped: make(chan bool)}
	spans := telemetry.NewSpans(telemetry.SpansOptions{Offer: func([]byte) error { return nil }})
	t.Cleanup(spans.Close)
	l.Proxy = New(build(t, spec, nil, q), Options{Log: nowhere{}, Metrics: telemetry.NewMetrics(telemetry.Build{}), Spans: spans, Capture: nowhere{}})
	name, _ := redact.ParseName(listener)
	served := make(chan struct{})
	go func() {
		defer close(served)
		l.newServer(name).ServeConn(l)
	}()
	t.Cleanup(func() {
		close(l.step)
		<-served
	})
	return l
}

// Read waits for the next step when a request was read.
func (l *loop) Read(b []byte) (int, error) {
	if l.text.Len() == 0 {
		if _, ok := <-l.step; !ok {
			return 0, io.EOF
		}
		l.text.Reset(l.raw)
	}
	return l.text.Read(b)
}

func (l *loop) Write(b []byte) (int, error) {
	l.stepped <- bytes.HasPrefix(b, []byte("HTTP/1.1 200 "))
	return len(b), nil
}

func (l *loop) once(t testing.TB) {
	l.step <- struct{}{}
	if !<-l.stepped {
		t.Fatal("not answered")
	}
}

// steady is requests whose exchanges must not allocate.
var steady = []struct{ name, listener, raw string }{
	{"json", "api", "POST /sms?x=1&to=%2B306912345678 HTTP/1.1\nHost: api\nContent-Type: application/json\nUser-Agent: sdk/1\n" +
		"X-Forwarded-For: 203.0.113.9\nAuthorization: Bearer abcdef\nConnection: keep-alive\nContent-Length: 78\n\n" +
		`{"from":"ACME","to":"+306912345678","body":"Hello, your code is 4821","flash":0}`[:78]},
	{"form", "api", "POST /sms HTTP/1.1\nHost: api\nContent-Type: application/x-www-form-urlencoded\nContent-Length: 41\n\nTo=%2B306912345678&From=ACME&Body=Hello+1"},
	{"parameter", "api", "GET /sms/306912345678 HTTP/1.1\nHost: api\n\n"},
	{"connector", "egress", "POST /operator HTTP/1.1\nHost: api\nContent-Type: application/json\nContent-Length: 40\n\n" + `{"to":"306912345678","body":"Hello you"}`},
}

// steadySpecs is how exchanges are traced: not at all, with the views of the access log, and with views of their own.
func steadySpecs() map[string]Spec {
	plain, shared, own := testSpec(), testSpec(), testSpec()
	shared.Telemetry.Traces.Own, own.Telemetry.Traces.Own = true, true
	captured, all := testSpec(), 1.0
	captured.Telemetry.Capture = CaptureSpec{File: "capture", Share: &all}
	own.Redact.Surfaces = map[string]redact.SurfaceSpec{"trace": {Client: "mask"}}
	return map[string]Spec{"no spans": plain, "spans": shared, "spans with views of their own": own, "captured": captured}
}

// leastAllocs returns the allocations of an exchange, in the best of several rounds: a histogram makes itself a bucket for each time
// that none had before, and on a busy machine no time is like another.
func (l *loop) leastAllocs(t *testing.T) float64 {
	t.Helper()
	least := math.Inf(1)
	for round := 0; round < 5 && least > 0; round++ {
		least = min(least, testing.AllocsPerRun(200, func() { l.once(t) }))
	}
	return least
}

func TestExchangeAllocates(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector drops what pools hold")
	}
	for name, spec := range steadySpecs() {
		for _, c := range steady {
			l := newLoop(t, spec, c.listener, crlf(c.raw))
			for range 10 {
				l.once(t)
			}
			if n := l.leastAllocs(t); n != 0 {
				t.Errorf("%s, %s: %v allocations", name, c.name, n)
			}
		}
	}
}

func BenchmarkExchange(b *testing.B) {
	for _, c := range steady {
		b.Run(c.name, func(b *testing.B) {
			l := newLoop(b, testSpec(), c.listener, crlf(c.raw))
			b.ReportAllocs()
			for b.Loop() {
				l.once(b)
			}
		})
	}
}
