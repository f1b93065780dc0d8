package admin

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/valyala/fasthttp/fasthttputil"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// The server's own, which it does not wait for: one ends at its next look, the other ticks as long as the process lives.
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
	)
}

// mark stands for a personal value in a request: it must be in no answer and no log.
const mark = "+306912345678"

type lines struct {
	mu  sync.Mutex
	all []string
}

func (l *lines) Printf(format string, _ ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, format)
}

// start serves o in memory and returns a way to send raw bytes on a new connection.
func start(t *testing.T, o Options) (send func(request string) (*http.Response, string)) {
	t.Helper()
	ln := fasthttputil.NewInmemoryListener()
	a := New(o)
	done := make(chan error, 1)
	go func() { done <- a.Serve(ln) }()
	t.Cleanup(func() {
		if err := a.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return func(request string) (*http.Response, string) {
		t.Helper()
		c, err := ln.Dial()
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		go io.WriteString(c, request)
		method, _, _ := strings.Cut(request, " ")
		r, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: method})
		if err != nil {
			t.Fatalf("%.60q: %v", request, err)
		}
		defer r.Body.Close()
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatalf("%.60q: %v", request, err)
		}
		return r, string(b)
	}
}

func metrics(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	io.WriteString(w, "up 1\n")
}

func reloadFails() ([]byte, bool) { return []byte("line 3: unknown key"), false }

var requestTests = []struct {
	name    string
	request string
	status  int
	body    string
}{
	{"live", "GET /livez", 200, "ok\n"},
	{"live, head", "HEAD /livez", 200, ""},
	{"ready", "GET /readyz", 200, "ok\n"},
	{"ready, with a query", "GET /readyz?" + mark, 200, "ok\n"},
	{"metrics", "GET /metrics", 200, "up 1\n"},
	{"metrics, post", "POST /metrics", 405, "method not allowed\n"},
	{"live, delete", "DELETE /livez", 405, "method not allowed\n"},
	{"live, unknown method", mark + " /livez", 405, "method not allowed\n"},
	{"reload", "POST /-/reload", 422, "not reloaded, the configuration before stays in use:\nline 3: unknown key\n"},
	{"reload, get", "GET /-/reload", 405, "method not allowed\n"},
	{"root", "GET /", 404, "not found\n"},
	{"elsewhere", "GET /" + mark, 404, "not found\n"},
	{"below", "GET /metrics/", 404, "not found\n"},
	{"not normalised", "GET //metrics", 404, "not found\n"},
	{"not normalised, up", "GET /x/../metrics", 404, "not found\n"},
	{"not decoded", "GET /%6detrics", 404, "not found\n"},
	{"pprof", "GET /debug/pprof/", 404, "not found\n"},
}

func TestRequests(t *testing.T) {
	log := &lines{}
	send := start(t, Options{Metrics: http.HandlerFunc(metrics), Reload: reloadFails, Open: true, Logger: log})
	for range 2 {
		for _, tt := range requestTests {
			r, body := send(tt.request + " HTTP/1.1\r\nHost: " + mark + "\r\nX: " + mark + "\r\nContent-Length: 0\r\n\r\n")
			if r.StatusCode != tt.status || body != tt.body {
				t.Errorf("%s: %d %q, want %d %q", tt.name, r.StatusCode, body, tt.status, tt.body)
			}
			if r.StatusCode == 405 && r.Header.Get("Allow") == "" {
				t.Errorf("%s: no Allow", tt.name)
			}
			if r.Header.Get("Server") != "" || r.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: header %v", tt.name, r.Header)
			}
		}
	}
	if len(log.all) != 0 {
		t.Errorf("logged: %q", log.all)
	}
}

func TestWhatIsNoRequest(t *testing.T) {
	send := start(t, Options{Metrics: http.HandlerFunc(metrics), Reload: reloadFails, Open: true})
	for _, tt := range []struct {
		name, request string
		status        int
	}{
		{"garbage", mark + "\r\n\r\n", 400},
		{"bad header", "GET /livez HTTP/1.1\r\nHost: a\r\n" + mark + "\r\n\r\n", 400},
		{"long head", "GET /livez HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat(mark, 1000) + "\r\n\r\n", 431},
		{"long body", "POST /-/reload HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + mark, 413},
	} {
		r, body := send(tt.request)
		if r.StatusCode != tt.status || !r.Close {
			t.Errorf("%s: %d, close %t", tt.name, r.StatusCode, r.Close)
		}
		if strings.Contains(body, mark) || strings.Contains(body, "error") || body == "" {
			t.Errorf("%s: %q", tt.name, body)
		}
	}
}

func TestReadiness(t *testing.T) {
	var ready atomic.Bool
	send := start(t, Options{Ready: ready.Load})
	const request = "GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n"
	for _, now := range []bool{false, true, false} {
		ready.Store(now)
		want := map[bool]int{true: 200, false: 503}[now]
		if r, body := send(request); r.StatusCode != want {
			t.Errorf("ready %t: %d %q", now, r.StatusCode, body)
		}
		if r, _ := send("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"); r.StatusCode != 200 {
			t.Errorf("ready %t: not alive", now)
		}
	}
}

func TestReload(t *testing.T) {
	reloads := 0
	send := start(t, Options{Open: true, Reload: func() ([]byte, bool) { reloads++; return nil, true }})
	if r, body := send("POST /-/reload HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"); r.StatusCode != 200 || body != "reloaded\n" {
		t.Errorf("%d %q", r.StatusCode, body)
	}
	r, _ := send("POST /-/reload HTTP/1.1\r\nHost: a\r\nOrigin: https://example.com\r\nContent-Length: 0\r\n\r\n")
	if r.StatusCode != 403 || reloads != 1 {
		t.Errorf("from a page: %d, %d reloads", r.StatusCode, reloads)
	}
}

func TestWithoutMetricsAndReload(t *testing.T) {
	send := start(t, Options{})
	for _, request := range []string{"GET /metrics", "POST /-/reload"} {
		if r, _ := send(request + " HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"); r.StatusCode != 404 {
			t.Errorf("%s: %d", request, r.StatusCode)
		}
	}
}

func TestFailuresAreToldWithoutTheirText(t *testing.T) {
	panics := 0
	send := start(t, Options{
		Metrics:  http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, mark, 500) }),
		Reload:   func() ([]byte, bool) { panic(mark) },
		Open:     true,
		Panicked: func() { panics++ },
	})
	r, body := send("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
	if r.StatusCode != 500 || body != "metrics are not available\n" {
		t.Errorf("%d %q", r.StatusCode, body)
	}
	r, body = send("POST /-/reload HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
	if r.StatusCode != 500 || body != "internal error\n" || panics != 1 {
		t.Errorf("%d %q, %d panics", r.StatusCode, body, panics)
	}
	if r, _ = send("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"); r.StatusCode != 200 {
		t.Errorf("afterwards: %d", r.StatusCode)
	}
}

// TestShutdownMeetsServe ends what is served, whichever of the two comes first.
func TestShutdownMeetsServe(t *testing.T) {
	for range 200 {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		a, served := New(Options{}), make(chan error, 1)
		go func() { served <- a.Serve(ln) }()
		if err := a.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-served:
			if err != nil {
				t.Fatal(err)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("still serving")
		}
	}
}

// TestShutdownWaitsForAReload checks that an answer that was begun is given.
func TestShutdownWaitsForAReload(t *testing.T) {
	ln := fasthttputil.NewInmemoryListener()
	began, end := make(chan struct{}), make(chan struct{})
	a := New(Options{Open: true, Reload: func() ([]byte, bool) { close(began); <-end; return nil, true }})
	served := make(chan error, 1)
	go func() { served <- a.Serve(ln) }()
	c, err := ln.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	go io.WriteString(c, "POST /-/reload HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
	<-began
	stopped := make(chan error, 1)
	go func() { stopped <- a.Shutdown(context.Background()) }()
	if err := <-served; err != nil { // takes no more
		t.Error(err)
	}
	close(end)
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != 200 {
		t.Errorf("%d", r.StatusCode)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}
