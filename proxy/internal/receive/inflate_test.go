package receive

import (
	"bytes"
	"runtime"
	"runtime/metrics"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

// TestWindowsAreBounded reads many small bodies at once that each want a large window. What is held at once stays far below
// what they want together.
func TestWindowsAreBounded(t *testing.T) {
	var body bytes.Buffer
	w, err := zstd.NewWriter(&body, zstd.WithWindowSize(maxWindow))
	if err != nil {
		t.Fatal(err)
	}
	for range 40 {
		if _, err := w.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	const readers, limit = 300, 64 << 10
	p := NewInflaters()
	var reading sync.WaitGroup
	for range readers {
		reading.Go(func() {
			if out, ok := p.Append(nil, Zstd, bytes.NewReader(body.Bytes()), limit); !ok || len(out) != limit+1 {
				t.Errorf("%d bytes, %v", len(out), ok)
			}
		})
	}
	ended := make(chan struct{})
	go func() { reading.Wait(); close(ended) }()
	most := mostHeld(ended)
	// Two for each that reads: collections of garbage come after as much has been taken again.
	if bound := uint64(8+4*runtime.GOMAXPROCS(0)) * 2 * maxWindow; most > bound {
		t.Errorf("%d MiB were held at once, want at most %d", most>>20, bound>>20)
	}
}

// mostHeld returns the most bytes that objects took until ended is closed.
func mostHeld(ended <-chan struct{}) (most uint64) {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	for {
		metrics.Read(sample)
		most = max(most, sample[0].Value.Uint64())
		select {
		case <-ended:
			return most
		case <-time.After(time.Millisecond):
		}
	}
}
