package scan

import (
	"math/rand/v2"
	"testing"
)

// TestSigns holds where a run is parted, which is told by bits, to what is told byte by byte.
func TestSigns(t *testing.T) {
	const alphabet = "+.7+.1-/ ()"
	rnd := rand.New(rand.NewPCG(5, 6))
	for range 200_000 {
		run := make([]byte, rnd.IntN(longRun))
		wild := rnd.IntN(len(alphabet)) + 1
		for i := range run {
			run[i] = alphabet[rnd.IntN(wild)]
		}
		before := []byte("7+x\n")[rnd.IntN(4)]
		s := readSigns(run)
		got, counted := s.parts(isDigitOrPlus(before)), s.count(^uint64(0))
		want, all := uint64(0), tally(0)
		for i, b := range run {
			all += weight[b] &^ (0xff * aParen)
			if i > 0 && partsRuns(before, run, i) {
				want |= 1 << i
			}
		}
		if got != want || counted != all {
			t.Fatalf("%c%q: got %b and %x, want %b and %x", before, run, got, counted, want, all)
		}
	}
}

// partsRuns reports whether no number goes on over the sign run[i].
func partsRuns(before byte, run []byte, i int) bool {
	last, next := run[i-1], byteAt(run, i+1)
	if i > 1 {
		before = run[i-2]
	}
	switch run[i] {
	case '.':
		return last == '+' || last == '.'
	case '+':
		return last == '.' || last == '+' && isDigitOrPlus(before) && isDigitOrPlus(next)
	}
	return false
}
