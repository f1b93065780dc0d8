package intake

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"go.uber.org/goleak"

	"github.com/piiproxy/piiproxy/proxy/internal/http1"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what should happen at once.
const patience = 30 * time.Second

// mark stands in every request: no answer may repeat it.
const mark = "306912345678"

// handler takes what begins with "ok", and panics about what begins with "panic".
type handler struct {
	mu    sync.Mutex
	taken []string
}

// all returns what was taken.
func (h *handler) all() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.taken)
}

func (*handler) Source() telemetry.Source { return telemetry.SourceLogs }

func (h *handler) Take(r *Request, body []byte) telemetry.Reason {
	switch {
	case bytes.HasPrefix(body, []byte("ok")):
		h.mu.Lock()
		h.taken = append(h.taken, string(body))
		h.mu.Unlock()
		r.Answer(200, "text/x-ok", []byte("taken"))
		return telemetry.ReasonNone
	case bytes.HasPrefix(body, []byte("panic")):
		panic(string(body))
	case bytes.HasPrefix(body, []byte("full")):
		return telemetry.ReasonQueueFull
	}
	return telemetry.ReasonMalformedData
}

func (*handler) AppendProblem(dst []byte, _ *Request, reason telemetry.Reason) ([]byte, string) {
	return append(dst, Title(reason)...), "text/x-problem"
}

// pool is memory of so many bytes.
type pool struct{ left, taken atomic.Int64 }

func (p *pool) Reserve(n int64) bool {
	if p.taken.Add(n) <= p.left.Load() {
		return true
	}
	p.taken.Add(-n)
	return false
}

func (p *pool) Release(n int64) { p.taken.Add(-n) }

// await waits until all is given back: an answer comes before that.
func (p *pool) await(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(patience); p.taken.Load() != 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d bytes of memory were not given back", p.taken.Load())
		}
	}
}

type fixture struct {
	handler handler
	memory  pool
	metrics *telemetry.Metrics
	url     string
}

func serve(t *testing.T) *fixture {
	return serveWithin(t, Limits{Body: 1000, Inflated: 2000, InFlight: 10})
}

func serveWithin(t *testing.T, limits Limits) *fixture {
	t.Helper()
	f := &fixture{metrics: telemetry.NewMetrics(telemetry.Build{})}
	f.memory.left.Store(1 << 20)
	k := New(Options{
		Limits:   func() Limits { return limits },
		Memory:   &f.memory,
		Draining: func() bool { return false },
		Paths:    map[string]Handler{"/in": &f.handler},
		Metrics:  f.metrics,
	})
	s := http1.NewServer(http1.ServerOptions{
		Limits: func() http1.ServerLimits {
			return http1.ServerLimits{Head: 4096, Target: 1024, Fields: 50, HeadTime: time.Minute, RequestTime: time.Minute, WriteTime: time.Minute, IdleTime: time.Minute}
		},
		Handle: k.Handle,
	})
	ln := httptest.NewUnstartedServer(nil).Listener
	go func() { _ = s.Serve(ln) }()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		if err := s.Shutdown(t.Context()); err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
	})
	f.url = "http://" + ln.Addr().String()
	return f
}

func packed(coding, text string) string {
	var b bytes.Buffer
	var w io.WriteCloser
	switch coding {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "deflate":
		w = zlib.NewWriter(&b)
	case "zstd":
		w, _ = zstd.NewWriter(&b)
	default:
		return text
	}
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return b.String()
}

var requests = []struct {
	name, method, path, coding, body string
	status                           int
	reason                           string
}{
	{"plain", "POST", "/in", "", "ok " + mark, 200, ""},
	{"query", "POST", "/in?to=" + mark, "", "ok", 200, ""},
	{"identity", "POST", "/in", "identity", "ok " + mark, 200, ""},
	{"gzip", "POST", "/in", "gzip", packed("gzip", "ok "+mark), 200, ""},
	{"deflate", "POST", "/in", "deflate", packed("deflate", "ok "+mark), 200, ""},
	{"zstd", "POST", "/in", "ZSTD", packed("zstd", "ok "+mark), 200, ""},
	{"as large as may be", "POST", "/in", "", "ok" + strings.Repeat("x", 998), 200, ""},
	{"too large", "POST", "/in", "", "ok" + strings.Repeat("x", 999), 413, "body_too_large"},
	{"inflated as large as may be", "POST", "/in", "gzip", packed("gzip", "ok"+strings.Repeat("x", 1998)), 200, ""},
	{"too large inflated", "POST", "/in", "gzip", packed("gzip", "ok"+strings.Repeat("x", 1999)), 413, "body_too_large"},
	{"a bomb", "POST", "/in", "zstd", packed("zstd", strings.Repeat("x", 1<<20)), 413, "body_too_large"},
	{"cut gzip", "POST", "/in", "gzip", packed("gzip", "ok "+mark)[:20], 400, "malformed_data"},
	{"no gzip", "POST", "/in", "gzip", "ok " + mark, 400, "malformed_data"},
	{"two codings", "POST", "/in", "gzip, gzip", packed("gzip", packed("gzip", "ok")), 415, "encoding"},
	{"unknown coding", "POST", "/in", mark, "ok", 415, "encoding"},
	{"not the handler's", "POST", "/in", "", mark, 400, "malformed_data"},
	{"full", "POST", "/in", "", "full " + mark, 503, "queue_full"},
	{"panic", "POST", "/in", "", "panic " + mark, 500, "panic"},
	{"path", "POST", "/" + mark, "", mark, 404, "no_route"},
	{"path with a slash", "POST", "/in/", "", mark, 404, "no_route"},
	{"method", "PUT", "/in", "", mark, 405, "method"},
	{"get", "GET", "/in", "", "", 405, "method"},
}

// TestRequests sends each request and holds what is answered and counted to it.
func TestRequests(t *testing.T) {
	f := serve(t)
	for _, q := range requests {
		before := len(f.handler.all())
		req, _ := http.NewRequest(q.method, f.url+q.path, strings.NewReader(q.body))
		if q.coding != "" {
			req.Header.Set("Content-Encoding", q.coding)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Errorf("%s: %v", q.name, err)
			continue
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != q.status {
			t.Errorf("%s: answered %d %s, want %d", q.name, resp.StatusCode, body, q.status)
		}
		if took := len(f.handler.all()) > before; took != (q.status == 200) {
			t.Errorf("%s: taken %v", q.name, took)
		}
		if strings.Contains(string(body), mark) {
			t.Errorf("%s: the answer quotes the request: %s", q.name, body)
		}
		if again := resp.Header.Get("Retry-After") != ""; again != (q.status == 503) {
			t.Errorf("%s: Retry-After %q", q.name, resp.Header.Get("Retry-After"))
		}
		if q.reason != "" && !strings.Contains(scrape(f.metrics), `reason="`+q.reason+`"`) {
			t.Errorf("%s: no reason %s is counted", q.name, q.reason)
		}
	}
	f.memory.await(t)
	for _, text := range f.handler.all() {
		if !strings.HasPrefix(text, "ok") {
			t.Errorf("took %q", text)
		}
	}
}

// scrape returns the series of refusals that are not zero.
func scrape(m *telemetry.Metrics) string {
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	var lines []string
	for line := range strings.Lines(w.Body.String()) {
		if strings.HasPrefix(line, "piiproxy_intake_refused_requests_total") && !strings.HasSuffix(line, " 0\n") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

// TestMemory refuses what there is no memory for, and takes the same once there is.
func TestMemory(t *testing.T) {
	f := serve(t)
	body := packed("gzip", "ok")
	for _, c := range []struct {
		left   int64
		status int
	}{{int64(len(body)) - 1, 503}, {int64(len(body)) + 1999, 503}, {int64(len(body)) + 2000, 200}} {
		f.memory.left.Store(c.left)
		req, _ := http.NewRequest("POST", f.url+"/in", strings.NewReader(body))
		req.Header.Set("Content-Encoding", "gzip")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if f.memory.await(t); resp.StatusCode != c.status {
			t.Errorf("%d bytes free: answered %d", c.left, resp.StatusCode)
		}
	}
}

// TestAnnouncedBodies counts what has come of bodies, and not what may come.
func TestAnnouncedBodies(t *testing.T) {
	f := serveWithin(t, Limits{Body: 1 << 20, Inflated: 1 << 20, InFlight: 10})
	for _, framing := range []string{"Transfer-Encoding: chunked\r\n\r\n2\r\nok", "Content-Length: 700000\r\n\r\nok"} {
		slow, err := net.Dial("tcp", strings.TrimPrefix(f.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(slow, "POST /in HTTP/1.1\r\nHost: x\r\n"+framing); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(patience); f.memory.taken.Load() == 0 || f.memory.taken.Load() > firstBytes; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("nobody reads")
			}
		}
		resp, err := http.Post(f.url+"/in", "", strings.NewReader("ok"+strings.Repeat("x", 500_000)))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("beside %q: answered %d", framing, resp.StatusCode)
		}
		slow.Close()
		f.memory.await(t)
	}
}
