package scan

import (
	"sync"
	"unicode"
	"unicode/utf8"
)

// A view is a line with its escapes decoded and its characters folded: percent escapes (doubled ones too), \u escapes
// (of JSON inside JSON too), HTML entities, digits of every script, full-width signs, kinds of blanks and dashes. For each
// of its bytes it knows which raw bytes stand for it.
type view struct {
	b    []byte
	span []span // of each byte of b; bytes of one character share one
}

// span is where a character stands in the raw line.
type span struct{ start, end int32 }

// maxViewKept bounds the memory that a view keeps for the next line.
const maxViewKept = 64 << 10

var views = sync.Pool{New: func() any { return new(view) }}

func (v *view) release() {
	if cap(v.b) > maxViewKept {
		*v = view{}
	}
	views.Put(v)
}

// decode makes v the view of line. It reports false if the view is the line itself.
func (v *view) decode(line []byte) bool {
	v.b, v.span = v.b[:0], v.span[:0]
	changed := false
	for i := 0; i < len(line); {
		n := v.unescape(line, i)
		changed = changed || n > 1
		for len(v.span) < len(v.b) {
			v.span = append(v.span, span{int32(i), int32(i + n)})
		}
		i += n
	}
	return v.fold() || changed
}

// unescape appends the character that stands at line[i] and returns how many raw bytes it takes.
func (v *view) unescape(line []byte, i int) int {
	r, n := rune(0), 0
	switch line[i] {
	case '%':
		var b byte
		if b, n = unescapePercent(line[i:]); n > 0 {
			v.b = append(v.b, b) // a byte, and not a character: the others of a character follow
			return n
		}
	case '\\':
		r, n = unescapeBackslash(line[i:])
	case '&':
		r, n = unescapeEntity(line[i:])
	}
	if n == 0 {
		v.b = append(v.b, line[i])
		return 1
	}
	v.b = utf8.AppendRune(v.b, r)
	return n
}

// unescapePercent decodes %XX, and %25XX and so on, in which the percent sign is escaped itself.
func unescapePercent(s []byte) (byte, int) {
	n := 1
	for range 4 {
		if len(s) < n+2 {
			return 0, 0
		}
		hi, lo := unhex(s[n]), unhex(s[n+1])
		if hi > 15 || lo > 15 {
			return 0, 0
		}
		b := hi<<4 | lo
		if b != '%' || len(s) < n+4 || unhex(s[n+2]) > 15 || unhex(s[n+3]) > 15 {
			return b, n + 2
		}
		n += 2
	}
	return '%', n
}

func unhex(c byte) byte {
	switch {
	case isDigit(c):
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 0xff
}

// unescapeBackslash decodes \uXXXX, \n and the like, after any number of further backslashes.
func unescapeBackslash(s []byte) (rune, int) {
	n := 0
	for n < len(s) && s[n] == '\\' && n < 8 {
		n++
	}
	if n == len(s) {
		return 0, 0
	}
	switch s[n] {
	case 'u':
		if len(s) < n+5 {
			return 0, 0
		}
		r := rune(0)
		for _, c := range s[n+1 : n+5] {
			h := unhex(c)
			if h > 15 {
				return 0, 0
			}
			r = r<<4 | rune(h)
		}
		return r, n + 5
	case 'n', 'r', 't':
		return '\n', n + 1
	case '"', '/':
		return rune(s[n]), n + 1
	}
	return 0, 0
}

var entities = []struct {
	name string
	c    byte
}{{"commat;", '@'}, {"plus;", '+'}, {"period;", '.'}, {"colon;", ':'}, {"nbsp;", ' '}, {"lt;", '<'}, {"gt;", '>'}, {"quot;", '"'}, {"amp;", '&'}, {"sol;", '/'}}

// unescapeEntity decodes &#64; &#x40; &commat; and the like.
func unescapeEntity(s []byte) (rune, int) {
	if len(s) > 3 && s[1] == '#' {
		return unescapeNumeric(s)
	}
	for _, e := range entities {
		if len(s) > len(e.name) && string(s[1:1+len(e.name)]) == e.name {
			return rune(e.c), 1 + len(e.name)
		}
	}
	return 0, 0
}

func unescapeNumeric(s []byte) (rune, int) {
	base, i := rune(10), 2
	if s[2]|0x20 == 'x' {
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

// fold replaces characters that people take for an ASCII one by that one, and takes out those that nobody sees. It reports
// whether it did.
func (v *view) fold() bool {
	w, changed := 0, false
	for i := 0; i < len(v.b); {
		if v.b[i] < utf8.RuneSelf {
			v.b[w], v.span[w] = v.b[i], v.span[i]
			w, i = w+1, i+1
			continue
		}
		r, n := utf8.DecodeRune(v.b[i:])
		f := foldRune(r)
		switch {
		case f == 0:
			w += copy(v.b[w:], v.b[i:i+n])
			copy(v.span[w-n:], v.span[i:i+n])
		case f == invisible:
			changed = true
		default:
			v.b[w], v.span[w] = f, span{v.span[i].start, v.span[i+n-1].end}
			w, changed = w+1, true
		}
		i += n
	}
	v.b, v.span = v.b[:w], v.span[:w]
	return changed
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
