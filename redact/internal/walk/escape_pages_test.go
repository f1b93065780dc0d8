//go:build linux

package walk

import (
	"bytes"
	"syscall"
	"testing"
)

// edged returns n bytes behind which a page stands that nobody may touch.
func edged(t *testing.T, n int) []byte {
	const page = 4096
	m, err := syscall.Mmap(-1, 0, 2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Munmap(m) })
	if err := syscall.Mprotect(m[page:], syscall.PROT_NONE); err != nil {
		t.Fatal(err)
	}
	return m[page-n : page : page]
}

// TestEscapedAtTheEdge has texts and room for them at the end of what may be read and written.
func TestEscapedAtTheEdge(t *testing.T) {
	const most = 200
	src, room := edged(t, most), edged(t, 2*most)
	for _, unit := range []string{"a", `"`, `ab\c"`, "abcdefghijklmnopqrstuvwxyz0123456789\""} {
		copy(src, bytes.Repeat([]byte(unit), most))
		for n := range most {
			text := src[most-n:]
			want := escapedOneByOne(text)
			for spare := range 70 {
				dst := room[max(0, len(room)-len(want)-spare):][:0]
				if got := string(AppendEscaped(dst, text)); got != want {
					t.Fatalf("%q: %s, want %s", text, got, want)
				}
			}
			for short := 1; short < 70 && short <= len(want); short++ {
				if got := string(AppendEscaped(room[len(room)-len(want)+short:][:0], text)); got != want {
					t.Fatalf("%q: %s, want %s", text, got, want)
				}
			}
		}
	}
}
