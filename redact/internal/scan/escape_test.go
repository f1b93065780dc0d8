package scan

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// slowFold is foldRune the obvious way.
func slowFold(r rune) byte {
	switch {
	case r < 0xa0, r == utf8.RuneError, r >= 0x3040 && r <= 0x9fff, r >= 0xac00 && r <= 0xd7a3:
		return 0
	case r == 0xa0, r == 0x202f, r == 0x3000, r >= 0x2000 && r <= 0x200a:
		return ' '
	case r == 0xad, r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x2069, r == 0xfeff:
		return invisible
	case r >= 0x2010 && r <= 0x2015, r == 0x2212:
		return '-'
	case r >= 0xff01 && r <= 0xff5e:
		return byte(r - 0xff01 + '!')
	case r >= 0x660 && unicode.Is(unicode.Nd, r):
		zero := r
		for unicode.Is(unicode.Nd, zero-1) {
			zero--
		}
		return '0' + byte((r-zero)%10)
	}
	return 0
}

// TestFold holds every character to how it is folded, and to what stands for it in bytes.
func TestFold(t *testing.T) {
	for r := rune(0); r <= utf8.MaxRune; r++ {
		want := slowFold(r)
		if got := foldRune(r); got != want {
			t.Fatalf("%U: got %q, want %q", r, got, want)
		}
		s := utf8.AppendRune(nil, r)
		if want != 0 && !foldLead[s[0]] {
			t.Fatalf("%U: its first byte leads to nothing", r)
		}
		if r < utf8.RuneSelf || !foldLead[s[0]] {
			continue
		}
		for n := range len(s) {
			if _, size := foldAt(s[:n+1]); size != 0 && (size != len(s) || n+1 < size || want == 0) {
				t.Fatalf("%U: %d of %d bytes are taken", r, size, n+1)
			}
		}
	}
}

// TestEscapedDomains finds addresses of which letters are escaped, behind the sign as well.
func TestEscapedDomains(t *testing.T) {
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		`\u0061\u0064\u0061@\u0065\u0078\u0061\u006d\u0070\u006c\u0065.\u0063\u006f\u006d`, `ada@ex\u0061mple.com`, `ada@example.c\u006fm`,
		`ada@%65xample.com`, `ada@e%78ample.com`, `%61da@example%2Ecom`, `ada@e&#120;ample.com`, `ada@ex\\u0061mple.com`, `ada@e%2578ample.com`,
	} {
		for _, around := range []string{"%s", "x %s y", `{"a":"%s"}`} {
			in := strings.ReplaceAll(around, "%s", text)
			c := s.Scan([]byte(in), KeyNone)
			if !c.Next() || in[c.Finding.Start:c.Finding.End] != text || c.Finding.Kind != Email {
				t.Errorf("%s: not found whole", in)
			}
			c.Close()
		}
	}
}

// TestEscapesOfEscapes finds what was escaped by one program and then, signs of escapes included, by another.
func TestEscapesOfEscapes(t *testing.T) {
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	for text, kind := range map[string]Kind{
		`%5Cu002B306912345678`: Phone, `%5cu002b30%206912345678`: Phone, `%5C%5Cu002B306912345678`: Phone, `%255Cu002B306912345678`: Phone,
		`\u0026#43;306912345678`: Phone, `&amp;#43;306912345678`: Phone, `%26%2343%3B306912345678`: Phone, `%26plus%3B306912345678`: Phone,
		`%25%32%42306912345678`: Phone, `\u00252B306912345678`: Phone, `\u0025\u0032\u0042306912345678`: Phone, `%5C%75%30%30%32%42306912345678`: Phone,
		`ada\u0026#64;example.com`: Email, `ada%26%2364%3Bexample.com`: Email, `ada&amp;#x40;example.com`: Email, `ada%5Cu0040example.com`: Email,
		`ada%25%34%30example.com`: Email, `ada%5Cu002Btag@example.com`: Email, `ada&amp;commat;example.com`: Email,
		`2001:db8:1:2:3:4:5:%36`: IP, `2001:db8::&#54;`: IP, `2001:db8::\u0061bc`: IP, `2001:db8:\u003ab`: IP,
		`203%26%2346%3B0%26%2346%3B113%26%2346%3B45`: IP, `2001\u0026#58;db8\u0026#58;\u0026#58;5`: IP,
	} {
		for _, around := range []string{"%s", "x %s y", `{"a":"%s"}`, "%22%s%22%7D", `\n%s\n`, "a=%s%26b=%5Cn"} {
			in := strings.ReplaceAll(around, "%s", text)
			c := s.Scan([]byte(in), KeyNone)
			if !c.Next() || in[c.Finding.Start:c.Finding.End] != text || c.Finding.Kind != kind {
				t.Errorf("%s: not found whole", in)
			}
			c.Close()
		}
	}
}

// TestInvisible finds what characters without width stand in, anywhere.
func TestInvisible(t *testing.T) {
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	for text, kind := range map[string]Kind{
		"+30 691 234 5678": Phone, "(+30) 691-234-5678": Phone, "+306912345678": Phone, "ada.lovelace@example.com": Email, "203.0.113.45": IP,
		"2001:108:1:2:3:4:5:6": IP, "2001:108::6": IP,
	} {
		for i := 1; i < len(text); i++ {
			for _, c := range []string{"\u200b", "\u00ad", "\u2060", "\ufeff", "\u200e", "%E2%80%8B", "%C2%AD", `\u200b`, "&#8203;"} {
				in := "x " + text[:i] + c + text[i:] + " y"
				cur := s.Scan([]byte(in), KeyNone)
				if !cur.Next() || in[cur.Finding.Start:cur.Finding.End] != in[2:len(in)-2] || cur.Finding.Kind != kind {
					t.Errorf("%q: not found whole", in)
				}
				cur.Close()
			}
		}
	}
}
