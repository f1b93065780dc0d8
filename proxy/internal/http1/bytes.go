package http1

import "encoding/binary"

// Classes of bytes in the grammar of RFC 9110 and RFC 9112.
const (
	tokenByte  = 1 << iota // of names of methods and fields
	valueByte              // of field values and reasons: no control byte but the tab
	targetByte             // of a request target: visible ASCII
	hexByte
	hostByte // of names of hosts, and of their escapes
)

var byteClass = func() (t [256]uint8) {
	for c := range 256 {
		if c == '\t' || c >= ' ' && c != 0x7f {
			t[c] |= valueByte
		}
		if c > ' ' && c < 0x7f {
			t[c] |= targetByte
		}
		if c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' && c < 0x7f {
			t[c] |= tokenByte | hostByte
		}
		if c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' && c < 0x7f {
			t[c] |= hexByte
		}
	}
	for _, c := range "!#$%&'*+-.^_`|~" {
		t[c] |= tokenByte
	}
	for _, c := range "!$%&'*+-._~" {
		t[c] |= hostByte
	}
	return t
}()

// all reports whether every byte of b is of the class.
func all[T ~string | ~[]byte](b T, class uint8) bool {
	for i := 0; i < len(b); i++ {
		if byteClass[b[i]]&class == 0 {
			return false
		}
	}
	return true
}

// leading returns how many bytes at the start of b are of the class.
func leading(b []byte, class uint8) int {
	n := 0
	for n < len(b) && byteClass[b[n]]&class != 0 {
		n++
	}
	return n
}

// validValue reports whether every byte of b may stand in the value of a field. It looks at eight at a time, and one by one at those
// that hold a control byte.
func validValue(b []byte) bool {
	for ; len(b) >= 8; b = b[8:] {
		if controls(binary.LittleEndian.Uint64(b), ' ') != 0 && !all(b[:8], valueByte) {
			return false
		}
	}
	return all(b, valueByte)
}

// visible reports whether every byte of b may stand in a request target.
func visible(b []byte) bool {
	for ; len(b) >= 8; b = b[8:] {
		if w := binary.LittleEndian.Uint64(b); controls(w, ' '+1)|w&(0x80*ones) != 0 {
			return false
		}
	}
	return all(b, targetByte)
}

const ones = 0x0101010101010101

// controls is not 0 if one of the eight bytes of w is DEL or below least, which is 128 at most.
func controls(w, least uint64) uint64 {
	del := w ^ 0x7f*ones
	return ((w-least*ones)&^w | (del-ones)&^del) & (0x80 * ones)
}

// equalFold reports whether b is lower, which is lower-case, in any case. Only ASCII letters have a case here: in Unicode
// the Kelvin sign is a k, and a field name must not be.
func equalFold[T ~string | ~[]byte](b []byte, lower T) bool {
	if len(b) != len(lower) {
		return false
	}
	for i, c := range b {
		if c != lower[i] && (c < 'A' || c > 'Z' || c|0x20 != lower[i]) {
			return false
		}
	}
	return true
}

// SameVariable reports whether a field's name is lower, which is lower-case, to programs that make variables of names: those take an
// underscore for a hyphen, and some any other sign too.
func SameVariable(name []byte, lower string) bool {
	if len(name) != len(lower) {
		return false
	}
	for i, c := range name {
		switch {
		case c >= 'A' && c <= 'Z':
			c |= 0x20
		case (c < 'a' || c > 'z') && (c < '0' || c > '9'):
			c = '-'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// trimOWS returns b without the spaces and tabs around it.
func trimOWS(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == '\t') {
		b = b[:len(b)-1]
	}
	return b
}

// parseDecimal reads a number that consists of 1 to 18 digits and nothing else.
func parseDecimal(b []byte) (int64, bool) {
	if len(b) == 0 || len(b) > 18 {
		return 0, false
	}
	var n int64
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}
