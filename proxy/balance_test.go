package proxy

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/piiproxy/piiproxy/proxy/internal/balance"
	"github.com/piiproxy/piiproxy/proxy/internal/http1"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
)

// over makes a proxy whose upstream api is really asked, over TCP.
func over(t *testing.T, spec Spec) *rig {
	t.Helper()
	r := start(t, spec, ok())
	for _, u := range r.Generation().upstreams {
		u.transport = u.built
	}
	r.Generation().start()
	return r
}

func TestSeveralAddresses(t *testing.T) {
	var got atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		got.Add(1)
		_, _ = io.WriteString(w, r.Host)
	}))
	defer s.Close()
	const dead = "http://127.0.0.1:1" // a port that was free a moment ago need not be
	spec := testSpec()
	spec.Upstreams["api"] = UpstreamSpec{Addresses: []string{dead, s.URL}, Host: "api.internal", Repeats: 1000}
	r := over(t, spec)
	for range 20 {
		if a := r.send(crlf(request)); a.status != 200 {
			t.Fatalf("status %d, %s", a.status, a.body)
		}
	}
	if got.Load() != 20 {
		t.Errorf("%d arrived", got.Load())
	}
}

func TestOpenCircuit(t *testing.T) {
	var asked atomic.Int64
	r := start(t, testSpec(), func(*http1.Request, *http1.Response) error {
		asked.Add(1)
		return balance.ErrOpen
	})
	a := r.send(crlf(request))
	if a.status != 503 || a.header.Get("Retry-After") == "" || a.header.Get("X-Piiproxy-Outcome") != "" || !strings.Contains(a.body, `"reason":"circuit_open"`) {
		t.Errorf("%d, %v, %s", a.status, a.header, a.body)
	}
	if line := strings.Join(r.log.take(), ""); !strings.Contains(line, `"outcome":"failed"`) || !strings.Contains(line, `"reason":"circuit_open"`) {
		t.Errorf("logged %s", line)
	}
}

// TestRepeatable holds what may be sent again: idempotent methods where the route says so.
func TestRepeatable(t *testing.T) {
	spec := testSpec()
	sms := spec.Routes["one-sms"]
	sms.Repeat = true
	spec.Routes["one-sms"] = sms
	var repeatable atomic.Bool
	r := start(t, spec, func(req *http1.Request, resp *http1.Response) error {
		repeatable.Store(req.Repeatable)
		return ok()(req, resp)
	})
	for raw, want := range map[string]bool{
		"GET /sms/7 HTTP/1.1\nHost: api\n\n":                      true,
		"PUT /sms/7 HTTP/1.1\nHost: api\nContent-Length: 0\n\n":   true,
		"POST /sms/7 HTTP/1.1\nHost: api\nContent-Length: 0\n\n":  false,
		"PATCH /sms/7 HTTP/1.1\nHost: api\nContent-Length: 0\n\n": false,
		"GET /files/7 HTTP/1.1\nHost: api\n\n":                    false,
	} {
		if a := r.send(crlf(raw)); a.status != 200 || repeatable.Load() != want {
			t.Errorf("%q: status %d, repeatable %v", raw, a.status, repeatable.Load())
		}
	}
}

// TestUpstreamMetrics holds that addresses have numbers in metrics, and nothing of what they are.
func TestUpstreamMetrics(t *testing.T) {
	m := telemetry.NewMetrics(telemetry.Build{})
	spec := testSpec()
	spec.Upstreams["api"] = UpstreamSpec{Addresses: []string{"http://192.0.2.71:8080", "http://192.0.2.72:8080"}}
	g, err := Build(spec, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	p := New(g, Options{Metrics: m})
	defer func() { _ = p.Shutdown(t.Context()) }()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	text := w.Body.String()
	for _, want := range []string{
		`piiproxy_upstream_in_flight_exchanges{address="1",upstream="api"} 0`, `piiproxy_upstream_addresses{state="available",upstream="api"} 2`,
		`piiproxy_upstream_circuit_open{upstream="api"} 0`, `piiproxy_upstream_repeats_total{reason="unwritten",upstream="api"} 0`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if strings.Contains(text, "192.0.2.7") {
		t.Error("metrics show an address")
	}
}

// TestReloadKeepsConnections reloads a configuration that changes a route: the connection to the upstream serves on.
func TestReloadKeepsConnections(t *testing.T) {
	var conns atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "ok")
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			conns.Add(1)
		}
	}
	s.Start()
	defer s.Close()
	spec := testSpec()
	spec.Upstreams["api"] = UpstreamSpec{Addresses: []string{s.URL}, Timeout: 5 * time.Second}
	r := over(t, spec)
	swap := func() {
		g, err := Build(spec, nil, r.Generation())
		if err != nil {
			t.Fatal(err)
		}
		r.Swap(g)
	}
	for i := range 3 {
		if a := r.send(crlf(request)); a.status != 200 {
			t.Fatalf("status %d", a.status)
		}
		r.settle()
		spec.Limits.HeaderCount = 50 + i
		swap()
	}
	if conns.Load() != 1 {
		t.Errorf("%d connections", conns.Load())
	}
	spec.Upstreams["api"] = UpstreamSpec{Addresses: []string{s.URL}, Timeout: 6 * time.Second}
	swap()
	if a := r.send(crlf(request)); a.status != 200 || conns.Load() != 2 {
		t.Errorf("status %d over %d connections", a.status, conns.Load())
	}
}
