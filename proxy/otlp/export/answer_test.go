package export

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/piiproxy/piiproxy/proxy/otlp"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
)

const (
	jsonType     = "application/json"
	protobufType = "application/x-protobuf"
	quoted       = "+306912345678" // what an answer may quote
)

// partialTests are answers with 200, and how many items they say were rejected; below 0 if that cannot be read.
var partialTests = []struct {
	name, mediaType, body string
	signal                otlp.Signal
	rejected              int
}{
	{"nothing", protobufType, "", otlp.Traces, 0},
	{"all taken", protobufType, "\x0a\x00", otlp.Traces, 0},
	{"some rejected", protobufType, "\x0a\x11\x08\x07\x12\x0d" + quoted, otlp.Traces, 7},
	{"more than all", protobufType, "\x0a\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", otlp.Traces, 0}, // -1
	{"no protobuf", protobufType, quoted, otlp.Traces, -1},
	{"cut", protobufType, "\x0a\x02\x08", otlp.Traces, -1},
	{"JSON, nothing", jsonType, "", otlp.Logs, 0},
	{"JSON, all taken", jsonType, "{}", otlp.Logs, 0},
	{"JSON, a number", jsonType, `{"partialSuccess":{"rejectedLogRecords":7}}`, otlp.Logs, 7},
	{"JSON, a string", "Application/JSON; charset=utf-8", `{"partialSuccess":{"rejectedSpans":"7","errorMessage":"` + quoted + `"}}`, otlp.Traces, 7},
	{"JSON, of points", jsonType, `{"partialSuccess":{"rejectedDataPoints":7}}`, otlp.Metrics, 7},
	{"JSON, of another signal", jsonType, `{"partialSuccess":{"rejectedSpans":7}}`, otlp.Logs, 0},
	{"JSON, no number", jsonType, `{"partialSuccess":{"rejectedSpans":"` + quoted + `x"}}`, otlp.Traces, -1},
	{"no JSON", jsonType, quoted, otlp.Traces, -1},
}

// TestPartialSuccess counts what endpoints say they rejected, says how much that is, and shows nothing else of what they say.
func TestPartialSuccess(t *testing.T) {
	for _, test := range partialTests {
		var said bytes.Buffer
		r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", test.mediaType)
			_, _ = io.WriteString(w, test.body)
		})
		e := newExporter(t, Options{Endpoints: []Endpoint{{URL: r.URL}}, Log: telemetry.NewOps(&said)})
		if err := e.Offer(test.signal, otlp.Protobuf, []byte("x")); err != nil {
			t.Fatal(err)
		}
		closeWhole(t, e)
		s := e.State()
		counts := map[otlp.Signal]telemetry.ExportCounts{otlp.Traces: s.Traces, otlp.Logs: s.Logs, otlp.Metrics: s.Metrics}[test.signal]
		if counts.Batches != 1 || counts.Rejected != uint64(max(test.rejected, 0)) || s.Unreadable != uint64(max(-test.rejected, 0)) {
			t.Errorf("%s: %+v, %d unreadable", test.name, counts, s.Unreadable)
		}
		if told := strings.Contains(said.String(), `"items":7`); told != (test.rejected == 7) || strings.Contains(said.String(), quoted) {
			t.Errorf("%s: the log says %s", test.name, said.String())
		}
	}
}

// TestStatuses sends again what the specification of OTLP says is to be sent again, and nothing else.
func TestStatuses(t *testing.T) {
	for code, again := range map[int]bool{
		429: true, 502: true, 503: true, 504: true,
		301: false, 400: false, 401: false, 403: false, 404: false, 408: false, 413: false, 415: false, 500: false, 501: false, 505: false,
	} {
		var sent atomic.Int32
		r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
			if sent.Add(1) == 1 {
				w.WriteHeader(code)
			}
		})
		e := newExporter(t, Options{Endpoints: []Endpoint{{URL: r.URL}}})
		offer(t, e, "first", "second")
		closeWhole(t, e)
		s := e.State()
		if want := map[bool]int32{true: 3, false: 2}[again]; sent.Load() != want {
			t.Errorf("%d: sent %d times, want %d", code, sent.Load(), want)
		}
		if lost := s.Lost[telemetry.LossRejected]; lost != map[bool]uint64{true: 0, false: 1}[again] || s.Traces.Batches+lost != 2 {
			t.Errorf("%d: %d lost, %d taken", code, lost, s.Traces.Batches)
		}
	}
}

// TestRetryAfter reads for how long an endpoint wants to be left alone.
func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, " 7 ": 7 * time.Second, "0": 0, "-7": 0, "7.5": 0, "soon": 0, "99999999999999999999999": 0,
		"999999999": maxRetryAfter, "Thu, 26 Nov 2026 00:01:00 GMT": time.Minute, "Wed, 25 Nov 2026 00:01:00 GMT": 0,
		"Fri, 26 Nov 2027 00:01:00 GMT": maxRetryAfter,
	} {
		if got := retryAfter(value, now); got != want {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
}

// TestAlternatives sends to the first endpoint that takes anything, and to the one to prefer as soon as that does again.
func TestAlternatives(t *testing.T) {
	first, second := newReceiver(t, status(http.StatusServiceUnavailable)), newReceiver(t, nil)
	e := newExporter(t, Options{Endpoints: []Endpoint{{URL: first.URL}, {URL: second.URL}}})
	offer(t, e, "one")
	await(t, "the second one", func() bool { return len(second.all()) == 1 })
	first.set(nil)
	await(t, "the first one", func() bool {
		offer(t, e, "more")
		return len(first.all()) > 0
	})
	closeWhole(t, e)
	if s := e.State(); s.Down || s.Lost != [len(s.Lost)]uint64{} {
		t.Errorf("%+v", s)
	}
}
