package otlp

import (
	"bytes"
	"fmt"
	"syscall"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

const batch = 500

// benchSpans is a batch of spans of 558 bytes with fourteen attributes, of which five hold personal data.
func benchSpans() ptrace.Traces {
	t := ptrace.NewTraces()
	rs := t.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "sms-api")
	ss := rs.ScopeSpans().AppendEmpty()
	ss.Scope().SetName("sms/http")
	for i := range batch {
		sp := ss.Spans().AppendEmpty()
		sp.SetTraceID([16]byte{1, 2, 3, byte(i), byte(i >> 8), 7, 8})
		sp.SetSpanID([8]byte{4, 5, byte(i), byte(i >> 8)})
		sp.SetParentSpanID([8]byte{6, 7, byte(i)})
		sp.SetName("POST /v1/sms")
		sp.SetKind(ptrace.SpanKindServer)
		sp.SetStartTimestamp(1732347554125000000)
		sp.SetEndTimestamp(1732347554129000000)
		a := sp.Attributes()
		a.PutStr("http.request.method", "POST")
		a.PutStr("url.scheme", "https")
		a.PutStr("url.path", "/v1/sms")
		a.PutStr("url.query", fmt.Sprintf("to=%%2B3069%08d&ref=a7f3", 12345678+i))
		a.PutStr("http.route", "/v1/sms")
		a.PutInt("http.response.status_code", 201)
		a.PutStr("client.address", fmt.Sprintf("203.0.113.%d", i%250+1))
		a.PutStr("server.address", "api.example")
		a.PutInt("server.port", 443)
		a.PutStr("user_agent.original", "acme-sms/2.11 (linux; amd64)")
		a.PutStr("sms.to", fmt.Sprintf("+3069%08d", 12345678+i))
		a.PutStr("user.email", fmt.Sprintf("ada.%d@example.com", i))
		a.PutStr("sms.body", "Your code is on its way, dear customer.")
		a.PutStr("messaging.message.id", "0f8fad5b-d9cb-469f-a165-70867728950e")
	}
	return t
}

// benchLogs is a batch of log records of 381 bytes with a telephone number, an e-mail address and an IP address in the body.
func benchLogs() plog.Logs {
	ls := plog.NewLogs()
	rl := ls.ResourceLogs().AppendEmpty()
	rl.Resource().Attributes().PutStr("service.name", "sms-api")
	sl := rl.ScopeLogs().AppendEmpty()
	for i := range batch {
		r := sl.LogRecords().AppendEmpty()
		r.SetTimestamp(1732347554125000000)
		r.SetObservedTimestamp(1732347554125000000)
		r.SetSeverityNumber(plog.SeverityNumberInfo)
		r.SetSeverityText("INFO")
		r.SetTraceID([16]byte{1, 2, 3, byte(i)})
		r.SetSpanID([8]byte{4, 5, byte(i)})
		r.Body().SetStr(fmt.Sprintf("message accepted for delivery: recipient +3069%08d, account ada.%d@example.com, submitted by client "+
			"203.0.113.%d over https; route gr-mobile chosen after two candidates were rated", 12345678+i, i, i%250+1))
		a := r.Attributes()
		a.PutStr("code.function.name", "accept")
		a.PutStr("log.logger", "delivery.router")
		a.PutStr("http.route", "/v1/sms")
		a.PutInt("sms.parts", 2)
		a.PutStr("thread.name", "worker-17")
	}
	return ls
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func benchmark(b *testing.B, src []byte, signal Signal, enc Encoding, tokens bool) {
	s := NewScrubber(testSurface(b, tokens))
	dst := make([]byte, 0, 2*len(src))
	out, stats, err := s.Append(dst, src, signal, enc, nil)
	if err != nil || stats.Items != batch || bytes.Contains(out, []byte("@example.com")) || bytes.Contains(out, []byte("30691")) {
		b.Fatal(err, stats)
	}
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	start := cpuTime()
	for b.Loop() {
		s.Append(dst, src, signal, enc, nil)
	}
	b.ReportMetric(float64(cpuTime()-start)/float64(b.N)/batch, "cpu-ns/item")
	b.ReportMetric(float64(len(src))/batch, "B/item")
}

func BenchmarkScrubber(b *testing.B) {
	check := must(b)
	traces, logs := benchSpans(), benchLogs()
	wireSpans, wireLogs := check((&ptrace.ProtoMarshaler{}).MarshalTraces(traces)), check((&plog.ProtoMarshaler{}).MarshalLogs(logs))
	jsonSpans, jsonLogs := check((&ptrace.JSONMarshaler{}).MarshalTraces(traces)), check((&plog.JSONMarshaler{}).MarshalLogs(logs))
	for _, tokens := range []bool{false, true} {
		what := map[bool]string{false: "masks", true: "tokens"}[tokens]
		b.Run("spans/protobuf/"+what, func(b *testing.B) { benchmark(b, wireSpans, Traces, Protobuf, tokens) })
		b.Run("spans/json/"+what, func(b *testing.B) { benchmark(b, jsonSpans, Traces, JSON, tokens) })
		b.Run("logs/protobuf/"+what, func(b *testing.B) { benchmark(b, wireLogs, Logs, Protobuf, tokens) })
		b.Run("logs/json/"+what, func(b *testing.B) { benchmark(b, jsonLogs, Logs, JSON, tokens) })
	}
}
