package scan

import (
	"encoding/binary"
)

// Names tells by their last four bytes which names of fields a cursor stops behind. It is immutable once a cursor uses it, and says yes to
// more than was put in.
type Names struct {
	kinds [2]endings // behind an equals sign and a colon
}

// endings are how names end. searchAVX2 reads them as they lie here.
type endings struct {
	words [1 << (endBits - 6)]uint64 // the hashes of ends, as bits
	pairs [256]uint32                // by the last byte, which low five bits the byte ahead may have where these two are enough
	lasts [256]uint32                // and which it may have at all
}

const (
	endBits  = 16
	endBytes = 4
	anyByte  = ^uint32(0)
	joinBits = 1<<('_'&31) | 1<<('-'&31)
)

// NewNames returns Names that stop where a name may end that is not of letters, or stands in quotes, brackets or ahead of a blank:
// those have to be looked at.
func NewNames() *Names {
	n := new(Names)
	for i := range n.kinds {
		for _, c := range "\"'`] " {
			n.kinds[i].addPair(byte(c), anyByte)
		}
		n.kinds[i].addName("%5d")
		n.kinds[i].addName("%255d")
	}
	return n
}

// Add makes cursors stop at the equals signs behind names that end like name, which is in lower case, and if colon says so at the
// colons. Of more than two letters it may be parted by hyphens and underscores: tax_id.
func (n *Names) Add(name string, colon bool) {
	if len(name) < 2 {
		return
	}
	n.kinds[0].addName(name)
	if colon {
		n.kinds[1].addName(name)
	}
}

// AddColon makes cursors stop at the colons behind names that end like name, and at nothing else.
func (n *Names) AddColon(name string) { n.kinds[1].addName(name) }

func (e *endings) addName(name string) {
	last, second, left := name[len(name)-1], name[len(name)-2], name[:len(name)-2]
	switch {
	case !is(last, classLetter):
		e.addPair(last, 1<<(second&31)|joinBits) // address_line_1
	case left == "":
		e.addPair(last, 1<<(second&31))
		e.addPair(last&^0x20, 1<<(second&31))
	default:
		e.lasts[last] |= 1<<(second&31) | joinBits
		e.lasts[last&^0x20] |= 1<<(second&31) | joinBits
		e.spell(uint32(last)<<24, 24, name[:len(name)-1])
	}
}

func (e *endings) addPair(last byte, seconds uint32) {
	e.pairs[last] |= seconds
	e.lasts[last] |= seconds
}

// spell adds the ends of names that end in end, and ahead of it, from the bit at on, in what is left of them, with and without
// separators between. Ahead of a name of three letters anything may stand.
func (e *endings) spell(end uint32, at int, left string) {
	if at == 0 {
		e.add(end)
		return
	}
	at -= 8
	if left == "" {
		for c := range uint32(256) {
			e.add(end | c<<at)
		}
		return
	}
	k := len(left) - 1
	e.spell(end|uint32(left[k])<<at, at, left[:k])
	e.spell(end|'_'<<at, at, left)
	e.spell(end|'-'<<at, at, left)
}

func (e *endings) add(end uint32) {
	h := hashEnd(end)
	e.words[h>>6] |= 1 << (h & 63)
}

// hashEnd returns the place of four bytes among the ends. Letters of both cases have the same.
func hashEnd(end uint32) uint64 {
	const lowers = 0x20202020
	return uint64(end|lowers) * 0x9e3779b97f4a7c15 >> (64 - endBits)
}

// Has reports whether a cursor stops at the equals sign, or else the colon, behind t[:i].
func (n *Names) Has(t []byte, i int, colon bool) bool {
	e := &n.kinds[0]
	if colon {
		e = &n.kinds[1]
	}
	return i == 2 && e.pairs[t[1]]>>(t[0]&31)&1 != 0 || i > 2 && e.end(t, i)
}

// end reports whether a name may end before t[i]. i must be greater than 2.
func (e *endings) end(t []byte, i int) bool { return e.mayEnd(t, i) && e.hasAhead(t, i) }

// mayEnd is end by the last two bytes only: short enough to be inlined.
func (e *endings) mayEnd(t []byte, i int) bool { return e.lasts[t[i-1]]>>(t[i-2]&31)&1 != 0 }

// hasAhead is has for the four bytes ahead of t[i], or the three.
func (e *endings) hasAhead(t []byte, i int) bool {
	if i < endBytes {
		return e.has(uint32(t[0])<<8|uint32(t[1])<<16|uint32(t[2])<<24) != 0
	}
	return e.has(binary.LittleEndian.Uint32(t[i-endBytes:])) != 0
}

// has returns 1 if a name may end in four bytes, else 0.
func (e *endings) has(end uint32) uint64 {
	h, last, second := hashEnd(end), end>>24, end>>16&31
	return (uint64(e.pairs[last]>>second) | e.words[h>>6]>>(h&63)&uint64(e.lasts[last]>>second)) & 1
}

// noNames has none.
var noNames Names

// slash has the bytes that the slashes of a URL may begin with.
var slash = [256]bool{'/': true, '\\': true}

// slashes reports whether two slashes stand at t[i], as they are or with a backslash each.
func slashes(t []byte, i int) bool {
	if i+1 < len(t) && t[i] == '/' {
		return t[i+1] == '/'
	}
	return i+3 < len(t) && string(t[i:i+4]) == `\/\/`
}

// sign makes the sign at t[i] the finding, if it was not that already. If the caller goes on, it is looked at for what else it may be.
func (c *Cursor) sign(i int) bool {
	if c.asked == i+1 || c.f.names == &noNames || c.t[i] == ':' && slash[byteAt(c.t, i+1)] && !slashes(c.t, i+1) && !c.f.names.kinds[1].end(c.t, i) {
		return false
	}
	c.asked, c.pos = i+1, i
	f := &c.Finding
	f.Kind, f.Start, f.End = Sign, i, i+1
	if c.v != nil {
		f.Start, f.End = c.v.raw(i, i+1)
	}
	return true
}

// escapesEquals reports whether t begins with an equals sign in percent escapes, once or twice.
func escapesEquals(t []byte) bool {
	if len(t) > 4 && t[1] == '2' && t[2] == '5' {
		t = t[2:]
	}
	return len(t) > 2 && t[1] == '3' && t[2]|0x20 == 'd'
}

// beyondHex marks the letters of x that are no digits of an IPv6 address.
func beyondHex(x uint64) uint64 {
	return between(x&^highs|' '*ones, 'g', 'z') & highs &^ x
}
