package redact

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// constant is the type of text that is part of the program. It is not exported, so callers outside this package can only
// pass untyped constants for it, never a value that came from traffic.
type constant string

// Masked is text that a person may read: everything in it came through a [Surface], or is a constant, a number, a time or
// a [Name]. Only this package can put text into one. The append methods return the extended value, as append does, and
// the caller goes on with that value only. The zero Masked is empty.
type Masked struct{ b []byte }

// MakeMasked returns an empty Masked with room for size bytes.
func MakeMasked(size int) Masked { return Masked{make([]byte, 0, size)} }

// Bytes returns the text for writing it to a sink. The result is valid until the next append or [Masked.Reset] and must
// not be modified.
func (m Masked) Bytes() []byte { return m.b }

// Len returns the length in bytes.
func (m Masked) Len() int { return len(m.b) }

// Reset returns an empty Masked that uses the same memory.
func (m Masked) Reset() Masked { return Masked{m.b[:0]} }

// Cap returns how many bytes fit without allocating.
func (m Masked) Cap() int { return cap(m.b) }

// AppendConst appends text of the program.
func (m Masked) AppendConst(c constant) Masked { return Masked{append(m.b, c...)} }

// AppendInt appends n in decimal.
func (m Masked) AppendInt(n int64) Masked { return Masked{strconv.AppendInt(m.b, n, 10)} }

// AppendFloat appends f with at most the given number of decimal places, zeros cut: for durations and ratios.
func (m Masked) AppendFloat(f float64, places int) Masked {
	return Masked{strconv.AppendFloat(m.b, f, 'f', places, 64)}
}

// AppendTime appends t in UTC as RFC 3339 with microseconds.
func (m Masked) AppendTime(t time.Time) Masked {
	t = t.UTC()
	year, month, day := t.Date()
	if year < 0 || year > 9999 {
		return Masked{t.AppendFormat(m.b, "2006-01-02T15:04:05.000000Z")}
	}
	hour, minute, second := t.Clock()
	b := [27]byte([]byte("0000-00-00T00:00:00.000000Z"))
	setDigits(b[0:4], year)
	setDigits(b[5:7], int(month))
	setDigits(b[8:10], day)
	setDigits(b[11:13], hour)
	setDigits(b[14:16], minute)
	setDigits(b[17:19], second)
	setDigits(b[20:26], t.Nanosecond()/1000)
	return Masked{append(m.b, b[:]...)}
}

// setDigits writes n in decimal over all of b.
func setDigits(b []byte, n int) {
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
}

// AppendName appends a name of the configuration.
func (m Masked) AppendName(n Name) Masked { return Masked{append(m.b, n.s...)} }

// AppendHex appends v as lower-case hexadecimal digits, zero-padded to 16: for ids that the program made.
func (m Masked) AppendHex(v uint64) Masked {
	const digits = "0123456789abcdef"
	var b [16]byte
	for i := 15; i >= 0; i-- {
		b[i] = digits[v&15]
		v >>= 4
	}
	return Masked{append(m.b, b[:]...)}
}

// AppendMasked appends v, which is masked already.
func (m Masked) AppendMasked(v Masked) Masked { return Masked{append(m.b, v.b...)} }

// AppendQuoted appends v as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD, so that the line stays
// valid JSON.
func (m Masked) AppendQuoted(v Masked) Masked {
	m.b = append(m.b, '"')
	m.b = appendEscaped(m.b, v.b)
	m.b = append(m.b, '"')
	return m
}

const ones, highs = 0x0101010101010101, 0x8080808080808080

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

// appendEscaped appends src as the inside of a JSON string. A text may be a document, in which hardly eight bytes stand between two
// quotes: eight are copied at a time, and from each quote on once more, a byte further on.
func appendEscaped(dst, src []byte) []byte {
	i := 0
	for i+8 <= len(src) {
		w := binary.LittleEndian.Uint64(src[i:])
		if isPrintable(w) {
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
		escape[4], escape[5] = lowerHex[c>>4], lowerHex[c&15]
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
