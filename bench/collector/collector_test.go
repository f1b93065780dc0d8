// Package collector compares masking by piiproxy with the OpenTelemetry Collector's redaction processor, on the same batches
// and in the same run. It is a module of its own, so that nothing of the Collector becomes a dependency of piiproxy:
//
//	cd bench/collector && GOMAXPROCS=1 go test -bench .
package collector

import (
	"bytes"
	"context"
	"syscall"
	"testing"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/redactionprocessor"
	"github.com/piiproxy/piiproxy/bench"
	"github.com/piiproxy/piiproxy/proxy/otlp"
	"github.com/piiproxy/piiproxy/redact"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor"
)

func cpuTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// perItem runs once over a batch again and again, and reports the processor time of one item.
func perItem(b *testing.B, once func()) {
	once()
	b.ReportAllocs()
	start := cpuTime()
	for b.Loop() {
		once()
	}
	b.ReportMetric(float64(cpuTime()-start)/float64(b.N)/bench.Batch, "cpu-ns/item")
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// settings are what one would write to find in values of every type what piiproxy finds by itself.
func settings() component.Config {
	c := redactionprocessor.NewFactory().CreateDefaultConfig().(*redactionprocessor.Config)
	c.AllowAllKeys = true
	c.RedactAllTypes = true
	c.Summary = "silent"
	c.BlockedValues = []string{
		`(?:\+|%2B|00)?[1-9][0-9]{9,14}`,
		`[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}`,
		`(?:[0-9]{1,3}\.){3}[0-9]{1,3}`,
	}
	c.BlockedKeyPatterns = []string{`(^|\.)(body|text|content|password|token)$`}
	return c
}

func processorSettings() processor.Settings {
	return processor.Settings{ID: component.NewID(redactionprocessor.NewFactory().Type()), TelemetrySettings: componenttest.NewNopTelemetrySettings()}
}

func tracesThrough(next consumer.ConsumeTracesFunc) processor.Traces {
	return must(redactionprocessor.NewFactory().CreateTraces(context.Background(), processorSettings(), settings(), must(consumer.NewTraces(next))))
}

func logsThrough(next consumer.ConsumeLogsFunc) processor.Logs {
	return must(redactionprocessor.NewFactory().CreateLogs(context.Background(), processorSettings(), settings(), must(consumer.NewLogs(next))))
}

// collectorSpans returns what takes a request through the Collector's processor: decoded, masked and encoded.
func collectorSpans(src []byte) func() []byte {
	var out []byte
	p := tracesThrough(func(_ context.Context, t ptrace.Traces) error {
		out = must((&ptrace.ProtoMarshaler{}).MarshalTraces(t))
		return nil
	})
	return func() []byte {
		if err := p.ConsumeTraces(context.Background(), must((&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(src))); err != nil {
			panic(err)
		}
		return out
	}
}

func collectorLogs(src []byte) func() []byte {
	var out []byte
	p := logsThrough(func(_ context.Context, l plog.Logs) error {
		out = must((&plog.ProtoMarshaler{}).MarshalLogs(l))
		return nil
	})
	return func() []byte {
		if err := p.ConsumeLogs(context.Background(), must((&plog.ProtoUnmarshaler{}).UnmarshalLogs(src))); err != nil {
			panic(err)
		}
		return out
	}
}

func ours(src []byte, signal otlp.Signal, tokens bool) func() []byte {
	rules := redact.SurfaceSpec{}
	if tokens {
		rules.Kinds = map[string]string{"phone": "token", "email": "token", "ip": "token"}
	}
	keys := must(redact.NewKeyring(redact.DefaultEntity, time.Unix(1767225600, 0), []byte("a secret of thirty-two bytes ...")))
	policy := must(redact.Compile(redact.Spec{Regions: []string{"GR"}, Surfaces: map[string]redact.SurfaceSpec{"trace": rules}}, keys))
	s := otlp.NewScrubber(must(policy.Surface("trace")))
	dst := make([]byte, 0, 2*len(src))
	return func() []byte {
		out, _, err := s.Append(dst, src, signal, otlp.Protobuf, nil)
		if err != nil {
			panic(err)
		}
		return out
	}
}

// contestants take a request each in their way.
func contestants() map[string][]struct {
	name string
	do   func() []byte
} {
	type row = struct {
		name string
		do   func() []byte
	}
	spans, logs := bench.Spans(), bench.LogRecords()
	return map[string][]row{
		"spans": {
			{"piiproxy/masks", ours(spans, otlp.Traces, false)}, {"piiproxy/tokens", ours(spans, otlp.Traces, true)},
			{"pdata", func() []byte {
				return must((&ptrace.ProtoMarshaler{}).MarshalTraces(must((&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(spans))))
			}},
			{"collector", collectorSpans(spans)},
		},
		"logs": {
			{"piiproxy/masks", ours(logs, otlp.Logs, false)}, {"piiproxy/tokens", ours(logs, otlp.Logs, true)},
			{"pdata", func() []byte {
				return must((&plog.ProtoMarshaler{}).MarshalLogs(must((&plog.ProtoUnmarshaler{}).UnmarshalLogs(logs))))
			}},
			{"collector", collectorLogs(logs)},
		},
	}
}

// TestBothMask holds the comparison to being one: both take out what the batches hold.
func TestBothMask(t *testing.T) {
	for signal, rows := range contestants() {
		for _, row := range rows {
			out := row.do()
			for _, value := range []string{"306912345", "@example.com", "203.0.113."} {
				if found := bytes.Contains(out, []byte(value)); found != (row.name == "pdata") {
					t.Errorf("%s: %s: %q is there: %v", signal, row.name, value, found)
				}
			}
		}
	}
}

func BenchmarkBatch(b *testing.B) {
	for _, signal := range []string{"spans", "logs"} {
		for _, row := range contestants()[signal] {
			b.Run(signal+"/"+row.name, func(b *testing.B) { perItem(b, func() { row.do() }) })
		}
	}
}
