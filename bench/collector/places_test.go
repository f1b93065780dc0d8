package collector

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/piiproxy/piiproxy/proxy/otlp"
)

// place is somewhere in a span where an application can put a number: plant puts n there, the nth of them.
type place struct {
	name  string
	plant func(p *parts, n number)
}

// parts is a span with what is around it.
type parts struct {
	resource, scope, span, event, link pcommon.Map
	of                                 ptrace.Span
	in                                 pcommon.InstrumentationScope
}

// number is a telephone number that stands at one place only.
type number int64

func (n number) text() string { return fmt.Sprintf("+%d", int64(n)) }

// places are where the numbers stand: in order of how soon one thinks of them.
var places = []place{
	{"attribute", func(p *parts, n number) { p.span.PutStr("note", "to "+n.text()) }},
	{"attribute of the resource", func(p *parts, n number) { p.resource.PutStr("owner", n.text()) }},
	{"attribute of the scope", func(p *parts, n number) { p.scope.PutStr("owner", n.text()) }},
	{"attribute of an event", func(p *parts, n number) { p.event.PutStr("note", n.text()) }},
	{"attribute of a link", func(p *parts, n number) { p.link.PutStr("note", n.text()) }},
	{"whole number", func(p *parts, n number) { p.span.PutInt("contact.phone", int64(n)) }},
	{"array", func(p *parts, n number) { p.span.PutEmptySlice("recipients").AppendEmpty().SetStr(n.text()) }},
	{"nested map", func(p *parts, n number) {
		p.span.PutEmptyMap("message").PutEmptyMap("contact").PutStr("mobile", n.text())
	}},
	{"name of an attribute", func(p *parts, n number) { p.span.PutStr("seen."+n.text(), "yes") }},
	{"name of the span", func(p *parts, n number) { p.of.SetName("POST /sms/" + n.text()) }},
	{"name of an event", func(p *parts, n number) { p.of.Events().At(0).SetName("sent to " + n.text()) }},
	{"status message", func(p *parts, n number) { p.of.Status().SetMessage("no route to " + n.text()) }},
	{"trace state", func(p *parts, n number) { p.of.TraceState().FromRaw("acme=" + n.text()) }},

	{"floating-point number", func(p *parts, n number) { p.span.PutDouble("user.phone", float64(n)) }},
	{"bytes", func(p *parts, n number) { p.span.PutEmptyBytes("raw").FromRaw([]byte("to " + n.text())) }},
	{"array of whole numbers", func(p *parts, n number) { p.span.PutEmptySlice("phones").AppendEmpty().SetInt(int64(n)) }},
	{"name of the scope", func(p *parts, n number) { p.in.SetName("app for " + n.text()) }},
	{"trace state of a link", func(p *parts, n number) { p.of.Links().At(0).TraceState().FromRaw("acme=" + n.text()) }},
	{"name in a nested map", func(p *parts, n number) { p.span.PutEmptyMap("by.recipient").PutStr(n.text(), "sent") }},
	{"map in an array", func(p *parts, n number) {
		p.span.PutEmptySlice("flow").AppendEmpty().SetEmptyMap().PutStr("to", n.text())
	}},
	{"escaped in a URL", func(p *parts, n number) { p.span.PutStr("url.full", "https://x.example/sms?to=%2B"+n.text()[1:]) }},
}

const firstNumber = 306912345100

// plantedSpan returns a span with a number at each place.
func plantedSpan() ptrace.Traces {
	t := ptrace.NewTraces()
	rs := t.ResourceSpans().AppendEmpty()
	ss := rs.ScopeSpans().AppendEmpty()
	span := ss.Spans().AppendEmpty()
	p := &parts{
		resource: rs.Resource().Attributes(), scope: ss.Scope().Attributes(), in: ss.Scope(), of: span, span: span.Attributes(),
		event: span.Events().AppendEmpty().Attributes(), link: span.Links().AppendEmpty().Attributes(),
	}
	for i, place := range places {
		place.plant(p, firstNumber+number(i))
	}
	return t
}

// left returns the places whose numbers are in a request, in whatever form.
func left(request []byte) (names []string) {
	for i, place := range places {
		n := firstNumber + number(i)
		varint, fixed := []byte(nil), make([]byte, 8)
		for v := uint64(n); ; v >>= 7 {
			if v < 0x80 {
				varint = append(varint, byte(v))
				break
			}
			varint = append(varint, byte(v)|0x80)
		}
		for b, bits := 0, math.Float64bits(float64(n)); b < 8; b++ {
			fixed[b] = byte(bits >> (8 * b))
		}
		coded := base64.StdEncoding.EncodeToString([]byte("to " + n.text()))
		for _, form := range [][]byte{[]byte(n.text()[1:]), varint, fixed, []byte(coded)} {
			if bytes.Contains(request, form) {
				names = append(names, place.name)
				break
			}
		}
	}
	return names
}

// TestPlaces looks for the numbers of a span in what either makes of it. Without any there would be nothing to look for, and without
// those that the Collector leaves, nothing to say in the README.
func TestPlaces(t *testing.T) {
	src := must((&ptrace.ProtoMarshaler{}).MarshalTraces(plantedSpan()))
	if n := len(left(src)); n != len(places) {
		t.Fatalf("%d of %d numbers are in the span", n, len(places))
	}
	theirs := left(collectorSpans(src)())
	t.Logf("the Collector's processor leaves %d of %d: %s", len(theirs), len(places), strings.Join(theirs, ", "))
	if len(theirs) == 0 {
		t.Error("the Collector's processor leaves nothing")
	}
	for _, tokens := range []bool{false, true} {
		out := ours(src, otlp.Traces, tokens)()
		if names := left(out); len(names) > 0 {
			t.Errorf("piiproxy leaves %v", names)
		}
		checkTypes(t, plantedSpan(), must((&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(out)))
	}
}

// checkTypes holds the types of attributes to what they were: only a number that was masked is text now.
func checkTypes(t *testing.T, before, after ptrace.Traces) {
	t.Helper()
	a := before.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).Attributes()
	b := after.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).Attributes()
	if a.Len() != b.Len() {
		t.Errorf("%d attributes became %d", a.Len(), b.Len())
	}
	for key, v := range a.All() {
		masked, ok := b.Get(key)
		number := v.Type() == pcommon.ValueTypeInt || v.Type() == pcommon.ValueTypeDouble
		if ok && masked.Type() != v.Type() && (!number || masked.Type() != pcommon.ValueTypeStr) {
			t.Errorf("%s of type %v became %v", key, v.Type(), masked.Type())
		}
		if !ok && !strings.HasPrefix(key, "seen.") {
			t.Errorf("%s is gone", key)
		}
	}
}
