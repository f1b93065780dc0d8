package scan

import (
	"slices"
	"testing"
)

// sameMasks holds the masks of the blocks of text to the portable ones.
func sameMasks(t *testing.T, text []byte) {
	t.Helper()
	text = append(slices.Clone(text[:min(len(text), batch*block)]), make([]byte, block)...)
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
