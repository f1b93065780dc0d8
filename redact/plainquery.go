package redact

import "github.com/piiproxy/piiproxy/redact/internal/scan"

// plainQuery reports whether value is a query of plain pairs: short words, and numbers behind an encoded plus, under names that
// hide nothing. Such is most of the traffic of an API that sends messages, and it needs no look for fields in fields and
// escapes of escapes.
func (a *Attributes) plainQuery(value []byte) bool {
	for at := 0; at < len(value); {
		eq, end := pairAt(value, at)
		if eq <= at || !a.plainPair(value[at:eq], value[eq+1:end]) {
			return false
		}
		at = end + 1
	}
	return true
}

// pairAt returns where the name and the value of the pair at i end. eq is -1 if it has no equals sign, or two.
func pairAt(value []byte, i int) (eq, end int) {
	eq = -1
	for end = i; end < len(value) && value[end] != '&'; end++ {
		if value[end] == '=' {
			if eq >= 0 {
				return -1, end
			}
			eq = end
		}
	}
	return eq, end
}

// maxQuietPair is how many letters and digits of a value are too few to find anything in.
const maxQuietPair = 4

func (a *Attributes) plainPair(name, value []byte) bool {
	for _, c := range name {
		if nameClass[c] > nameJoin || c == ' ' {
			return false
		}
	}
	at, clean := a.At(At{}, name)
	if !clean || at.f != nil && (at.hold&fixed != 0 || at.f.traits&lenient == 0 || at.f.tag.Kind > KindIP) {
		return false
	}
	if _, ok := a.encodedNumber(value); ok {
		return true
	}
	for _, c := range value {
		if class := nameClass[c]; class != nameLetter && class != nameUpper && (class != nameDigit || len(value) > maxQuietPair) {
			return false
		}
	}
	return true
}

// encodedNumber returns the text of a value that is a plus, encoded, and the digits of a number. It is valid until the next
// call.
func (a *Attributes) encodedNumber(value []byte) ([]byte, bool) {
	if len(value) < 4 || len(value) > 20 || value[0] != '%' || value[1] != '2' || value[2]|0x20 != 'b' {
		return nil, false
	}
	text := append(append(a.number[:0], '+'), value[3:]...)
	return text, a.r.s.scanner.WholeKind(text) == scan.Phone
}

// maskPlain masks src, which is a plain query.
func (a *Attributes) maskPlain() {
	r := &a.r
	src := r.src
	for at := 0; at < len(src); {
		eq, end := pairAt(src, at)
		if text, ok := a.encodedNumber(src[eq+1 : end]); ok {
			r.wholeFinding(scan.Phone, text, eq+1, end, &r.s.rules[EndUser])
		}
		at = end + 1
	}
}
