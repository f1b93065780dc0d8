package scan

import (
	"unicode"
	"unicode/utf8"
)

// unescapePercent decodes %XX, and %25XX and so on, in which the percent sign is escaped itself. It returns the byte and how
// many bytes stand for it, 0 if none do.
func unescapePercent(s []byte) (byte, int) {
	for n := 1; len(s) >= n+2; n += 2 {
		hi, lo := unhex(s[n]), unhex(s[n+1])
		if hi|lo > 15 {
			return 0, 0
		}
		b := hi<<4 | lo
		if b != '%' || len(s) < n+4 || unhex(s[n+2])|unhex(s[n+3]) > 15 {
			return b, n + 2
		}
	}
	return 0, 0
}

// hexPair returns the byte that two digits stand for, or more than a byte if they are none.
func hexPair(hi, lo byte) uint16 {
	return uint16(hexValue[hi])<<4 | uint16(hexValue[lo])&0xf | uint16(hexValue[hi]|hexValue[lo])&0xf0<<4
}

func unhex(b byte) byte { return hexValue[b] }

var hexValue = func() (t [256]byte) {
	for i := range t {
		t[i] = 0xff
	}
	for i := range byte(10) {
		t['0'+i] = i
	}
	for i := range byte(6) {
		t['a'+i], t['A'+i] = 10+i, 10+i
	}
	return t
}()

// maxBackslashes bounds how often JSON may be inside JSON.
const maxBackslashes = 8

// unescapeBackslash decodes \uXXXX, \xXX, \n and the like, after any number of further backslashes.
func unescapeBackslash(s []byte) (rune, int) {
	if len(s) > 5 && s[1] == 'u' { // as most have it
		if hi, lo := hexPair(s[2], s[3]), hexPair(s[4], s[5]); hi|lo <= 0xff {
			return rune(hi)<<8 | rune(lo), 6
		}
		return 0, 0
	}
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
	case 'n', 'r', 'b', 'f':
		return '\n', n + 1
	case 't':
		return ' ', n + 1
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
	if len(s) < 4 || s[1] == '#' || !is(s[1], classLetter) {
		if len(s) > 3 && s[1] == '#' {
			return unescapeNumeric(s)
		}
		return 0, 0
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
	if r <= maxFolded {
		return foldBlocks[foldBlock[r>>foldShift]][r&(1<<foldShift-1)]
	}
	for _, r32 := range unicode.Nd.R32 { // the digits of a script stand together, zero first
		if lo := rune(r32.Lo); r >= lo && r <= rune(r32.Hi) {
			return '0' + byte((r-lo)%10)
		}
	}
	return 0
}

// What the characters up to maxFolded are folded to, in blocks that many of them share. The first block folds none.
const (
	maxFolded = 0xffff
	foldShift = 6
)

var foldBlock, foldBlocks = func() (at [(maxFolded + 1) >> foldShift]uint8, blocks [][1 << foldShift]byte) {
	blocks = make([][1 << foldShift]byte, 1)
	set := func(r rune, to byte) {
		k := &at[r>>foldShift]
		if *k == 0 {
			*k = uint8(len(blocks))
			blocks = append(blocks, [1 << foldShift]byte{})
		}
		blocks[*k][r&(1<<foldShift-1)] = to
	}
	for _, digits := range unicode.Nd.R16 {
		if lo := rune(digits.Lo); lo >= 0x660 {
			for r := lo; r <= rune(digits.Hi); r++ {
				set(r, '0'+byte((r-lo)%10))
			}
		}
	}
	for _, f := range folds {
		for r := f.lo; r <= f.hi; r++ {
			set(r, f.to)
		}
	}
	for r := rune(0xff01); r <= 0xff5e; r++ { // full-width signs
		set(r, byte(r-0xff01+'!'))
	}
	return at, blocks
}()

// folds are the blanks, the characters without width and the dashes.
var folds = []struct {
	lo, hi rune
	to     byte
}{
	{0xa0, 0xa0, ' '}, {0x202f, 0x202f, ' '}, {0x3000, 0x3000, ' '}, {0x2000, 0x200a, ' '},
	{0xad, 0xad, invisible}, {0x200b, 0x200f, invisible}, {0x202a, 0x202e, invisible}, {0x2060, 0x2069, invisible}, {0xfeff, 0xfeff, invisible},
	{0x2010, 0x2015, '-'}, {0x2212, 0x2212, '-'},
}

// foldLead marks the first bytes of characters that are folded: those of all other scripts are passed at once.
var foldLead = func() (t [256]bool) {
	for r := rune(utf8.RuneSelf); r <= maxFolded; r++ {
		if foldBlock[r>>foldShift] == 0 {
			r |= 1<<foldShift - 1
		} else if foldRune(r) != 0 {
			t[string(r)[0]] = true
		}
	}
	for _, digits := range unicode.Nd.R32 {
		t[string(rune(digits.Lo))[0]] = true
	}
	return t
}()

// foldAt folds the character that s begins with.
func foldAt(s []byte) (rune, int) {
	if len(s) > 1 && s[0] < 0xe0 && s[1]&0xc0 == 0x80 { // as most digits of other scripts have it
		return foldedAs(foldTwo[s[0]&0x1f][s[1]&0x3f], 2)
	}
	r, n := utf8.DecodeRune(s)
	return foldedAs(foldRune(r), n)
}

// foldedAs returns what decodeAt returns for a character of n bytes that is folded to f.
func foldedAs(f byte, n int) (rune, int) {
	switch f {
	case 0:
		return 0, 0
	case invisible:
		return nothing, n
	}
	return rune(f), n
}

// foldTwo is foldRune for the characters of two bytes, by their bits.
var foldTwo = func() (t [1 << 5][1 << 6]byte) {
	for r := rune(utf8.RuneSelf); r < 1<<11; r++ {
		t[r>>6][r&0x3f] = foldRune(r)
	}
	return t
}()

// nothing is what decodeAt returns for characters that are left out.
const nothing = -1

// decodeAt decodes the escape at s[i] or folds the character there: it returns the character that it stands for and how many
// bytes it takes, 0 if s[i] stands for itself.
func decodeAt(s []byte, i int) (rune, int) {
	r, n := decodeOnce(s, i)
	if n > 1 && (r == '\\' || r == '&' || r == '%') {
		return decodeFurther(s, i, byte(r), n)
	}
	return r, n
}

// maxFurther bounds the characters of an escape that is escaped itself.
const maxFurther = 20

// decodeFurther decodes the escape that the sign begins which the escape at s[i] stands for, of n bytes: %5Cu002B, \u0026#64; and
// %26%2364%3B, as programs make them of what others escaped. If there is none it returns the sign.
func decodeFurther(s []byte, i int, sign byte, n int) (rune, int) {
	var (
		buf  [maxFurther]byte
		ends [maxFurther]uint16 // where what stands for each ends
	)
	ends[0] = uint16(n)
	text := append(buf[:0], sign)
	for at := i + n; at < len(s) && len(text) < maxFurther && text[len(text)-1] != ';'; {
		r, size := rune(s[at]), 1
		if is(s[at], classEscape) {
			if once, m := decodeOnce(s, at); m > 0 {
				r, size = once, m
			}
		}
		if r < 0 || r >= utf8.RuneSelf || !goesOn(text, byte(r)) {
			break
		}
		at += size
		ends[len(text)] = uint16(at - i)
		text = append(text, byte(r))
	}
	if len(text) > 1 {
		if r, m := decodeAt(text, 0); m > 1 {
			return r, int(ends[m-1])
		}
	}
	return rune(sign), n
}

// goesOn reports whether the escape that begins with text may go on with b.
func goesOn(text []byte, b byte) bool {
	switch b {
	case '\\':
		return text[len(text)-1] == b && len(text) < maxBackslashes
	case '#':
		return len(text) == 1
	case ';':
		return text[0] == '&'
	}
	return is(b, classLetter) || isDigit(b) && (text[0] != '\\' || is(text[len(text)-1], classWord))
}

// decodeOnce is decodeAt for those to whom what stands for a sign of an escape is that sign.
func decodeOnce(s []byte, i int) (rune, int) {
	r, n := rune(0), 0
	switch b := s[i]; {
	case b == '%':
		if r, n = percentASCII(s, i); n > 0 {
			return r, n
		}
		if r, n = percentRune(s, i); r < utf8.RuneSelf {
			return r, n
		}
	case b == '\\':
		r, n = unescapeBackslash(s[i:min(len(s), i+maxBackslashes+8)])
	case b == '&':
		r, n = unescapeEntity(s[i:min(len(s), i+16)])
	case foldLead[b]:
		return foldAt(s[i:])
	}
	if r < utf8.RuneSelf {
		return r, n
	}
	switch f := foldRune(r); f {
	case 0:
		return r, n
	case invisible:
		return nothing, n
	default:
		return rune(f), n
	}
}

// percentASCII decodes the percent escape at s[i] as most are: of one character of ASCII, and not of what may begin an escape.
func percentASCII(s []byte, i int) (rune, int) {
	if s[i] == '%' && i+2 < len(s) {
		if b := hexValue[s[i+1]]<<4 | hexValue[s[i+2]]; hexValue[s[i+1]] < 8 && hexValue[s[i+2]] < 16 && b != '%' && b != '&' && b != '\\' {
			return rune(b), 3
		}
	}
	return 0, 0
}

// percentRune decodes the percent escapes of one character.
func percentRune(s []byte, i int) (rune, int) {
	b, n := unescapePercent(s[i:min(len(s), i+maxPercent)])
	if n == 0 || b < utf8.RuneSelf {
		return rune(b), n
	}
	var buf [utf8.UTFMax]byte
	full := append(buf[:0], b)
	for i += n; !utf8.FullRune(full) && i < len(s) && s[i] == '%'; {
		b, m := unescapePercent(s[i:min(len(s), i+maxPercent)])
		if m == 0 {
			break
		}
		full = append(full, b)
		i, n = i+m, n+m
	}
	r, size := utf8.DecodeRune(full)
	if r == utf8.RuneError || size < len(full) {
		return 0, 0
	}
	return r, n
}

// maxPercent bounds the bytes of one percent escape.
const maxPercent = 12

// matters reports whether the escape or character at t[i] stands for what could be part of a finding there. Text without
// such escapes is looked at as it is.
func matters(t []byte, i int) bool {
	b := t[i]
	if b >= utf8.RuneSelf && !foldLead[b] {
		return false
	}
	r, n := decodeAt(t, i)
	return n > 0 && mattersAs(t, i, r, n)
}

// mattersAs is matters for what has been decoded as r from n bytes.
func mattersAs(t []byte, i int, r rune, n int) bool {
	b := t[i]
	before, after := byteAt(t, i-1), byteAt(t, i+n)
	if b < utf8.RuneSelf && isDigit(after) { // or the escape would be taken for one of the digits behind it
		return true
	}
	return mattersBetween(before, r, after) || is(after, classEscape) && mattersBefore(t, before, r, i+n)
}

// mattersBefore is mattersBetween for what stands before another escape, at t[next].
func mattersBefore(t []byte, before byte, r rune, next int) bool {
	after, n := decodeAt(t, next)
	if n == 0 {
		return false
	}
	if after < 0 || after >= utf8.RuneSelf {
		after = 'x'
	}
	return mattersBetween(before, r, byte(after))
}

// mattersBetween reports whether r could be part of a finding between two bytes.
func mattersBetween(before byte, r rune, after byte) bool {
	switch r {
	case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return true
	case '@':
		return (is(before, classLocal) || before == '"' || before == ';') && (is(after, classDomain) || after == '[')
	case '+':
		return isDigit(after) || after == ' ' || after == '('
	case ':':
		return (is(before, classHex) || before == ':') && (is(after, classHex) || after == ':')
	case '.', '-':
		return (is(before, classWord) || before == ')' || before >= utf8.RuneSelf || before == ';') && is(after, classWord)
	case nothing:
		return mayBeWithin(before) && mayBeWithin(after) && !(is(before, classLetter) && is(after, classLetter))
	case ' ', '/', '(', ')':
		return (isDigit(before) || before == ')' || before == '+' || before == ';') && (isDigit(after) || after == '(' || after == '+')
	}
	return false
}

// mayBeWithin reports whether b may be of a finding, on either side of a character without width.
func mayBeWithin(b byte) bool { return is(b, classWord|classJoin) || b == '@' || b == ':' || b == ';' }
