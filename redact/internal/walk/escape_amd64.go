package walk

import "slices"

// spread says, by the marks of eight bytes, where each of them and the backslashes go: 8 stands for a backslash.
var spread = func() (t [256][16]byte) {
	for marks := range t {
		to := t[marks][:0]
		for i := range 8 {
			if marks>>i&1 == 1 {
				to = append(to, 8)
			}
			to = append(to, byte(i))
		}
	}
	return t
}()

// appendPrintable appends src up to what is no printable ASCII or to the last bytes, and says how many bytes of it that is.
func appendPrintable(dst, src []byte) ([]byte, int) {
	if !hasAVX2 || len(src) < 8 {
		return dst, 0
	}
	done := 0
	for {
		dst = slices.Grow(dst, 64)
		room := dst[len(dst):cap(dst)]
		read, wrote := escapeAVX2(&room[0], len(room), &src[done], len(src)-done, &spread)
		dst, done = dst[:len(dst)+wrote], done+read
		if len(room)-wrote >= 16 {
			return dst, done // it did not end for want of room
		}
		if len(src)-done < 8 {
			return dst, done
		}
	}
}

// escapeAVX2 writes src with backslashes ahead of its quotes and backslashes, 32 bytes at a time and in the end eight, as long as they
// are printable ASCII and there is room for twice as many.
//
//go:noescape
func escapeAVX2(dst *byte, room int, src *byte, size int, spread *[256][16]byte) (read, wrote int)
