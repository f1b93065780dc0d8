package scan

// Names tells by their last letters which names of fields a cursor stops behind. It is immutable once a cursor uses it, and says yes to
// more than was put in.
type Names struct {
	ends [2][256]ending // behind an equals sign and a colon, by the last byte
}

// ending has the low five bits that the second and the third last byte may have.
type ending struct{ second, third uint32 }

const anyByte = ^uint32(0)

// NewNames returns Names that stop where a name may end that is not of letters, or stands in quotes, brackets or ahead of a blank:
// those have to be looked at.
func NewNames() *Names {
	n := new(Names)
	for i := range n.ends {
		for _, c := range "\"'`] " {
			n.ends[i][c] = ending{anyByte, anyByte}
		}
		for _, c := range "dD" { // %5D
			n.ends[i][c] = ending{1 << ('5' & 31), 1 << ('%' & 31)}
		}
	}
	return n
}

// Add makes cursors stop at the equals signs behind names that end like name, which is in lower case, and if colon says so at the
// colons.
func (n *Names) Add(name string, colon bool) {
	k := len(name)
	if k < 2 {
		return
	}
	e := ending{1 << (name[k-2] & 31), anyByte}
	if k > 2 {
		e.third = 1<<(name[k-3]&31) | 1<<('_'&31) | 1<<('-'&31) // tax_id
	}
	if isDigit(name[k-1]) {
		e = ending{e.second | 1<<('_'&31) | 1<<('-'&31), anyByte} // address_line_1
	}
	for i := range n.ends {
		if i == 0 || colon {
			for _, c := range []byte{name[k-1], name[k-1] &^ 0x20} {
				n.ends[i][c].second |= e.second
				n.ends[i][c].third |= e.third
			}
		}
	}
}

// Has reports whether a cursor stops at the equals sign, or else the colon, behind t[:i].
func (n *Names) Has(t []byte, i int, colon bool) bool {
	kind := 0
	if colon {
		kind = 1
	}
	return i == 2 || i > 2 && n.has(kind, t, i)
}

// has is Has for i greater than 2.
func (n *Names) has(kind int, t []byte, i int) bool {
	e := &n.ends[kind][t[i-1]]
	return e.second>>(t[i-2]&31)&(e.third>>(t[i-3]&31))&1 != 0
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
	if c.asked == i+1 || c.names == &noNames || c.t[i] == ':' && slash[byteAt(c.t, i+1)] && !slashes(c.t, i+1) && !c.names.has(1, c.t, i) {
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
