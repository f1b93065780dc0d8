package proxy

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

// repeated is a connection that brings a request so many times, one behind the other, and counts the answers.
type repeated struct {
	memoryConn
	raw   func(i int) []byte // the request, valid until the next
	times int
	now   []byte // of the request that is being read
	sent  int
	good  int // answers of 200
}

func (r *repeated) Read(b []byte) (int, error) {
	if len(r.now) == 0 {
		if r.sent == r.times {
			return 0, io.EOF
		}
		r.now = r.raw(r.sent)
		r.sent++
	}
	n := copy(b, r.now)
	r.now = r.now[n:]
	return n, nil
}

func (r *repeated) Write(b []byte) (int, error) {
	if bytes.HasPrefix(b, okLine) {
		r.good++
	}
	return len(b), nil
}

var okLine = []byte("HTTP/1.1 200 ")

// harness is a proxy with an upstream that answers at once, and a log and metrics that nobody reads.
type harness struct {
	*Proxy
	tb testing.TB
}

func newHarness(tb testing.TB, spec Spec) *harness {
	tb.Helper()
	q := &quietUpstream{reason: []byte("OK"), body: []byte(`{"trackingId":"4d2a"}`)}
	q.fields.Parse([]byte("Content-Type: application/json\r\nDate: Mon, 23 Nov 2026 12:00:00 GMT\r\n"), 100)
	g, err := Build(spec, testKeys(tb), nil)
	if err != nil {
		tb.Fatal(err)
	}
	for _, u := range g.upstreams {
		u.transport = q
	}
	return &harness{New(g, Options{Log: nowhere{}, Metrics: telemetry.NewMetrics(telemetry.Build{}), Capture: nowhere{}}), tb}
}

// run sends requests at a listener on one connection, and expects each to be answered with 200.
func (h *harness) run(listener string, times int, raw func(i int) []byte) {
	name, _ := redact.ParseName(listener)
	c := &repeated{raw: raw, times: times}
	h.newServer(name).ServeConn(c)
	if c.good != times {
		h.tb.Errorf("%d of %d requests were answered", c.good, times)
	}
}

// same returns raw for [harness.run] of a request that is always the same.
func same(raw []byte) func(int) []byte { return func(int) []byte { return raw } }

// postOf returns a request with a JSON body.
func postOf(path string, body []byte) []byte {
	return append(fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: api\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", path, len(body)), body...)
}

// scaleSpec is testSpec with tokens for all that has them, as proxies in production have.
func scaleSpec() Spec {
	spec := testSpec()
	spec.Redact.Surfaces = map[string]redact.SurfaceSpec{"log": {Kinds: map[string]string{"phone": "token", "email": "token"}}}
	spec.Redact.Projections["operator"] = redact.ProjectionSpec{Allow: []redact.AllowSpec{{JSON: "$.to[*]"}, {JSON: "$.body"}}}
	spec.Limits.Body = 8 << 20
	return spec
}

// campaign returns the body of a message to so many recipients.
func campaign(recipients int) []byte {
	b := []byte(`{"from":"ACME","body":"Hello, the shop opens at nine","to":[`)
	for i := range recipients {
		if i > 0 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, `{"number":"+3069%08d","firstName":"Ada","label":"newsletter-4"}`, i*7919%100_000_000)
	}
	return append(b, "]}"...)
}

// allocated returns how many bytes do allocates, whether they are still in use or not.
func allocated(do func()) int64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc)
}

// TestCampaignMemory holds a campaign of 30,000 recipients to four times its body, in all that is allocated for it: not only what
// is in use at one time. Nothing of the size of the body may be in a pool before.
func TestCampaignMemory(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	spec := scaleSpec()
	spec.Redact.Projections["operator"] = redact.ProjectionSpec{Allow: []redact.AllowSpec{{JSON: "$.to[*].number"}, {JSON: "$.body"}}}
	body := campaign(30_000)
	for _, c := range []struct{ listener, path string }{{"api", "/sms"}, {"egress", "/operator"}} {
		h := newHarness(t, spec)
		h.run(c.listener, 3, same(postOf(c.path, campaign(2))))
		raw := postOf(c.path, body)
		used := allocated(func() { h.run(c.listener, 1, same(raw)) })
		t.Logf("%s: a body of %d bytes, %d allocated: %.2f", c.path, len(body), used, float64(used)/float64(len(body)))
		if used > 4*int64(len(body)) {
			t.Errorf("%s: %d bytes for a body of %d", c.path, used, len(body))
		}
		h.current.Load().leave()
	}
}

// mixed returns requests of many kinds and people, no two of the same.
func mixed() func(i int) []byte {
	var b, body []byte
	return func(i int) []byte {
		n := i * 7919 % 100_000_000
		b, body = b[:0], body[:0]
		switch i % 4 {
		case 0:
			body = fmt.Appendf(body, `{"to":"+3069%08d","from":"ACME","body":"code %08d"}`, n, n)
			b = fmt.Appendf(b, "POST /sms?to=%%2B3069%08d HTTP/1.1\r\nHost: api\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", n, len(body))
		case 1:
			body = fmt.Appendf(body, "To=%%2B3069%08d&Body=Hello", n)
			b = fmt.Appendf(b, "POST /sms HTTP/1.1\r\nHost: api\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n", len(body))
		case 2:
			b = fmt.Appendf(b, "GET /sms/3069%08d HTTP/1.1\r\nHost: api\r\nX-Forwarded-For: 198.51.%d.%d\r\n\r\n", n, n>>8&255, n&255)
		case 3:
			b = fmt.Appendf(b, "GET /files/user%08d@example.com/x?q=%d HTTP/1.1\r\nHost: api\r\nUser-Agent: sdk/%d\r\n\r\n", n, n, n%9)
		}
		return append(b, body...)
	}
}

// TestMemoryIsFlat holds the heap, and with -exchanges 10000000 the process, to what it was after the first tenth.
func TestMemoryIsFlat(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector keeps memory")
	}
	h := newHarness(t, scaleSpec())
	defer h.current.Load().leave()
	next, step := mixed(), max(*exchanges/10, 1)
	i := 0
	var heap, rss [11]int64
	for part := 1; part <= 10; part++ {
		h.run("api", step, func(int) []byte { i++; return next(i) })
		debug.FreeOSMemory()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		heap[part], rss[part] = int64(m.HeapAlloc), residentBytes()
	}
	t.Logf("%d exchanges; heap after each tenth: %s; resident: %s", i, inKiB(heap[1:]), inKiB(rss[1:]))
	const slack = 1 << 20
	if heap[10] > heap[2]+slack || rss[10] > rss[2]+4*slack {
		t.Errorf("memory grows with the traffic")
	}
}

func inKiB(all []int64) string {
	var b strings.Builder
	for _, n := range all {
		fmt.Fprintf(&b, "%d ", n>>10)
	}
	return b.String() + "KiB"
}

// cpu returns the processor time that the process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
