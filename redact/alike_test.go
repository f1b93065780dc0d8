package redact

import (
	"slices"
	"strings"
	"testing"

	"github.com/piiproxy/piiproxy/redact/internal/walk"
)

// alikeElements are strings that may stand side by side.
var alikeElements = []string{
	`"+306912345678"`, `"+447700900123"`, `"306912345678"`, `"6912345678"`, `"+3069123"`, `"+30 691 234 5678"`, `"%2B306912345678"`, `"+441481960194"`,
	`"+8801712345678"`, `"ada@example.com"`, `"192.0.2.7"`, `"127.0.0.1"`, `"Ada"`, `""`, `"+30691234567\u0038"`, `"482193"`, `"redacted_phone"`,
	`"+306912345678,+447700900123"`, `"306912345678.0"`, `"Ada <+306912345678>"`, `"?q=a&password=hunter2"`, `"φ+306912345678"`, `12`, `null`, `{"to":"+306912345678"}`,
}

// apart puts something without meaning between the elements, which ends what is taken in one step.
const apart = `,[],`

// checkAlike holds what becomes of elements side by side to what becomes of them one by one.
func checkAlike(t *testing.T, p *Policy, surface, name string, elements []string) {
	t.Helper()
	checkAlikeApart(t, p, surface, name, ",", elements)
}

// checkAlikeApart is checkAlike with something else than a comma between the elements.
func checkAlikeApart(t *testing.T, p *Policy, surface, name, comma string, elements []string) {
	t.Helper()
	s, f := p.mustSurface(t, surface), p.Fields("any")
	together := `{"` + name + `":[` + strings.Join(elements, comma) + `]}`
	onebyone := `{"` + name + `":[` + strings.Join(elements, apart) + `]}`
	var a, b Tally
	got := string(s.AppendFields(Masked{}, f, JSON, nil, []byte(together), &a).Bytes())
	want := string(s.AppendFields(Masked{}, f, JSON, nil, []byte(onebyone), &b).Bytes())
	if got != want || a != b {
		t.Errorf("%s: fields of %s\n got %s %v\nwant %s %v", surface, together, got, a, want, b)
	}
	checkBoth(t, s, f, []byte(together))
	checkBoth(t, s, f, []byte(onebyone))
	a, b = Tally{}, Tally{}
	got = string(s.AppendJSON(Masked{}, f, []byte(together), &a).Bytes())
	want = strings.ReplaceAll(string(s.AppendJSON(Masked{}, f, []byte(onebyone), &b).Bytes()), apart, comma)
	if got != want || a != b {
		t.Errorf("%s: %s\n got %s %v\nwant %s %v", surface, together, got, a, want, b)
	}
}

// checkBoth holds what is made of a document in one walk to what is made of it in two.
func checkBoth(t *testing.T, s *Surface, f *Fields, src []byte) {
	t.Helper()
	var a, b Tally
	fields, body := s.AppendFieldsAndJSON(Masked{[]byte("f")}, Masked{[]byte("b")}, f, src, &a)
	wantFields, want := s.AppendFields(Masked{[]byte("f")}, f, JSON, nil, src, &b), s.AppendJSON(Masked{[]byte("b")}, f, src, nil)
	if string(fields.b) != string(wantFields.b) || string(body.b) != string(want.b) || a != b {
		t.Errorf("both of %s\n got %s\n and %s %v\nwant %s\n and %s %v", src, fields.b, body.b, a, wantFields.b, want.b, b)
	}
}

func TestElementsAlike(t *testing.T) {
	p := testPolicy(t)
	for _, surface := range []string{"log", "mask", "partial", "drop", "lax", "message"} {
		for _, name := range []string{"to", "from", "contacts", "body", "code", "email", "ips", "x", "label", "reply_to", "city", "callback", "sms_recipients", "arguments"} {
			for i, e := range alikeElements {
				next := alikeElements[(i+1)%len(alikeElements)]
				checkAlike(t, p, surface, name, []string{e, e, next, e, alikeElements[0], next})
				checkAlike(t, p, surface, name, []string{e, "1", "2", "3", "4", "5", "6", "7", "8", e, next, alikeElements[0], e, next, e})
			}
			checkAlike(t, p, surface, name, alikeElements)
			checkAlike(t, p, surface, name, append(alikeElements[:12:12], alikeElements...))
		}
	}
}

// TestManyAlike has more elements than are taken at a time, and one of another kind among them, as programs write arrays.
func TestManyAlike(t *testing.T) {
	p := testPolicy(t)
	for _, comma := range []string{",", ", ", ",\n  "} {
		for _, name := range []string{"to", "contacts"} {
			for _, odd := range alikeElements {
				for _, at := range []int{0, 1, 9, 63, 72, 73, 199} {
					elements := slices.Repeat([]string{`"+306912345678"`, `"+447700900123"`}, 100)
					elements[at] = odd
					checkAlikeApart(t, p, "log", name, comma, elements)
					checkAlikeApart(t, p, "mask", name, comma, elements)
				}
			}
		}
	}
}

// FuzzElementsAlike: no element of an array changes what becomes of those behind it.
func FuzzElementsAlike(f *testing.F) {
	p := testPolicy(f)
	f.Add("log", "to", "+306912345678", "447700900123")
	f.Add("lax", "from", "ACME", "+306912345678")
	f.Fuzz(func(t *testing.T, surface, name, a, b string) {
		if _, err := p.Surface(surface); err != nil || normalName(name) != name || name == "" {
			return
		}
		quoted := func(s string) string { return `"` + string(walk.AppendEscaped(nil, []byte(s))) + `"` }
		x, y := quoted(a), quoted(b)
		if strings.Contains(x+y, "[],") {
			return
		}
		checkAlike(t, p, surface, name, []string{x, y, x, x, x, y, y, x, y, x, x, y})
	})
}
