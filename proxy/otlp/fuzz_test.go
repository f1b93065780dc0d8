package otlp

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// generator makes requests out of a tape of choices: the fields of the schema, in forms that no exporter writes.
type generator struct {
	tape []byte
	tame bool // only what exporters write
}

func (g *generator) choose(n int) int {
	if len(g.tape) == 0 {
		return 0
	}
	c := g.tape[0]
	g.tape = g.tape[1:]
	return int(c) % n
}

// varint writes n, now and then longer than it has to be.
func (g *generator) varint(dst []byte, n uint64) []byte {
	extra := 0
	if !g.tame && g.choose(8) == 7 {
		extra = 1 + g.choose(4)
	}
	dst = binary.AppendUvarint(dst, n)
	for ; extra > 0 && len(dst) < 1<<20; extra-- {
		dst[len(dst)-1] |= 0x80
		dst = append(dst, 0)
	}
	return dst
}

func (g *generator) bytes(dst []byte, number int, content []byte) []byte {
	dst = g.varint(dst, uint64(number)<<3|uint64(bytesType))
	dst = g.varint(dst, uint64(len(content)))
	return append(dst, content...)
}

var (
	genTexts = []string{"", "ok", "to +306912345678 ok", "ada@example.com", "GET /sms?to=306912345678", "203.0.113.77", "αβγ +306912345678",
		`{"to":"306912345678","n":1}`, "a\nb \"+306912345678\" \\", "level=info to=306912345678"}
	genKeys = []string{"", "n", "sms.to", "phone", "url.full", "http.request.body.content", "k.+306912345678", "url.query", "user.email",
		"http.response.status_code", "client.address", "pin", "a b", "messaging.destination.name"}
)

func (g *generator) text() []byte { return []byte(genTexts[g.choose(len(genTexts))]) }

// message makes a message of that type.
func (g *generator) message(m *messageType, depth int) (out []byte) {
	for n := 1 + g.choose(5); n > 0; n-- {
		number := 1 + g.choose(16)
		for m.fields[number].class == unknown {
			number = number%16 + 1
		}
		out = g.field(out, &m.fields[number], number, depth)
		out = g.odd(out, number, m.fields[number].class)
	}
	return out
}

func (g *generator) field(out []byte, d *field, number, depth int) []byte {
	times := 1
	if d.many {
		times = 1 + g.choose(2)
	} else if !g.tame && g.choose(8) == 7 {
		times = 2
	}
	for ; times > 0; times-- {
		switch d.class {
		case integer:
			out = g.varint(g.varint(out, uint64(number)<<3), uint64(g.choose(5)))
		case fixed32:
			out = binary.LittleEndian.AppendUint32(g.varint(out, uint64(number)<<3|5), uint32(g.choose(256)))
		case fixed64:
			out = binary.LittleEndian.AppendUint64(g.varint(out, uint64(number)<<3|1), uint64(g.choose(256)))
		case real64:
			out = binary.LittleEndian.AppendUint64(g.varint(out, uint64(number)<<3|1), math.Float64bits(float64(g.choose(256))/4))
		case text:
			out = g.bytes(out, number, g.text())
		case constant:
			out = g.bytes(out, number, []byte("sms.sent"))
		case id8:
			out = g.bytes(out, number, make([]byte, 8*g.choose(2)))
		case id16:
			out = g.bytes(out, number, make([]byte, 16*g.choose(2)))
		case message:
			out = g.bytes(out, number, g.message(d.msg, depth))
		case keyValue:
			out = g.bytes(out, number, g.attribute(depth))
		case logBody:
			out = g.bytes(out, number, g.value("", depth))
		case packed64:
			out = g.bytes(out, number, make([]byte, 8*g.choose(4)))
		case packedVarint:
			out = g.bytes(out, number, []byte{1, 0x81, 1, 7}[:1+2*g.choose(2)])
		}
	}
	return out
}

// odd adds what no exporter writes behind a field.
func (g *generator) odd(out []byte, number int, c class) []byte {
	if g.tame {
		return out
	}
	switch g.choose(40) {
	case 30: // a field of the future
		return g.bytes(out, 17+g.choose(3)*500, g.text())
	case 31:
		return binary.LittleEndian.AppendUint64(g.varint(out, 99<<3|1), 0x3837363534333231)
	case 32:
		return g.varint(g.varint(out, 40<<3), 306912345678)
	case 33: // a type that is not the field's
		if wireOf[c] == varintType || wireOf[c] == fixed64Type {
			return g.bytes(out, number, g.text())
		}
		return g.varint(g.varint(out, uint64(number)<<3), 306912345678)
	case 34: // a group
		return append(g.bytes(append(out, 99<<3&0x7f|3|0x80, 6), 1, g.text()), 99<<3&0x7f|4|0x80, 6)
	case 35: // a length beyond the end
		return append(out, 1<<3|2, 0x7f, '+', '3', '0')
	case 36: // no field
		return append(out, 2, 3, '+', '3', '0')
	case 37: // a number of 36 bits, the lower 32 of which are one of a field
		return append(binary.AppendUvarint(out, 1<<35|uint64(number)<<3|2), 2, '+', '3')
	}
	return out
}

func (g *generator) attribute(depth int) (out []byte) {
	key := genKeys[g.choose(len(genKeys))]
	keys, values := 1, 1
	if !g.tame {
		if c := g.choose(16); c > 13 {
			keys = 2 * (c - 14)
		} else if c > 11 {
			values = 2 * (c - 12)
		}
	}
	if keys == 0 {
		key = ""
	}
	first := g.tame || g.choose(3) > 0
	for range keys {
		if first {
			out = g.bytes(out, keyField, []byte(key))
		}
	}
	for range values {
		out = g.bytes(out, valueField, g.value(key, depth))
	}
	for range keys {
		if !first {
			out = g.bytes(out, keyField, []byte(key))
			key = genKeys[g.choose(len(genKeys))]
		}
	}
	return g.odd(out, keyField, text)
}

// value makes an AnyValue. Only under a name that says so is a bare number a telephone's.
func (g *generator) value(key string, depth int) (out []byte) {
	times := 1
	if !g.tame && g.choose(8) == 7 {
		times = 2
	}
	n := uint64(g.choose(100))
	if key == "phone" || key == "sms.to" {
		n = 306912345678
	}
	for range times {
		kind := 1 + g.choose(7)
		if depth > 4 && (kind == arrayValue || kind == listValue) {
			kind = stringValue
		}
		switch kind {
		case stringValue:
			out = g.bytes(out, kind, g.text())
		case boolValue:
			out = g.varint(append(out, boolValue<<3), uint64(g.choose(2)))
		case intValue:
			out = g.varint(append(out, intValue<<3), n)
		case doubleValue:
			out = binary.LittleEndian.AppendUint64(append(out, doubleValue<<3|1), math.Float64bits(float64(n)))
		case arrayValue, listValue:
			var all []byte
			for range g.choose(4) {
				if kind == listValue {
					all = g.bytes(all, valuesField, g.attribute(depth+1))
				} else {
					all = g.bytes(all, valuesField, g.value(key, depth+1))
				}
			}
			out = g.bytes(out, kind, g.odd(all, valuesField, message))
		case bytesValue:
			out = g.bytes(out, kind, g.text())
		}
	}
	return g.odd(out, stringValue, text)
}

// checkShape holds what pdata makes of the output to what it makes of the input: the same, less what was masked.
func checkShape(before, after any, path string) error {
	switch b := before.(type) {
	case map[string]any:
		a, ok := after.(map[string]any)
		if !ok {
			return fmt.Errorf("%s: %T became %T", path, before, after)
		}
		for k, v := range b {
			other, ok := a[k]
			if !ok && (k == "intValue" || k == "doubleValue") {
				other, ok = a["stringValue"]
				if s, _ := other.(string); !masked(s) {
					return fmt.Errorf("%s.%s became %v", path, k, a)
				}
				continue
			}
			if !ok {
				return fmt.Errorf("%s.%s is gone", path, k)
			}
			if err := checkShape(v, other, path+"."+k); err != nil {
				return err
			}
		}
		if len(a) != len(b) {
			return fmt.Errorf("%s: %d members became %d", path, len(b), len(a))
		}
	case []any:
		a, ok := after.([]any)
		if !ok || len(a) != len(b) {
			return fmt.Errorf("%s: elements got lost", path)
		}
		for i := range b {
			if err := checkShape(b[i], a[i], fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
	case string:
		a, ok := after.(string)
		if ok && strings.HasSuffix(path, ".bytesValue") && a != b {
			raw, _ := base64.StdEncoding.DecodeString(a)
			a = string(raw)
		}
		if !ok || a != b && !masked(a) {
			return fmt.Errorf("%s: something else was written", path)
		}
	default:
		if before != after {
			return fmt.Errorf("%s: %v became %v", path, before, after)
		}
	}
	return nil
}

func masked(s string) bool { return strings.Contains(s, "redacted") || strings.Contains(s, "_k1_") }

func tree(t *testing.T, b []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// checkRequest holds the masking of one request, whatever it is, to what the package promises.
func checkRequest(t *testing.T, s *Scrubber, src []byte, signal Signal, clean bool) {
	t.Helper()
	prefix := []byte("kept")
	out, stats, err := s.Append(prefix, src, signal, Protobuf, nil)
	if err != nil {
		if len(out) != len(prefix) {
			t.Fatal("there is output beside an error")
		}
		return
	}
	out = out[len(prefix):]
	if stats.Changed == 0 && stats.Dropped == 0 && !bytes.Equal(out, src) {
		t.Fatalf("nothing was found, and the bytes differ:\n%q\n%q", src, out)
	}
	if clean {
		if found := leaks(out); len(found) > 0 {
			t.Fatalf("%q is in the output:\n%q\n%q", found, src, out)
		}
	}
	checkDecoded(t, src, out, signal, Protobuf, clean)
	checkTwice(t, s, out, signal, Protobuf)
}

// checkTwice holds the masking of what was masked to changing nothing.
func checkTwice(t *testing.T, s *Scrubber, out []byte, signal Signal, enc Encoding) {
	t.Helper()
	if again, _, err := s.Append(nil, out, signal, enc, nil); err != nil || !bytes.Equal(again, out) {
		t.Fatalf("masking twice changes something: %v\n%q\n%q", err, out, again)
	}
}

// checkDecoded holds what pdata makes of the output to what it makes of the input.
func checkDecoded(t *testing.T, src, out []byte, signal Signal, enc Encoding, clean bool) {
	t.Helper()
	before, err := decodedJSON(src, signal, enc)
	if err != nil {
		return // we are laxer in what stays as it is: the receiver will say so
	}
	after, err := decodedJSON(out, signal, enc)
	if err != nil {
		t.Fatalf("pdata does not read the output: %v\n%q\n%q", err, src, out)
	}
	if clean {
		if found := leaks(after); len(found) > 0 {
			t.Fatalf("%q is in what pdata reads:\n%s\n%s", found, before, after)
		}
	}
	if bytes.Contains(before, []byte("trindex")) {
		return // an index into the strings of a profile, which no other signal has: it is dropped
	}
	if enc == JSON && emptyName(tree(t, src)) {
		return // pdata takes one for the end of its object, and what follows for something else: it is withheld
	}
	if err := checkShape(tree(t, before), tree(t, after), ""); err != nil {
		t.Fatalf("%v:\n%s\n%s", err, before, after)
	}
}

// emptyName reports whether a member without a name is anywhere in v.
func emptyName(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if name == "" || emptyName(member) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, emptyName)
	}
	return false
}

// checkEncodings holds JSON to protobuf: pdata reads the same out of both.
func checkEncodings(t *testing.T, s *Scrubber, src []byte, signal Signal) {
	t.Helper()
	text, err := decodedJSON(src, signal, Protobuf)
	if err != nil {
		t.Fatalf("pdata does not read what was made: %v\n%q", err, src)
	}
	fromWire, _, err := s.Append(nil, src, signal, Protobuf, nil)
	if err != nil {
		t.Fatalf("refused: %v\n%q", err, src)
	}
	fromJSON, stats, err := s.Append(nil, text, signal, JSON, nil)
	if err != nil {
		t.Fatalf("refused in JSON: %v at %d\n%s", err, err.(*Error).Offset, text)
	}
	if stats.Changed == 0 && !bytes.Equal(fromJSON, text) {
		t.Fatalf("nothing was found, and the bytes differ:\n%s\n%s", text, fromJSON)
	}
	if found := leaks(fromJSON); len(found) > 0 {
		t.Fatalf("%q is in the output:\n%s", found, fromJSON)
	}
	a, err := decodedJSON(fromWire, signal, Protobuf)
	if err != nil {
		t.Fatal(err)
	}
	b, err := decodedJSON(fromJSON, signal, JSON)
	if err != nil {
		t.Fatalf("pdata does not read the output: %v\n%s", err, fromJSON)
	}
	if !bytes.Equal(a, b) {
		t.Fatalf("the encodings differ:\n%s\n%s", a, b)
	}
}

// randomTapes runs do on tapes that do not change from run to run.
func randomTapes(n int, do func(tape []byte)) {
	r := rand.New(rand.NewPCG(5, 5))
	for range n {
		tape := make([]byte, 20+r.IntN(400))
		for i := range tape {
			tape[i] = byte(r.Uint32())
		}
		do(tape)
	}
}

// TestHostileForms masks requests that only a program out to get something past would send.
func TestHostileForms(t *testing.T) {
	n := 30_000
	if testing.Short() {
		n = 3_000
	}
	s := NewScrubber(testSurface(t, false))
	randomTapes(n, func(tape []byte) {
		signal := Signal(tape[0] % 3)
		g := generator{tape: tape[1:]}
		checkRequest(t, s, g.message(roots[signal], 0), signal, true)
	})
}

// TestEncodingsAgree masks requests as exporters write them in both encodings.
func TestEncodingsAgree(t *testing.T) {
	n := 10_000
	if testing.Short() {
		n = 1_000
	}
	s := NewScrubber(testSurface(t, true))
	randomTapes(n, func(tape []byte) {
		signal := Signal(tape[0] % 3)
		g := generator{tape: tape[1:], tame: true}
		checkEncodings(t, s, g.message(roots[signal], 0), signal)
	})
}

// FuzzHostileForms lets the fuzzer choose the forms.
func FuzzHostileForms(f *testing.F) {
	randomTapes(20, func(tape []byte) { f.Add(tape) })
	masks, tokens := NewScrubber(testSurface(f, false)), NewScrubber(testSurface(f, true))
	f.Fuzz(func(t *testing.T, tape []byte) {
		if len(tape) == 0 {
			return
		}
		signal := Signal(tape[0] % 3)
		g := generator{tape: tape[1:]}
		src := g.message(roots[signal], 0)
		checkRequest(t, masks, src, signal, true)
		checkRequest(t, tokens, src, signal, true)
		tame := generator{tape: tape[1:], tame: true}
		checkEncodings(t, masks, tame.message(roots[signal], 0), signal)
	})
}

// FuzzRequest lets the fuzzer write the bytes, of either encoding.
func FuzzRequest(f *testing.F) {
	for _, tt := range wireTests {
		f.Add([]byte(tt.in), byte(Traces))
	}
	for _, tt := range jsonTests {
		f.Add([]byte(tt.in), byte(Traces)|8)
	}
	for _, tt := range badRequests[:len(badRequests)-1] {
		f.Add([]byte(tt.in), byte(Traces)|byte(tt.enc)<<3)
	}
	randomTapes(12, func(tape []byte) {
		signal := Signal(tape[0] % 3)
		g := generator{tape: tape[1:], tame: true}
		wire := g.message(roots[signal], 0)
		f.Add(wire, byte(signal))
		if text, err := decodedJSON(wire, signal, Protobuf); err == nil {
			f.Add(text, byte(signal)|8)
		}
	})
	s := NewScrubber(testSurface(f, false))
	f.Fuzz(func(t *testing.T, src []byte, of byte) {
		signal := Signal(of & 7 % 3)
		if of&8 == 0 {
			checkRequest(t, s, src, signal, false)
			return
		}
		out, stats, err := s.Append(nil, src, signal, JSON, nil)
		if err != nil {
			return
		}
		if stats.Changed == 0 && stats.Dropped == 0 && !bytes.Equal(out, src) {
			t.Fatalf("nothing was found, and the bytes differ:\n%s\n%s", src, out)
		}
		if !json.Valid(out) {
			t.Fatalf("not JSON any more:\n%s\n%s", src, out)
		}
		checkDecoded(t, src, out, signal, JSON, false)
		checkTwice(t, s, out, signal, JSON)
	})
}
