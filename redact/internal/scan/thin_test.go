package scan

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestCrowdedBlocks holds text that is dense with anchors, most of which are told together that begin nothing, to the rules alone.
func TestCrowdedBlocks(t *testing.T) {
	units := []string{"0", "1", "2", "7", "+", "@", ":", ".", "%2B", "%3A", "::", "a", "ff", "b.co", "12:34:56", " ", "(", "\n", "3069", "%25", "é"}
	rnd := rand.New(rand.NewPCG(7, 8))
	for range 1500 {
		some := make([]string, 3+rnd.IntN(8))
		for i := range some {
			some[i] = units[rnd.IntN(len(units))]
		}
		var b strings.Builder
		for n := rnd.IntN(6 * block); b.Len() < n; {
			b.WriteString(some[rnd.IntN(len(some))])
		}
		checkTimestamps(t, b.String())
	}
}
