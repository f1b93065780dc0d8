package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/piiproxy/piiproxy/proxy/intake"
	"github.com/piiproxy/piiproxy/proxy/internal/http1"
)

// check waits until the metrics of an ingest hold lines: what is taken is counted once it was written.
func check(t *testing.T, g *Ingest, lines ...string) {
	t.Helper()
	for _, l := range lines {
		for end := time.Now().Add(patience); !strings.Contains(scrape(g), "\n"+l+"\n"); time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Errorf("the metrics have no %s", l)
				break
			}
		}
	}
}

func scrape(g *Ingest) string {
	w := httptest.NewRecorder()
	g.options.Metrics.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return w.Body.String()
}

type room struct{}

func (room) Reserve(int64) bool { return true }
func (room) Release(int64)      {}

// postTo returns a way to send a body to an ingest.
func postTo(t *testing.T, g *Ingest) func(mediaType, body string) (int, string) {
	t.Helper()
	k := intake.New(intake.Options{
		Limits:   func() intake.Limits { return intake.Limits{Body: 1 << 20, Inflated: 1 << 20, InFlight: 10} },
		Memory:   room{},
		Draining: func() bool { return false },
		Metrics:  g.options.Metrics,
		Paths:    g.Paths(),
	})
	limits := http1.ServerLimits{Head: 8 << 10, Target: 1 << 10, Fields: 50, HeadTime: patience, RequestTime: patience, WriteTime: patience, IdleTime: patience}
	server := http1.NewServer(http1.ServerOptions{Limits: func() http1.ServerLimits { return limits }, Handle: k.Handle})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(ln) }()
	t.Cleanup(func() {
		if err := server.Shutdown(t.Context()); err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
		<-served
	})
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	return func(mediaType, body string) (int, string) {
		t.Helper()
		resp, err := client.Post("http://"+ln.Addr().String()+Path, mediaType, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		answer, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(answer)
	}
}

// TestLines masks the lines of requests. What is not changed goes out as it came.
func TestLines(t *testing.T) {
	g, out := newIngest(t, Options{MaxLine: 100})
	post := postTo(t, g)
	for _, test := range []struct {
		name, mediaType, body string
		status                int
		want                  []string
	}{
		{"text", "text/plain; charset=utf-8", "one\n\ntwo " + phone + "\n \nthree \xff\x01", 200, []string{"one\n", "two redacted_phone\n", "three \xff\x01\n"}},
		{"JSON lines", "application/x-ndjson", `{"to":"` + phone + `","pin":4821}` + "\n" + `{"a" : 1}` + "\n", 200,
			[]string{`{"to":"redacted_phone","pin":"redacted_secret"}` + "\n", `{"a" : 1}` + "\n"}},
		{"a line that is no JSON", "application/x-ndjson", `{"to":"` + phone + "\n", 200, []string{`{"to":"redacted_phone` + "\n"}},
		{"a document", "application/json", `{"pin":"4821"}`, 200, []string{`{"pin":"redacted_secret"}` + "\n"}},
		{"a document of several lines", "application/json", "{\n\"pin\":\"4821\"\n}", 400, nil},
		{"too long", "text/plain", strings.Repeat("x", 101) + phone + "\nnext\n", 200, []string{`{"withheld":"line too long"}` + "\n", "next\n"}},
		{"a form", "application/x-www-form-urlencoded", "pin=4821", 415, nil},
		{"nothing", "text/plain", "", 200, nil},
	} {
		out.forget()
		status, answer := post(test.mediaType, test.body)
		if status != test.status || strings.Contains(answer, "4821") {
			t.Errorf("%s: %d %q", test.name, status, answer)
		}
		if got := out.wait(t, len(test.want)); strings.Join(got, "|") != strings.Join(test.want, "|") {
			t.Errorf("%s: got %q", test.name, got)
		}
	}
	check(t, g, `piiproxy_intake_withheld_lines_total{reason="too_long",source="lines"} 1`, `piiproxy_intake_items_total{source="lines"} 9`,
		`piiproxy_intake_refused_requests_total{reason="malformed_data",source="lines"} 1`)
}

// TestLinesAreRecords offers the lines of a request as one, and takes none if they are not taken.
func TestLinesAreRecords(t *testing.T) {
	var refusal atomic.Value
	offered := make(chan []byte, 10)
	g, _ := newIngest(t, Options{Offer: func(b []byte) error {
		offered <- bytes.Clone(b)
		err, _ := refusal.Load().(error)
		return err
	}})
	post := postTo(t, g)
	if status, answer := post("text/plain", "one\ntwo "+phone+"\n"); status != 200 {
		t.Errorf("%d %s", status, answer)
	}
	request, err := (&plog.ProtoUnmarshaler{}).UnmarshalLogs(<-offered)
	if err != nil {
		t.Fatal(err)
	}
	all := request.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords()
	if all.Len() != 2 || all.At(1).Body().Str() != "two redacted_phone" || all.At(0).SeverityNumber() != 0 {
		t.Errorf("%d records", all.Len())
	}
	for _, test := range []struct {
		err    error
		status int
	}{{errors.New("full"), 503}, {ErrTooLarge, 413}} {
		refusal.Store(fmt.Errorf("not taken: %w", test.err))
		if status, _ := post("text/plain", "one\n"); status != test.status {
			t.Errorf("%v: %d", test.err, status)
		}
	}
	check(t, g, `piiproxy_intake_refused_requests_total{reason="queue_full",source="lines"} 1`,
		`piiproxy_intake_refused_requests_total{reason="body_too_large",source="lines"} 1`)
}
