package otlp

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/piiproxy/piiproxy/redact"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// testSurface returns a surface that masks, or one that makes tokens.
func testSurface(tb testing.TB, tokens bool) *redact.Surface {
	tb.Helper()
	spec := redact.Spec{Regions: []string{"GR"}, Surfaces: map[string]redact.SurfaceSpec{"trace": {}}}
	var keys *redact.Keyring
	if tokens {
		var err error
		if keys, err = redact.NewKeyring(redact.DefaultEntity, time.Unix(1767225600, 0), []byte("a secret of thirty-two bytes ...")); err != nil {
			tb.Fatal(err)
		}
		spec.Surfaces["trace"] = redact.SurfaceSpec{Kinds: map[string]string{"phone": "token", "email": "token", "ip": "token"}}
	}
	p, err := redact.Compile(spec, keys)
	if err != nil {
		tb.Fatal(err)
	}
	s, err := p.Surface("trace")
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// planted are the values of tests that no output may hold.
var planted = []string{"306912345678", "6912345678", "+30 691 234 5678", "ada@example.com", "203.0.113.77", "Ada Lovelace"}

// leaks returns what of planted is in out, as text or in base64.
func leaks(out []byte) (found []string) {
	for _, p := range planted {
		if bytes.Contains(out, []byte(p)) {
			found = append(found, p)
		}
		coded := base64.StdEncoding.EncodeToString([]byte(p))
		if bytes.Contains(out, []byte(strings.TrimRight(coded, "=")[:8])) {
			found = append(found, p+" in base64")
		}
	}
	return found
}

const phone = "+306912345678"

// fillAttributes plants a number in every type of value, and in a key.
func fillAttributes(m pcommon.Map) {
	m.PutStr("note", "called "+phone)
	m.PutStr("sms.to", "306912345678")
	m.PutInt("sms.to.int", 1)
	m.PutInt("contact.phone_number", 306912345678)
	m.PutDouble("user.phone", 306912345678)
	m.PutBool("sms.sent", true)
	m.PutStr("key."+phone, "x")
	m.PutEmptyBytes("raw").FromRaw([]byte("to " + phone))
	m.PutEmptyBytes("binary").FromRaw([]byte{0, 1, '+', 0, '3', 0, '0', 0, 0xff})
	a := m.PutEmptySlice("recipients")
	a.AppendEmpty().SetStr(phone)
	a.AppendEmpty().SetInt(306912345678)
	n := a.AppendEmpty().SetEmptyMap()
	n.PutStr("phone", "6912345678")
	n.PutEmptyMap("deeper").PutStr("to", phone)
	m.PutStr("http.request.body.content", "Hello Ada Lovelace")
	m.PutStr("enduser.id", "Ada Lovelace")
	m.PutStr("url.full", "https://x.example/a?to=306912345678&body=Ada+Lovelace&n=1")
	m.PutStr("url.query", "to=306912345678&text=Ada+Lovelace")
	m.PutStr("client.address", "203.0.113.77")
	m.PutEmptySlice("http.request.header.authorization").AppendEmpty().SetStr("Basic Ada Lovelace")
	m.PutStr("messaging.destination.name", "orders")
	m.PutStr("quoted", "a \"b\" \\ \n é "+phone)
}

func everyTrace() ptrace.Traces {
	t := ptrace.NewTraces()
	rs := t.ResourceSpans().AppendEmpty()
	rs.SetSchemaUrl("https://x.example/?to=" + phone)
	fillAttributes(rs.Resource().Attributes())
	ss := rs.ScopeSpans().AppendEmpty()
	ss.SetSchemaUrl("https://x.example/ada@example.com")
	ss.Scope().SetName("scope " + phone)
	ss.Scope().SetVersion("1 " + phone)
	fillAttributes(ss.Scope().Attributes())
	sp := ss.Spans().AppendEmpty()
	sp.SetTraceID([16]byte{1, 2, 3})
	sp.SetSpanID([8]byte{4, 5})
	sp.SetParentSpanID([8]byte{6, 7})
	sp.SetName("POST /sms/" + phone)
	sp.TraceState().FromRaw("a=" + phone)
	sp.SetKind(ptrace.SpanKindServer)
	sp.SetStartTimestamp(1732347554125000000)
	sp.SetEndTimestamp(1732347554125000001)
	sp.SetFlags(1)
	fillAttributes(sp.Attributes())
	e := sp.Events().AppendEmpty()
	e.SetName("sent to " + phone)
	e.SetTimestamp(1732347554125000000)
	fillAttributes(e.Attributes())
	l := sp.Links().AppendEmpty()
	l.SetTraceID([16]byte{9})
	l.SetSpanID([8]byte{9})
	l.TraceState().FromRaw("b=" + phone)
	fillAttributes(l.Attributes())
	sp.Status().SetMessage("failed for ada@example.com at " + phone)
	sp.Status().SetCode(ptrace.StatusCodeError)
	return t
}

func everyLog() plog.Logs {
	ls := plog.NewLogs()
	rl := ls.ResourceLogs().AppendEmpty()
	fillAttributes(rl.Resource().Attributes())
	sl := rl.ScopeLogs().AppendEmpty()
	sl.Scope().SetName("scope " + phone)
	text := sl.LogRecords().AppendEmpty()
	text.Body().SetStr("sent to " + phone + " from 203.0.113.77 for ada@example.com")
	text.SetSeverityText("INFO " + phone)
	text.SetEventName("sms." + phone)
	text.SetSeverityNumber(plog.SeverityNumberInfo2)
	text.SetTimestamp(1732347554125000000)
	text.SetTraceID([16]byte{1})
	fillAttributes(text.Attributes())
	sl.LogRecords().AppendEmpty().Body().SetStr(`{"to":"306912345678","body":"Ada Lovelace","n":1}`)
	fillAttributes(sl.LogRecords().AppendEmpty().Body().SetEmptyMap())
	sl.LogRecords().AppendEmpty().Body().SetEmptySlice().AppendEmpty().SetStr(phone)
	sl.LogRecords().AppendEmpty().Body().SetEmptyBytes().FromRaw([]byte(phone))
	return ls
}

func everyMetric() pmetric.Metrics {
	ms := pmetric.NewMetrics()
	rm := ms.ResourceMetrics().AppendEmpty()
	fillAttributes(rm.Resource().Attributes())
	all := rm.ScopeMetrics().AppendEmpty().Metrics()
	m := all.AppendEmpty()
	m.SetName("sms.sent")
	m.SetDescription("sent by " + phone)
	m.SetUnit("{" + phone + "}")
	fillAttributes(m.Metadata())
	dp := m.SetEmptySum().DataPoints().AppendEmpty()
	dp.SetIntValue(7)
	fillAttributes(dp.Attributes())
	ex := dp.Exemplars().AppendEmpty()
	ex.SetDoubleValue(1.5)
	fillAttributes(ex.FilteredAttributes())
	fillAttributes(all.AppendEmpty().SetEmptyGauge().DataPoints().AppendEmpty().Attributes())
	h := all.AppendEmpty().SetEmptyHistogram().DataPoints().AppendEmpty()
	h.BucketCounts().FromRaw([]uint64{1, 2})
	h.ExplicitBounds().FromRaw([]float64{0.5})
	h.SetSum(2.5)
	fillAttributes(h.Attributes())
	fillAttributes(h.Exemplars().AppendEmpty().FilteredAttributes())
	x := all.AppendEmpty().SetEmptyExponentialHistogram().DataPoints().AppendEmpty()
	x.SetScale(-2)
	x.Positive().BucketCounts().FromRaw([]uint64{300, 2})
	fillAttributes(x.Attributes())
	fillAttributes(x.Exemplars().AppendEmpty().FilteredAttributes())
	s := all.AppendEmpty().SetEmptySummary().DataPoints().AppendEmpty()
	s.QuantileValues().AppendEmpty().SetQuantile(0.5)
	fillAttributes(s.Attributes())
	return ms
}

// must returns what a marshaler of pdata made.
func must(tb testing.TB) func(b []byte, err error) []byte {
	return func(b []byte, err error) []byte {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return b
	}
}

func scrub(t *testing.T, s *Scrubber, src []byte, signal Signal, enc Encoding) []byte {
	t.Helper()
	before := bytes.Clone(src)
	out, _, err := s.Append(nil, src, signal, enc, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(src, before) {
		t.Fatal("the request was written to")
	}
	return out
}

// TestEveryPlace plants values wherever OTLP has a place for one, in both encodings, and looks for them in what comes out.
func TestEveryPlace(t *testing.T) {
	for _, tokens := range []bool{false, true} {
		s := NewScrubber(testSurface(t, tokens))
		for _, x := range everySignal(t) {
			wire, text := scrub(t, s, x.wire, x.signal, Protobuf), scrub(t, s, x.json, x.signal, JSON)
			for what, out := range map[string][]byte{"protobuf": wire, "JSON": text} {
				if found := leaks(out); len(found) > 0 {
					t.Errorf("%s in %s: %q", x.name, what, found)
				}
			}
			if got, want := x.toJSON(t, wire, Protobuf), x.toJSON(t, text, JSON); got != want {
				t.Errorf("%s: the encodings differ:\n%s\n%s", x.name, got, want)
			}
			if again := scrub(t, s, wire, x.signal, Protobuf); !bytes.Equal(again, wire) {
				t.Errorf("%s: masking twice changes something:\n%s\n%s", x.name, x.toJSON(t, again, Protobuf), x.toJSON(t, wire, Protobuf))
			}
			if again := scrub(t, s, text, x.signal, JSON); !bytes.Equal(again, text) {
				t.Errorf("%s: masking JSON twice changes something:\n%s\n%s", x.name, again, text)
			}
		}
	}
}

type sample struct {
	name       string
	signal     Signal
	wire, json []byte
}

func everySignal(tb testing.TB) []sample {
	check := must(tb)
	return []sample{
		{"traces", Traces, check((&ptrace.ProtoMarshaler{}).MarshalTraces(everyTrace())), check((&ptrace.JSONMarshaler{}).MarshalTraces(everyTrace()))},
		{"logs", Logs, check((&plog.ProtoMarshaler{}).MarshalLogs(everyLog())), check((&plog.JSONMarshaler{}).MarshalLogs(everyLog()))},
		{"metrics", Metrics, check((&pmetric.ProtoMarshaler{}).MarshalMetrics(everyMetric())), check((&pmetric.JSONMarshaler{}).MarshalMetrics(everyMetric()))},
	}
}

// toJSON reads a request with pdata and writes it as JSON.
func (x *sample) toJSON(t *testing.T, b []byte, enc Encoding) string {
	t.Helper()
	out, err := decodedJSON(b, x.signal, enc)
	if err != nil {
		t.Fatalf("%s: pdata does not read it: %v\n%q", x.name, err, b)
	}
	return string(out)
}

// decodedJSON reads a request with pdata and writes it as JSON.
func decodedJSON(b []byte, signal Signal, enc Encoding) ([]byte, error) {
	switch signal {
	case Traces:
		var d ptrace.Unmarshaler = &ptrace.ProtoUnmarshaler{}
		if enc == JSON {
			d = &ptrace.JSONUnmarshaler{}
		}
		x, err := d.UnmarshalTraces(b)
		if err != nil {
			return nil, err
		}
		return (&ptrace.JSONMarshaler{}).MarshalTraces(x)
	case Logs:
		var d plog.Unmarshaler = &plog.ProtoUnmarshaler{}
		if enc == JSON {
			d = &plog.JSONUnmarshaler{}
		}
		x, err := d.UnmarshalLogs(b)
		if err != nil {
			return nil, err
		}
		return (&plog.JSONMarshaler{}).MarshalLogs(x)
	}
	var d pmetric.Unmarshaler = &pmetric.ProtoUnmarshaler{}
	if enc == JSON {
		d = &pmetric.JSONUnmarshaler{}
	}
	x, err := d.UnmarshalMetrics(b)
	if err != nil {
		return nil, err
	}
	return (&pmetric.JSONMarshaler{}).MarshalMetrics(x)
}
