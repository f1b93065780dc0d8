package main

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// numberTrace is a trace id that somebody made of a number.
const numberTrace = "00000000000000000000306912345678"

// sendTraced sends a request within a trace of its sender's choice.
func sendTraced(t *testing.T, p *runningProxy) {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, "http://"+p.addr["api"]+"/sms", strings.NewReader(`{"to":"+306912345678"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Traceparent", "00-"+numberTrace+"-00f067aa0ba902b7-01")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %v", resp.StatusCode, err)
	}
}

// openMetrics returns the metrics as a scraper that knows exemplars gets them.
func openMetrics(t *testing.T, p *runningProxy) string {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, "http://"+p.addr["admin"]+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "application/openmetrics-text; version=1.0.0")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

var exemplarID = regexp.MustCompile(`# \{trace_id="([0-9a-f]{32})"\}`)

// TestExemplarsOfStrangers shows the proxy's own trace ids, and those of configured peers, and never a stranger's.
func TestExemplarsOfStrangers(t *testing.T) {
	for name, test := range map[string]struct {
		replaced []string
		shown    bool
	}{
		"a stranger": {nil, false},
		"a peer":     {[]string{"  traces: {own: true}", `  trace_peers: ["127.0.0.0/8"]` + "\n  traces: {own: true}"}, true},
	} {
		p := fullProxy(t, test.replaced...)
		sendTraced(t, p)
		metrics := openMetrics(t, p)
		if !exemplarID.MatchString(metrics) || strings.Contains(metrics, numberTrace) != test.shown {
			t.Errorf("%s: %q", name, exemplarID.FindAllString(metrics, -1))
		}
	}
}

// checkExemplars waits until Prometheus has an exemplar of the proxy's.
func (p *prometheus) checkExemplars() {
	p.t.Helper()
	p.until("an exemplar", func() bool {
		var all []struct {
			Exemplars []struct{ Labels map[string]string }
		}
		now := time.Now()
		problem, ok := p.ask("/api/v1/query_exemplars", url.Values{
			"query": {"piiproxy_request_duration_seconds_bucket"}, "start": {now.Add(-time.Hour).Format(time.RFC3339)}, "end": {now.Add(time.Hour).Format(time.RFC3339)},
		}, &all)
		if !ok {
			p.t.Fatalf("exemplars: %s", problem)
		}
		for _, s := range all {
			for _, e := range s.Exemplars {
				if id := e.Labels["trace_id"]; len(e.Labels) != 1 || len(id) != 32 || id == numberTrace {
					p.t.Errorf("an exemplar with %v", e.Labels)
				}
			}
		}
		return len(all) > 0
	})
}
