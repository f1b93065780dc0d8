package walk

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf8"
)

// nonzero sets the high bit of each byte of w that is not zero.
func nonzero(w uint64) uint64 { return w&^highs + 0x7f*ones | w }

// quoteMarks marks, by its high bit, each byte of w that is a quote or a backslash.
func quoteMarks(w uint64) uint64 { return ^(nonzero(w^'"'*ones) & nonzero(w^'\\'*ones)) & highs }

// controlMarks marks each byte of w that is a control character.
func controlMarks(w uint64) uint64 {
	return ^(nonzero(w^0x7f*ones) & (w&^highs + (0x80-' ')*ones | w)) & highs
}

// isPrintable reports whether the eight bytes of w are ASCII and none of them is a control character.
func isPrintable(w uint64) bool {
	del := w ^ 0x7f*ones
	return (w|(w-' '*ones)&^w|(del-ones)&^del)&highs == 0
}

const hexDigits = "0123456789abcdef"

// shortText is up to how many bytes a text is rather a name or an address than a document.
const shortText = 128

// plainStart returns how long the beginning of text is that stands in a JSON string as it is, or a few bytes less.
func plainStart(text []byte) int {
	i := 0
	for ; i+8 <= len(text); i += 8 {
		if w := binary.LittleEndian.Uint64(text[i:]); !isPrintable(w) || quoteMarks(w) != 0 {
			return i
		}
	}
	for i < len(text) && text[i]-' ' < 0x7f-' ' && text[i] != '"' && text[i] != '\\' {
		i++
	}
	return i
}

// AppendEscaped appends src as the inside of a JSON string: quotes, backslashes and control characters are escaped, and a byte that is
// no UTF-8 becomes U+FFFD. Short texts mostly stand there as they are. A longer one may be a document, in which hardly eight bytes
// stand between two quotes: eight are copied at a time, and from each quote on once more, a byte further on.
func AppendEscaped(dst, src []byte) []byte {
	i := 0
	if len(src) <= shortText {
		i = plainStart(src)
		dst = append(dst, src[:i]...)
	}
	for i+8 <= len(src) {
		w := binary.LittleEndian.Uint64(src[i:])
		if isPrintable(w) {
			var n int
			if dst, n = appendPrintable(dst, src[i:]); n > 0 {
				i += n
				continue
			}
			dst = appendWord(dst, w, 8, quoteMarks(w))
			i += 8
			continue
		}
		n := bits.TrailingZeros64(w&highs) >> 3 // up to what is beyond ASCII
		if n == 0 {
			dst, i = appendBeyond(dst, src, i)
			continue
		}
		dst = appendWord(dst, w, n, (quoteMarks(w)|controlMarks(w))&(1<<(8*n)-1))
		i += n
	}
	for i < len(src) {
		w := uint64(src[i])
		if w >= utf8.RuneSelf {
			dst, i = appendBeyond(dst, src, i)
			continue
		}
		dst = appendWord(dst, w, 1, (quoteMarks(w)|controlMarks(w))&highs&0xff)
		i++
	}
	return dst
}

// appendWord appends the first n bytes of w, which are ASCII, with an escape for each that is marked.
func appendWord(dst []byte, w uint64, n int, marks uint64) []byte {
	const room = 8*len(`\u0000`) + 8
	dst = slices.Grow(dst, room)
	out := dst[len(dst) : len(dst)+room]
	binary.LittleEndian.PutUint64(out, w)
	more := 0
	for ; marks != 0; marks &= marks - 1 {
		at := bits.TrailingZeros64(marks) >> 3
		c := byte(w >> (8 * at))
		escape := out[at+more:]
		if c == '"' || c == '\\' {
			escape[0] = '\\'
			binary.LittleEndian.PutUint64(escape[1:], w>>(8*at))
			more++
			continue
		}
		copy(escape, `\u00`)
		escape[4], escape[5] = hexDigits[c>>4], hexDigits[c&15]
		binary.LittleEndian.PutUint64(escape[6:], w>>(8*at+8))
		more += 5
	}
	return dst[:len(dst)+n+more]
}

// appendBeyond appends the characters beyond ASCII at src[i], and the blanks between them, and returns where they end. A byte that is
// part of none becomes U+FFFD.
func appendBeyond(dst, src []byte, i int) ([]byte, int) {
	start := i
	for i < len(src) && (src[i] >= utf8.RuneSelf || src[i] == ' ') {
		r, size := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && size == 1 {
			return append(append(dst, src[start:i]...), `\ufffd`...), i + 1
		}
		i += size
	}
	return append(dst, src[start:i]...), i
}
