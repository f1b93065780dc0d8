package scan

import "testing"

// sameAnchors holds the blocks of text to the portable search, from each anchor to the next.
func sameAnchors(t *testing.T, text []byte) {
	t.Helper()
	p := make([]byte, (len(text)+block)/block*block)
	copy(p, text)
	for _, far := range []int{1, 3} {
		var r, wantRun joined
		for rest := p; len(rest) > 0; {
			n := len(rest) / block
			k, anchors := search(rest, n, far, &r)
			wantK, want := portableSearch(rest, n, far, &wantRun)
			if k != wantK || anchors != want || r != wantRun {
				t.Fatalf("%q: got block %d, %064b and %064b, want %d, %064b and %064b", rest, k, anchors, r, wantK, want, wantRun)
			}
			rest = rest[(k+1)*block:]
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
