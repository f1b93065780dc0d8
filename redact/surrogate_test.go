package redact

import (
	"bytes"
	"encoding/json"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/piiproxy/piiproxy/redact/internal/numbering"
	"github.com/piiproxy/piiproxy/redact/internal/scan"
)

func capturePolicy(t testing.TB) (*Policy, *Surface) {
	t.Helper()
	spec := testSpec()
	spec.Surfaces = map[string]SurfaceSpec{SurfaceCapture: {}}
	p, err := Compile(spec, testKeyring(t))
	if err != nil {
		t.Fatal(err)
	}
	return p, p.mustSurface(t, SurfaceCapture)
}

// TestSurrogatesAreWrittenAlike writes each value in several ways, which are to be told from the surrogates by nothing but the
// digits and letters.
func TestSurrogatesAreWrittenAlike(t *testing.T) {
	_, s := capturePolicy(t)
	for _, c := range []struct {
		tag Tag
		in  []string // of one value
	}{
		{Tag{Kind: KindPhone}, []string{"306912345678", "+306912345678", "+30 691 234-5678", "00306912345678", "%2B306912345678", "%252B306912345678",
			`\u002b306912345678`, "+%33%3069%31%32345678", "(+30) 6912345678", "\uff0b306912345678", "+٣٠٦٩١٢٣٤٥٦٧٨"}},
		{Tag{Kind: KindPhone}, []string{"+12025550123", "+1 (202) 555-0123", "12025550123", "+1.202.555.0123"}},
		{Tag{Kind: KindPhone}, []string{"+447911123456", "+44 (0)7911 123456", "+44 7911 123456"}},
		{Tag{Kind: KindEmail}, []string{"ada.lovelace@example.org", "ada.lovelace%40example.org", `ada.lovelace\u0040example.org`, "ada.lovelace@EXAMPLE.org"}},
		{Tag{Kind: KindIP}, []string{"2a02:587:12:ab::7", "2a02%3A587%3A12%3Aab%3A%3A7", "2a02:0587:0012:00ab:0:0:0:7"}},
		{Tag{Kind: KindIP}, []string{"8.8.4.4", "8%2E8%2E4%2E4", "::ffff:8.8.4.4"}},
		{Tag{Kind: KindName}, []string{"Ada Lovelace", `\u0041da Lovelace`, "Ada%20Lovelace", "%41%64a Lovelace"}},
		{Tag{Kind: KindText}, []string{"Γειά σου Ada, 4821 😀", "%CE%93%CE%B5%CE%B9%CE%AC %CF%83%CE%BF%CF%85 Ada, 4821 %F0%9F%98%80",
			`\u0393\u03b5\u03b9\u03ac \u03c3\u03bf\u03c5 Ada, 4821 \ud83d\ude00`}},
	} {
		first := ""
		for i, in := range c.in {
			out := string(s.AppendField(Masked{}, c.tag, []byte(in), nil).Bytes())
			t.Logf("%-45s %s", in, out)
			got := meaning(c.tag.Kind, out)
			if i == 0 {
				first = got
			}
			if got != first {
				t.Errorf("%s became %s, which means %s and not %s", in, out, got, first)
			}
			if c.tag.Kind != KindIP && c.tag.Kind != KindEmail && len(out) != len(in) {
				t.Errorf("%s became %s, of another length", in, out)
			}
			if got == meaning(c.tag.Kind, in) {
				t.Errorf("%s stayed what it was", in)
			}
		}
	}
}

// meaning returns the value that a text stands for.
func meaning(k Kind, text string) string {
	if k == KindPhone || k == KindEmail || k == KindIP {
		canonical, _, err := canonicalValue(k, []byte(text), nil)
		if err != nil {
			return err.Error()
		}
		return string(canonical)
	}
	return string(appendText(nil, []byte(text), inString))
}

// TestSurrogatesKeepMessages holds what stands for a message to as many characters, parts and the same alphabet.
func TestSurrogatesKeepMessages(t *testing.T) {
	_, s := capturePolicy(t)
	for _, in := range []string{
		"Hi Ada, your code is 482193. [ACME] €5 ~{}|^", strings.Repeat("é", 161), strings.Repeat("a", 153) + "€" + strings.Repeat("b", 153),
		strings.Repeat("ж", 71), "日本語 テスト", strings.Repeat("😀", 36), "Ça va ç", "Call +306912345678 or mail ada.lovelace@example.org now", "`",
	} {
		out := s.AppendField(Masked{}, Tag{Kind: KindText}, []byte(in), nil).Bytes()
		was, is := sizeOf([]byte(in)), sizeOf(out)
		t.Logf("%s\n%s", in, out)
		if was != is || len(out) != len(in) {
			t.Errorf("%q: %+v became %+v: %q", in, was, is, out)
		}
	}
}

// TestSurrogatesKeepJSON holds documents to their shape, and numbers to being numbers.
func TestSurrogatesKeepJSON(t *testing.T) {
	p, s := capturePolicy(t)
	for _, in := range []string{
		`{"to":306912345678,"pin":4821,"arguments":{"a":true,"b":-1.5e3,"c":null,"d":"x\ny \"z\""},"from":"ACME"}`,
		`{"to":["306912345678",447700900123],"body":"Hi Ada\u003c, caf\u00e9 \ud83d\ude00"}`,
		`{"+306912345678":{"firstName":"Ada"},"meta":"{\"firstName\":\"Ada\",\"age\":12}","url":"https://h.example/?phone=%2B306912345678&firstName=Ada"}`,
	} {
		out, ok := s.AppendBody(Masked{}, p.Fields("any"), JSON, nil, []byte(in), nil)
		t.Logf("%s\n%s", in, out.Bytes())
		if !ok || !json.Valid(out.Bytes()) || len(out.Bytes()) < len(in)-1 || len(out.Bytes()) > len(in)+8 {
			t.Errorf("%s became %s", in, out.Bytes())
		}
		if a, b := shapeOfJSON(t, []byte(in)), shapeOfJSON(t, out.Bytes()); a != b {
			t.Errorf("%s: the shape %s became %s", in, a, b)
		}
		for _, needle := range []string{"6912345678", "7700900123", "Ada", "482", "café", "-1.5"} {
			if bytes.Contains(out.Bytes(), []byte(needle)) {
				t.Errorf("%s is in %s", needle, out.Bytes())
			}
		}
	}
}

// TestEscapedWordsAreWithheld shows nothing of a document that hides words from who reads it as it is written.
func TestEscapedWordsAreWithheld(t *testing.T) {
	p, s := capturePolicy(t)
	for in, shown := range map[string]bool{
		`{"url":"https://h/?firstNam\u0065=Ada"}`: false, `{"url":"https://h/?u=ada%\u00340example.com"}`: false, `{"a":"\u0041"}`: false,
		`{"a":"{\\\"n\\\":\\\"\\u0041\\\"}"}`: false, `{"a":"x\u003cy\u0026z\u00e9\u2019\u0000"}`: true, `{"a":"\\u00"}`: true,
	} {
		if out, ok := s.AppendBody(Masked{}, p.Fields("any"), JSON, nil, []byte(in), nil); ok != shown {
			t.Errorf("%s: shown %t: %s", in, ok, out.Bytes())
		}
	}
}

// shapeOfJSON returns a document with the type of each value in its place.
func shapeOfJSON(t *testing.T, doc []byte) string {
	var b strings.Builder
	dec := json.NewDecoder(bytes.NewReader(doc))
	for {
		token, err := dec.Token()
		if err != nil {
			return b.String()
		}
		switch v := token.(type) {
		case json.Delim:
			b.WriteString(v.String())
		case string:
			b.WriteByte('s')
		case float64:
			b.WriteByte('n')
		case bool:
			b.WriteByte('b')
		default:
			b.WriteByte('0')
		}
	}
}

// TestSurrogateLaws holds captures to the laws on every input of the tables, and on each cut of it.
func TestSurrogateLaws(t *testing.T) {
	p, s := capturePolicy(t)
	for _, in := range seeds() {
		for cut := range len(in) + 1 {
			checkSurrogates(t, p, s, []byte(in[:cut]))
		}
	}
}

func FuzzSurrogates(f *testing.F) {
	for _, s := range seeds() {
		f.Add([]byte(s))
	}
	p, s := capturePolicy(f)
	f.Fuzz(func(t *testing.T, in []byte) { checkSurrogates(t, p, s, in) })
}

func checkSurrogates(t *testing.T, p *Policy, s *Surface, in []byte) {
	t.Helper()
	valid := strictJSON(in)
	for _, a := range appenders {
		out := a.do(s, p.Fields("any"), in)
		if other := a.do(s, p.Fields("any"), in); !bytes.Equal(out, other) {
			t.Errorf("law 5: %s: two results\n in  %q\n one %q\n two %q", a.name, in, out, other)
		}
		if valid && a.name == "json" && !json.Valid(out) {
			t.Errorf("law 4: no JSON any more\n in  %s\n out %s", in, out)
		}
		if utf8.Valid(in) && !utf8.Valid(out) {
			t.Errorf("%s: no UTF-8 any more\n in  %q\n out %q", a.name, in, out)
		}
		if a.name == "text" && !namesFields(s, in) {
			checkFindings(t, s, in, out)
		}
	}
	for _, f := range []Format{JSON, Form, Multipart, Text} {
		before := MakeMasked(8).AppendConst("x")
		if out, ok := s.AppendBody(before, p.Fields("any"), f, []byte("B"), in, nil); !ok && out.Len() != 1 || string(out.Bytes()[:1]) != "x" {
			t.Errorf("format %d: what was there is not any more: %q", f, out.Bytes())
		}
	}
}

// namesFields reports whether a name in text tells what stands behind it.
func namesFields(s *Surface, in []byte) bool {
	var steps []Step
	r := s.begin(Masked{}, nil, in, nil)
	r.steps = &steps
	r.scan(0, len(in), scan.KeyNone)
	r.finish()
	return slices.ContainsFunc(steps, func(step Step) bool { return strings.HasPrefix(step.Rule, "field") })
}

// checkFindings holds text to having no finding that it had before, and the bytes between findings to being the same.
func checkFindings(t *testing.T, s *Surface, in, out []byte) {
	t.Helper()
	rest := out
	last := 0
	c := s.scanner.Scan(in, scan.KeyNone)
	defer c.Close()
	for c.Next() {
		f := c.Finding
		gap := in[last:f.Start]
		if last == 0 && !bytes.HasPrefix(rest, gap) || bytes.Index(rest, gap) < 0 {
			t.Errorf("law 2: bytes outside of findings differ\n in  %q\n out %q", in, out)
			return
		}
		rest = rest[bytes.Index(rest, gap)+len(gap):]
		if raw := in[f.Start:f.End]; !f.Local && raw[len(raw)-1] != ':' && bytes.HasPrefix(rest, raw) {
			t.Errorf("law 1: a finding stayed\n in  %q\n out %q", in, out)
		}
		last = f.End
	}
	if !bytes.HasSuffix(rest, in[last:]) {
		t.Errorf("law 2: the end differs\n in  %q\n out %q", in, out)
	}
}

// TestSurrogatesOfSurrogates holds a surrogate to being a value of the same form, which has a surrogate in turn.
func TestSurrogatesOfSurrogates(t *testing.T) {
	_, s := capturePolicy(t)
	for _, in := range []string{"+306912345678", "+12025550123", "ada.lovelace@example.org", "8.8.4.4", "2a02:587::7"} {
		once := s.AppendText(Masked{}, []byte(in), nil).Bytes()
		twice := s.AppendText(Masked{}, once, nil).Bytes()
		if len(once) != len(twice) && in[0] != '8' || bytes.Equal(once, twice) || string(once) == in {
			t.Errorf("%s became %s and %s", in, once, twice)
		}
		if in[0] == '+' {
			was, is := numbering.International([]byte(in[1:])), numbering.International(twice[1:])
			if was.Region != is.Region || was.Type != is.Type || !is.Valid {
				t.Errorf("%s became %s of another plan", in, twice)
			}
		}
	}
}

func TestSurrogatesNeedKeys(t *testing.T) {
	spec := Spec{Surfaces: map[string]SurfaceSpec{SurfaceCapture: {}}}
	p, err := Compile(spec, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(p.mustSurface(t, SurfaceCapture).AppendText(Masked{}, []byte("+306912345678"), nil).Bytes()); got != "redacted_phone" {
		t.Errorf("without keys: %s", got)
	}
	for surface, action := range map[string]string{SurfaceCapture: "keep", "log": "surrogate"} {
		spec := Spec{Surfaces: map[string]SurfaceSpec{surface: {Kinds: map[string]string{"phone": action}}}}
		if _, err := Compile(spec, testKeyring(t)); err == nil {
			t.Errorf("%s on %s was taken", action, surface)
		}
	}
}

func TestSurrogatesAllocate(t *testing.T) {
	if raceEnabled {
		t.Skip("pools forget at random under the race detector")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	p, s := capturePolicy(t)
	f, dst := p.Fields("any"), MakeMasked(1<<16)
	var tally Tally
	body, form := []byte(strings.ReplaceAll(allocBody, `t\u006f`, "tel")), []byte("To=%2B306912345678&Body=Hi%20Ada&From=ACME%20Shop&u=ada%40example.com&%74o=203.0.113.9")
	boundary, name, value := []byte("b"), []byte("Authorization"), []byte("Bearer abc")
	multipart := []byte("--b\r\nContent-Disposition: form-data; name=\"to\"\r\n\r\n+306912345678\r\n--b--\r\n")
	for what, do := range map[string]func(){
		"json":      func() { s.AppendBody(dst, f, JSON, nil, body, &tally) },
		"form":      func() { s.AppendBody(dst, f, Form, nil, form, &tally) },
		"multipart": func() { s.AppendBody(dst, f, Multipart, boundary, multipart, &tally) },
		"header":    func() { s.AppendHeader(dst, f, name, value, &tally) },
	} {
		do()
		if n := testing.AllocsPerRun(100, do); n != 0 {
			t.Errorf("%s: %v allocations", what, n)
		}
	}
}

// TestSurrogatesKeepNoSigns holds names to leaving nothing of the signs above and below their letters, nor of what cannot be seen.
func TestSurrogatesKeepNoSigns(t *testing.T) {
	_, s := capturePolicy(t)
	for _, in := range []string{"प्रिया", "مُحَمَّد", "\u200d\u2066प", "Ada\U000e0041\U000e0064\U000e0061", "A\u0301da", "x\U000e0101"} {
		out := s.AppendField(Masked{}, Tag{Kind: KindName}, []byte(in), nil).Bytes()
		if len(out) != len(in) || utf8.RuneCount(out) != utf8.RuneCountInString(in) {
			t.Errorf("%q became %q, of another length", in, out)
		}
		for _, r := range in {
			if r >= utf8.RuneSelf && bytes.ContainsRune(out, r) {
				t.Errorf("%q became %q, which has %U", in, out, r)
			}
		}
	}
}
