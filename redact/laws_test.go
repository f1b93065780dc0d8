package redact

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/piiproxy/piiproxy/redact/internal/walk"
)

// appender is one way through a surface.
type appender struct {
	name string
	list bool // replaces the whole value, and separates several by commas
	do   func(s *Surface, f *Fields, src []byte) []byte
}

var appenders = []appender{
	{"text", false, func(s *Surface, f *Fields, src []byte) []byte { return s.AppendText(Masked{}, src, nil).Bytes() }},
	{"json", false, func(s *Surface, f *Fields, src []byte) []byte { return s.AppendJSON(Masked{}, f, src, nil).Bytes() }},
	{"form", false, func(s *Surface, f *Fields, src []byte) []byte { return s.AppendForm(Masked{}, f, src, nil).Bytes() }},
	{"path", false, func(s *Surface, f *Fields, src []byte) []byte {
		return s.AppendPath(Masked{}, f, src, nil, nil).Bytes()
	}},
	{"header", true, func(s *Surface, f *Fields, src []byte) []byte {
		return s.AppendHeader(Masked{}, f, []byte("X-Forwarded-For"), src, nil).Bytes()
	}},
	{"phone field", true, func(s *Surface, f *Fields, src []byte) []byte {
		return s.AppendField(Masked{}, Tag{Kind: KindPhone}, src, nil).Bytes()
	}},
	{"account field", false, func(s *Surface, f *Fields, src []byte) []byte {
		return s.AppendField(Masked{}, Tag{Kind: KindPhone, Subject: Account}, src, nil).Bytes()
	}},
	{"name field", true, func(s *Surface, f *Fields, src []byte) []byte {
		return s.AppendField(Masked{}, Tag{Kind: KindName}, src, nil).Bytes()
	}},
	{"lines", false, func(s *Surface, f *Fields, src []byte) []byte {
		out, _ := s.AppendLines(Masked{}, src, nil)
		return out.Bytes()
	}},
}

// seeds are the inputs of all tables.
func seeds() []string {
	var all []string
	for _, table := range [][]surfaceCase{jsonCases, formCases, lineCases, hardCases, cutLines, decimalNumbers, unquotedValues, nestedForms, nestedJSON, nestedLines, signedTexts, namedValues} {
		for _, c := range table {
			all = append(all, c.in)
		}
	}
	return all
}

// hardCases are texts of which the tables say nothing and the laws hold all the same.
var hardCases = []surfaceCase{
	{in: "7100000000 7100000000"},
	{in: "otp:00@0.AA"},
	{in: "+1000000A+1000000"},
	{in: "%3C0%3D0%400.AA"},
	{in: "<b-0-ada=x.co@y.eu> from=b+1=x.co@y.eu"},
	{in: "0000%400.0000000"},
	{in: "+306912345678 6987654321"},
	{in: "+306912345678:6987654321"},
	{in: "+306912345678=6987654321 x"},
	{in: "ada@example.com: 306912345678"},
	{in: "+306912345678@example.com"},
	{in: "203.0.113.5@example.com"},
	{in: "ada@203.0.113.5"},
	{in: "a@b.co@c.de"},
	{in: "to=%2B306912345678%2C447700900123&x=%"},
	{in: `{A+10000000.000000000000`},
	{in: "{A+1000000 : 000,00000000"},
	{in: `[{"to":"44770(00000000000 A000000"`},
	{in: "203.0.113.5203.0.113.5"},
	{in: "1.2.3.203.0.113.5.6"},
	{in: "+30 6912345678 ext 12@example.com"},
	{in: "306912345678x:12@example.com"},
	{in: "call 0 20 0000 0000  2000000000"},
	{in: "+49 30 123456 20.0.113.x +49 30 1234 2001:db8:1:x"},
	{in: `{"to":"redacted_phone","from":"phone_GR_k1_abcdefghijklmnopabcdefgh","ip":"203.0.113.x,127.0.0.1"}`},
	{in: `{"ip":["127.0.0.1, 203.0.113.9","2001:db8:1:x"]}`},
	{in: `{"arguments":[{"a":["+306912345678",{"b":1e3}]},true]}`},
	{in: `{"to":-306912345678,"a":306912345678.5e2}`},
	{in: `{"":{"":[[]]},"to":{"to":{"x":[1,"2"]}}}`},
	{in: `{"body":"a","body":{"x`},
	{in: `{"arguments":{"a":"x" bad},"body":"b"}`},
	{in: `{"arguments":{"a":"x","b`},
	{in: "{\"to\":\"\x95\"0"},
	{in: `{"BodY":{"":{""0}}`},
	{in: "{\"BodY\":{\"\x95\":{}}}"},
	{in: `{"arguments":{"a":{"b" "c"},"d":"Ada"},"body":"Ada"}`},
	{in: `{"a":"\ud800","body":"Ada"}`},
	{in: "{\"a\":\"\xff\",\"body\":\"Ada\"}"},
	{in: `body:{"a":{"b":"}"}},to:+306912345678`},
	{in: "to=a@b.co+c@d.eu&from=ACME%20Shop"},
	{in: "tel:+1-201-555-0123;ext=5 whatsapp:+15017122661"},
	{in: "Lovelace, Ada <ada@example.com>, bob@example.org"},
	{in: "level=info a=\"b c to=447700900123"},
	{in: "x=1 y=\"\\\"ada@example.com\\\"\" z"},
	{in: "call 0044 20 7183 8750 or tel 6912345678"},
	{in: "\r\n{\"to\":1}\r\nto=6912345678 a=b\r\n"},
}

// TestLaws holds every appender and surface to the laws on every input of the tables, and on each cut of it.
func TestLaws(t *testing.T) {
	p := testPolicy(t)
	for _, in := range seeds() {
		checkLaws(t, p, []byte(in))
		for cut := range in {
			checkLaws(t, p, []byte(in[:cut]))
		}
	}
}

func FuzzLaws(f *testing.F) {
	for _, s := range seeds() {
		f.Add([]byte(s))
	}
	p := testPolicy(f)
	f.Fuzz(func(t *testing.T, in []byte) { checkLaws(t, p, in) })
}

func checkLaws(t *testing.T, p *Policy, in []byte) {
	t.Helper()
	valid := strictJSON(in)
	for _, name := range []string{"log", "mask", "partial", "drop", "lax", "message"} {
		s, f := p.mustSurface(t, name), p.Fields("any")
		for _, a := range appenders {
			before := bytes.Clone(in)
			out := a.do(s, f, in)
			if !bytes.Equal(before, in) {
				t.Errorf("%s, %s: the input was written to: %q", name, a.name, before)
			}
			if again := a.do(s, f, out); !bytes.Equal(out, again) {
				t.Errorf("law 3: %s, %s: masking again changes it\n in    %q\n once  %q\n twice %q", name, a.name, in, out, again)
			}
			if name != "drop" && name != "lax" && !a.list && !outsideIdentical(in, out) {
				t.Errorf("law 2: %s, %s: bytes outside of replacements differ\n in  %q\n out %q", name, a.name, in, out)
			}
			if valid && a.name == "json" && !json.Valid(out) {
				t.Errorf("law 4: %s: no JSON any more\n in  %s\n out %s", name, in, out)
			}
			if other := a.do(s, f, in); !bytes.Equal(out, other) {
				t.Errorf("law 5: %s, %s: two results\n in  %q\n one %q\n two %q", name, a.name, in, out, other)
			}
		}
	}
}

// strictJSON reports whether in is JSON after RFC 8259, in UTF-8; encoding/json takes invalid UTF-8 too.
func strictJSON(in []byte) bool {
	var j walk.JSON
	j.Reset(in, walk.Limits{Depth: walk.MaxDepth})
	for j.Next() {
	}
	return j.Err() == nil
}

// TestFieldsAreMembers reads every input of the tables, and each cut of it, in every format: what comes out can stand in an
// object.
func TestFieldsAreMembers(t *testing.T) {
	p := testPolicy(t)
	for _, in := range seeds() {
		for cut := range len(in) + 1 {
			checkFields(t, p, []byte(in[:cut]))
		}
	}
}

func FuzzFields(f *testing.F) {
	for _, s := range seeds() {
		f.Add([]byte(s))
	}
	p := testPolicy(f)
	f.Fuzz(func(t *testing.T, in []byte) { checkFields(t, p, in) })
}

func checkFields(t *testing.T, p *Policy, in []byte) {
	t.Helper()
	for _, name := range []string{"log", "lax", "partial", "drop"} {
		s := p.mustSurface(t, name)
		for _, route := range []string{"any", "named"} {
			checkBoth(t, s, p.Fields(route), in)
			for _, format := range []Format{JSON, Form, Multipart} {
				out := s.AppendFields(Masked{}, p.Fields(route), format, []byte("B"), in, nil).Bytes()
				if !json.Valid([]byte("{" + string(out) + "}")) {
					t.Errorf("%s, %s, format %d: no members\n in  %q\n out %s", name, route, format, in, out)
				}
			}
		}
	}
}

// escapedQuote is a quote as it stands within a value: a masked number gets one on each side.
const escapedQuote = "(?:(?:\\\\|%(?:25)*5[Cc])*(?:[\"'`]|%(?:25)*22))?"

var replacementPattern = regexp.MustCompile(`,|` + escapedQuote + `(?:` +
	`redacted(_(phone|email|ip|name|text|secret|location|id))?(_[A-Z]{2}|_001)?|` +
	`(phone_([A-Z]{2}|001)|email|ip|name|text|secret|location|id)_k[0-9]+_[a-p]{24}|` +
	`[0-9]+\.[0-9]+\.[0-9]+\.x|[0-9a-f]+:[0-9a-f]+:[0-9a-f]+:x|` +
	`127\.[0-9]+\.[0-9]+\.[0-9]+|0\.0\.0\.0|::1?)` + escapedQuote) // of a field with a loopback address only that is shown

// outsideIdentical reports whether what stands outside of replacements in out stands in in, in the same order. Quotes
// aside, which a number that is masked gets, and commas, that separate the values of one field.
func outsideIdentical(in, out []byte) bool {
	drop := strings.NewReplacer(`"`, "", "'", "", "`", "", ",", "")
	rest := drop.Replace(string(in))
	pieces := replacementPattern.Split(string(out), -1)
	for i, piece := range pieces {
		piece = drop.Replace(piece)
		at := strings.Index(rest, piece)
		if at < 0 || i == 0 && at != 0 || i == len(pieces)-1 && !strings.HasSuffix(rest, piece) {
			return false
		}
		rest = rest[at+len(piece):]
	}
	return true
}

// TestNoDetectorAcceptsReplacements masks every kind of replacement, alone and as it may stand in an encoding, in a field
// that says phone, and expects it back.
func TestNoDetectorAcceptsReplacements(t *testing.T) {
	p := testPolicy(t)
	words := []string{"redacted", "redacted_line", "redacted_phone_GR", "redacted_phone_001", "203.0.113.x", "192.168.100.x", "2001:db8:1:x", "2001:0:0:x"}
	words = append(words, masks[:]...)
	for _, region := range []string{"GR", "ZZ", "001"} {
		words = append(words, "phone_"+region+"_k1_abcdefghijklmnopabcdefgh", "phone_"+region+"_k123456_ponmlkjihgfedcbaponmlkji")
	}
	for k := KindEmail; k < numKinds; k++ {
		words = append(words, k.String()+"_k1_abcdefghijklmnopabcdefgh")
	}
	for _, w := range words {
		for _, form := range []string{"%s", "to=%s", "phone: %s", `{"to":"%s"}`, "<a>%s</a>", "tel:%s", "%s@example.com", "+30%s", "%s,%s", "ip=%s"} {
			in := strings.ReplaceAll(form, "%s", w)
			if strings.Contains(form, "@") || strings.Contains(form, "+") {
				continue
			}
			for _, name := range []string{"log", "message"} {
				s := p.mustSurface(t, name)
				for _, a := range appenders[:4] {
					if got := string(a.do(s, p.Fields("any"), []byte(in))); got != in {
						t.Errorf("%s, %s: %s became %s", name, a.name, in, got)
					}
				}
			}
		}
	}
}
