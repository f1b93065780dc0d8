package redact

import (
	"unicode"
	"unicode/utf8"

	"github.com/piiproxy/piiproxy/redact/internal/numbering"
)

// Filler stands for characters of which nothing may remain but how long they are, how they are written and whether they fit
// GSM 7 bit: letters for letters, digits for digits. Its letters are consonants, which make no word and no name.
const (
	lowerFiller = "bcdfghjkmnpqrstvwxz"
	upperFiller = "BCDFGHJKMNPQRSTVWXZ"
)

var gsmFiller = [...]rune{'è', 'é', 'ù', 'ì', 'ò', 'ä', 'ö', 'ñ', 'ü', 'à'} // two bytes and one septet each

// stuffing is how strictly filler stands for what was there.
type stuffing uint8

const (
	letters stuffing = iota // punctuation stays
	all                     // so does of it only what means something to JSON
	digits                  // only digits change: the text is a number
)

// filler makes the characters that stand for those of one value.
type filler struct {
	draw    numbering.Draw
	strict  stuffing
	begun   bool // the first character came
	changed bool // some character is another one
	able    bool // some character could be another one
	escape  int  // of an escape within the text, how much of it is still to come
}

// appendFiller appends filler for raw.
func (p *filler) appendFiller(dst, raw []byte) []byte {
	for i := 0; i < len(raw); {
		u := unitAt(raw, i)
		r := p.inEscape(u)
		if r < 0 {
			r = p.other(u)
		}
		if r != u.r {
			p.changed = true
		}
		p.begun = p.begun || u.r != '-'
		if u.r == utf8.RuneError && u.width == 1 {
			dst = append(dst, byte(r))
		} else {
			dst = appendAs(dst, raw[i:], u, r)
		}
		i += u.width
	}
	return dst
}

// inEscape follows escapes within the text, as of JSON in a form, which must stay ones: \n as it is, and \u0061 as the one of x.
// It returns -1 outside of them.
func (p *filler) inEscape(u unit) rune {
	const stands = "0078"
	at := p.escape
	p.escape = 0
	switch {
	case at == 0:
		if u.r == '\\' {
			p.escape = 1
		}
	case at > 1:
		if u.r < utf8.RuneSelf && hexValue(byte(u.r)) >= 0 {
			if at <= len(stands) {
				p.escape = at + 1
			}
			return rune(stands[at-2])
		}
	case u.r == 'u':
		p.escape = 2
		return u.r
	case u.r == '"', u.r == '/', u.r == '\\', u.r == 'b', u.r == 'f', u.r == 'n', u.r == 'r', u.r == 't':
		return u.r
	}
	return -1
}

// other returns what stands for a character.
func (p *filler) other(u unit) rune {
	r := u.r
	switch {
	case r >= '0' && r <= '9':
		return p.digit(r)
	case p.strict == digits || u.written == briefly:
		return r
	case r >= 'a' && r <= 'z':
		return p.letter(lowerFiller)
	case r >= 'A' && r <= 'Z':
		return p.letter(upperFiller)
	case r == utf8.RuneError && u.width != 3 || r == utf8.RuneError && u.written != plainly:
		return p.letter(lowerFiller)
	case r >= utf8.RuneSelf:
		return p.beyond(r)
	case p.strict == all && r > ' ' && r != '"' && r != '\\' && r != '/':
		if p.able = true; r == '-' {
			return '_'
		}
		return '-'
	}
	return r
}

func (p *filler) letter(from string) rune {
	p.able = true
	return rune(from[p.draw.Below(len(from))])
}

// digit returns another digit. The first of a number is no zero, so that it stays one.
func (p *filler) digit(r rune) rune {
	p.able = true
	if !p.begun {
		if r == '0' {
			return r
		}
		return '1' + rune(p.draw.Below(9))
	}
	return '0' + rune(p.draw.Below(10))
}

// beyond returns what stands for a character beyond ASCII: one of as many bytes and, if it has none in GSM 7 bit, one that has
// none either.
func (p *filler) beyond(r rune) rune {
	if unicode.IsSpace(r) || unicode.IsPunct(r) || r == '€' {
		return r
	}
	p.able = true
	if v := digitValue(r); v >= 0 {
		return r - rune(v) + rune(p.draw.Below(10))
	}
	n := p.draw.Below(1 << 16)
	switch size := utf8.RuneLen(r); {
	case size == 2 && gsmSeptets(r) > 0:
		return gsmFiller[n%len(gsmFiller)]
	case size == 2 && r >= 0x370 && r < 0x400:
		return 'α' + rune(n%17)
	case size == 2:
		return 'а' + rune(n%32)
	case size == 3:
		return '一' + rune(n%4096)
	}
	return '😀' + rune(n%64)
}

// digitValue returns the value of a digit of any script, or -1.
func digitValue(r rune) int {
	if r >= '0' && r <= '9' {
		return int(r - '0')
	}
	if r < utf8.RuneSelf || !unicode.IsDigit(r) {
		return -1
	}
	zero := r // the digits of a script stand together, and begin with its zero
	for unicode.IsDigit(zero - 1) {
		zero--
	}
	return int(r-zero) % 10
}
