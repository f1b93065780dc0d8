package scan

import (
	"unicode"
	"unicode/utf8"
)

// unescapePercent decodes %XX, and %25XX and so on, in which the percent sign is escaped itself. It returns the byte and how
// many bytes stand for it, 0 if none do.
func unescapePercent(s []byte) (byte, int) {
	n := 1
	for {
		if len(s) < n+2 {
			return 0, 0
		}
		hi, lo := unhex(s[n]), unhex(s[n+1])
		if hi > 15 || lo > 15 {
			return 0, 0
		}
		b := hi<<4 | lo
		if b != '%' || n > 8 || len(s) < n+4 || unhex(s[n+2]) > 15 || unhex(s[n+3]) > 15 {
			return b, n + 2
		}
		n += 2
	}
}

func unhex(c byte) byte {
	switch {
	case isDigit(c):
		return c - '0'
	case lower(c) >= 'a' && lower(c) <= 'f':
		return lower(c) - 'a' + 10
	}
	return 0xff
}

// maxBackslashes bounds how often JSON may be inside JSON.
const maxBackslashes = 8

// unescapeBackslash decodes \uXXXX, \xXX, \n and the like, after any number of further backslashes.
func unescapeBackslash(s []byte) (rune, int) {
	n := 0
	for n < len(s) && s[n] == '\\' && n < maxBackslashes {
		n++
	}
	if n == len(s) {
		return 0, 0
	}
	switch s[n] {
	case 'u':
		return unescapeHex(s, n+1, 4)
	case 'x':
		return unescapeHex(s, n+1, 2)
	case 'n', 'r', 't':
		return '\n', n + 1
	case '"', '/':
		return rune(s[n]), n + 1
	}
	return 0, 0
}

func unescapeHex(s []byte, i, digits int) (rune, int) {
	if len(s) < i+digits {
		return 0, 0
	}
	r := rune(0)
	for _, c := range s[i : i+digits] {
		h := unhex(c)
		if h > 15 {
			return 0, 0
		}
		r = r<<4 | rune(h)
	}
	return r, i + digits
}

// entities are the HTML names of what can be part of a finding or stand beside one.
var entities = []struct {
	name string
	r    rune
}{
	{"commat;", '@'}, {"plus;", '+'}, {"period;", '.'}, {"colon;", ':'}, {"nbsp;", ' '}, {"lpar;", '('}, {"rpar;", ')'}, {"sol;", '/'},
	{"hyphen;", '-'}, {"dash;", '-'}, {"ndash;", '-'}, {"lt;", '<'}, {"gt;", '>'}, {"quot;", '"'}, {"amp;", '&'},
}

// unescapeEntity decodes &#64; &#x40; &commat; and the like.
func unescapeEntity(s []byte) (rune, int) {
	if len(s) > 3 && s[1] == '#' {
		return unescapeNumeric(s)
	}
	for i := range entities {
		e := &entities[i]
		if len(s) > len(e.name) && s[1] == e.name[0] && string(s[1:1+len(e.name)]) == e.name {
			return e.r, 1 + len(e.name)
		}
	}
	return 0, 0
}

func unescapeNumeric(s []byte) (rune, int) {
	base, i := rune(10), 2
	if lower(s[2]) == 'x' {
		base, i = 16, 3
	}
	r := rune(0)
	for first := i; i < len(s) && i < first+8; i++ {
		if s[i] == ';' && i > first {
			return r, i + 1
		}
		h := rune(unhex(s[i]))
		if h >= base {
			return 0, 0
		}
		r = r*base + h
	}
	return 0, 0
}

// invisible is what foldRune returns for characters without width.
const invisible = 1

// foldRune returns the ASCII character that r is taken for, invisible, or 0 if r stands for itself.
func foldRune(r rune) byte {
	switch {
	case r < 0xa0, r == utf8.RuneError, r >= 0x3040 && r <= 0x9fff, r >= 0xac00 && r <= 0xd7a3:
		return 0
	case r == 0xa0, r == 0x202f, r == 0x3000, r >= 0x2000 && r <= 0x200a:
		return ' '
	case r == 0xad, r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x2069, r == 0xfeff:
		return invisible
	case r >= 0x2010 && r <= 0x2015, r == 0x2212:
		return '-'
	case r >= 0xff01 && r <= 0xff5e:
		return byte(r - 0xff01 + '!')
	case r >= 0x660 && unicode.Is(unicode.Nd, r):
		return '0' + decimal(r)
	}
	return 0
}

// decimal returns the value of a decimal digit. The digits of a script stand together, zero first.
func decimal(r rune) byte {
	for _, r16 := range unicode.Nd.R16 {
		if lo := rune(r16.Lo); r >= lo && r <= rune(r16.Hi) {
			return byte((r - lo) % 10)
		}
	}
	for _, r32 := range unicode.Nd.R32 {
		if lo := rune(r32.Lo); r >= lo && r <= rune(r32.Hi) {
			return byte((r - lo) % 10)
		}
	}
	return 0
}

// foldLead marks the first bytes of characters that are folded: those of all other scripts are passed at once.
var foldLead = func() (t [256]bool) {
	mark := func(r rune) {
		if foldRune(r) != 0 {
			t[string(r)[0]] = true
		}
	}
	for r := rune(0x80); r <= 0xffff; r++ {
		mark(r)
	}
	for _, r := range unicode.Nd.R32 {
		mark(rune(r.Lo))
	}
	return t
}()

// matters reports whether the escape or character at t[i] stands for what could be part of a finding there. Text without
// such escapes is looked at as it is.
func matters(t []byte, i int) bool {
	r, n := rune(0), 0
	switch b := t[i]; {
	case b == '%':
		var c byte
		if c, n = unescapePercent(t[i:min(len(t), i+16)]); c >= 0x80 {
			return foldLead[c] && i+n < len(t) && t[i+n] == '%'
		}
		r = rune(c)
	case b == '\\':
		r, n = unescapeBackslash(t[i:min(len(t), i+maxBackslashes+8)])
	case b == '&':
		r, n = unescapeEntity(t[i:min(len(t), i+16)])
	case foldLead[b]:
		r, n = utf8.DecodeRune(t[i:])
	}
	if n == 0 {
		return false
	}
	escaped := t[i] < utf8.RuneSelf
	if r >= utf8.RuneSelf {
		if f := foldRune(r); f != 0 {
			r = rune(f)
		}
	}
	before, after := byte(0), byte(0)
	if i > 0 {
		before = t[i-1]
	}
	if i+n < len(t) {
		after = t[i+n]
	}
	return mattersBetween(before, r, after) || escaped && isDigit(after) // or it would be taken for one of the digits behind it
}

// mattersBetween reports whether r could be part of a finding between two bytes.
func mattersBetween(before byte, r rune, after byte) bool {
	open := is(after, classEscape)
	switch {
	case r >= '0' && r <= '9':
		return true
	case r == '@':
		return (is(before, classLocal) || before == '"' || before == ';') && (is(after, classDomain) || after == '[' || open)
	case r == '+':
		return isDigit(after) || after == ' ' || after == '(' || open
	case r == ':':
		return (is(before, classHex) || before == ':') && (is(after, classHex) || after == ':' || open)
	case r == '.' || r == '-':
		return (is(before, classWord) || before == ')' || before >= 0x80 || before == ';') && (is(after, classWord) || open)
	case r == ' ' || r == '/' || r == '(' || r == ')' || r == invisible:
		return (is(before, classDigit) || before == ')' || before == '+' || before == ';') && (isDigit(after) || after == '(' || after == '+' || open)
	}
	return false
}
