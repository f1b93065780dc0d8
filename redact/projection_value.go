package redact

import (
	"slices"
	"unicode/utf8"

	"github.com/piiproxy/piiproxy/redact/internal/walk"
)

// isNumber reports whether text is one telephone number and nothing else: an optional + or 00 and 5 to 15 digits. A gateway
// takes a space, comma or semicolon for the beginning of another recipient, so no separator is forgiven.
func isNumber(text []byte) bool {
	switch {
	case len(text) > 0 && text[0] == '+':
		text = text[1:]
	case len(text) > 1 && text[0] == '0' && text[1] == '0':
		text = text[2:]
	}
	if len(text) < 5 || len(text) > 15 {
		return false
	}
	for _, c := range text {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// isOn reports whether a condition holds: its text is there and is neither false, null, nor zero in any spelling.
func isOn(text []byte) bool {
	switch string(text) {
	case "", "false", "null":
		return false
	}
	for i, c := range text {
		switch {
		case c == '0', c == '.', c == '-' && i == 0:
		case (c == 'e' || c == 'E') && i > 0:
			return false
		default:
			return true
		}
	}
	return false
}

// scale is a change of unit.
type scale uint8

const (
	unscaled scale = iota
	minutesToSeconds
	secondsToMinutes
)

// maxScaled is how many digits a scaled number may have before the point, and how many in all.
const maxScaled = 15

// apply returns the number that text is, in the other unit and rounded up. It computes in integers, so that 0.1 minutes are
// 6 seconds and not 7. It reports false for what is no number, is negative, or has too many digits.
func (s scale) apply(text []byte) (uint64, bool) {
	mantissa, exponent, ok := parseDecimal(text)
	if !ok {
		return 0, false
	}
	divisor := uint64(1)
	if s == minutesToSeconds {
		mantissa *= 60
	} else {
		divisor = 60
	}
	for ; exponent > 0; exponent-- {
		mantissa *= 10
	}
	for ; exponent < 0; exponent++ {
		divisor *= 10
	}
	n := mantissa / divisor
	if mantissa%divisor > 0 {
		n++
	}
	return n, true
}

// parseDecimal reads a number as JSON writes it, without a sign. The mantissa has no more than maxScaled digits, neither
// has the number before its point, and the exponent is not below -maxScaled.
func parseDecimal(text []byte) (mantissa uint64, exponent int, ok bool) {
	var cursor walk.JSON
	cursor.Reset(text, walk.Limits{})
	if !cursor.Next() || cursor.Event != walk.Number || cursor.End-cursor.Start != len(text) || text[0] == '-' {
		return 0, 0, false
	}
	digits, zeros, point, i := 0, 0, false, 0
	for ; i < len(text) && text[i]|0x20 != 'e'; i++ {
		if text[i] == '.' {
			point = true
			continue
		}
		if text[i] == '0' { // zeros count only if another digit follows them
			zeros++
		} else {
			for ; zeros > 0 && digits > 0; zeros-- {
				mantissa, digits = mantissa*10, digits+1
			}
			zeros = 0
			mantissa, digits = mantissa*10+uint64(text[i]-'0'), digits+1
		}
		if digits > maxScaled {
			return 0, 0, false
		}
		if point {
			exponent--
		}
	}
	if i < len(text) {
		given, ok := parseExponent(text[i+1:])
		if !ok {
			return 0, 0, false
		}
		exponent += given
	}
	if mantissa == 0 {
		return 0, 0, true
	}
	exponent += zeros
	return mantissa, exponent, digits+exponent <= maxScaled && exponent >= -maxScaled
}

func parseExponent(text []byte) (int, bool) {
	negative := text[0] == '-'
	if negative || text[0] == '+' {
		text = text[1:]
	}
	n := 0
	for _, c := range text {
		if n = n*10 + int(c-'0'); n > 1000 {
			return 0, false
		}
	}
	if negative {
		n = -n
	}
	return n, true
}

// beyondASCII are the characters of the GSM 7 bit default alphabet and of its extension table that are not ASCII, in order.
var beyondASCII = func() []rune {
	all := []rune("£¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà€")
	slices.Sort(all)
	return all
}()

// isGSM reports whether text fits the GSM 7 bit default alphabet and its extension table (3GPP TS 23.038).
func isGSM(text []byte) bool {
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			if c == '`' || c == 0x7f || c < ' ' && c != '\n' && c != '\r' && c != '\f' {
				return false
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		if _, found := slices.BinarySearch(beyondASCII, r); !found {
			return false
		}
		i += size
	}
	return true
}

// target is where a value of the outgoing request stands, and so how it is written.
type target uint8

const (
	intoQuery target = iota
	intoForm
	intoJSON
	intoHeader
	intoSegment
)

// appendEncoded appends text as it is written in its place. A reason other than RefusedNone says why it cannot stand there.
func appendEncoded(dst []byte, at target, text []byte) ([]byte, Reason) {
	switch at {
	case intoJSON:
		if !utf8.Valid(text) {
			return dst, RefusedMalformed
		}
		return append(walk.AppendEscaped(append(dst, '"'), text), '"'), RefusedNone
	case intoHeader:
		for _, c := range text {
			if c < ' ' || c == 0x7f {
				return dst, RefusedSeparator
			}
		}
		return append(dst, text...), RefusedNone
	case intoSegment:
		if len(text) == 0 {
			return dst, RefusedMissing
		}
		if s := string(text); s == "." || s == ".." {
			return dst, RefusedSeparator
		}
		for _, c := range text {
			if c == '/' || c == '\\' || c < ' ' || c == 0x7f {
				return dst, RefusedSeparator
			}
		}
	}
	return appendPercent(dst, text), RefusedNone
}

// appendPercent appends text with everything but the unreserved characters of RFC 3986 as percent escapes: a space is %20
// and a plus is %2B, which every decoder reads in the same way.
func appendPercent(dst, text []byte) []byte {
	const hex = "0123456789ABCDEF"
	for _, c := range text {
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z', c >= '0' && c <= '9', c == '-', c == '.', c == '_', c == '~':
			dst = append(dst, c)
		default:
			dst = append(dst, '%', hex[c>>4], hex[c&15])
		}
	}
	return dst
}
