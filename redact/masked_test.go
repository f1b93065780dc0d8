package redact

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
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
	for _, v := range []uint64{0, 1, 0xabcdef, 1 << 63, 0x0123456789abcdef, 0xfedcba9876543210, 1<<64 - 1} {
		if got, want := string(Masked{}.AppendHex(v).Bytes()), fmt.Sprintf("%016x", v); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
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
