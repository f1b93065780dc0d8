package redact

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// hostileTexts are texts of a megabyte that are made of what detection looks closer at.
func hostileTexts() map[string][]byte {
	texts := make(map[string][]byte)
	for _, unit := range []string{"7", "+", "@", ":", ".", "%2B", "1.2.3.4.5.6.7.", "12 34 56 ", "+1234567", "a@", "a:b:", `\`, "&", "٣", "%25", `\u002b`, "1234567,"} {
		texts[unit] = []byte(strings.Repeat(unit, 1<<20/len(unit)))
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	var mixed strings.Builder
	for mixed.Len() < 1<<20 {
		mixed.WriteString([]string{"0", "1", "2", "7", "+", "@", ":", ".", "%2B", "%2B"}[rnd.IntN(10)])
	}
	texts["mixed"] = []byte(mixed.String())
	return texts
}

// TestHostileTextIsLinear gives text that would take minutes if any byte were looked at again and again, and hours if a look led
// back to itself.
func TestHostileTextIsLinear(t *testing.T) {
	s := testSurface(t, "message")
	for name, text := range hostileTexts() {
		start := time.Now()
		s.AppendText(MakeMasked(2<<20), text, nil)
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("%s: %v", name, d)
		}
	}
}

// BenchmarkHostile masks each text, and writes tokens for what is found in it, beside plain text.
func BenchmarkHostile(b *testing.B) {
	masks, err := Compile(Spec{Surfaces: map[string]SurfaceSpec{"log": {}, "message": {Profile: "message"}}}, nil)
	if err != nil {
		b.Fatal(err)
	}
	texts := hostileTexts()
	texts["plain: clean lines"] = []byte(strings.Repeat("2026-11-23T07:15:01.916Z INFO [worker-17] accepted message 4711 for delivery in 12ms, queue depth 3\n", 10_000))
	texts["plain: a phone a line"] = []byte(strings.Repeat("2026-11-23T07:15:01.916Z INFO [worker-17] accepted message to=+306912345678 in 12ms, queue depth 3\n", 10_000))
	for _, surface := range []struct {
		name string
		s    *Surface
	}{{"masks", masks.mustSurface(b, "log")}, {"message", masks.mustSurface(b, "message")}, {"tokens", testSurface(b, "log")}} {
		for _, name := range slices.Sorted(maps.Keys(texts)) {
			b.Run(surface.name+"/"+name, func(b *testing.B) {
				benchmarkAppend(b, texts[name], func(dst Masked) Masked { return surface.s.AppendText(dst, texts[name], nil) })
			})
		}
	}
}
