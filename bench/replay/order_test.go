package replay

import (
	"slices"
	"strings"
	"testing"
)

// TestOrderedIsBounded reads lines that are long in different places, and expects the window to hold no more than it may of each.
func TestOrderedIsBounded(t *testing.T) {
	long := strings.Repeat("x", 1<<19)
	for name, line := range map[string]string{
		"method": `{"method":"` + long + `","target":"/"}`,
		"header": `{"method":"GET","target":"/","headers":[["A","` + long + `"]]}`,
	} {
		t.Run(name, func(t *testing.T) {
			const lines = 36
			file := writeCapture(t, append([]string{captureHead}, slices.Repeat([]string{line}, lines)...)...)
			in := ordered{reader: reader{parts: []string{file}}}
			defer in.close()
			if _, err := in.next(); err != nil {
				t.Fatal(err)
			}
			if most := windowBytes/len(line) + 1; len(in.window) > most {
				t.Errorf("%d lines of %d bytes are held, and %d may be", len(in.window), len(line), most)
			}
			for range lines - 1 {
				if _, err := in.next(); err != nil {
					t.Fatal(err)
				}
			}
			if in.held != 0 {
				t.Errorf("%d bytes are held of nothing", in.held)
			}
		})
	}
}
