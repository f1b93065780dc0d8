package proxy

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/valyala/fasthttp/fasthttputil"
	"go.uber.org/goleak"

	"github.com/piiproxy/piiproxy/proxy/internal/http1"
	"github.com/piiproxy/piiproxy/redact"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// fakeUpstream notes what it is sent, and answers with answer.
type fakeUpstream struct {
	answer func(req *http1.Request, resp *http1.Response) error

	mu       sync.Mutex
	requests []string
}

func (f *fakeUpstream) Do(req *http1.Request, resp *http1.Response, _ time.Time) error {
	f.mu.Lock()
	f.requests = append(f.requests, string(req.Head)+string(req.Body))
	f.mu.Unlock()
	return f.answer(req, resp)
}

// take returns the requests that came since it was last called.
func (f *fakeUpstream) take() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	taken := f.requests
	f.requests = nil
	return taken
}

// answering returns an answer function for the text of an HTTP response.
func answering(status int, reason, fields, body string) func(*http1.Request, *http1.Response) error {
	return func(_ *http1.Request, resp *http1.Response) error {
		resp.Status, resp.Reason, resp.Body = status, []byte(reason), []byte(body)
		if resp.Fields.Parse([]byte(fields), 100) != http1.NoFlaw {
			panic("the test's fields are malformed")
		}
		return nil
	}
}

// lines keeps the lines of an access log.
type lines struct {
	mu  sync.Mutex
	all []string
}

func (l *lines) Write(line redact.Masked) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, string(line.Bytes()))
}

func (l *lines) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	taken := l.all
	l.all = nil
	return taken
}

// rig is a proxy with fake upstreams, listening in memory.
type rig struct {
	*Proxy
	t        testing.TB
	log      *lines
	capture  *captured
	upstream *fakeUpstream
	ln       *fasthttputil.InmemoryListener
	served   []chan error // what Serve returned, by listener
}

// testSpec leads POST /sms, /sms/{id} and /files/{rest...} to the API, and /operator to a connector.
func testSpec() Spec {
	return Spec{
		Listeners: map[string]ListenerSpec{"api": {}, "egress": {}},
		Upstreams: map[string]UpstreamSpec{"api": {Address: "http://api.internal:8080"}},
		Connectors: map[string]ConnectorSpec{
			"operator": {Upstream: "api"},
			"all":      {Upstream: "api"},
		},
		Redact: redact.Spec{Projections: map[string]redact.ProjectionSpec{
			"operator": {Allow: []redact.AllowSpec{{JSON: "$.to", Required: true, Destination: true}, {JSON: "$.body"}}},
			"all":      {Pass: "everything"},
		}},
		Routes: map[string]RouteSpec{
			"sms":      {Listener: "api", Methods: []string{"POST"}, Path: "/sms", Upstream: "api", Pass: "everything"},
			"one-sms":  {Listener: "api", Path: "/sms/{id}", Upstream: "api", Pass: "everything"},
			"files":    {Listener: "api", Path: "/files/{rest...}", Upstream: "api", Pass: "everything"},
			"operator": {Listener: "egress", Path: "/operator", Connector: "operator"},
			"all":      {Listener: "egress", Path: "/all", Connector: "all"},
		},
	}
}

// build makes a generation of spec whose upstreams are all up.
func build(t testing.TB, spec Spec, prev *Generation, up Upstream) *Generation {
	t.Helper()
	var keys *redact.Keyring
	if spec.Telemetry.Capture.File != "" {
		keys = testKeys(t)
	}
	g, err := Build(spec, keys, prev)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range g.upstreams {
		u.transport = up
	}
	return g
}

func testKeys(t testing.TB) *redact.Keyring {
	t.Helper()
	keys, err := redact.NewKeyring("default", time.Now(), []byte("01234567890123456789012345678901"))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// start runs a proxy under spec until the test ends.
func start(t testing.TB, spec Spec, answer func(*http1.Request, *http1.Response) error) *rig {
	t.Helper()
	r := &rig{t: t, log: &lines{}, capture: &captured{}, upstream: &fakeUpstream{answer: answer}}
	r.Proxy = New(build(t, spec, nil, r.upstream), Options{Log: r.log, Capture: r.capture})
	r.ln = r.listen("api")
	t.Cleanup(func() {
		if err := r.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		for _, done := range r.served {
			if err := <-done; err != ErrClosed {
				t.Errorf("Serve returned %v", err)
			}
		}
	})
	return r
}

func (r *rig) listen(name string) *fasthttputil.InmemoryListener {
	ln := fasthttputil.NewInmemoryListener()
	done := make(chan error, 1)
	go func() { done <- r.Serve(name, ln) }()
	r.served = append(r.served, done)
	return ln
}

func (r *rig) dial() net.Conn {
	r.t.Helper()
	c, err := r.ln.Dial()
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { c.Close() })
	return c
}

// answer is what a client got.
type answer struct {
	status int
	header http.Header
	body   string
	close  bool
}

// send writes raw on a connection of its own and returns the answer.
func (r *rig) send(raw string) answer {
	r.t.Helper()
	c := r.dial()
	defer c.Close()
	go io.WriteString(c, raw)
	method, _, _ := strings.Cut(raw, " ")
	return read(r.t, bufio.NewReader(c), method)
}

func read(t testing.TB, from *bufio.Reader, method string) answer {
	t.Helper()
	resp, err := http.ReadResponse(from, &http.Request{Method: method})
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("no whole answer: %v", err)
	}
	return answer{resp.StatusCode, resp.Header, string(body), resp.Close}
}

// crlf writes a message with line breaks as HTTP has them: the head ends at the first empty line.
func crlf(s string) string {
	head, body, _ := strings.Cut(s, "\n\n")
	return strings.ReplaceAll(head, "\n", "\r\n") + "\r\n\r\n" + body
}

func contains(b []byte, s string) bool { return bytes.Contains(b, []byte(s)) }
