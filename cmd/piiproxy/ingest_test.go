package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// ingestConfig takes logs in every way there is. %s is where they go, and where that leads.
const ingestConfig = `
listeners:
  in: {address: "127.0.0.1:0", kind: telemetry}
  tcp: {address: "127.0.0.1:0", kind: syslog}
  udp: {address: "127.0.0.1:0", kind: syslog-udp}
  admin: {address: "127.0.0.1:0", kind: admin}
telemetry:
  ingest: {output: %s}
  %s
`

// TestIngest sends a log in each way to a proxy that writes it to a file, to stdout, and to an OTLP endpoint, and looks at what
// comes out after TERM.
func TestIngest(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "ingest.log")
	received := make(chan string, 100)
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // what is not whole is sent again
		received <- string(body)
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(endpoint.Close)
	for _, test := range []struct {
		name, output, more string
		out                func(p *runningProxy) string
	}{
		{"a file", file, "", func(*runningProxy) string {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}},
		{"stdout", "stdout", "", func(p *runningProxy) string { return p.out.String() }},
		{"OTLP", "otlp", fmt.Sprintf("export: {endpoints: [{url: %q}]}", endpoint.URL), func(*runningProxy) (all string) {
			for len(received) > 0 {
				all += <-received
			}
			return all
		}},
	} {
		config := filepath.Join(dir, "piiproxy.yaml")
		if err := os.WriteFile(config, fmt.Appendf(nil, ingestConfig, test.output, test.more), 0o600); err != nil {
			t.Fatal(err)
		}
		p := serveFor(t, "--config", config)
		sendLogs(t, p)
		p.signal(syscall.SIGTERM)
		if code := p.wait(); code != 0 {
			t.Errorf("%s: exit code %d:\n%s", test.name, code, p.stderr())
		}
		out := test.out(p)
		for _, way := range []string{"post", "tcp", "udp"} {
			if !strings.Contains(out, way+" sent to redacted_phone") {
				t.Errorf("%s: nothing of %s in %q", test.name, way, out)
			}
		}
		if all := out + p.stderr(); strings.Contains(all, "6912345678") || strings.Contains(all, "HX7QZK") {
			t.Errorf("%s: %s", test.name, all)
		}
	}
}

// TestBatchOfACollector takes as many spans as a Collector sends at once, by default, compressed or not, and tells what is larger that it
// is too large, and not to come again.
func TestBatchOfACollector(t *testing.T) {
	endpoint := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(endpoint.Close)
	config := filepath.Join(t.TempDir(), "piiproxy.yaml")
	text := fmt.Sprintf("listeners: {in: {address: \"127.0.0.1:0\", kind: telemetry}}\ntelemetry: {export: {endpoints: [{url: %q}]}}\n", endpoint.URL)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := serveFor(t, "--config", config)
	const spans = 8192
	one := `{"name":"call +306912345678","attributes":[{"key":"x","value":{"stringValue":"` + strings.Repeat("x", 600) + `"}}]}`
	for _, test := range []struct {
		spans  int
		coding string
		status int
	}{{spans, "", http.StatusOK}, {spans, "gzip", http.StatusOK}, {2 * spans, "gzip", http.StatusRequestEntityTooLarge}} {
		batch := `{"resourceSpans":[{"scopeSpans":[{"spans":[` + strings.Repeat(one+",", test.spans-1) + one + `]}]}]}`
		if status := postBatch(t, "http://"+p.addr["in"]+"/v1/traces", test.coding, batch); status != test.status {
			t.Errorf("%d spans, %d bytes, coding %q: status %d, want %d", test.spans, len(batch), test.coding, status, test.status)
		}
	}
}

// postBatch posts a batch in JSON and returns the status of the answer.
func postBatch(t *testing.T, url, coding, batch string) int {
	t.Helper()
	var body bytes.Buffer
	if coding == "gzip" {
		w := gzip.NewWriter(&body)
		io.WriteString(w, batch)
		w.Close()
	} else {
		body.WriteString(batch)
	}
	req, _ := http.NewRequest(http.MethodPost, url, &body)
	req.Header.Set("Content-Type", "application/json")
	if coding != "" {
		req.Header.Set("Content-Encoding", coding)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// sendLogs sends a line in each way, and waits until all were taken.
func sendLogs(t *testing.T, p *runningProxy) {
	t.Helper()
	const text = " sent to +306912345678"
	resp, err := http.Post("http://"+p.addr["in"]+"/ingest/log", "text/plain", strings.NewReader("post"+text+"\n"+`{"pin":"HX7QZK"}`+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("status %d", resp.StatusCode)
	}
	for _, network := range []string{"tcp", "udp"} {
		c, err := net.Dial(network, p.addr[network])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, "<14>1 - h a - - - "+network+text+"\n"); err != nil {
			t.Fatal(err)
		}
		c.Close()
	}
	for end := time.Now().Add(patience); !strings.Contains(get(t, "http://"+p.addr["admin"]+"/metrics"), `piiproxy_intake_items_total{source="syslog"} 2`); {
		if time.Now().After(end) {
			t.Fatalf("not taken:\n%s", p.stderr())
		}
		time.Sleep(10 * time.Millisecond)
	}
}
