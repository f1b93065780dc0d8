package walk

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// jsonCases is a conformance suite after RFC 8259. A class of 0 means that the text must be taken. Where the RFC leaves a
// choice to the parser, a comment says which we made.
var jsonCases = []struct {
	in     string
	class  Class
	offset int
}{
	// structure
	{`{}`, 0, 0},
	{`[]`, 0, 0},
	{" \t\r\n[ \t\r\n] \t\r\n", 0, 0},
	{`[[]]`, 0, 0},
	{`[[],{}]`, 0, 0},
	{`{"a":{"b":[]}}`, 0, 0},
	{`[1,2]`, 0, 0},
	{`{"a":1,"a":2}`, 0, 0}, // duplicates are the caller's to judge
	{`{"":0}`, 0, 0},
	{`{ "a" : 1 , "b" : [ ] }`, 0, 0},
	{`"alone"`, 0, 0},
	{`1`, 0, 0},
	{`null`, 0, 0},
	{``, Truncated, 0},
	{` `, Truncated, 1},
	{`[`, Truncated, 1},
	{`{`, Truncated, 1},
	{`[1`, Truncated, 2},
	{`[1,`, Truncated, 3},
	{`[1,]`, Syntax, 3},
	{`[,1]`, Syntax, 1},
	{`[,]`, Syntax, 1},
	{`[1,,2]`, Syntax, 3},
	{`[1 2]`, Syntax, 3},
	{`[1:2]`, Syntax, 2},
	{`[1}`, Syntax, 2},
	{`{]`, Syntax, 1},
	{`]`, Syntax, 0},
	{`}`, Syntax, 0},
	{`[]]`, Syntax, 2},
	{`{}}`, Syntax, 2},
	{`{}{}`, Syntax, 2},
	{`1 1`, Syntax, 2},
	{`{"a"`, Truncated, 4},
	{`{"a" `, Truncated, 5},
	{`{"a":`, Truncated, 5},
	{`{"a":1`, Truncated, 6},
	{`{"a":1,`, Truncated, 7},
	{`{"a":1,}`, Syntax, 7},
	{`{,"a":1}`, Syntax, 1},
	{`{"a",1}`, Syntax, 4},
	{`{"a" 1}`, Syntax, 5},
	{`{"a"::1}`, Syntax, 5},
	{`{"a":}`, Syntax, 5},
	{`{a:1}`, Syntax, 1},
	{`{'a':1}`, Syntax, 1},
	{`{1:1}`, Syntax, 1},
	{`{null:1}`, Syntax, 1},
	{`{"a":1]`, Syntax, 6},
	{`{"a":1 "b":2}`, Syntax, 7},
	{`["a"}`, Syntax, 4},
	{`[{"a":1}}`, Syntax, 8},
	{`{"a":[1]]`, Syntax, 8},
	{"[\v1]", Syntax, 1},
	{"[\f1]", Syntax, 1},
	{"[\u00a01]", Syntax, 1},
	{"[\u20601]", Syntax, 1},
	{"\ufeff[]", Syntax, 0}, // a byte order mark: the RFC lets a parser take or refuse it
	{"[\x00]", Syntax, 1},
	{`[] // x`, Syntax, 3},
	{`/**/[]`, Syntax, 0},
	{`<null>`, Syntax, 0},
	{`*`, Syntax, 0},

	// literals
	{`[true,false,null]`, 0, 0},
	{`tru`, Truncated, 3},
	{`nul`, Truncated, 3},
	{`truE`, Syntax, 3},
	{`True`, Syntax, 0},
	{`nulll`, Syntax, 4},
	{`truefalse`, Syntax, 4},
	{`NaN`, Syntax, 0},
	{`Infinity`, Syntax, 0},
	{`undefined`, Syntax, 0},

	// numbers
	{`0`, 0, 0},
	{`-0`, 0, 0},
	{`[0e0,0E1,0e+1,0e-1,1e5,1E5,1e05]`, 0, 0},
	{`[0.5,-0.5,1.25e10,123.456e-78]`, 0, 0},
	{`1e999999999`, 0, 0}, // no value is computed, so no range
	{`-123456789012345678901234567890`, 0, 0},
	{`00`, Syntax, 1},
	{`01`, Syntax, 1},
	{`-01`, Syntax, 2},
	{`-`, Truncated, 1},
	{`--1`, Syntax, 1},
	{`+1`, Syntax, 0},
	{`- 1`, Syntax, 1},
	{`-a`, Syntax, 1},
	{`.5`, Syntax, 0},
	{`-.5`, Syntax, 1},
	{`5.`, Truncated, 2},
	{`[5.]`, Syntax, 3},
	{`5.e1`, Syntax, 2},
	{`1e`, Truncated, 2},
	{`1e+`, Truncated, 3},
	{`[1e]`, Syntax, 3},
	{`[1e-]`, Syntax, 4},
	{`1e1.5`, Syntax, 3},
	{`1ee1`, Syntax, 2},
	{`0x10`, Syntax, 1},
	{`1_000`, Syntax, 1},
	{`1,5`, Syntax, 1},
	{`1+1`, Syntax, 1},
	{`-Infinity`, Syntax, 1},
	{`１`, Syntax, 0},

	// strings
	{`""`, 0, 0},
	{`"a"`, 0, 0},
	{`"1234567"`, 0, 0},
	{`"12345678"`, 0, 0},
	{`"123456789"`, 0, 0},
	{`"\"\\\/\b\f\n\r\t"`, 0, 0},
	{`"\u0000\u001f\u007f\uFFFF\uabCD"`, 0, 0},
	{`"\ud83d\ude00"`, 0, 0},
	{`"\uD83D\uDE00\uDBFF\uDFFF"`, 0, 0},
	{`"\\u12"`, 0, 0},
	{"\"\x7f\"", 0, 0},
	{`"Καλημέρα, €, 😀, ￿"`, 0, 0},
	{"\"\u2028\u2029\"", 0, 0},
	{`"`, Truncated, 1},
	{`"a`, Truncated, 2},
	{`"12345678`, Truncated, 9},
	{`"a\"`, Truncated, 4},
	{`"\`, Truncated, 2},
	{`"\u`, Truncated, 3},
	{`"\u00a`, Truncated, 6},
	{`"\u00a"`, Syntax, 6},
	{`"\u00ag"`, Syntax, 6},
	{`"\U0000"`, Syntax, 2},
	{`"\x41"`, Syntax, 2},
	{`"\a"`, Syntax, 2},
	{`"\'"`, Syntax, 2},
	{`"\0"`, Syntax, 2},
	{`'a'`, Syntax, 0},
	{"\"a\nb\"", Encoding, 2},
	{"\"a\tb\"", Encoding, 2},
	{"\"12345678\x00\"", Encoding, 9},
	{"\"1234\x1f678\"", Encoding, 5},
	{`"\ud800"`, Encoding, 1},
	{`"a\udc00"`, Encoding, 2},
	{`"\ud800\u0041"`, Encoding, 1},
	{`"\ud800\ud800\udc00"`, Encoding, 1},
	{`"\ud83d\n"`, Encoding, 1},
	{`"\ud83d\u00"`, Syntax, 11},
	{`"\ude00\ud83d"`, Encoding, 1},
	{"\"\x80\"", Encoding, 1},
	{"\"\xff\"", Encoding, 1},
	{"\"ab\xc0\xaf\"", Encoding, 3},
	{"\"\xc3\"", Encoding, 1},
	{"\"\xe2\x82\"", Encoding, 1},
	{"\"\xed\xa0\x80\"", Encoding, 1}, // a surrogate in UTF-8
	{"\"\xf4\x90\x80\x80\"", Encoding, 1},
	{"\"€\xe2\"", Encoding, 4},
	{"{\"\xff\":1}", Encoding, 2},
	{`{"\ud800":1}`, Encoding, 2},
	{"[\xff]", Syntax, 1},
}

func TestJSON(t *testing.T) {
	for _, tc := range jsonCases {
		var j JSON
		for range 2 { // the second time shows what Reset forgets
			j.Reset([]byte(tc.in), Limits{})
			for j.Next() {
			}
			var got Error
			if err, ok := errors.AsType[*Error](j.Err()); ok {
				got = *err
			}
			if got != (Error{tc.class, tc.offset}) {
				t.Errorf("%q: got %v at %d, want %v at %d", tc.in, got.Class, got.Offset, tc.class, tc.offset)
			}
			if want := Invalid; tc.class == 0 && j.Event != End || tc.class != 0 && j.Event != want {
				t.Errorf("%q: ended in event %d", tc.in, j.Event)
			}
			if j.Next() {
				t.Errorf("%q: goes on behind its end", tc.in)
			}
		}
	}
}

func TestJSONLimits(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	mixed := strings.Repeat(`[{"a":`, 500) + "1" + strings.Repeat("}]", 500)
	for _, tc := range []struct {
		in   string
		lim  Limits
		want Class
	}{
		{nested(DefaultDepth), Limits{}, 0},
		{nested(DefaultDepth + 1), Limits{}, TooDeep},
		{nested(3), Limits{Depth: 3}, 0},
		{nested(4), Limits{Depth: 3}, TooDeep},
		{nested(MaxDepth), Limits{Depth: MaxDepth}, 0},
		{nested(MaxDepth + 1), Limits{Depth: 1 << 30}, TooDeep},
		{mixed, Limits{Depth: 1000}, 0},
		{`[1,2,3]`, Limits{Members: 4}, 0},
		{`[1,2,3]`, Limits{Members: 3}, TooMany},
		{`{"a":1,"b":{}}`, Limits{Members: 3}, 0},
		{`{"a":1,"b":{}}`, Limits{Members: 2}, TooMany},
	} {
		var j JSON
		j.Reset([]byte(tc.in), tc.lim)
		for j.Next() {
		}
		if j.err.Class != tc.want {
			t.Errorf("%.20q %+v: %v, want %v", tc.in, tc.lim, j.err.Class, tc.want)
		}
	}
}

func TestJSONSkip(t *testing.T) {
	src := []byte(` {"a":{"b":[1,{"c":2}]},"d":[3]} `)
	var j JSON
	j.Reset(src, Limits{})
	var got []string
	for j.Next() {
		if j.Depth == 2 && (j.Event == ObjectBegin || j.Event == ArrayBegin) {
			if !j.Skip() {
				t.Fatal(j.Err())
			}
			got = append(got, string(src[j.Start:j.End]))
		}
	}
	if want := []string{`{"b":[1,{"c":2}]}`, `[3]`}; strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("skipped %q, want %q", got, want)
	}
	if j.Event != End {
		t.Errorf("ended in %v", j.Err())
	}
	j.Reset([]byte(`[[1,2}]`), Limits{})
	j.Next()
	j.Next()
	if j.Skip() || j.Event != Invalid || j.err != (Error{Syntax, 5}) {
		t.Errorf("skipped over a wrong bracket: %v", j.Err())
	}
}

func TestJSONAllocates(t *testing.T) {
	src := []byte(`{"to":["+12025550123","\u002b3069"],"n":{"a":1.5e3,"b":null},"t":"Καλημέρα"}`)
	buf := make([]byte, 0, 64)
	if n := testing.AllocsPerRun(100, func() {
		var j JSON
		for j.Reset(src, Limits{}); j.Next(); {
			if j.Event == String {
				buf = AppendUnescaped(buf[:0], src[j.Start+1:j.End-1])
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzJSON holds the cursor to encoding/json: the same documents are valid, and the tokens are the same. Two differences
// are meant: encoding/json takes invalid UTF-8 and halves of surrogate pairs, and replaces them.
func FuzzJSON(f *testing.F) {
	for _, tc := range jsonCases {
		f.Add([]byte(tc.in))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		var j JSON
		j.Reset(src, Limits{Depth: MaxDepth})
		var tokens []any
		pos := 0
		for j.Next() {
			if j.Start < pos || j.End <= j.Start || j.End > len(src) {
				t.Fatalf("token %d:%d behind %d", j.Start, j.End, pos)
			}
			pos = j.End
			tokens = append(tokens, token(&j, src))
		}
		if j.err.Class == TooDeep || j.err.Class == TooMany {
			return
		}
		want := json.Valid(src) && utf8.Valid(src) && !halfSurrogate(src)
		if got := j.Event == End && j.Err() == nil; got != want {
			t.Fatalf("%q: valid %v, want %v (%v)", src, got, want, j.Err())
		}
		if want {
			compareTokens(t, src, tokens)
		}
	})
}

func token(j *JSON, src []byte) any {
	raw := src[j.Start:j.End]
	switch j.Event {
	case Key, String:
		inside := raw[1 : len(raw)-1]
		text := AppendUnescaped(nil, inside)
		if !j.Escaped && !bytes.Equal(text, inside) {
			return nil
		}
		return string(text)
	case Number:
		return json.Number(raw)
	case Literal:
		if raw[0] == 'n' {
			return nil
		}
		return raw[0] == 't'
	}
	return json.Delim(raw[0])
}

func compareTokens(t *testing.T, src []byte, tokens []any) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(src))
	dec.UseNumber()
	for i := 0; ; i++ {
		want, err := dec.Token()
		if err == io.EOF {
			if i != len(tokens) {
				t.Fatalf("%q: %d tokens, want %d", src, len(tokens), i)
			}
			return
		}
		if err != nil {
			t.Fatalf("%q: encoding/json: %v", src, err)
		}
		if i >= len(tokens) || tokens[i] != want {
			t.Fatalf("%q: token %d differs from %v", src, i, want)
		}
	}
}

// halfSurrogate looks at valid JSON for a \u escape of half a pair, the slow and obvious way.
func halfSurrogate(src []byte) bool {
	s, high := string(src), false
	for s != "" {
		if len(s) < 2 || s[0] != '\\' {
			if high {
				return true
			}
			s = s[1:]
			continue
		}
		if s[1] != 'u' || len(s) < 6 {
			if high {
				return true
			}
			s = s[2:]
			continue
		}
		v, _ := strconv.ParseUint(s[2:6], 16, 16)
		switch {
		case v >= 0xd800 && v < 0xdc00:
			if high {
				return true
			}
			high = true
		case v >= 0xdc00 && v < 0xe000:
			if !high {
				return true
			}
			high = false
		case high:
			return true
		}
		s = s[6:]
	}
	return high
}

func TestAppendUnescaped(t *testing.T) {
	for in, want := range map[string]string{
		``:                     ``,
		`plain`:                `plain`,
		`\"\\\/\b\f\n\r\t`:     "\"\\/\b\f\n\r\t",
		`t\u006f`:              `to`,
		`\u002b30`:             `+30`,
		`\ud83d\ude00!`:        `😀!`,
		`\ud83d`:               "\ufffd", // what was not walked is not trusted either
		`\ud83dx\u0041`:        "\ufffdxA",
		`\u12`:                 `\u12`,
		`\q\`:                  `\q\`,
		`\u00e9\u20ac`:         `é€`,
		`\\u0041`:              `\u0041`,
		`\u005cu0041\u0022end`: `\u0041"end`,
	} {
		if got := string(AppendUnescaped([]byte("x"), []byte(in))); got != "x"+want {
			t.Errorf("%s: %q, want %q", in, got, "x"+want)
		}
	}
}
