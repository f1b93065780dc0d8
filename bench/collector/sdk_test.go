package collector

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	logsdk "go.opentelemetry.io/otel/sdk/log"
	metricsdk "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	tracesdk "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// planted are the values that an application puts into its telemetry, and that nobody may receive.
var planted = []string{"306912345678", "6912345678", "691 234 5678", "ada@example.com", "203.0.113.77", "Ada Lovelace", "HX7QZK"}

// receiver decodes what it is sent with pdata.
type receiver struct {
	*httptest.Server
	mu      sync.Mutex
	traces  []ptrace.Traces
	logs    []plog.Logs
	metrics []pmetric.Metrics
	wire    []byte // all that came
	flaws   []string
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	body, err := inflated(req)
	r.wire = append(r.wire, body...)
	switch {
	case err != nil:
	case req.URL.Path == "/v1/traces":
		var x ptrace.Traces
		x, err = (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(body)
		r.traces = append(r.traces, x)
	case req.URL.Path == "/v1/logs":
		var x plog.Logs
		x, err = (&plog.ProtoUnmarshaler{}).UnmarshalLogs(body)
		r.logs = append(r.logs, x)
	case req.URL.Path == "/v1/metrics":
		var x pmetric.Metrics
		x, err = (&pmetric.ProtoUnmarshaler{}).UnmarshalMetrics(body)
		r.metrics = append(r.metrics, x)
	default: // the upstream's part
		_, _ = io.WriteString(w, "{}")
		return
	}
	if err != nil {
		r.flaws = append(r.flaws, req.URL.Path+": "+err.Error())
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

func inflated(req *http.Request) ([]byte, error) {
	if req.Header.Get("Content-Encoding") != "gzip" {
		return io.ReadAll(req.Body)
	}
	z, err := gzip.NewReader(req.Body)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// spans returns the spans of a service that came.
func (r *receiver) spans(service string) (all []ptrace.Span) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, x := range r.traces {
		for _, rs := range x.ResourceSpans().All() {
			if name, ok := rs.Resource().Attributes().Get("service.name"); !ok || name.Str() != service {
				continue
			}
			for _, ss := range rs.ScopeSpans().All() {
				for _, span := range ss.Spans().All() {
					all = append(all, span)
				}
			}
		}
	}
	return all
}

const sdkConfig = `
listeners:
  api: {address: "127.0.0.1:0"}
  telemetry: {address: "127.0.0.1:0", kind: telemetry}
upstreams: {api: {address: "%[1]s"}}
routes: {sms: {listener: api, path: "/sms/{to}", upstream: api, pass: everything, tags: [{path: to, kind: phone}]}}
telemetry:
  access_log: {output: "off"}
  trace_peers: ["127.0.0.0/8"]
  traces: {own: true}
  export: {endpoints: [{url: "%[1]s"}], gzip: true}
`

var listening = regexp.MustCompile(`"msg":"listening","listener":"([a-z]+)","address":"([^"]+)"`)

// startProxy builds piiproxy, runs it, and returns its addresses and what ends it.
func startProxy(t *testing.T, upstream string) (addresses map[string]string, stop func()) {
	t.Helper()
	dir := t.TempDir()
	binary := filepath.Join(dir, "piiproxy")
	build := exec.Command("go", "build", "-o", binary, "./cmd/piiproxy")
	build.Dir = "../.." // of its own module
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	file := filepath.Join(dir, "piiproxy.yaml")
	if err := os.WriteFile(file, []byte(fmt.Sprintf(sdkConfig, upstream)), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, "serve", "--config", file)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	addresses = map[string]string{}
	lines := bufio.NewScanner(stderr)
	var said bytes.Buffer
	for lines.Scan() && !strings.Contains(lines.Text(), `"msg":"ready"`) {
		said.WriteString(lines.Text() + "\n")
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			addresses[m[1]] = "http://" + m[2]
		}
	}
	rest := make(chan struct{})
	go func() {
		defer close(rest)
		for lines.Scan() {
			said.WriteString(lines.Text() + "\n")
		}
	}()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			_ = cmd.Process.Signal(syscall.SIGTERM)
			<-rest
			if err := cmd.Wait(); err != nil {
				t.Errorf("piiproxy ended with %v:\n%s", err, said.String())
			}
			for _, p := range planted {
				if strings.Contains(said.String(), p) {
					t.Errorf("piiproxy said %q:\n%s", p, said.String())
				}
			}
		})
	}
	t.Cleanup(stop)
	return addresses, stop
}

// application is a program with the SDK of OpenTelemetry for Go, which exports to the gateway.
func application(t *testing.T, gateway string) (*tracesdk.TracerProvider, *logsdk.LoggerProvider, *metricsdk.MeterProvider) {
	t.Helper()
	ctx := t.Context()
	res := resource.NewSchemaless(attribute.String("service.name", "orders"), attribute.String("deployment.contact", "ada@example.com"))
	traces := must(otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(gateway+"/v1/traces"), otlptracehttp.WithCompression(otlptracehttp.GzipCompression)))
	logs := must(otlploghttp.New(ctx, otlploghttp.WithEndpointURL(gateway+"/v1/logs")))
	metrics := must(otlpmetrichttp.New(ctx, otlpmetrichttp.WithEndpointURL(gateway+"/v1/metrics"), otlpmetrichttp.WithCompression(otlpmetrichttp.GzipCompression)))
	return tracesdk.NewTracerProvider(tracesdk.WithBatcher(traces), tracesdk.WithResource(res)),
		logsdk.NewLoggerProvider(logsdk.WithProcessor(logsdk.NewBatchProcessor(logs)), logsdk.WithResource(res)),
		metricsdk.NewMeterProvider(metricsdk.WithReader(metricsdk.NewPeriodicReader(metrics)), metricsdk.WithResource(res))
}

// work is what the application does: it plants values wherever the SDK has a place for one, and calls the proxy within its span.
func work(t *testing.T, api string, tp *tracesdk.TracerProvider, lp *logsdk.LoggerProvider, mp *metricsdk.MeterProvider) trace.SpanContext {
	t.Helper()
	ctx, span := tp.Tracer("app for ada@example.com").Start(context.Background(), "send to +306912345678", trace.WithAttributes(
		attribute.String("sms.to", "306912345678"),
		attribute.Int64("contact.phone", 306912345678),
		attribute.StringSlice("recipients", []string{"+306912345678", "ada@example.com"}),
		attribute.Int64Slice("phones", []int64{306912345678, 6912345678}),
		attribute.String("http.request.body.content", "Hi Ada Lovelace, your code is HX7QZK"),
		attribute.String("client.address", "203.0.113.77"),
		attribute.String("enduser.id", "Ada Lovelace"),
		attribute.String("url.full", "https://api.example.com/sms?to=306912345678"),
		attribute.Bool("sms.flash", true),
		attribute.Int("http.response.status_code", 202),
	))
	span.AddEvent("called +30 691 234 5678", trace.WithAttributes(attribute.String("note", "from 203.0.113.77")))
	span.RecordError(fmt.Errorf("no route to +306912345678"))
	span.SetStatus(codes.Error, "failed for ada@example.com")
	req := must(http.NewRequestWithContext(ctx, "POST", api+"/sms/306912345678", strings.NewReader("{}")))
	propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(req.Header))
	resp := must(http.DefaultClient.Do(req))
	_ = resp.Body.Close()
	span.End()

	var record log.Record
	record.SetBody(attribute.StringValue("sent to +306912345678 for ada@example.com from 203.0.113.77"))
	record.AddAttributes(attribute.String("to", "306912345678"), attribute.Map("contact", attribute.String("mobile", "6912345678"), attribute.Int("n", 7)))
	lp.Logger("app").Emit(ctx, record)
	counter := must(mp.Meter("app").Int64Counter("sms.sent"))
	counter.Add(ctx, 3, metric.WithAttributes(attribute.String("sms.to", "+306912345678"), attribute.String("operator", "json")))
	return span.SpanContext()
}

// TestSDK runs an application with the SDK of OpenTelemetry for Go, which exports through the gateway of the real program to a
// receiver that reads with pdata: all of its telemetry arrives, what it was but for the values planted in it, and its trace goes on
// in the spans of the proxy.
func TestSDK(t *testing.T) {
	r := newReceiver(t)
	addresses, stop := startProxy(t, r.URL)
	tp, lp, mp := application(t, addresses["telemetry"])
	parent := work(t, addresses["api"], tp, lp, mp)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for _, end := range []func(context.Context) error{tp.Shutdown, lp.Shutdown, mp.Shutdown} {
		if err := end(ctx); err != nil {
			t.Errorf("the SDK says: %v", err)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	stop() // what waits is delivered
	if len(r.flaws) > 0 {
		t.Fatalf("pdata does not read what came: %v", r.flaws)
	}
	for _, p := range planted {
		if bytes.Contains(r.wire, []byte(p)) {
			t.Errorf("%q arrived", p)
		}
	}
	checkSpan(t, r.spans("orders"))
	checkOwn(t, r.spans("piiproxy"), parent)
	checkRest(t, r)
}

// checkSpan holds the application's span to what it was.
func checkSpan(t *testing.T, spans []ptrace.Span) {
	t.Helper()
	if len(spans) != 1 {
		t.Fatalf("%d spans of the application", len(spans))
	}
	span := spans[0]
	if span.Name() != "send to redacted_phone" || span.Status().Message() != "failed for redacted_email" || span.Events().Len() != 2 {
		t.Errorf("a span %q, %q, with %d events", span.Name(), span.Status().Message(), span.Events().Len())
	}
	a := span.Attributes()
	for key, want := range map[string]string{
		"sms.to": "redacted_phone", "contact.phone": "redacted_phone", "recipients": `["redacted_phone","redacted_email"]`,
		"phones": `["redacted_phone","redacted_phone"]`, "http.request.body.content": "redacted_text", "client.address": "redacted_ip",
		"enduser.id": "redacted_id", "url.full": "https://api.example.com/sms?to=redacted_phone", "sms.flash": "true", "http.response.status_code": "202",
	} {
		if v, ok := a.Get(key); !ok || v.AsString() != want {
			t.Errorf("%s became %s, want %s", key, v.AsString(), want)
		}
	}
	if v, _ := a.Get("phones"); v.Type() != pcommon.ValueTypeSlice {
		t.Errorf("an array became %v", v.Type())
	}
	if v, _ := a.Get("http.response.status_code"); v.Type() != pcommon.ValueTypeInt {
		t.Errorf("a number became %v", v.Type())
	}
}

// conventions are the attributes of the semantic conventions for HTTP that spans of the proxy may have, as the SDK names them.
var conventions = map[attribute.Key]pcommon.ValueType{
	semconv.HTTPRequestMethodKey: pcommon.ValueTypeStr, semconv.HTTPRouteKey: pcommon.ValueTypeStr,
	semconv.HTTPResponseStatusCodeKey: pcommon.ValueTypeInt, semconv.HTTPRequestBodySizeKey: pcommon.ValueTypeInt,
	semconv.HTTPResponseBodySizeKey: pcommon.ValueTypeInt, semconv.URLPathKey: pcommon.ValueTypeStr, semconv.URLQueryKey: pcommon.ValueTypeStr,
	semconv.URLSchemeKey: pcommon.ValueTypeStr, semconv.URLFullKey: pcommon.ValueTypeStr, semconv.URLTemplateKey: pcommon.ValueTypeStr,
	semconv.ServerAddressKey: pcommon.ValueTypeStr, semconv.ServerPortKey: pcommon.ValueTypeInt, semconv.ClientAddressKey: pcommon.ValueTypeStr,
	semconv.UserAgentOriginalKey: pcommon.ValueTypeStr, semconv.NetworkProtocolVersionKey: pcommon.ValueTypeStr, semconv.ErrorTypeKey: pcommon.ValueTypeStr,
}

// required are those that a span must have: of a server, and of a client.
var required = map[ptrace.SpanKind][]attribute.Key{
	ptrace.SpanKindServer: {semconv.HTTPRequestMethodKey, semconv.URLPathKey, semconv.URLSchemeKey, semconv.HTTPRouteKey,
		semconv.HTTPResponseStatusCodeKey, semconv.ServerAddressKey, semconv.ClientAddressKey},
	ptrace.SpanKindClient: {semconv.HTTPRequestMethodKey, semconv.URLFullKey, semconv.URLTemplateKey, semconv.HTTPResponseStatusCodeKey,
		semconv.ServerAddressKey, semconv.ServerPortKey},
}

// checkConventions holds the attributes of a span of the proxy to the conventions.
func checkConventions(t *testing.T, span ptrace.Span) {
	t.Helper()
	for key, v := range span.Attributes().All() {
		if want, ok := conventions[attribute.Key(key)]; (!ok || v.Type() != want) && !strings.HasPrefix(key, "piiproxy.") {
			t.Errorf("%s of type %v is not of the conventions", key, v.Type())
		}
	}
	for _, key := range required[span.Kind()] {
		if _, ok := span.Attributes().Get(string(key)); !ok {
			t.Errorf("a span of kind %v has no %s", span.Kind(), key)
		}
	}
}

// checkOwn holds the proxy's spans to the trace of the application.
func checkOwn(t *testing.T, spans []ptrace.Span, parent trace.SpanContext) {
	t.Helper()
	if len(spans) != 2 {
		t.Fatalf("%d spans of the proxy", len(spans))
	}
	for _, span := range spans {
		if span.TraceID() != pcommon.TraceID(parent.TraceID()) {
			t.Error("a span of another trace")
		}
		if span.Kind() == ptrace.SpanKindServer && span.ParentSpanID() != pcommon.SpanID(parent.SpanID()) {
			t.Error("the server's span has another parent")
		}
		checkConventions(t, span)
		if span.Name() != "POST /sms/{to}" {
			t.Errorf("a span %q", span.Name())
		}
	}
}

// checkRest holds logs and metrics to what they were.
func checkRest(t *testing.T, r *receiver) {
	t.Helper()
	if len(r.logs) != 1 || len(r.metrics) != 1 {
		t.Fatalf("%d batches of logs, %d of metrics", len(r.logs), len(r.metrics))
	}
	record := r.logs[0].ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0)
	if got, want := record.Body().AsString(), "sent to redacted_phone for redacted_email from redacted_ip"; got != want {
		t.Errorf("a body %q, want %q", got, want)
	}
	if contact, _ := record.Attributes().Get("contact"); contact.AsString() != `{"mobile":"redacted_phone","n":7}` {
		t.Errorf("a map became %s", contact.AsString())
	}
	m := r.metrics[0].ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0)
	point := m.Sum().DataPoints().At(0)
	if to, _ := point.Attributes().Get("sms.to"); m.Name() != "sms.sent" || point.IntValue() != 3 || to.AsString() != "redacted_phone" {
		t.Errorf("a metric %s of %d to %s", m.Name(), point.IntValue(), to.AsString())
	}
}
