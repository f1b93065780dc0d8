package redact

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// hostileTexts are texts of a megabyte that are made of what detection looks closer at.
func hostileTexts() map[string][]byte {
	texts := make(map[string][]byte)
	for _, unit := range []string{"7", "+", "@", ":", ".", "%2B", "1.2.3.4.5.6.7.", "12 34 56 ", "+1234567", "a@", "a:b:", `\`, "&", "٣", "%25", `\u002b`, "1234567,",
		"0 /3", "(1)", "&#97;@", "%61@"} {
		texts[unit] = []byte(strings.Repeat(unit, 1<<20/len(unit)))
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	var mixed strings.Builder
	for mixed.Len() < 1<<20 {
		mixed.WriteString([]string{"0", "1", "2", "7", "+", "@", ":", ".", "%2B", "%2B"}[rnd.IntN(10)])
	}
	texts["mixed"] = []byte(mixed.String())
	texts["far behind a number"] = []byte("call 6502534561" + strings.Repeat(" ", 1<<19) + strings.Repeat("1234567 x ", 1<<19/10))
	return texts
}

const cleanLines, findingLines = "plain: clean lines", "plain: a finding a line"

// plainTexts are the logs that hostile text is held against: no line is like another, and in the second each has one finding.
func plainTexts() map[string][]byte {
	rnd := rand.New(rand.NewPCG(3, 4))
	var clean, finding strings.Builder
	for clean.Len() < 1<<20 {
		at, worker, took := rnd.IntN(60_000), rnd.IntN(64), rnd.IntN(900)
		head := fmt.Sprintf("2026-11-23T07:15:%02d.%03dZ INFO [worker-%d] ", at/1000, at%1000, worker)
		fmt.Fprintf(&clean, "%saccepted message %d for delivery in %dms, queue depth %d\n", head, rnd.IntN(1e5), took, rnd.IntN(50))
		finding.WriteString(head)
		switch n := rnd.IntN(1e8); rnd.IntN(4) {
		case 0:
			fmt.Fprintf(&finding, "accepted message to=+3069%08d in %dms, queue depth %d\n", n, took, rnd.IntN(50))
		case 1:
			fmt.Fprintf(&finding, "GET /sms?to=%%2B3069%08d&kind=%d answered 200 in %dms\n", n, rnd.IntN(9), took)
		case 2:
			fmt.Fprintf(&finding, "client 203.0.%d.%d:%d closed after %dms\n", n>>8&0xff, n&0xff, 1024+rnd.IntN(60_000), took)
		case 3:
			fmt.Fprintf(&finding, "mail for user%d@example.com waits for %dms, attempt %d\n", n%5000, took, rnd.IntN(9))
		}
	}
	return map[string][]byte{cleanLines: []byte(clean.String()), findingLines: []byte(finding.String())}
}

// TestHostileTextIsLinear gives text that would take minutes if any byte were looked at again and again, and hours if a look led
// back to itself.
func TestHostileTextIsLinear(t *testing.T) {
	s := testSurface(t, "message")
	for name, text := range hostileTexts() {
		start := processorTime() // whatever else the machine does
		s.AppendText(MakeMasked(2<<20), text, nil)
		if d := processorTime() - start; d > 10*time.Second {
			t.Errorf("%s: %v", name, d)
		}
	}
}

// hostileSurfaces are what hostile text is put through: masks for logs, masks for what people write, and tokens for logs.
func hostileSurfaces(tb testing.TB) []namedSurface {
	masks, err := Compile(Spec{Surfaces: map[string]SurfaceSpec{"log": {}, "message": {Profile: "message"}}}, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return []namedSurface{{"masks", masks.mustSurface(tb, "log")}, {"message", masks.mustSurface(tb, "message")}, {"tokens", testSurface(tb, "log")}}
}

type namedSurface struct {
	name string
	s    *Surface
}

// BenchmarkHostile masks each text, and writes tokens for what is found in it, beside plain text.
func BenchmarkHostile(b *testing.B) {
	texts := hostileTexts()
	maps.Copy(texts, plainTexts())
	for _, surface := range hostileSurfaces(b) {
		for _, name := range slices.Sorted(maps.Keys(texts)) {
			b.Run(surface.name+"/"+name, func(b *testing.B) {
				benchmarkAppend(b, texts[name], func(dst Masked) Masked { return surface.s.AppendText(dst, texts[name], nil) })
			})
		}
	}
}

var costs = flag.Bool("costs", false, "measure what hostile text costs, in processor time")

// TestHostileCosts prints what each text costs beside plain text: processor time, the least of seven rounds in turn, for the time of
// the day says little on a machine that others use as well.
func TestHostileCosts(t *testing.T) {
	if !*costs {
		t.Skip("measures only with -costs")
	}
	texts := hostileTexts()
	maps.Copy(texts, plainTexts())
	names := slices.Sorted(maps.Keys(texts))
	for _, surface := range hostileSurfaces(t) {
		least := map[string]float64{}
		dst := MakeMasked(8 << 20)
		for range 7 {
			for _, name := range names {
				cost := costOf(func() { surface.s.AppendText(dst, texts[name], nil) }) / float64(len(texts[name]))
				if was, ok := least[name]; !ok || cost < was {
					least[name] = cost
				}
			}
		}
		for _, name := range names {
			t.Logf("%-8s %-24s %6.0f MB/s, to lines with a finding %6.2f, to clean lines %6.2f", surface.name, name,
				1000/least[name], least[name]/least[findingLines], least[name]/least[cleanLines])
		}
	}
}

// costOf returns the nanoseconds of processor time that f takes.
func costOf(f func()) float64 {
	start, n := processorTime(), 0
	for n < 40 && (n == 0 || processorTime()-start < 12*time.Millisecond) {
		f()
		n++
	}
	return float64(processorTime()-start) / float64(n)
}

// linearTime is of the processor, and much more than a megabyte takes that is gone over once, and much less than if it were for each
// sign in it.
const linearTime = 5 * time.Second

func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
