package gateway

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/piiproxy/piiproxy/proxy/intake"
	"github.com/piiproxy/piiproxy/proxy/internal/http1"
	"github.com/piiproxy/piiproxy/proxy/otlp"
	"github.com/piiproxy/piiproxy/proxy/otlp/export"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const phone = "+306912345678"

// batch is what was offered.
type batch struct {
	signal otlp.Signal
	enc    otlp.Encoding
	data   string
}

// fixture is a gateway that listens.
type fixture struct {
	url     string
	metrics *telemetry.Metrics

	mu      sync.Mutex
	batches []batch
	refuse  error // of Offer
}

func (f *fixture) offer(signal otlp.Signal, enc otlp.Encoding, data []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refuse == nil {
		f.batches = append(f.batches, batch{signal, enc, string(data)})
	}
	return f.refuse
}

func (f *fixture) set(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refuse = err
}

func (f *fixture) taken() []batch {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]batch(nil), f.batches...)
}

// boundless is memory without a bound.
type boundless struct{}

func (boundless) Reserve(int64) bool { return true }
func (boundless) Release(int64)      {}

// surfaces returns a surface of traces that masks, and one of logs that keeps the region of numbers.
func surfaces(t testing.TB) Surfaces {
	t.Helper()
	p, err := redact.Compile(redact.Spec{Surfaces: map[string]redact.SurfaceSpec{
		"trace": {}, "log": {Kinds: map[string]string{"phone": "partial"}},
	}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var s Surfaces
	if s.Trace, err = p.Surface("trace"); err != nil {
		t.Fatal(err)
	}
	if s.Log, err = p.Surface("log"); err != nil {
		t.Fatal(err)
	}
	return s
}

func serve(t testing.TB) *fixture {
	t.Helper()
	f := &fixture{metrics: telemetry.NewMetrics(telemetry.Build{})}
	masks := surfaces(t)
	g := New(Options{Surfaces: func() Surfaces { return masks }, Offer: f.offer, Metrics: f.metrics.Intake()})
	k := intake.New(intake.Options{
		Limits:   func() intake.Limits { return intake.Limits{Body: 64 << 10, Inflated: 64 << 10, InFlight: 10} },
		Memory:   boundless{},
		Draining: func() bool { return false },
		Paths:    g.Paths(),
		Metrics:  f.metrics,
	})
	const long = time.Minute
	s := http1.NewServer(http1.ServerOptions{
		Limits: func() http1.ServerLimits {
			return http1.ServerLimits{Head: 4096, Target: 1024, Fields: 50, HeadTime: long, RequestTime: long, WriteTime: long, IdleTime: long}
		},
		Handle: k.Handle,
	})
	ln := httptest.NewUnstartedServer(nil).Listener
	go func() { _ = s.Serve(ln) }()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		_ = s.Shutdown(t.Context())
	})
	f.url = "http://" + ln.Addr().String()
	return f
}

// example is a request of each signal, in both encodings, with a number in it.
type example struct {
	path       string
	signal     otlp.Signal
	wire, json []byte
	masked     string // what becomes of the number
}

func examples(t testing.TB) []example {
	t.Helper()
	must := func(b []byte, err error) []byte {
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	traces := ptrace.NewTraces()
	traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty().SetName("to " + phone)
	logs := plog.NewLogs()
	logs.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty().Body().SetStr("to " + phone)
	metrics := pmetric.NewMetrics()
	m := metrics.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	m.SetName("sms.sent")
	m.SetEmptyGauge().DataPoints().AppendEmpty().Attributes().PutStr("note", "to "+phone)
	return []example{
		{"/v1/traces", otlp.Traces, must((&ptrace.ProtoMarshaler{}).MarshalTraces(traces)), must((&ptrace.JSONMarshaler{}).MarshalTraces(traces)),
			"to redacted_phone"},
		{"/v1/logs", otlp.Logs, must((&plog.ProtoMarshaler{}).MarshalLogs(logs)), must((&plog.JSONMarshaler{}).MarshalLogs(logs)),
			"to redacted_phone_GR"},
		{"/v1/metrics", otlp.Metrics, must((&pmetric.ProtoMarshaler{}).MarshalMetrics(metrics)), must((&pmetric.JSONMarshaler{}).MarshalMetrics(metrics)),
			"to redacted_phone"},
	}
}

// post sends a body and returns what is answered.
func post(t testing.TB, url, mediaType, coding string, body []byte) (*http.Response, []byte) {
	t.Helper()
	var b bytes.Buffer
	switch coding {
	case "gzip":
		w := gzip.NewWriter(&b)
		_, _ = w.Write(body)
		_ = w.Close()
	case "zstd":
		w, _ := zstd.NewWriter(&b)
		_, _ = w.Write(body)
		_ = w.Close()
	default:
		b.Write(body)
	}
	req, _ := http.NewRequest("POST", url, &b)
	if mediaType != "" {
		req.Header.Set("Content-Type", mediaType)
	}
	if coding != "" {
		req.Header.Set("Content-Encoding", coding)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, answer
}

// TestTakes sends every signal in every form, and holds what is handed on and what is answered to it.
func TestTakes(t *testing.T) {
	f := serve(t)
	for _, x := range examples(t) {
		for _, coding := range []string{"", "gzip", "zstd", "identity"} {
			for enc, body := range [][]byte{x.wire, x.json} {
				mediaType := []string{typeProtobuf, typeJSON + "; charset=utf-8"}[enc]
				before := len(f.taken())
				resp, answer := post(t, f.url+x.path, mediaType, coding, body)
				if resp.StatusCode != 200 || !strings.HasPrefix(mediaType, resp.Header.Get("Content-Type")) {
					t.Errorf("%s %s %s: answered %d %s", x.path, mediaType, coding, resp.StatusCode, resp.Header.Get("Content-Type"))
				}
				if want := []string{"", "{}"}[enc]; string(answer) != want {
					t.Errorf("%s %s: answered %q, which is not an empty response", x.path, mediaType, answer)
				}
				took := f.taken()[before:]
				if len(took) != 1 || took[0].signal != x.signal || took[0].enc != otlp.Encoding(enc) ||
					!strings.Contains(took[0].data, x.masked) || strings.Contains(took[0].data, "691234") {
					t.Errorf("%s %s %s: handed on %q", x.path, mediaType, coding, took)
				}
			}
		}
	}
	for _, line := range []string{
		`piiproxy_intake_accepted_requests_total{source="otlp_logs"} 8`, `piiproxy_intake_items_total{source="otlp_traces"} 8`,
		`piiproxy_intake_findings_total{action="mask",kind="phone",source="otlp_metrics"} 8`,
		`piiproxy_intake_findings_total{action="partial",kind="phone",source="otlp_logs"} 8`,
	} {
		if !strings.Contains(f.scrape(), line+"\n") {
			t.Errorf("not counted: %s", line)
		}
	}
}

func (f *fixture) scrape() string {
	w := httptest.NewRecorder()
	f.metrics.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	return w.Body.String()
}

// status is a google.rpc.Status.
type status struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// readStatus reads a Status in protobuf.
func readStatus(b []byte) (s status, ok bool) {
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return s, false
		}
		b = b[n:]
		switch {
		case num == 1 && typ == protowire.VarintType:
			v, m := protowire.ConsumeVarint(b)
			s.Code, n = int(v), m
		case num == 2 && typ == protowire.BytesType:
			s.Message, n = protowire.ConsumeString(b)
		default:
			return s, false
		}
		if n < 0 {
			return s, false
		}
		b = b[n:]
	}
	return s, true
}

var refusals = []struct {
	name, mediaType, coding, body string
	offer                         error
	status, code                  int
}{
	{"bad protobuf", typeProtobuf, "", "\x0a\x7f" + phone, nil, 400, codeInvalidArgument},
	{"bad JSON", typeJSON, "", `{"resourceSpans":"` + phone + `"}`, nil, 400, codeInvalidArgument},
	{"JSON as protobuf", typeProtobuf, "", `{"resourceSpans":[]}`, nil, 400, codeInvalidArgument},
	{"no type", "", "", "", nil, 415, codeInvalidArgument},
	{"another type", "text/" + phone[1:], "", "x", nil, 415, codeInvalidArgument},
	{"another coding", typeJSON, "br", "{}", nil, 415, codeInvalidArgument},
	{"too large", typeJSON, "", `{"resourceSpans":[` + strings.Repeat(" ", 64<<10) + `]}`, nil, 413, codeResourceExhausted},
	{"too large inflated", typeProtobuf, "zstd", strings.Repeat("\x0a\x00", 33<<10), nil, 413, codeResourceExhausted},
	{"too large inflated by gzip", typeJSON, "gzip", strings.Repeat(" ", 1<<20), nil, 413, codeResourceExhausted},
	{"no room", typeJSON, "", "{}", export.ErrFull, 503, codeUnavailable},
	{"no room in protobuf", typeProtobuf, "gzip", "", export.ErrFull, 503, codeUnavailable},
	{"never room", typeProtobuf, "", "", export.ErrTooLarge, 413, codeResourceExhausted},
	{"closed", typeProtobuf, "", "", export.ErrClosed, 503, codeUnavailable},
}

// TestRefuses holds what is answered to requests that are not taken to the specification: a Status in the encoding of the
// request, of which it quotes nothing.
func TestRefuses(t *testing.T) {
	f := serve(t)
	for _, q := range refusals {
		f.set(q.offer)
		resp, answer := post(t, f.url+"/v1/traces", q.mediaType, q.coding, []byte(q.body))
		if resp.StatusCode != q.status {
			t.Errorf("%s: answered %d, want %d", q.name, resp.StatusCode, q.status)
		}
		if again := resp.Header.Get("Retry-After") != ""; again != (q.status == 503) {
			t.Errorf("%s: Retry-After %q", q.name, resp.Header.Get("Retry-After"))
		}
		want := typeProtobuf
		s, ok := readStatus(answer)
		if q.mediaType == typeJSON {
			want, s, ok = typeJSON, status{}, json.Unmarshal(answer, &s) == nil
			_ = json.Unmarshal(answer, &s)
		}
		if got := resp.Header.Get("Content-Type"); got != want || !ok || s.Code != q.code || s.Message == "" {
			t.Errorf("%s: answered %s: %q", q.name, got, answer)
		}
		if bytes.Contains(answer, []byte("691234")) {
			t.Errorf("%s: the answer quotes the request: %q", q.name, answer)
		}
	}
	if took := f.taken(); len(took) > 0 {
		t.Errorf("handed on %q", took)
	}
}

// TestIdentical hands on what holds nothing byte for byte.
func TestIdentical(t *testing.T) {
	f := serve(t)
	body := `{ "resourceLogs" : [ {"scopeLogs":[{"logRecords":[{"body":{"stringValue":"caf\u00e9"}}]}]}] }`
	post(t, f.url+"/v1/logs", typeJSON, "gzip", []byte(body))
	if took := f.taken(); len(took) != 1 || took[0].data != body {
		t.Errorf("handed on %q", took)
	}
}

// TestReload masks what comes after a reload by what is in use then.
func TestReload(t *testing.T) {
	one, other := surfaces(t), surfaces(t)
	now := &one
	var out string
	g := New(Options{Surfaces: func() Surfaces { return *now }, Metrics: telemetry.NewMetrics(telemetry.Build{}).Intake(),
		Offer: func(_ otlp.Signal, _ otlp.Encoding, b []byte) error { out = string(b); return nil }})
	w := new(worker)
	s := signal{g, otlp.Traces, telemetry.SourceTraces}
	x := examples(t)[0]
	for _, now = range []*Surfaces{&one, {Trace: one.Log, Log: one.Log}, &other} {
		if reason := w.take(&s, x.wire, otlp.Protobuf); reason != telemetry.ReasonNone {
			t.Fatal(reason)
		}
		if region := strings.Contains(out, "_GR"); region != (now.Trace == one.Log) {
			t.Errorf("masked to %q", out)
		}
	}
}
