package http1

import (
	"bytes"
	"testing"
)

// TestEightBytesAtATime holds the looks at eight bytes against those at one, for every byte at every place of texts of many lengths.
func TestEightBytesAtATime(t *testing.T) {
	for n := range 20 {
		text := bytes.Repeat([]byte{'~'}, n)
		for i := range n {
			for c := range 256 {
				for _, beside := range []byte{'~', '!', '\t', 0x80, 0xff} {
					text[i], text[(i+1)%n] = beside, beside
					text[i] = byte(c)
					if got := validValue(text); got != all(text, valueByte) {
						t.Fatalf("validValue(%q) = %v", text, got)
					}
					if got := visible(text); got != all(text, targetByte) {
						t.Fatalf("visible(%q) = %v", text, got)
					}
				}
				text[i], text[(i+1)%n] = '~', '~'
			}
		}
	}
}
