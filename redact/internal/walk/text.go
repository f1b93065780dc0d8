package walk

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

const (
	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

// longText is after how many words of plain ASCII a text is taken for a long one.
const longText = 4

// text returns the offset behind the string that opens with a quote at i, or -1. Eight bytes are looked at together; that
// the text is UTF-8 is checked at its end, and only if there was a byte beyond ASCII, for no part of a longer character
// looks like a quote or a backslash.
func (j *JSON) text(i int) int {
	src := j.src
	j.Escaped = false
	var beyond uint64
	plain := 0
	for p := i + 1; ; {
		if p+8 <= len(src) {
			w := binary.LittleEndian.Uint64(src[p:])
			if marks := stops(w); marks != 0 {
				n := bits.TrailingZeros64(marks) &^ 7
				beyond |= w & (1<<n - 1)
				p += n >> 3
			} else {
				beyond |= w
				p += 8
				if plain++; w&highs != 0 {
					plain = 0
				}
				if plain == longText {
					p, plain = plainUntil(src, p), 0
				}
				continue
			}
		} else {
			for p < len(src) && src[p] != '"' && src[p] != '\\' && src[p] >= ' ' {
				beyond |= uint64(src[p])
				p++
			}
			if p >= len(src) {
				j.fail(Truncated, p)
				return -1
			}
		}
		switch src[p] {
		case '"':
			if beyond&highs != 0 && !j.utf8(i+1, p) {
				return -1
			}
			return p + 1
		case '\\':
			j.Escaped = true
			if p = j.escape(p); p < 0 {
				return -1
			}
		default:
			j.fail(Encoding, p)
			return -1
		}
	}
}

// plainText returns the offset behind the string whose text begins at p, if that is ASCII without escapes, and does not reach
// into the last bytes of the document; else -1.
func plainText(src []byte, p int) int {
	for ; p+8 <= len(src); p += 8 {
		w := binary.LittleEndian.Uint64(src[p:])
		marks := stops(w) | w&highs
		if marks == 0 {
			continue
		}
		if p += bits.TrailingZeros64(marks) >> 3; src[p] != '"' {
			return -1
		}
		return p + 1
	}
	return -1
}

// stops marks, by its high bit, the first byte in w that is a quote, a backslash or a control character. Bytes behind the
// first may be marked wrongly.
func stops(w uint64) uint64 {
	quote, backslash := w^'"'*ones, w^'\\'*ones
	return ((quote-ones)&^quote | (backslash-ones)&^backslash | (w-' '*ones)&^w) & highs
}

// utf8 checks that src[start:end] is valid UTF-8, and fails at the first byte that is not.
func (j *JSON) utf8(start, end int) bool {
	if utf8.Valid(j.src[start:end]) {
		return true
	}
	for start < end {
		r, size := utf8.DecodeRune(j.src[start:end])
		if r == utf8.RuneError && size <= 1 {
			break
		}
		start += size
	}
	return j.fail(Encoding, start)
}

// escape returns the offset behind the escape that starts with a backslash at p, or -1. A surrogate must come as a pair.
func (j *JSON) escape(p int) int {
	src := j.src
	if p+1 >= len(src) {
		return j.cut(p + 1)
	}
	switch src[p+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return p + 2
	case 'u':
	default:
		return j.cut(p + 1)
	}
	unit, n := hex4(src, p+2)
	if n < 4 {
		return j.cut(p + 2 + n)
	}
	switch {
	case unit&0xf800 != 0xd800:
		return p + 6
	case unit >= 0xdc00:
		j.fail(Encoding, p)
		return -1
	}
	if p+7 >= len(src) || src[p+6] != '\\' || src[p+7] != 'u' {
		j.fail(Encoding, p)
		return -1
	}
	low, n := hex4(src, p+8)
	if n < 4 {
		return j.cut(p + 8 + n)
	}
	if low&0xfc00 != 0xdc00 {
		j.fail(Encoding, p)
		return -1
	}
	return p + 12
}

// hex4 reads four hexadecimal digits at i, and says how many of them there are.
func hex4(src []byte, i int) (v rune, n int) {
	for n < 4 && i+n < len(src) {
		d := unhex[src[i+n]]
		if d < 0 {
			break
		}
		v = v<<4 | rune(d)
		n++
	}
	return v, n
}

// unhex is the value of a hexadecimal digit, and -1 for all other bytes.
var unhex = func() (t [256]int8) {
	for c := range t {
		switch {
		case c >= '0' && c <= '9':
			t[c] = int8(c - '0')
		case c >= 'a' && c <= 'f':
			t[c] = int8(c - 'a' + 10)
		case c >= 'A' && c <= 'F':
			t[c] = int8(c - 'A' + 10)
		default:
			t[c] = -1
		}
	}
	return t
}()

// AppendUnescaped appends the text that raw, the inside of a JSON string, stands for. raw should have been walked: what is
// no escape is copied as it is, and half of a surrogate pair becomes U+FFFD.
func AppendUnescaped(dst, raw []byte) []byte {
	done := 0
	for i := 0; i+1 < len(raw); {
		if raw[i] != '\\' {
			i++
			continue
		}
		dst = append(dst, raw[done:i]...)
		c := raw[i+1]
		switch c {
		case 'b':
			c = '\b'
		case 'f':
			c = '\f'
		case 'n':
			c = '\n'
		case 'r':
			c = '\r'
		case 't':
			c = '\t'
		case '"', '\\', '/':
		case 'u':
			r, size := unescapeUnit(raw[i:])
			if size > 0 {
				dst = utf8.AppendRune(dst, r)
				i += size
				done = i
				continue
			}
			fallthrough
		default:
			dst = append(dst, '\\')
		}
		dst = append(dst, c)
		i += 2
		done = i
	}
	return append(dst, raw[done:]...)
}

// unescapeUnit reads the \u escape or the pair of them at the start of raw, and returns its size, 0 if it is none.
func unescapeUnit(raw []byte) (rune, int) {
	r, n := hex4(raw, 2)
	if n < 4 {
		return 0, 0
	}
	if r&0xf800 != 0xd800 {
		return r, 6
	}
	if r < 0xdc00 && len(raw) >= 12 && raw[6] == '\\' && raw[7] == 'u' {
		if low, n := hex4(raw, 8); n == 4 && low&0xfc00 == 0xdc00 {
			return (r-0xd800)<<10 + (low - 0xdc00) + 0x10000, 12
		}
	}
	return utf8.RuneError, 6
}
