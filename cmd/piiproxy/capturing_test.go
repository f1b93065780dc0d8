package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

var reloaded = regexp.MustCompile(`"msg":"reloaded"`)

// TestCaptures captures exchanges to a file that is renamed away in between.
func TestCaptures(t *testing.T) {
	back := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") }))
	defer back.Close()
	dir := t.TempDir()
	config, capture := filepath.Join(dir, "piiproxy.yaml"), filepath.Join(dir, "capture.jsonl")
	text := fmt.Sprintf(`
listeners: {api: {address: "127.0.0.1:0"}, admin: {address: "127.0.0.1:0", kind: admin}}
keys: {ephemeral: true}
upstreams: {back: {address: %q}}
routes: {all: {listener: api, path: "/{rest...}", upstream: back, pass: everything}}
telemetry: {capture: {file: capture.jsonl, share: 1}}
`, back.URL)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := serveFor(t, "--config", config)
	send := func() {
		resp, err := http.Post("http://"+p.addr["api"]+"/sms", "application/json", strings.NewReader(`{"to":"+306912345678","firstName":"Ada"}`))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	send()
	for {
		if text, err := os.ReadFile(capture); err != nil || strings.Contains(string(text), `"status"`) {
			break // it is written a little later
		}
	}
	if err := os.Rename(capture, capture+".moved"); err != nil {
		t.Fatal(err)
	}
	p.signal(syscall.SIGHUP)
	if _, ok := p.said(reloaded); !ok {
		t.Fatalf("not reloaded:\n%s", p.stderr())
	}
	send()
	if page := metricsOf(t, p); !strings.Contains(page, `piiproxy_sink_dropped_lines_total{reason="queue_full",sink="capture"} 0`) ||
		!strings.Contains(page, "piiproxy_capture_rotations_total 0") || !strings.Contains(page, "piiproxy_capture_written_bytes_total") {
		t.Errorf("the capture is not counted:\n%s", page)
	}
	p.signal(syscall.SIGTERM)
	if code := p.wait(); code != 0 {
		t.Errorf("exit code %d:\n%s", code, p.stderr())
	}
	for _, name := range []string{capture, capture + ".moved"} {
		text, err := os.ReadFile(name)
		if err != nil || !strings.HasPrefix(string(text), `{"piiproxy_capture":1,`) || strings.Count(string(text), `"route":"all"`) != 1 ||
			strings.Contains(string(text), "6912345678") || strings.Contains(string(text), "Ada") {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
}
