package pace

import (
	"testing"
	"time"
)

// TestPacer pauses for at least as long as it was told.
func TestPacer(t *testing.T) {
	p, err := New()
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for _, d := range []time.Duration{time.Nanosecond, 100 * time.Microsecond, 5 * time.Millisecond} {
		begin := time.Now()
		p.Pause(d)
		if took := time.Since(begin); took < d {
			t.Errorf("a pause of %v took %v", d, took)
		}
	}
}
