package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// hanging is an upstream that answers only when it is let go.
type hanging struct {
	*httptest.Server
	arrived, released chan struct{}
	release           func()
}

func newHanging(t *testing.T) *hanging {
	h := &hanging{arrived: make(chan struct{}, 1), released: make(chan struct{})}
	h.release = sync.OnceFunc(func() { close(h.released) })
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h.arrived <- struct{}{}
		<-h.released
		fmt.Fprint(w, "at last")
	}))
	t.Cleanup(h.Close)
	t.Cleanup(h.release) // before Close, which waits for those that hang
	return h
}

// serveTowards runs a proxy with one upstream, and returns it beside an exchange that is waiting for that.
func serveTowards(t *testing.T, h *hanging, drain string) (*runningProxy, chan string) {
	t.Helper()
	config := filepath.Join(t.TempDir(), "piiproxy.yaml")
	text := fmt.Sprintf(`
listeners: {api: {address: "127.0.0.1:0"}, admin: {address: "127.0.0.1:0", kind: admin}}
upstreams: {back: {address: %q, timeout: 1m}}
routes: {all: {listener: api, path: "/{rest...}", upstream: back, pass: everything}}
limits: {drain: %s}
`, h.URL, drain)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := serveFor(t, "--config", config)
	answer := make(chan string, 1)
	go func() {
		resp, err := http.Post("http://"+p.addr["api"]+"/slow", "application/json", strings.NewReader(`{"to":"+306912345678"}`))
		if err != nil {
			answer <- "cut"
			return
		}
		defer resp.Body.Close()
		answer <- resp.Status
	}()
	select {
	case <-h.arrived:
	case <-time.After(patience):
		t.Fatal("the exchange did not reach the upstream")
	}
	return p, answer
}

var draining = regexp.MustCompile(`"msg":"draining"`)

// TestDrainWaits lets the exchange that runs end, takes no new one, and exits with 0.
func TestDrainWaits(t *testing.T) {
	h := newHanging(t)
	p, answer := serveTowards(t, h, "1m")
	p.signal(syscall.SIGTERM)
	if _, ok := p.said(draining); !ok {
		t.Fatalf("not draining:\n%s", p.stderr())
	}
	for refused := false; !refused; { // the listener is closed right after that line
		c, err := net.Dial("tcp", p.addr["api"])
		if refused = err != nil; err == nil {
			c.Close()
		}
	}
	h.release()
	if got := <-answer; got != "200 OK" {
		t.Errorf("the exchange that ran: %s", got)
	}
	if code := p.wait(); code != 0 {
		t.Errorf("exit code %d:\n%s", code, p.stderr())
	}
	if out := p.out.String(); !strings.Contains(out, `"status":200`) || strings.Contains(out, "306912345678") {
		t.Errorf("access log: %s", out)
	}
}

// TestDrainEnds cuts the exchange that does not end in time, and exits with 1.
func TestDrainEnds(t *testing.T) {
	p, answer := serveTowards(t, newHanging(t), "50ms")
	p.signal(syscall.SIGTERM)
	if code := p.wait(); code != 1 {
		t.Errorf("exit code %d", code)
	}
	if got := <-answer; got == "200 OK" {
		t.Errorf("the exchange that ran: %s", got)
	}
	if !strings.Contains(p.stderr(), "piiproxy: error: exchanges were still running") {
		t.Errorf("stderr: %s", p.stderr())
	}
}

// TestSecondSignal ends the proxy without waiting.
func TestSecondSignal(t *testing.T) {
	p, answer := serveTowards(t, newHanging(t), "1h")
	p.signal(syscall.SIGTERM)
	if _, ok := p.said(draining); !ok {
		t.Fatalf("not draining:\n%s", p.stderr())
	}
	p.signal(syscall.SIGINT)
	if code := p.wait(); code != 1 {
		t.Errorf("exit code %d:\n%s", code, p.stderr())
	}
	<-answer
}

// TestReaderGoesAway serves on when nobody reads its access log any more, and counts what was lost.
func TestReaderGoesAway(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p, err := startWriting(write, t.TempDir(), os.Environ(), "serve", "--listen", "api=127.0.0.1:0,egress=127.0.0.1:0,admin=127.0.0.1:0,"+
		"cpaas=127.0.0.1:0,json-operator=127.0.0.1:0,kannel-gateway=127.0.0.1:0,customer-app=127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	write.Close()
	read.Close()
	post := func() error {
		resp, err := http.Post("http://"+p.addr["api"]+"/lookup", "application/json", strings.NewReader("{}"))
		if err == nil {
			resp.Body.Close()
		}
		return err
	}
	lost := false
	for start := time.Now(); !lost && time.Since(start) < patience; {
		if err := post(); err != nil {
			t.Fatalf("not served: %v", err)
		}
		lost = !strings.Contains(metricsOf(t, p), `piiproxy_sink_dropped_lines_total{reason="write_error",sink="access"} 0`)
	}
	if !lost {
		t.Error("the lost lines were not counted")
	}
	p.signal(syscall.SIGTERM)
	if code := p.wait(); code != 0 {
		t.Errorf("exit code %d:\n%s", code, p.stderr())
	}
}

func metricsOf(t *testing.T, p *runningProxy) string {
	resp, err := http.Get("http://" + p.addr["admin"] + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestStopIsNotLost hears the signal to stop behind many to reload, of which the first does not end.
func TestStopIsNotLost(t *testing.T) {
	const text = `
listeners: {api: {address: "127.0.0.1:0"}}
upstreams: {back: {address: "http://127.0.0.1:9"}}
routes: {all: {listener: api, path: "/{rest...}", upstream: back, pass: everything}}
`
	dir := t.TempDir()
	config, pipe := filepath.Join(dir, "piiproxy.yaml"), filepath.Join(dir, "pipe")
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := serveFor(t, "--config", config)
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip("no named pipes: " + err.Error())
	}
	rename := func(from, to string) {
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	other := config + ".regular"
	rename(config, other)
	rename(pipe, config)
	p.signal(syscall.SIGHUP)
	slow, err := os.OpenFile(config, os.O_WRONLY, 0) // waits for the reload, which then waits for us
	if err != nil {
		t.Fatal(err)
	}
	rename(other, config)
	for range 20 { // one by one: signals that wait to be delivered are one
		p.signal(syscall.SIGHUP)
		if resp, err := http.Get("http://" + p.addr["api"] + "/"); err == nil {
			resp.Body.Close()
		}
	}
	p.signal(syscall.SIGTERM)
	if code := p.wait(); code != 0 {
		t.Errorf("exit code %d:\n%s", code, p.stderr())
	}
	slow.Close()
}
