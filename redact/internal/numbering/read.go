package numbering

import "encoding/binary"

// regionRow is what is known of a region besides its numbers. The last three are roots in the automaton.
type regionRow struct {
	name    string
	code    uint16
	lengths uint32 // possible lengths of a national number, as a set of bits
	local   uint32 // lengths that only neighbours dial
	numbers uint16 // labels of this region alone, with the general pattern
	prefix  uint16 // national prefix and carrier code
	exit    uint16 // what is dialled before a calling code
}

// codeRow is what is known of a calling code: its regions, in the order in which they claim a number, and the lengths of
// the first of them, which decide for all.
type codeRow struct {
	code       uint16
	lengths    uint32
	local      uint32
	numbers    uint16 // labels of all its regions together
	first, len uint16 // in codeRegions
}

func firstRegion(row uint8) Region { return codeRegions[codes[row].first] }

func codeDigits(code uint16) int {
	switch {
	case code < 10:
		return 1
	case code < 100:
		return 2
	}
	return 3
}

// appendCode appends the digits of a calling code, which has n of them.
func appendCode(dst []byte, code uint16, n int) []byte {
	var b [3]byte
	for i := n - 1; i >= 0; i-- {
		b[i] = '0' + byte(code%10)
		code /= 10
	}
	return append(dst, b[:n]...)
}

// stripExit strips what the region dials before a calling code. What follows it is no calling code if it begins with 0.
func stripExit(home *regionRow, digits []byte) (rest []byte, ok bool) {
	c := cutOf(home.exit, digits)
	if c == 0 {
		return digits, false
	}
	rest = digits[cuts[c].end:]
	if len(rest) > 0 && rest[0] == '0' {
		return digits, false
	}
	return rest, true
}

// stripOwnCode strips the calling code of the region and a national prefix after it, if the digits are too long for the
// region, or if they have not the pattern of its numbers and then have it. What is left may lie in buf.
func stripOwnCode(buf []byte, home *regionRow, digits []byte) (rest []byte, ok bool) {
	code, n := CallingCode(digits)
	if code != home.code {
		return digits, false
	}
	rest, _ = stripPrefix(buf, home, digits[n:])
	if home.tooLong(len(digits)) || !home.general(digits) && home.general(rest) {
		return rest, true
	}
	return digits, false
}

// stripPrefix strips or rewrites a national prefix and a carrier code, unless digits have the pattern of the region's
// numbers and would lose it. What is left may lie in buf.
func stripPrefix(buf []byte, home *regionRow, digits []byte) (rest []byte, ok bool) {
	id := cutOf(home.prefix, digits)
	if id == 0 {
		return digits, false
	}
	rest = cuts[id].apply(buf, digits)
	if home.general(digits) && !home.general(rest) {
		return digits, false
	}
	return rest, true
}

// cut is what becomes of digits that begin with a prefix: literal, the digits [from,to), and the digits from end on.
type cut struct {
	literal       string
	from, to, end uint8
}

func (c *cut) apply(buf, digits []byte) []byte {
	if c.literal == "" && c.from == c.to {
		return digits[c.end:]
	}
	buf = append(buf, c.literal...)
	buf = append(buf, digits[c.from:c.to]...)
	return append(buf, digits[c.end:]...)
}

// general reports whether digits have the general pattern of the region's numbers, whatever their length.
func (r *regionRow) general(digits []byte) bool { return labelOf(r.numbers, digits)&generalBit != 0 }

func (r *regionRow) tooLong(n int) bool { return r.local>>n&1 == 0 && r.lengths>>n == 0 }

// mayStrip reports whether a prefix may be stripped that leaves n digits. What is too short without it is rather a short
// number with it; what is too long with it, is so without it.
func (r *regionRow) mayStrip(n int) bool {
	return r.local>>n&1 == 0 && (r.lengths>>n&1 == 1 || r.lengths>>n == 0)
}

// read judges a national number under the calling code of row, which has codeLen digits, after stripping a prefix as the
// plan of home says.
func read(row uint8, codeLen int, home Region, national []byte) (n Number) {
	if len(national) < minNational || len(national) > maxInput {
		return Number{}
	}
	var buf [scratch]byte
	if rest, ok := stripPrefix(buf[:0], &regions[home], national); ok && regions[home].mayStrip(len(rest)) {
		national = rest
	}
	if len(national) < minNational || len(national) > maxNational || !allDigits(national) {
		return Number{}
	}
	code := &codes[row]
	n.CallingCode, n.CodeLen = code.code, uint8(codeLen)
	n.n = uint8(len(append(appendCode(n.digits[:0], code.code, codeLen), national...)))
	n.Possible = (code.lengths|code.local)>>len(national)&1 == 1
	found := labelOf(code.numbers, national)
	n.Type = Type(found & typeMask)
	n.Valid = n.Type != Unknown
	n.Region = code.region(found)
	return n
}

// region returns where a number of that label belongs, or none.
func (c *codeRow) region(label uint16) Region {
	switch place := label >> regionShift; {
	case c.len == 1:
		return codeRegions[c.first]
	case place != 0:
		return codeRegions[c.first+place-1]
	}
	return 0
}

func allDigits(b []byte) bool {
	if len(b) < 8 {
		return fewDigits(b)
	}
	for ; len(b) > 8; b = b[min(8, len(b)-8):] { // the last eight may have been looked at
		if !eightDigits(b) {
			return false
		}
	}
	return eightDigits(b)
}

func fewDigits(b []byte) bool {
	for _, c := range b {
		if c-'0' > 9 {
			return false
		}
	}
	return true
}

// eightDigits reports whether the first eight bytes of b are digits: what is beyond 9 carries into the upper half of its byte.
func eightDigits(b []byte) bool {
	const ones = 0x0101010101010101
	w := binary.LittleEndian.Uint64(b)
	return (w&(0xf0*ones) | (w+6*ones)&(0xf0*ones)>>4) == 0x33*ones
}
