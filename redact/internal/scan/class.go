package scan

import (
	"encoding/binary"
	"math/bits"
)

// The classes of bytes. A byte may be in several.
const (
	classDigit  = 1 << iota // 0-9
	classHex                // a digit of an IPv6 group
	classLetter             // a-z, A-Z
	classLocal              // of an unquoted local part of an e-mail address, dots included
	classDomain             // of a domain, dots included
	classSep                // between the digits of one phone number
	classKey                // of a field's name
	classAnchor             // where a finding can begin or be recognised
)

var class = makeClasses()

func makeClasses() (t [256]uint8) {
	in := func(set string, c uint8) {
		for i := range len(set) {
			t[set[i]] |= c
		}
	}
	for c := byte('0'); c <= '9'; c++ {
		t[c] |= classDigit | classHex | classLocal | classDomain | classKey | classAnchor
	}
	for c := byte('a'); c <= 'z'; c++ {
		t[c] |= classLetter | classLocal | classDomain | classKey
		t[c-'a'+'A'] |= classLetter | classLocal | classDomain | classKey
	}
	in("abcdefABCDEF", classHex)
	in("._%+-'!#$*^~", classLocal)
	in(".-", classDomain)
	in(" -.()/", classSep)
	in("_-.$[]", classKey)
	in("+@:", classAnchor)
	for c := 0x80; c < 0x100; c++ {
		t[c] |= classLocal | classDomain
	}
	return t
}

func isDigit(c byte) bool  { return c-'0' < 10 }
func isLetter(c byte) bool { return c|0x20-'a' < 26 && c|0x20 >= 'a' }

// isWord reports whether a value next to c is part of a longer word.
func isWord(c byte) bool { return class[c]&(classDigit|classLetter) != 0 || c == '_' }

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// between marks the bytes of x from lo to hi with their high bit. The bytes of x must be below 0x80.
func between(x uint64, lo, hi byte) uint64 {
	return (x + (0x80-uint64(lo))*ones) &^ (x + (0x7f-uint64(hi))*ones)
}

// skipPlain returns the index from i on of the first byte that is an anchor, or len(t). It passes eight bytes at once.
func skipPlain(t []byte, i int) int {
	for ; i+8 <= len(t); i += 8 {
		x := binary.LittleEndian.Uint64(t[i:])
		y := x &^ highs
		m := (between(y, '0', ':') | between(y, '@', '@') | between(y, '+', '+')) &^ x & highs
		if m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for ; i < len(t); i++ {
		if class[t[i]]&classAnchor != 0 {
			return i
		}
	}
	return i
}

// hasEscapes reports whether t has a byte that may stand for another one: %, \, & or a byte beyond ASCII.
func hasEscapes(t []byte) bool {
	i := 0
	for ; i+8 <= len(t); i += 8 {
		x := binary.LittleEndian.Uint64(t[i:])
		y := x &^ highs
		if (x|between(y, '%', '&')|between(y, '\\', '\\'))&highs != 0 {
			return true
		}
	}
	for ; i < len(t); i++ {
		if c := t[i]; c >= 0x80 || c == '%' || c == '&' || c == '\\' {
			return true
		}
	}
	return false
}
