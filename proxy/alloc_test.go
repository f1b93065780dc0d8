package proxy

import (
	"bufio"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/piiproxy/piiproxy/proxy/internal/http1"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

// loop runs one request again and again, without a connection.
type loop struct {
	*Proxy
	ctx      fasthttp.RequestCtx
	listener redact.Name
	raw      string
	text     strings.Reader
	in       *bufio.Reader
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

func (nowhere) Write(redact.Masked) {}

func newLoop(t testing.TB, spec Spec, listener, raw string) *loop {
	t.Helper()
	q := &quietUpstream{reason: []byte("OK"), body: []byte(`{"trackingId":"4d2a"}`)}
	q.fields.Parse([]byte("Content-Type: application/json\r\nDate: Mon, 23 Nov 2026 12:00:00 GMT\r\nSet-Cookie: a=b\r\n"), 100)
	l := &loop{raw: raw, in: bufio.NewReaderSize(nil, 64<<10)}
	l.Proxy = New(build(t, spec, nil, q), Options{Log: nowhere{}, Metrics: telemetry.NewMetrics(telemetry.Build{})})
	l.listener, _ = redact.ParseName(listener)
	l.ctx.Init(&fasthttp.Request{}, &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 5}, silence{})
	return l
}

func (l *loop) once(t testing.TB) {
	l.text.Reset(l.raw)
	l.in.Reset(&l.text)
	if err := l.ctx.Request.Read(l.in); err != nil {
		t.Fatal(err)
	}
	l.run(&l.ctx, l.listener, nil)
	if l.ctx.Response.StatusCode() != 200 {
		t.Fatalf("status %d: %s", l.ctx.Response.StatusCode(), l.ctx.Response.Body())
	}
	l.ctx.Request.Reset()
	l.ctx.Response.Reset()
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

func TestExchangeAllocates(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector drops what pools hold")
	}
	for _, c := range steady {
		l := newLoop(t, testSpec(), c.listener, crlf(c.raw))
		for range 10 {
			l.once(t)
		}
		if n := testing.AllocsPerRun(200, func() { l.once(t) }); n != 0 {
			t.Errorf("%s: %v allocations", c.name, n)
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
