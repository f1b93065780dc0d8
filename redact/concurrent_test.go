package redact

import (
	"sync"
	"testing"
)

// TestConcurrentUse runs one surface from several goroutines and compares every output with the one made alone: nothing of one
// call may show up in another.
func TestConcurrentUse(t *testing.T) {
	p := testPolicy(t)
	s, f := p.mustSurface(t, "log"), p.Fields("any")
	want := make([]string, len(jsonCases))
	for i, c := range jsonCases {
		want[i] = string(s.AppendJSON(Masked{}, f, []byte(c.in), nil).Bytes())
	}
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			dst := MakeMasked(1024)
			var n Tally
			for round := range 50 {
				i := (round*7 + g) % len(jsonCases)
				if got := string(s.AppendJSON(dst.Reset(), f, []byte(jsonCases[i].in), &n).Bytes()); got != want[i] {
					t.Errorf("%s\n got %s\nwant %s", jsonCases[i].in, got, want[i])
				}
				s.AppendFields(dst.Reset(), f, JSON, nil, []byte(jsonCases[i].in), &n)
				s.AppendLines(dst.Reset(), []byte(jsonCases[i].in), &n)
			}
		})
	}
	wg.Wait()
}
