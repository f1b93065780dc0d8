package walk

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAppendEscaped(t *testing.T) {
	for b := range 256 {
		for at := range 20 {
			src := []byte("abcdefgh ijklmnopqrst")
			src[at] = byte(b)
			var want string
			switch {
			case b == '"' || b == '\\':
				want = string(src[:at]) + "\\" + string(src[at:])
			case b < ' ' || b == 0x7f:
				want = fmt.Sprintf("%s\\u%04x%s", src[:at], b, src[at+1:])
			case b >= 0x80:
				want = string(src[:at]) + "\\ufffd" + string(src[at+1:])
			default:
				want = string(src)
			}
			if got := string(AppendEscaped(nil, src)); got != want {
				t.Errorf("%q: %s, want %s", src, got, want)
			}
		}
	}
	for _, s := range []string{"", "é", "Καλημέρα κόσμε", "1234567é", "abcdefghé\xffxyz12345"} {
		if got, want := string(AppendEscaped(nil, []byte(s))), strings.ReplaceAll(s, "\xff", "\\ufffd"); got != want {
			t.Errorf("%q: %s", s, got)
		}
	}
}

// escapedOneByOne is AppendEscaped, character by character.
func escapedOneByOne(src []byte) string {
	var b strings.Builder
	for len(src) > 0 {
		r, n := utf8.DecodeRune(src)
		switch {
		case r == utf8.RuneError && n == 1:
			b.WriteString(`\ufffd`)
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.Write(src[:n])
		}
		src = src[n:]
	}
	return b.String()
}

// TestEscapedTogether has quotes and backslashes in all places of the bytes that are taken at once.
func TestEscapedTogether(t *testing.T) {
	for marks := range 1 << 8 {
		src := []byte("abcdefghijklmnopqrstuvwxABCDEFGHIJKLMNOPQRSTUVWX")
		for i := range 8 {
			if marks>>i&1 == 1 {
				src[i], src[i+8], src[i+24] = '"', '\\', '"'
			}
		}
		checkEscaped(t, src)
	}
}

// TestEscapedAnywhere has each byte at each place of a text that is taken by the many.
func TestEscapedAnywhere(t *testing.T) {
	src := []byte(strings.Repeat("abcd", 20))
	for i := range src {
		kept := src[i]
		for c := range 256 {
			src[i] = byte(c)
			if got, want := string(AppendEscaped(nil, src)), escapedOneByOne(src); got != want {
				t.Fatalf("%q: %s, want %s", src, got, want)
			}
		}
		src[i] = kept
	}
}

func FuzzEscaped(f *testing.F) {
	f.Add([]byte(`{"to":["redacted_phone"],"x":"a\"b\\"}`))
	f.Add([]byte("\x00\x01\x02\x03\x04\x05\x06\x07\x7f\"\\ é ά \xff\xe2\x82 x"))
	f.Fuzz(checkEscaped)
}

// checkEscaped has more or less room for what is appended.
func checkEscaped(t *testing.T, src []byte) {
	t.Helper()
	for room := range 80 {
		dst := append(make([]byte, 0, room+1), '>')
		if got, want := string(AppendEscaped(dst, src)), ">"+escapedOneByOne(src); got != want {
			t.Fatalf("%q: %s, want %s", src, got, want)
		}
	}
}
