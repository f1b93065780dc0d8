package redact

import (
	"unicode/utf8"
)

// unit is one character of a text as it is written there: as it is, as %41 or %2541, or as \u0041. The zero unit is none.
type unit struct {
	r       rune // what it stands for; utf8.RuneError for a byte that is part of none
	width   int  // bytes in the text
	written writing
}

// writing is how a unit is written.
type writing uint8

const (
	plainly   writing = iota
	percently         // each of its bytes as %XX, %25XX and so on
	unicodely         // \uXXXX, or two of them
	briefly           // \n, \", \\
)

// unitAt reads the unit at src[i].
func unitAt(src []byte, i int) unit {
	c := src[i]
	switch {
	case c == '%':
		if s := signAt(src, i); s.width > 1 {
			return percentUnit(src, i, s)
		}
	case c == '\\' && i+1 < len(src):
		return escapedUnit(src, i)
	case c >= utf8.RuneSelf:
		r, n := utf8.DecodeRune(src[i:])
		return unit{r, n, plainly}
	}
	return unit{rune(c), 1, plainly}
}

// percentUnit reads a character of which the first byte is the sign s at src[i].
func percentUnit(src []byte, i int, s sign) unit {
	u := unit{rune(s.c), s.width, percently}
	if s.c < utf8.RuneSelf {
		return u
	}
	buf, n, at := [utf8.UTFMax]byte{s.c}, 1, i+s.width
	for n < len(buf) && !utf8.FullRune(buf[:n]) && at < len(src) && src[at] == '%' {
		next := signAt(src, at)
		if next.level != s.level || next.width != s.width {
			break
		}
		buf[n], n, at = next.c, n+1, at+next.width
	}
	r, size := utf8.DecodeRune(buf[:n])
	if size < n || r == utf8.RuneError {
		return unit{utf8.RuneError, s.width, percently}
	}
	return unit{r, at - i, percently}
}

// escapedUnit reads the escape with the backslash at src[i], or the backslash.
func escapedUnit(src []byte, i int) unit {
	switch c := src[i+1]; c {
	case '"', '\\', '/':
		return unit{rune(c), 2, briefly}
	case 'b', 'f', 'n', 'r', 't':
		return unit{' ', 2, briefly}
	case 'u':
		if r, n := hexUnit(src, i); n > 0 {
			if low, m := hexUnit(src, i+n); m > 0 && r&0xfc00 == 0xd800 && low&0xfc00 == 0xdc00 {
				return unit{(r-0xd800)<<10 + (low - 0xdc00) + 0x10000, n + m, unicodely}
			}
			if r&0xf800 == 0xd800 {
				r = utf8.RuneError
			}
			return unit{r, n, unicodely}
		}
	}
	return unit{'\\', 1, plainly}
}

// hexUnit reads \uXXXX at src[i], and returns its width, 0 if it is none.
func hexUnit(src []byte, i int) (r rune, width int) {
	if i+6 > len(src) || src[i] != '\\' || src[i+1] != 'u' {
		return 0, 0
	}
	for _, c := range src[i+2 : i+6] {
		h := hexValue(c)
		if h < 0 {
			return 0, 0
		}
		r = r<<4 | rune(h)
	}
	return r, 6
}

// appendAs appends r as the unit u is written, which stands at the beginning of raw. r has as many bytes as what it stands for.
func appendAs(dst, raw []byte, u unit, r rune) []byte {
	switch {
	case r == u.r || u.written == briefly:
		return append(dst, raw[:u.width]...)
	case u.written == unicodely:
		return appendUnicode(dst, r)
	case u.written == percently:
		return appendPercently(dst, raw[:u.width], r)
	}
	return utf8.AppendRune(dst, r)
}

const lowerHex = "0123456789abcdef"

func appendUnicode(dst []byte, r rune) []byte {
	if r >= 0x10000 {
		r -= 0x10000
		dst = appendUnicode(dst, 0xd800+r>>10)
		r = 0xdc00 + r&0x3ff
	}
	return append(dst, '\\', 'u', lowerHex[r>>12&15], lowerHex[r>>8&15], lowerHex[r>>4&15], lowerHex[r&15])
}

// appendPercently appends r in place of the character that raw is, each byte with as many per-cent signs.
func appendPercently(dst, raw []byte, r rune) []byte {
	const upperHex = "0123456789ABCDEF"
	var buf [utf8.UTFMax]byte
	n := utf8.EncodeRune(buf[:], r)
	width := len(raw) / n
	for i, b := range buf[:n] {
		dst = append(dst, raw[i*width:(i+1)*width-2]...)
		dst = append(dst, upperHex[b>>4], upperHex[b&15])
	}
	return dst
}

// writtenIn returns how the character c is written in raw, or c itself if it is not there.
func writtenIn(raw []byte, c byte) []byte {
	for i := 0; i < len(raw); {
		u := unitAt(raw, i)
		if u.r == rune(c) {
			return raw[i : i+u.width]
		}
		i += u.width
	}
	return oneByte[c : int(c)+1]
}

// oneByte has every byte of ASCII at its own place.
var oneByte = func() (t [utf8.RuneSelf]byte) {
	for c := range t {
		t[c] = byte(c)
	}
	return t
}()
