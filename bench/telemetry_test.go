package bench

import (
	"bytes"
	"syscall"
	"testing"
	"time"

	"github.com/piiproxy/piiproxy/proxy/otlp"
	"github.com/piiproxy/piiproxy/redact"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// cpuTime returns the time that the process has spent on processors, whatever else the machine does.
func cpuTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// traceSurface returns a surface that masks, or one that makes tokens.
func traceSurface(tb testing.TB, tokens bool) *redact.Surface {
	tb.Helper()
	rules := redact.SurfaceSpec{}
	if tokens {
		rules.Kinds = map[string]string{"phone": "token", "email": "token", "ip": "token"}
	}
	keys, err := redact.NewKeyring(redact.DefaultEntity, time.Unix(1767225600, 0), []byte("a secret of thirty-two bytes ..."))
	if err != nil {
		tb.Fatal(err)
	}
	p, err := redact.Compile(redact.Spec{Regions: []string{"GR"}, Surfaces: map[string]redact.SurfaceSpec{"trace": rules}}, keys)
	if err != nil {
		tb.Fatal(err)
	}
	s, err := p.Surface("trace")
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// asJSON returns a request as the Collector writes it in JSON.
func asJSON(tb testing.TB, wire []byte, signal otlp.Signal) []byte {
	tb.Helper()
	var out []byte
	var err error
	if signal == otlp.Traces {
		var x ptrace.Traces
		if x, err = (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(wire); err == nil {
			out, err = (&ptrace.JSONMarshaler{}).MarshalTraces(x)
		}
	} else {
		var x plog.Logs
		if x, err = (&plog.ProtoUnmarshaler{}).UnmarshalLogs(wire); err == nil {
			out, err = (&plog.JSONMarshaler{}).MarshalLogs(x)
		}
	}
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// TestTelemetryBatches holds the batches to what they are said to be.
func TestTelemetryBatches(t *testing.T) {
	if n := len(Spans()) / Batch; n != 558 {
		t.Errorf("a span has %d bytes", n)
	}
	if n := len(LogRecords()) / Batch; n != 381 {
		t.Errorf("a log record has %d bytes", n)
	}
	for _, x := range []struct {
		src     []byte
		signal  otlp.Signal
		changed int
	}{{Spans(), otlp.Traces, 5}, {LogRecords(), otlp.Logs, 1}} {
		_, stats, err := otlp.NewScrubber(traceSurface(t, false)).Append(nil, x.src, x.signal, otlp.Protobuf, nil)
		if want := (otlp.Stats{Items: Batch, Changed: x.changed * Batch}); err != nil || stats != want {
			t.Errorf("%+v, %v, want %+v", stats, err, want)
		}
	}
}

func BenchmarkTelemetry(b *testing.B) {
	for _, signal := range []struct {
		name string
		of   otlp.Signal
		src  []byte
	}{{"spans", otlp.Traces, Spans()}, {"logs", otlp.Logs, LogRecords()}} {
		for _, tokens := range []bool{false, true} {
			what := signal.name + map[bool]string{false: "/masks", true: "/tokens"}[tokens]
			b.Run(what+"/protobuf", func(b *testing.B) { scrubBatch(b, signal.src, signal.of, otlp.Protobuf, tokens) })
			b.Run(what+"/json", func(b *testing.B) { scrubBatch(b, asJSON(b, signal.src, signal.of), signal.of, otlp.JSON, tokens) })
		}
	}
}

func scrubBatch(b *testing.B, src []byte, signal otlp.Signal, enc otlp.Encoding, tokens bool) {
	s := otlp.NewScrubber(traceSurface(b, tokens))
	dst := make([]byte, 0, 2*len(src))
	out, stats, err := s.Append(dst, src, signal, enc, nil)
	if err != nil || stats.Items != Batch || bytes.Contains(out, []byte("@example.com")) || bytes.Contains(out, []byte("30691")) {
		b.Fatal("something was not masked")
	}
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	start := cpuTime()
	for b.Loop() {
		s.Append(dst, src, signal, enc, nil)
	}
	b.ReportMetric(float64(cpuTime()-start)/float64(b.N)/Batch, "cpu-ns/item")
}
