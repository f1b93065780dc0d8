package walk

import (
	"bytes"
	"net/url"
	"slices"
	"strings"
	"testing"
)

var pairsCases = []struct {
	in   string
	want []string // name and value in turn, raw
}{
	{"", nil},
	{"a=1&b=2", []string{"a", "1", "b", "2"}},
	{"&&a=1&&b=2&", []string{"a", "1", "b", "2"}},
	{"a", []string{"a", ""}},
	{"a=", []string{"a", ""}},
	{"=1", []string{"", "1"}},
	{"=", []string{"", ""}},
	{"a=b=c&d", []string{"a", "b=c", "d", ""}},
	{"to=%2B30+1&t%6f=x;y=z", []string{"to", "%2B30+1", "t%6f", "x;y=z"}},
}

func pairsOf(src []byte) (got []string) {
	var p Pairs
	for p.Reset(src); p.Next(); {
		got = append(got, string(src[p.KeyStart:p.KeyEnd]), string(src[p.ValueStart:p.ValueEnd]))
	}
	return got
}

func TestPairs(t *testing.T) {
	for _, tc := range pairsCases {
		if got := pairsOf([]byte(tc.in)); !slices.Equal(got, tc.want) {
			t.Errorf("%q: %q, want %q", tc.in, got, tc.want)
		}
	}
}

func TestAppendFormDecoded(t *testing.T) {
	for _, tc := range []struct {
		in, want string
		invalid  int
	}{
		{"", "", -1},
		{"a+b%2B%2b", "a b++", -1},
		{"%CE%95+", "Ε ", -1},
		{"%", "%", 0},
		{"a%2", "a%2", 1},
		{"%zz%41", "%zzA", 0},
		{"%41%4g", "A%4g", 3},
		{"%%41", "%A", 0},
		{"%2541", "%41", -1},
	} {
		if got := string(AppendFormDecoded(nil, []byte(tc.in))); got != tc.want {
			t.Errorf("%q: %q, want %q", tc.in, got, tc.want)
		}
		if got := FormValid([]byte(tc.in)); got != tc.invalid {
			t.Errorf("%q: invalid at %d, want %d", tc.in, got, tc.invalid)
		}
		if got := FormEscaped([]byte(tc.in)); got != strings.ContainsAny(tc.in, "+%") {
			t.Errorf("%q: escaped %v", tc.in, got)
		}
	}
}

// FuzzPairs holds the cursor and the decoding to net/url. One difference is meant: net/url refuses a semicolon.
func FuzzPairs(f *testing.F) {
	for _, tc := range pairsCases {
		f.Add([]byte(tc.in))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		src = bytes.ReplaceAll(src, []byte(";"), nil)
		got, valid := url.Values{}, true
		var p Pairs
		for p.Reset(src); p.Next(); {
			key, value := src[p.KeyStart:p.KeyEnd], src[p.ValueStart:p.ValueEnd]
			if FormValid(key) >= 0 || FormValid(value) >= 0 {
				valid = false
				continue
			}
			got.Add(string(AppendFormDecoded(nil, key)), string(AppendFormDecoded(nil, value)))
		}
		want, err := url.ParseQuery(string(src))
		if valid != (err == nil) {
			t.Fatalf("%q: valid %v, net/url says %v", src, valid, err)
		}
		if got.Encode() != want.Encode() {
			t.Fatalf("%q: %q, want %q", src, got, want)
		}
	})
}

var logfmtCases = []struct {
	in    string
	want  []string
	looks bool
}{
	{"", nil, false},
	{"level=info msg=\"sent to +30\" to=+306912345678", []string{"level", "info", "msg", "sent to +30", "to", "+306912345678"}, true},
	{`a="x \" y" b="\\"`, []string{"a", `x \" y`, "b", `\\`}, true},
	{`a= b=2`, []string{"a", "", "b", "2"}, true},
	{`a="open`, []string{"a", "open"}, false},
	{`a="open\`, []string{"a", `open\`}, false},
	{`a=" b=2`, []string{"a", " b=2"}, false},
	{"sent to=1 from=2", []string{"to", "1", "from", "2"}, false},
	{"to=1&from=2", []string{"to", "1&from=2"}, false},
	{"GET /sms?to=1&x=2 status=200", []string{"status", "200"}, false},
	{"{\"a\":1} b=2 c=3", []string{"b", "2", "c", "3"}, false},
	{`  ts=1 caller=a.go:1`, []string{"ts", "1", "caller", "a.go:1"}, true},
	{`a="x"b=1 c=2`, []string{"a", "x", "b", "1", "c", "2"}, true},
	{"=1 ==", nil, false},
}

func TestLogfmt(t *testing.T) {
	for _, tc := range logfmtCases {
		src := []byte(tc.in)
		var got []string
		var l Logfmt
		for l.Reset(src); l.Next(); {
			got = append(got, string(src[l.KeyStart:l.KeyEnd]), string(src[l.ValueStart:l.ValueEnd]))
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%q: %q, want %q", tc.in, got, tc.want)
		}
		if looks := LooksLogfmt(src); looks != tc.looks {
			t.Errorf("%q: looks like logfmt: %v", tc.in, looks)
		}
	}
}

func FuzzLogfmt(f *testing.F) {
	for _, tc := range logfmtCases {
		f.Add([]byte(tc.in))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		var l Logfmt
		pos := 0
		for l.Reset(src); l.Next(); {
			if l.KeyStart < pos || l.KeyEnd <= l.KeyStart || l.ValueStart <= l.KeyEnd || l.ValueEnd < l.ValueStart || l.ValueEnd > len(src) {
				t.Fatalf("%q: pair %+v behind %d", src, l, pos)
			}
			if src[l.KeyEnd] != '=' || l.Quoted != (src[l.ValueStart-1] == '"') {
				t.Fatalf("%q: no pair at %d", src, l.KeyStart)
			}
			pos = l.ValueEnd
		}
	})
}
