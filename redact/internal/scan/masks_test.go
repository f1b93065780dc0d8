package scan

import "testing"

// sameAnchors holds the blocks of text to the portable search, from each anchor to the next.
func sameAnchors(t *testing.T, text []byte) {
	t.Helper()
	p := make([]byte, (len(text)+block)/block*block)
	copy(p, text)
	for _, far := range []int{1, 3} {
		for _, from := range []int{0, block} {
			var e *endings
			if from > 0 {
				e = &someNames.kinds[0]
			}
			sameSearch(t, p, from, far, e)
		}
	}
	for rest := p; len(rest) > 0; rest = rest[block:] {
		var got, want blockSigns
		readBlockSigns((*[block]byte)(rest), &got)
		portableBlockSigns((*[block]byte)(rest), &want)
		if got != want {
			t.Fatalf("%q: got signs %+v, want %+v", rest[:block], got, want)
		}
	}
}

// sameSearch does so from a block on.
func sameSearch(t *testing.T, p []byte, from, far int, e *endings) {
	t.Helper()
	var r, wantRun joined
	for from < len(p) {
		n := (len(p) - from) / block
		k, anchors := search(p, from, n, far, e, &r)
		wantK, want := portableSearch(p, from, n, far, e, &wantRun)
		if k != wantK || anchors != want || r != wantRun {
			t.Fatalf("%q: got block %d, %064b and %064b, want %d, %064b and %064b", p[from:], k, anchors, r, wantK, want, wantRun)
		}
		from += (k + 1) * block
	}
}

// TestSearch has every byte stand at every place of a block, among bytes that carry into their neighbours.
func TestSearch(t *testing.T) {
	for _, around := range []byte{0, 'x', '9', 0x7f, 0x80, 0xff} {
		var b [3 * block]byte
		for i := range b {
			b[i] = around
		}
		for c := range 256 {
			for i := range 2 * block {
				b[i] = byte(c)
				sameAnchors(t, b[:])
				b[i] = around
			}
		}
	}
}

func FuzzSearch(f *testing.F) {
	f.Add([]byte("2026-11-23T10:00:00Z to=+306912345678 ada@example.com %2B \\u002b &#64; αβγ \x00\xff"))
	f.Fuzz(sameAnchors)
}
