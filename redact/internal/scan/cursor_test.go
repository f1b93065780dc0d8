package scan

import (
	"math/rand/v2"
	"testing"
)

// TestRunTally holds what is counted eight bytes at a time to what is counted byte by byte.
func TestRunTally(t *testing.T) {
	const alphabet = "0179+-./() +,*:x\x00\xb1\xff"
	rnd := rand.New(rand.NewPCG(5, 6))
	for range 200_000 {
		text := make([]byte, rnd.IntN(longRun+12))
		wild := rnd.IntN(len(alphabet)) + 1
		for i := range text {
			text[i] = alphabet[rnd.IntN(wild)]
		}
		var want tally
		end := 0
		for end < len(text) && is(text[end], classJoin) {
			want += weight[text[end]]
			end++
		}
		got, all := runTally(text, 0)
		if end < longRun && (got != end || all != want) || end >= longRun && (got < longRun || got > end) {
			t.Fatalf("%q: got %d and %x, want %d and %x", text, got, all, end, want)
		}
	}
}
