package redact

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestAppendTime(t *testing.T) {
	check := func(at time.Time) {
		t.Helper()
		if got, want := string(Masked{}.AppendTime(at).Bytes()), at.UTC().Format("2006-01-02T15:04:05.000000Z"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	check(time.Time{})
	check(time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC))
	check(time.Date(12345, 1, 1, 0, 0, 0, 0, time.UTC))
	check(time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC))
	check(time.Date(2026, 3, 1, 0, 30, 0, 1000, time.FixedZone("", 5400)))
	for range 1000 {
		check(time.Unix(rand.Int64N(1<<36)-1<<35, rand.Int64N(1e9)))
	}
}

func TestAppendHex(t *testing.T) {
	for _, v := range []uint64{0, 1, 0xabcdef, 1 << 63, 0x0123456789abcdef} {
		if got, want := string(Masked{}.AppendHex(v).Bytes()), fmt.Sprintf("%016x", v); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

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
			if got := string(appendEscaped(nil, src)); got != want {
				t.Errorf("%q: %s, want %s", src, got, want)
			}
		}
	}
	for _, s := range []string{"", "é", "Καλημέρα κόσμε", "1234567é", "abcdefghé\xffxyz12345"} {
		if got, want := string(appendEscaped(nil, []byte(s))), strings.ReplaceAll(s, "\xff", "\\ufffd"); got != want {
			t.Errorf("%q: %s", s, got)
		}
	}
}

// escapedOneByOne is appendEscaped, character by character.
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

func FuzzEscaped(f *testing.F) {
	f.Add([]byte(`{"to":["redacted_phone"],"x":"a\"b\\"}`))
	f.Add([]byte("\x00\x01\x02\x03\x04\x05\x06\x07\x7f\"\\ é ά \xff\xe2\x82 x"))
	f.Fuzz(func(t *testing.T, src []byte) {
		for room := range 60 {
			dst := append(make([]byte, 0, room+1), '>')
			if got, want := string(appendEscaped(dst, src)), ">"+escapedOneByOne(src); got != want {
				t.Fatalf("%q: %s, want %s", src, got, want)
			}
		}
	})
}

func BenchmarkQuoted(b *testing.B) {
	for name, text := range map[string]string{
		"document": `{"to":["` + strings.Repeat(`redacted_phone","`, 100) + `"],"contacts":["` + strings.Repeat(`redacted_id","`, 100) + `"]}`,
		"text":     strings.Repeat("Your parcel comes today between two and four. ", 60),
		"greek":    strings.Repeat("Το δέμα σας έρχεται σήμερα, μεταξύ δύο και τεσσάρων. ", 30),
	} {
		b.Run(name, func(b *testing.B) {
			dst := MakeMasked(2 * len(text))
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				dst.AppendQuoted(Masked{[]byte(text)})
			}
		})
	}
}
