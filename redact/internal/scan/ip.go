package scan

// An address is an IP address with what belongs to it: a zone, or the length of a prefix.
type address struct {
	b      [16]byte
	is4    bool
	prefix int16 // -1: none
}

// parse4 reads d.d.d.d at the start of t, after the rules of net/netip, and returns its length, 0 if there is none.
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
		if n == first || v > 255 || n > first+1 && t[first] == '0' {
			return b, 0
		}
		b[i] = byte(v)
	}
	return b, n
}

// parse6 reads all of t as an IPv6 address without zone, after the rules of net/netip.
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

// local reports whether the address is loopback or unspecified: nobody's.
func (a *address) local() bool {
	if a.is4 {
		return a.b[12] == 127 || a.b[12]|a.b[13]|a.b[14]|a.b[15] == 0
	}
	for _, c := range a.b[:15] {
		if c != 0 {
			return false
		}
	}
	return a.b[15] <= 1
}

// dotted tries an IPv4 address whose first octet begins at t[i]. next is where to go on.
func (c *Cursor) dotted(i int) (next int, ok bool) {
	b, n := parse4(c.t[i:])
	if n == 0 || !c.freeBefore(i) || c.versionBefore(i) {
		return i, false
	}
	end := i + n
	if end < len(c.t) {
		after := c.t[end]
		if isWord(after) || after == '.' && end+1 < len(c.t) && isWord(c.t[end+1]) && isDigit(c.t[end+1]) {
			return end, false
		}
	}
	a := address{is4: true, prefix: -1}
	copy(a.b[12:], b[:])
	end = prefixLength(c.t, end, 32, &a)
	c.set(i, end, IP, TierA, ruleIPv4)
	c.Finding.Local = a.local()
	return end, true
}

// prefixLength returns the end of an address that /n may follow.
func prefixLength(t []byte, end, most int, a *address) int {
	if end >= len(t) || t[end] != '/' {
		return end
	}
	v, i := 0, end+1
	for i < len(t) && isDigit(t[i]) && i < end+4 {
		v = v*10 + int(t[i]-'0')
		i++
	}
	if i == end+1 || v > most || i < len(t) && (isWord(t[i]) || t[i] == '/' || t[i] == '.') {
		return end
	}
	a.prefix = int16(v)
	return i
}

// freeBefore reports whether what begins at i is not the continuation of a word, a number or a path of dots.
func (c *Cursor) freeBefore(i int) bool {
	if i == 0 {
		return true
	}
	b := c.t[i-1]
	if b == '-' || b == '.' || b == ':' {
		return i == 1 || !isDigit(c.t[i-2]) || b == ':'
	}
	return !isWord(b)
}

// versionBefore reports whether a word before i says that a version follows.
func (c *Cursor) versionBefore(i int) bool {
	j := i
	for j > 0 && (c.t[j-1] == ' ' || c.t[j-1] == '/' || c.t[j-1] == ':' || c.t[j-1] == '=') {
		j--
	}
	if j == i {
		return false
	}
	from := j
	for from > 0 && isLetter(c.t[from-1]) && j-from < 16 {
		from--
	}
	return versionWords.has(c.t[from:j], c.t[j] == '/')
}

// words is a set of lower-case words; those that begin with a slash count before a slash only.
type words map[string]bool

func (w words) has(word []byte, slash bool) bool {
	if len(word) == 0 || len(word) > 16 {
		return false
	}
	var buf [17]byte
	buf[0] = '/'
	for i, c := range word {
		buf[i+1] = c | 0x20
	}
	return w[string(buf[1:len(word)+1])] || slash && w[string(buf[:len(word)+1])]
}

var versionWords = words{
	"version": true, "ver": true, "rev": true, "revision": true, "release": true, "build": true, "firmware": true,
	"/chrome": true, "/chromium": true, "/safari": true, "/firefox": true, "/edg": true, "/edge": true, "/opr": true, "/opera": true,
	"/applewebkit": true, "/mozilla": true, "/gecko": true, "/curl": true, "/nginx": true, "/okhttp": true, "/crios": true,
}

// maxToken6 bounds what can be an IPv6 address with an IPv4 tail.
const maxToken6 = 64

// colons tries an IPv6 address around the colon at t[i]. next is where to go on.
func (c *Cursor) colons(i int) (next int, ok bool) {
	if i < c.done6 {
		return i + 1, false
	}
	from, to := i, i+1
	for from > c.floor && i-from < maxToken6 && class6(c.t[from-1]) {
		from--
	}
	for to < len(c.t) && class6(c.t[to]) {
		to++
	}
	c.done6 = to
	if to-from > maxToken6 {
		return to, false
	}
	if from > 0 && isWord(c.t[from-1]) { // the token is the end of a word: std::vector
		return i + 1, false
	}
	return c.address6(i, from, to)
}

func class6(b byte) bool { return b == ':' || b == '.' || class[b]&classHex != 0 }

func (c *Cursor) address6(i, from, to int) (next int, ok bool) {
	t := c.t
	for to > from && (t[to-1] == '.' || t[to-1] == ':' && (to-from < 2 || t[to-2] != ':')) {
		to--
	}
	if to-from > 1 && t[from] == ':' && t[from+1] != ':' {
		from++
	}
	if to < len(t) && isWord(t[to]) && (to >= c.done6) {
		return i + 1, false
	}
	if to-from < 2 {
		return i + 1, false
	}
	to = dropPort(t, from, to)
	b, valid := parse6(t[from:to])
	if !valid || !plausible6(t[from:to]) {
		return i + 1, false
	}
	a := address{b: b, prefix: -1}
	end := to
	if end < len(t) && t[end] == '%' {
		for end++; end < len(t) && (isWord(t[end]) || t[end] == '-' || t[end] == '.'); end++ {
		}
	}
	end = prefixLength(t, end, 128, &a)
	c.set(from, end, IP, TierA, ruleIPv6)
	c.Finding.Local = a.local()
	return end, true
}

// dropPort returns the end of an address without brackets that a colon and a port follow, which can be told only if all
// eight groups are there.
func dropPort(t []byte, from, to int) int {
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

// plausible6 turns down what is an address by its grammar and a name in practice: a::b, ::, and 1:: of code.
func plausible6(t []byte) bool {
	digits, groups, inGroup := 0, 0, false
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
