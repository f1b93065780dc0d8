package scan

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// parse4 reads d.d.d.d at the start of t, after the rules of net/netip but for octets that zeros fill up to three digits, and
// returns its length, 0 if there is none.
func parse4(t []byte) (b [4]byte, n int) {
	for i := range 4 {
		if i > 0 {
			if n >= len(t) || t[n] != '.' {
				return b, 0
			}
			n++
		}
		first, v := n, 0
		for n < len(t) && isDigit(t[n]) && n < first+4 {
			v = v*10 + int(t[n]-'0')
			n++
		}
		if n == first || v > 255 || n == first+2 && t[first] == '0' {
			return b, 0
		}
		b[i] = byte(v)
	}
	return b, n
}

// parse6 reads all of t as an IPv6 address without zone, with what parse4 reads in it but otherwise after the rules of
// net/netip.
func parse6(t []byte) (b [16]byte, ok bool) {
	const none = -1
	i, ellipsis, n := 0, none, 0 // n is how many bytes of b are set
	if len(t) >= 2 && t[0] == ':' && t[1] == ':' {
		ellipsis, i = 0, 2
	}
	for i < len(t) && n < 16 {
		first, v := i, 0
		for i < len(t) && i < first+5 && unhex(t[i]) < 16 {
			v = v<<4 | int(unhex(t[i]))
			i++
		}
		if i == first || i > first+4 {
			return b, false
		}
		if i < len(t) && t[i] == '.' {
			quad, size := parse4(t[first:])
			if size == 0 || first+size != len(t) || n > 12 || ellipsis == none && n != 12 {
				return b, false
			}
			n, i = n+copy(b[n:], quad[:]), len(t)
			break
		}
		b[n], b[n+1] = byte(v>>8), byte(v)
		n += 2
		if i == len(t) {
			break
		}
		if t[i] != ':' || i+1 == len(t) {
			return b, false
		}
		i++
		if t[i] == ':' {
			if ellipsis != none {
				return b, false
			}
			ellipsis = n
			if i++; i == len(t) {
				break
			}
		}
	}
	if i != len(t) || (n == 16) == (ellipsis != none) {
		return b, false
	}
	if ellipsis != none {
		tail := copy(b[16-(n-ellipsis):], b[ellipsis:n])
		clear(b[ellipsis : 16-tail])
	}
	return b, true
}

// dotted tries an IPv4 address whose first octet begins at t[i]. It reports whether it made a finding.
func (c *Cursor) dotted(i int) bool {
	if c.misses == nil && byteAt(c.t, i-1) == '.' && isDigit(byteAt(c.t, i-2)) {
		return false // it does not stand free, whatever it is
	}
	b, n := parse4(c.t[i:])
	if n == 0 {
		return false
	}
	end := i + n
	if !c.standsFree(i, end) {
		c.missed(i, end, IP, vetoWord)
		return false
	}
	if c.versionBefore(i) || versionBehind(c.t[end:]) {
		c.missed(i, end, IP, vetoVersion)
		return false
	}
	if c.addressAround(i, end) {
		return true
	}
	local := b[0] == 127 || b == [4]byte{}
	c.found(i, prefixLength(c.t, end, 32), IP, TierA, ruleIPv4)
	c.Finding.Local = local
	return true
}

// prefixLength returns the end of an address that /n may follow.
func prefixLength(t []byte, end, most int) int {
	if end >= len(t) || t[end] != '/' {
		return end
	}
	v, i := 0, end+1
	for i < len(t) && isDigit(t[i]) && i < end+4 {
		v = v*10 + int(t[i]-'0')
		i++
	}
	if i == end+1 || v > most || i < len(t) && (is(t[i], classWord) || t[i] == '/' || t[i] == '.') {
		return end
	}
	return i
}

// standsFree reports whether t[i:end] is not the continuation of a word, a number or a path of dots. In the name of a host,
// host203.0.113.5.example.com, it may be that of a word.
func (c *Cursor) standsFree(i, end int) bool {
	t := c.t
	after := byteAt(t, end)
	if is(after, classWord) || after == '.' && isDigit(byteAt(t, end+1)) {
		return false
	}
	switch b := byteAt(t, i-1); {
	case b == '.':
		return !isDigit(byteAt(t, i-2))
	case is(b, classLetter):
		return after == '.' && is(byteAt(t, end+1), classLetter)
	default:
		return !is(b, classWord)
	}
}

// maxToken6 bounds what can be an IPv6 address with an IPv4 tail.
const maxToken6 = 64

// leastColons is how many colons an IPv6 address has at least that has no two in a row: six, before an IPv4 tail.
const leastColons = 6

// colon tries an IPv6 address around the colon at t[i]. It reports whether it made a finding.
func (c *Cursor) colon(i int) bool {
	t := c.t
	c.pos = i + 1
	if i < c.done6 {
		return false
	}
	if i+1 == len(t) || !is(t[i+1], classHex) && t[i+1] != ':' {
		c.vain()
		return false
	}
	if isClock(t, i) {
		c.pos = i + 6
		return false
	}
	from, to, colons, double := addressAt(t, i, c.floor)
	c.done6 = to
	if c.v == nil && colons > 1 && to < len(t) && is(t[to], classEscape) {
		if r, n := decodeAt(t, to); n > 0 && (r == nothing || r > 0 && r < utf8.RuneSelf && (is(byte(r), classHex) || r == ':')) {
			c.enterView(to, from) // it goes on behind the escape
			return false
		}
	}
	if to-from > maxToken6 || colons < leastColons && !double && c.misses == nil {
		c.vain()
		return false
	}
	if from > 0 && is(t[from-1], classWord) {
		if t[from] != ':' || t[from+1] == ':' { // the token is the end of a word: std::vector
			return false
		}
		from++ // a key: peer:2001:db8::1
	}
	return c.address6(from, to)
}

// addressAt returns where the token of an IPv6 address begins and ends that the colon at t[i] is of, how many colons it has as far as
// it was looked at, and whether two of them stand side by side. Most such tokens are short, and those are told without a loop.
func addressAt(t []byte, i, floor int) (from, to, colons int, double bool) {
	if i-8 >= floor && i+9 <= len(t) {
		before, after := binary.LittleEndian.Uint64(t[i-8:]), binary.LittleEndian.Uint64(t[i+1:])
		m, n := bits.LeadingZeros64(^addressMask(before)&highs)>>3, bits.TrailingZeros64(^addressMask(after)&highs)>>3
		if m < 8 && n < 8 {
			before, after = colonMask(before)&^(1<<(64-8*m)-1), colonMask(after)&(1<<(8*n)-1)
			double = before>>56|after<<56&highs|before&(before<<8)|after&(after<<8) != 0
			return i - m, i + 1 + n, 1 + bits.OnesCount64(before) + bits.OnesCount64(after), double
		}
	}
	return longAddressAt(t, i, floor)
}

// addressMask marks the bytes of x that may be of an IPv6 address with an IPv4 tail.
func addressMask(x uint64) uint64 {
	y := x &^ highs
	return (between(y, '0', ':') | between(y|' '*ones, 'a', 'f') | ^nonZero(y^'.'*ones)) & highs &^ x
}

// colonMask marks the colons of x.
func colonMask(x uint64) uint64 {
	return ^nonZero(x&^highs^':'*ones) & highs &^ x
}

// longAddressAt is addressAt byte by byte.
func longAddressAt(t []byte, i, floor int) (from, to, colons int, double bool) {
	from, to, colons = i, i+1, 1
	for from > floor && i-from < maxToken6 && inAddress6(t[from-1]) {
		from--
		if t[from] == ':' {
			colons++
			double = double || t[from+1] == ':'
		}
	}
	for to < len(t) && inAddress6(t[to]) {
		if t[to] == ':' {
			colons++
			double = double || t[to-1] == ':'
		}
		to++
	}
	return from, to, colons, double
}

// isClock reports whether the colon at t[i] is the first one of a time of the day.
func isClock(t []byte, i int) bool {
	return i >= 2 && i+5 < len(t) && t[i+3] == ':' && isDigit(t[i-2]) && isDigit(t[i-1]) && isDigit(t[i+1]) && isDigit(t[i+2]) &&
		isDigit(t[i+4]) && isDigit(t[i+5]) && (i == 2 || !is(t[i-3], classHex) && t[i-3] != ':') && (i+6 == len(t) || !is(t[i+6], classHex) && t[i+6] != ':')
}

func inAddress6(b byte) bool { return is(b, classAddress) }

// address6 tries the token t[from:to].
func (c *Cursor) address6(from, to int) bool {
	t := c.t
	if to < len(t) && is(t[to], classWord) {
		return false
	}
	for to > from && (t[to-1] == '.' || t[to-1] == ':' && (to-from < 2 || t[to-2] != ':')) {
		to--
	}
	if to-from > 1 && t[from] == ':' && t[from+1] != ':' {
		from++
	}
	if to-from < 3 {
		return false
	}
	to = dropPort(t, from, to)
	if from > 0 && t[from-1] == '-' && isStamp(t[from:to]) {
		c.missed(from, to, IP, vetoDate)
		return false
	}
	b, valid := parse6(t[from:to])
	if !valid || !plausible6(t[from:to]) {
		c.missed(from, to, IP, vetoShape)
		return false
	}
	end := to
	if end < len(t) && t[end] == '%' {
		for end++; end < len(t) && (is(t[end], classWord) || t[end] == '-' || t[end] == '.'); end++ {
		}
	}
	c.found(from, prefixLength(t, end, 128), IP, TierA, ruleIPv6)
	c.Finding.Local = local6(b)
	return true
}

// isStamp reports whether t is the year and the time of the day that Erlang writes behind a month: 26-Nov-2026::04:17:20.
func isStamp(t []byte) bool {
	return len(t) == len("2026::04:17:20") && digitsEnd(t, 0) == 4 && t[5] == ':' && isClock(t[6:], 2)
}

// local6 reports whether an address is loopback or unspecified, in IPv4 as well: nobody's.
func local6(b [16]byte) bool {
	if mapped := [12]byte{10: 0xff, 11: 0xff}; [12]byte(b[:12]) == mapped {
		return b[12] == 127 || [4]byte(b[12:]) == [4]byte{}
	}
	return [15]byte(b[:15]) == [15]byte{} && b[15] <= 1
}

// dropPort returns the end of an address without brackets that a colon and a port follow, which can be told only if all
// eight groups are there, or the port has five digits.
func dropPort(t []byte, from, to int) int {
	if last := to - 6; last > from && t[last] == ':' && t[last-1] != ':' && digitsEnd(t[:to], last+1) == to {
		return last
	}
	colons, last := 0, to
	for i := from; i < to; i++ {
		if t[i] == ':' {
			if colons++; i+1 < to && t[i+1] == ':' {
				return to
			}
			last = i
		}
	}
	if colons == 8 {
		return last
	}
	return to
}

// plausible6 turns down what is an address by its grammar and something else in practice: a::b, ::, and 1:: of code, and the
// eight bytes of a device's name.
func plausible6(t []byte) bool {
	digits, groups, inGroup := 0, 0, false
	if len(t) == len("00:11:22:33:44:55:66:77") && inBytes(t) {
		return false
	}
	for _, c := range t {
		if isDigit(c) {
			digits++
		}
		if c != ':' && !inGroup {
			groups++
		}
		inGroup = c != ':'
	}
	return groups > 0 && (digits > 0 || groups > 3)
}

// inBytes reports whether every third byte of t is a colon.
func inBytes(t []byte) bool {
	for i := 2; i < len(t); i += 3 {
		if t[i] != ':' {
			return false
		}
	}
	return true
}
