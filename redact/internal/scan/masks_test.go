package scan

import "testing"

// sameMasks holds the masks of the blocks of text to the portable ones.
func sameMasks(t *testing.T, text []byte) {
	t.Helper()
	text = append(text, make([]byte, block)...)
	var got, want [batch]mask
	n := min(len(text)/block, batch)
	fillMasks(&got, text, n)
	portableMasks(&want, text, n)
	if got != want {
		t.Fatalf("%q: got %x, want %x", text, got, want)
	}
}

// TestMasks has every byte stand at every place of a block, among bytes that carry into their neighbours.
func TestMasks(t *testing.T) {
	for _, around := range []byte{0, 'x', '9', 0x7f, 0x80, 0xff} {
		var b [block]byte
		for i := range b {
			b[i] = around
		}
		for c := range 256 {
			for i := range b {
				b[i] = byte(c)
				sameMasks(t, b[:])
				b[i] = around
			}
		}
	}
}

func FuzzMasks(f *testing.F) {
	f.Add([]byte("2026-11-23T10:00:00Z to=+306912345678 ada@example.com %2B \\u002b &#64; αβγ \x00\xff"))
	f.Fuzz(sameMasks)
}
