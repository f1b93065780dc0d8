package otlp

import (
	"bytes"
	"errors"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/piiproxy/piiproxy/redact"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// in returns a field of bytes around parts.
func in(number byte, parts ...string) string {
	content := strings.Join(parts, "")
	return string(appendVarint([]byte{number<<3 | 2}, uint64(len(content)))) + content
}

// inSpan returns a request for the fields of one span, and inAttribute for those of one attribute of it.
func inSpan(parts ...string) string      { return in(1, in(2, in(2, parts...))) }
func inAttribute(parts ...string) string { return inSpan(in(9, parts...)) }

// wireTests are requests in forms that no exporter writes, and what comes out.
var wireTests = []struct{ name, in, want string }{
	{"nothing", "", ""},
	{"value before key", inAttribute(in(2, in(1, "Ada Lovelace")), in(1, "enduser.id")), inAttribute(in(2, in(1, "redacted_id")), in(1, "enduser.id"))},
	{"two keys, the second harmless", inAttribute(in(1, "enduser.id"), in(1, "n"), in(2, in(1, "Ada Lovelace"))),
		inAttribute(in(1, "enduser.id"), in(1, "n"), in(2, in(1, "redacted_id")))},
	{"two keys, the first harmless", inAttribute(in(1, "n"), in(2, in(1, "Ada Lovelace")), in(1, "enduser.id")),
		inAttribute(in(1, "n"), in(2, in(1, "redacted_id")), in(1, "enduser.id"))},
	{"two values", inAttribute(in(1, "n"), in(2, in(1, phone)), in(2, in(1, "x"))), inAttribute(in(1, "n"), in(2, in(1, "redacted_phone")), in(2, in(1, "x")))},
	{"two of a value", inAttribute(in(1, "n"), in(2, in(1, phone), in(1, "x"))), inAttribute(in(1, "n"), in(2, in(1, "redacted_phone"), in(1, "x")))},
	{"two names", inSpan(in(5, phone), in(5, "x")), inSpan(in(5, "redacted_phone"), in(5, "x"))},
	{"status in two parts", inSpan(in(15, in(2, phone)), in(15, "\x18\x02")), inSpan(in(15, in(2, "redacted_phone")), in(15, "\x18\x02"))},
	{"unknown fields", inSpan("\xba\x06\x03abc", in(5, "x"), "\xb8\x06\x07", "\xb9\x0612345678", "\xbd\x061234"), inSpan(in(5, "x"))},
	{"unknown field in a value", inAttribute(in(1, "n"), in(2, in(9, phone))), inAttribute(in(1, "n"), in(2))},
	{"overlong lengths", inSpan("\x2a\x8d\x80\x00" + phone), inSpan(in(5, "redacted_phone"))},
	{"overlong lengths, nothing found", overlong, overlong},
	{"overlong tag", inSpan("\xaa\x80\x00\x01x"), inSpan("\xaa\x80\x00\x01x")},
	{"a negative enum", inSpan("\x30\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), inSpan("\x30\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")},
	{"whole number", inAttribute(in(1, "to"), in(2, "\x18\xce\xfc\x9a\xab\xf7\x08")), inAttribute(in(1, "to"), in(2, in(1, "redacted_phone")))},
	{"bytes that are no text", inAttribute(in(1, "n"), in(2, in(7, "\x00\xff"))), inAttribute(in(1, "n"), in(2, in(7, "redacted")))},
	{"name that is a number", inAttribute(in(1, phone), in(2, in(1, "x"))), inAttribute(in(1, "redacted_phone"), in(2, in(1, "x")))},
	{"a length that grows by a byte", inSpan(in(5, strings.Repeat("a ", 56), phone)), inSpan(in(5, strings.Repeat("a ", 56), "redacted_phone"))},
}

func TestWireForms(t *testing.T) {
	s := NewScrubber(testSurface(t, false))
	for _, tt := range wireTests {
		out, _, err := s.Append(nil, []byte(tt.in), Traces, Protobuf, nil)
		if err != nil || string(out) != tt.want {
			t.Errorf("%s: %v\n got %q\nwant %q", tt.name, err, out, tt.want)
		}
	}
}

// overlong has lengths of three bytes where one would do.
const overlong = "\x0a\x86\x80\x00\x12\x82\x80\x00\x12\x00"

// nestedValue returns a value in so many arrays.
func nestedValue(depth int) string {
	v := in(1, phone)
	for range depth {
		v = in(5, in(1, v))
	}
	return v
}

func nestedJSON(depth int) string {
	return inAttributeJSON(strings.Repeat(`{"arrayValue":{"values":[`, depth) + `{"stringValue":"` + phone + `"}` + strings.Repeat(`]}}`, depth))
}

func inAttributeJSON(value string) string {
	return `{"resourceSpans":[{"resource":{"attributes":[{"key":"n","value":` + value + `}]}}]}`
}

// badRequests are refused, each with its class.
var badRequests = []struct {
	name, in string
	enc      Encoding
	class    Class
}{
	{"group", "\x0b\x0a\x0d" + phone + "\x0c", Protobuf, Malformed},
	{"end of a group", "\x0c", Protobuf, Malformed},
	{"wire type 7", "\x0f", Protobuf, Malformed},
	{"field 0", "\x02\x0d" + phone, Protobuf, Malformed},
	{"wrong type", inSpan("\x28\x01"), Protobuf, Malformed},
	{"bytes where a number is", inSpan(in(6, phone)), Protobuf, Malformed},
	{"cut varint", "\x0a\x80", Protobuf, Malformed},
	{"varint of eleven bytes", "\x0a" + strings.Repeat("\x80", 10) + "\x01", Protobuf, Malformed},
	{"length beyond the end", "\x0a\x7f" + phone, Protobuf, Malformed},
	{"length beyond the message", inSpan("\x2a\x7f") + strings.Repeat(phone, 20), Protobuf, Malformed},
	{"length beyond all", "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01" + phone, Protobuf, Malformed},
	{"tag of 36 bits", "\x8a\x80\x80\x80\x80\x01\x0d" + phone, Protobuf, Malformed},
	{"a count of 39 bits", inSpan("\x50\xce\xfc\x9a\xab\xf7\x08"), Protobuf, Malformed},
	{"a boolean of 39 bits", inAttribute(in(1, "to"), in(2, "\x10\xce\xfc\x9a\xab\xf7\x08")), Protobuf, Malformed},
	{"id of thirteen bytes", inSpan(in(1, phone)), Protobuf, Malformed},
	{"cut behind a finding", inSpan(in(5, phone)) + "\x0a", Protobuf, Malformed},
	{"too deep", inAttribute(in(1, "n"), in(2, nestedValue(64))), Protobuf, TooDeep},
	{"no JSON", "hello " + phone, JSON, Malformed},
	{"cut JSON", `{"resourceSpans":[`, JSON, Malformed},
	{"two documents", `{}{}`, JSON, Malformed},
	{"not an object", `["` + phone + `"]`, JSON, Malformed},
	{"object for an array", `{"resourceSpans":{}}`, JSON, Malformed},
	{"number for a string", `{"resourceSpans":[{"schemaUrl":306912345678}]}`, JSON, Malformed},
	{"words for a number", `{"resourceSpans":[{"resource":{"droppedAttributesCount":"` + phone + `"}}]}`, JSON, Malformed},
	{"a number too large", `{"resourceSpans":[{"resource":{"droppedAttributesCount":306912345678}}]}`, JSON, Malformed},
	{"id that is none", `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"` + phone + `"}]}]}]}`, JSON, Malformed},
	{"two keys", `{"resourceSpans":[{"resource":{"attributes":[{"key":"n","value":{"stringValue":"x"},"key":"pin"}]}}]}`, JSON, Malformed},
	{"an enum that is none", `{"resourceSpans":[{"scopeSpans":[{"spans":[{"kind":"SPAN_KIND_306912345678"}]}]}]}`, JSON, Malformed},
	{"no base64", inAttributeJSON(`{"bytesValue":"` + phone + `!"}`), JSON, Malformed},
	{"too deep in JSON", nestedJSON(64), JSON, TooDeep},
}

func TestRefused(t *testing.T) {
	s := NewScrubber(testSurface(t, false))
	for _, tt := range badRequests {
		out, stats, err := s.Append([]byte("kept"), []byte(tt.in), Traces, tt.enc, nil)
		var bad *Error
		if !errors.As(err, &bad) || bad.Class != tt.class {
			t.Errorf("%s: %v, want %q", tt.name, err, classNames[tt.class])
			continue
		}
		if string(out) != "kept" || stats != (Stats{}) {
			t.Errorf("%s: %q and %v beside an error", tt.name, out, stats)
		}
		if len(leaks([]byte(err.Error()))) > 0 {
			t.Errorf("%s: the error quotes the request: %v", tt.name, err)
		}
	}
}

// TestNumbersInJSON takes what is a number of its type, as a number or as a string, and nothing that only has digits.
func TestNumbersInJSON(t *testing.T) {
	s := NewScrubber(testSurface(t, false))
	for _, tt := range []struct {
		field         string
		taken, others []string
	}{
		{"asDouble", []string{"0", "-1.5", `"1.5"`, "1e5", `"-1.5E-10"`, `"2e+3"`, `"NaN"`, `"-Infinity"`},
			[]string{`"203.0.113.77"`, `"30-691-234-5678"`, `"1e"`, `"1e+"`, `"1e5.5"`, `"."`, `"-"`, `"1.5-"`, `"1-5"`, `""`, "true"}},
		{"asInt", []string{"0", "-7", `"306912345678"`}, []string{`"1.5"`, "1e5", `"1-2"`, `"-"`, `""`, `"+1"`}},
		{"flags", []string{"1", `"4294967295"`, "-2147483648"}, []string{"30691234567", `"12025550123"`, "-2147483649", "4294967296", `"69-12"`}},
	} {
		for want, values := range map[bool][]string{true: tt.taken, false: tt.others} {
			for _, v := range values {
				src := `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"gauge":{"dataPoints":[{"` + tt.field + `":` + v + `}]}}]}]}]}`
				out, _, err := s.Append(nil, []byte(src), Metrics, JSON, nil)
				if taken := err == nil; taken != want || taken && string(out) != src {
					t.Errorf("%s %s: %s, %v", tt.field, v, out, err)
				}
			}
		}
	}
}

func TestDeepest(t *testing.T) {
	s := NewScrubber(testSurface(t, false))
	for enc, src := range []string{inAttribute(in(1, "n"), in(2, nestedValue(63))), nestedJSON(63)} {
		out, _, err := s.Append(nil, []byte(src), Traces, Encoding(enc), nil)
		if err != nil || len(leaks(out)) > 0 || !bytes.Contains(out, []byte("redacted_phone")) {
			t.Errorf("%v\n%q", err, out)
		}
	}
}

// jsonTests are requests in JSON and what comes out of the attributes of a resource.
var jsonTests = []struct{ name, in, want string }{
	{"names with underscores", `{"resource_spans":[{"schema_url":"` + phone + `"}]}`, `{"resource_spans":[{"schema_url":"redacted_phone"}]}`},
	{"white space stays", " {\n\t\"resourceSpans\" : [ ] } ", " {\n\t\"resourceSpans\" : [ ] } "},
	{"an escaped name", `{"resourceSp\u0061ns":[{"schemaUrl":"` + phone + `"}]}`, `{"resourceSp\u0061ns":[{"schemaUrl":"redacted_phone"}]}`},
	{"an escaped value", inAttributeJSON(`{"stringValue":"\u002b306912345678 \u00e9 \"x\""}`), inAttributeJSON(`{"stringValue":"redacted_phone é \"x\""}`)},
	{"unknown members", `{"` + phone + `":{"a":["` + phone + `"]},"resourceSpans":[{"x":1}]}`, `{"redacted":null,"resourceSpans":[{"redacted":null}]}`},
	{"value before key", `{"resourceSpans":[{"resource":{"attributes":[{"value":{"intValue":"306912345678"},"key":"to"}]}}]}`,
		`{"resourceSpans":[{"resource":{"attributes":[{"value":{"stringValue":"redacted_phone"},"key":"to"}]}}]}`},
	{"a number", `{"resourceSpans":[{"resource":{"attributes":[{"key":"to","value":{"doubleValue":3.06912345678e11}}]}}]}`,
		`{"resourceSpans":[{"resource":{"attributes":[{"key":"to","value":{"stringValue":"redacted_phone"}}]}}]}`},
	{"null", `{"resourceSpans":[null,{"resource":null,"scopeSpans":[{"spans":null}]}]}`, `{"resourceSpans":[null,{"resource":null,"scopeSpans":[{"spans":null}]}]}`},
	{"an enum by name", `{"resourceSpans":[{"scopeSpans":[{"spans":[{"kind":"SPAN_KIND_SERVER","startTimeUnixNano":"1"}]}]}]}`,
		`{"resourceSpans":[{"scopeSpans":[{"spans":[{"kind":"SPAN_KIND_SERVER","startTimeUnixNano":"1"}]}]}]}`},
}

func TestJSONForms(t *testing.T) {
	s := NewScrubber(testSurface(t, false))
	for _, tt := range jsonTests {
		out, _, err := s.Append(nil, []byte(tt.in), Traces, JSON, nil)
		if err != nil || string(out) != tt.want {
			t.Errorf("%s: %v\n got %s\nwant %s", tt.name, err, out, tt.want)
		}
	}
}

// TestManyEdits holds a request that is nothing but values to replace to the memory set aside for it.
func TestManyEdits(t *testing.T) {
	s := NewScrubber(testSurface(t, false))
	src := inAttribute(in(1, "n"), in(2, in(5, strings.Repeat(in(1, in(7, "\xff")), maxEdits/2))))
	_, _, err := s.Append(nil, []byte(src), Traces, Protobuf, nil)
	if bad, ok := err.(*Error); !ok || bad.Class != TooMany {
		t.Fatalf("%v, want %q", err, classNames[TooMany])
	}
	if cap(s.edits) > keptEdits || s.texts.Cap() > keptTexts {
		t.Error("the memory of a large request is kept")
	}
}

// TestPanic holds a fault of masking to an error, and the Scrubber to its work afterwards.
func TestPanic(t *testing.T) {
	s := NewScrubber(testSurface(t, false))
	src := []byte(inSpan(in(5, phone)))
	s.attrs = nil
	if out, _, err := s.Append([]byte("kept"), src, Traces, Protobuf, nil); err == nil || string(out) != "kept" {
		t.Fatalf("%q, %v", out, err)
	}
	if out, _, err := s.Append(nil, src, Traces, Protobuf, nil); err != nil || string(out) != inSpan(in(5, "redacted_phone")) {
		t.Fatalf("%q, %v", out, err)
	}
}

// TestCounts holds the counts to what happened.
func TestCounts(t *testing.T) {
	s := NewScrubber(testSurface(t, false))
	var tally redact.Tally
	src := in(1, in(2, in(2, in(5, phone)), in(2, in(5, "x"), "\xba\x06\x03abc")))
	_, stats, err := s.Append(nil, []byte(src), Traces, Protobuf, &tally)
	if want := (Stats{Items: 2, Changed: 1, Dropped: 1}); err != nil || stats != want {
		t.Errorf("%v, %v, want %v", stats, err, want)
	}
	if n := tally.Count(redact.KindPhone, redact.Mask); n != 1 {
		t.Errorf("%d phones counted", n)
	}
}

// TestAllocations holds the masking of requests to no allocation, in both encodings.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("pools forget at random under the race detector")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	for _, tokens := range []bool{false, true} {
		s := NewScrubber(testSurface(t, tokens))
		var tally redact.Tally
		dst := make([]byte, 0, 1<<20)
		for _, x := range everySignal(t) {
			for enc, src := range [][]byte{x.wire, x.json} {
				if n := testing.AllocsPerRun(100, func() { s.Append(dst, src, x.signal, Encoding(enc), &tally) }); n > 0 {
					t.Errorf("%s in encoding %d: %v allocations", x.name, enc, n)
				}
			}
		}
	}
}
