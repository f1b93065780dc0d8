package scan

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"
)

const (
	maxLocal  = 128 // of an e-mail address: more than RFC 5321 allows, for addresses that are not quite valid
	maxDomain = 255
	maxEntity = 12 // bytes of an HTML entity
)

// atSign tries an e-mail address around the @ at t[i]. It reports whether it made a finding.
func (c *Cursor) atSign(i int) bool {
	c.pos = i + 1
	if dotless(c.t, i+1) {
		return false
	}
	if stop := c.escapeInDomain(i + 1); stop > 0 {
		c.enterView(stop, i)
		return false
	}
	if c.top <= i {
		if c.top = i + 1; !is(byteAt(c.t, i+1), classTop) {
			c.top = topFrom(c.t, i+1)
		}
	}
	if c.top > i+maxDomain {
		c.f.noAt = c.top - maxDomain
		c.vain()
		return false
	}
	end, stop := c.domainEnd(i + 1)
	if c.v == nil && stop < len(c.t) && is(c.t[stop], classEscape) && matters(c.t, stop) {
		c.enterView(stop, i)
		return false
	}
	if end == 0 {
		return false
	}
	from, escape := c.localStart(i)
	if c.v == nil && escape >= 0 {
		c.enterView(escape, max(c.floor, from-3))
		return false
	}
	if from == i {
		return false
	}
	for { // a@b.co@c.de, a@b.co-@c.de: what stands for the first would be the local part of the second
		at := end
		for at < len(c.t) && at-end < maxLocal && is(c.t[at], classLocal) && !localBegin(c.t[at]) {
			at++
		}
		if byteAt(c.t, at) != '@' {
			break
		}
		further, _ := c.domainEnd(at + 1)
		if further == 0 {
			break
		}
		end = further
	}
	return c.found(from, end, Email, TierA, ruleEmail)
}

// dotless reports whether what could be a domain at t[i] ends within a few bytes before it has a dot or an escape: of many an @ that is
// so, and then no rule need look at it.
func dotless(t []byte, i int) bool {
	for end := min(len(t), i+fewBytes); i < end; i++ {
		if b := t[i]; b == '.' || !is(b, classDomain) || b >= utf8.RuneSelf {
			return b != '.' && !is(b, classTop)
		}
	}
	return false
}

// fewBytes is how far dotless looks.
const fewBytes = 4

// topFrom returns the first byte from i on that may be of the last label of a domain, or lead to one: where none is near, no @ is of
// an address.
func topFrom(t []byte, i int) int {
	for ; i+8 <= len(t); i += 8 { // no byte below A is of one but those that begin an escape
		x := binary.LittleEndian.Uint64(t[i:])
		if (x|(x&^highs+(0x80-'A')*ones)|between(x&^highs, '%', '&'))&highs != 0 {
			break
		}
	}
	for i < len(t) && !is(t[i], classTop) {
		i++
	}
	if i == len(t) {
		return i + maxDomain
	}
	return i
}

// escapeInDomain returns where an escape of a letter or another sign of a domain stands that ends what could be one at t[i], or 0:
// to whom reads the text decoded it does not end there.
func (c *Cursor) escapeInDomain(i int) int {
	if c.v != nil {
		return 0
	}
	t, j := c.t, i
	for j < len(t) && j-i < maxDomain && is(t[j], classDomain) && t[j] < utf8.RuneSelf {
		j++
	}
	if j == len(t) || !is(t[j], classEscape) {
		return 0
	}
	r, n := decodeAt(t, j)
	if n > 0 && (r > 0 && r < utf8.RuneSelf && t[j] < utf8.RuneSelf && is(byte(r), classDomain) || r == nothing && is(byteAt(t, j+n), classDomain|classEscape)) {
		return j
	}
	return 0
}

// localStart returns where the local part before the @ at t[i] begins, or i if there is none, and where in it or right before
// it an escape stands, or -1.
func (c *Cursor) localStart(i int) (from, escape int) {
	t := c.t
	escape = -1
	if i > c.floor && t[i-1] == '"' {
		if q := c.quoteStart(i - 1); q < i-1 {
			return q, escape
		}
		if i-1 > c.floor && t[i-2] == '\\' {
			return i, i - 2 // "\"john doe\"@example.com" in JSON
		}
	}
	from = i
	for from > c.floor && i-from < maxLocal && is(t[from-1], classLocal) {
		if t[from-1] >= utf8.RuneSelf {
			lead := leadOf(t, from-1, c.floor)
			if isSymbol(t[lead:from]) {
				if r, _ := decodeAt(t, lead); r == nothing {
					escape = lead
				}
				break
			}
			from = lead
			continue
		}
		from--
		if t[from] == '%' {
			if _, n := unescapePercent(t[from:i]); n > 0 {
				escape = from
			}
		}
	}
	if from > c.floor && from < i && t[from-1] == '=' {
		from = c.returnStart(from-1, i)
	}
	if from > c.floor && t[from-1] == '\\' {
		escape = from - 1
	}
	if from > c.floor && t[from-1] == ';' {
		if k := entityBefore(t, from, c.floor); k >= 0 {
			escape = k
		}
	}
	if i > from && t[i-1] < utf8.RuneSelf {
		from = asciiTail(t, from, i)
	}
	for from < i && !localBegin(t[from]) {
		from++
	}
	return from, escape
}

// returnStart returns where the local part begins that the equals sign at t[i] is of and that ends before t[at], as in
// bounces-12-ada=example.com@mail.example.org: an address is in it, behind something with a digit, which what is
// only a key has at its end, as in email-2=ada.b@example.com. It returns i+1 if there is none.
func (c *Cursor) returnStart(i, at int) int {
	t := c.t
	dot := bytes.LastIndexByte(t[i:at], '.')
	if dot < 2 || topLevel(t[i+dot+1:at]) != at-i-dot-1 {
		return i + 1
	}
	from, joined, digits := i, false, false
	for low := max(c.floor, i-maxLocal); from > low && t[from-1] < utf8.RuneSelf && is(t[from-1], classLocal); from-- {
		b := t[from-1]
		joined, digits = joined || b == '-' || b == '+', digits || joined && isDigit(b)
	}
	if !joined || !digits {
		return i + 1
	}
	return from
}

// entityBefore returns where the HTML entity begins that ends before t[end] and stands for what may be of a local part, or -1.
func entityBefore(t []byte, end, low int) int {
	for k := end - 1; k >= low && end-k <= maxEntity; k-- {
		if t[k] != '&' {
			continue
		}
		if r, n := decodeAt(t, k); n == end-k && (r == nothing || r < utf8.RuneSelf && is(byte(r), classLocal)) {
			return k
		}
		break
	}
	return -1
}

// leadOf returns where the character beyond ASCII begins whose last byte is t[i], or i if none that is whole begins from low on.
func leadOf(t []byte, i, low int) int {
	for lead := i; lead >= low && i-lead < utf8.UTFMax; lead-- {
		if t[lead]&0xc0 != 0x80 {
			if t[lead] < utf8.RuneSelf {
				break
			}
			return lead
		}
	}
	return i
}

// isSymbol reports whether s begins with a sign of punctuation, a blank, a symbol or a picture beyond ASCII: none is part of
// an address.
func isSymbol(s []byte) bool {
	if len(s) < 2 {
		return false
	}
	switch s[0] {
	case 0xc2:
		return true
	case 0xe2:
		return s[1] < 0xb0
	case 0xe3:
		return s[1] == 0x80
	case 0xef:
		return s[1] == 0xbc && s[2%len(s)] < 0x90 || s[1] == 0xbf || s[1] == 0xb8 || s[1] == 0xbb && s[2%len(s)] == 0xbf
	case 0xf0:
		return s[1] == 0x9f
	}
	return false
}

// quoteStart returns where the quoted string that ends at t[end] begins, or end.
func (c *Cursor) quoteStart(end int) int {
	for j := end - 1; j >= c.floor && end-j < maxLocal; j-- {
		switch c.t[j] {
		case '"':
			if j+1 == end || j > 0 && (c.t[j-1] == '\\' || c.t[j-1] == ':' || c.t[j-1] == '=') {
				return end
			}
			return j
		case '\n', '{', '}', ',', ':':
			return end
		}
	}
	return end
}

// asciiTail cuts from t[from:i] what stands before its last run of ASCII, if that is East Asian text: such words are not
// parted by blanks. Letters of other scripts belong to the address.
func asciiTail(t []byte, from, i int) int {
	for j := i - 1; j > from; j-- {
		if t[j-1] >= 0x80 && t[j] < 0x80 {
			lead := j - 1
			for lead > from && t[lead]&0xc0 == 0x80 {
				lead--
			}
			if t[lead] >= 0xe3 && t[lead] <= 0xed || t[lead] == 0xef {
				return j
			}
		}
	}
	return from
}

func localBegin(b byte) bool {
	return b >= 0x80 || isDigit(b) || is(b, classLetter) || b == '_' || b == '+'
}

// domainEnd returns where the domain that begins at t[i] ends, or 0 if it is none: it needs a dot and an alphabetic top
// level, or is an address in brackets. stop is the first byte that cannot be of it.
func (c *Cursor) domainEnd(i int) (end, stop int) {
	t := c.t
	if i < len(t) && t[i] == '[' {
		return literalEnd(t, i), len(t)
	}
	label, j := i, i
	for ; j < len(t) && j-i < maxDomain && is(t[j], classDomain); j++ {
		b := t[j]
		if b >= utf8.RuneSelf && (j > label && label > i && t[j-1] < utf8.RuneSelf && eastAsian(b) || isSymbol(t[j:])) {
			break // x@example.com谢谢
		}
		if b != '.' {
			continue
		}
		if j == label {
			break
		}
		if label > i {
			if n := topLevel(t[label:j]); n > 0 {
				end = label + n
			}
		}
		label = j + 1
	}
	if label > i && j > label && !runsIntoReplacement(t, label, j) {
		if n := topLevel(t[label:j]); n > 0 {
			end = label + n
		}
	}
	return end, j
}

// runsIntoReplacement reports whether the word that ends the label t[label:j] goes on as what stands for a masked finding.
func runsIntoReplacement(t []byte, label, j int) bool {
	if byteAt(t, j) != '_' {
		return false
	}
	word := j
	for word > label && is(t[word-1], classWord) {
		word--
	}
	return replacementAt(t, word)
}

func eastAsian(lead byte) bool { return lead >= 0xe3 && lead <= 0xed || lead == 0xef }

// topLevel returns how much of label can be the last one of a domain: letters, or the whole of xn--…; what follows a hyphen
// is no part of it. It returns 0 if it cannot be one.
func topLevel(label []byte) int {
	if len(label) > 4 && lower(label[0]) == 'x' && lower(label[1]) == 'n' && label[2] == '-' && label[3] == '-' {
		n := len(label)
		for label[n-1] == '-' {
			n--
		}
		return n
	}
	n := 0
	for n < len(label) && (label[n] >= utf8.RuneSelf || is(label[n], classLetter)) {
		n++
	}
	if n < 2 || n > 63 || n < len(label) && label[n] != '-' || bytes.HasSuffix(label[:n], dropped) || n == len(label) && isUnit(label) {
		return 0
	}
	return n
}

// isUnit reports whether label ends the name of a unit of systemd, user@1000.service, or of a file, icon@2x.png: there are no such top levels.
func isUnit(label []byte) bool {
	switch string(label) {
	case "service", "socket", "timer", "mount", "slice", "scope", "png", "jpg", "jpeg", "gif", "webp", "svg", "html", "json":
		return true
	}
	return false
}

// literalEnd returns the end of an address in brackets, or 0.
func literalEnd(t []byte, i int) int {
	j := i + 1
	for j < len(t) && j-i < maxToken6 && t[j] != ']' {
		j++
	}
	if j == len(t) || t[j] != ']' {
		return 0
	}
	inside := t[i+1 : j]
	if len(inside) > 5 && string(inside[:5]) == "IPv6:" {
		inside = inside[5:]
	}
	if _, n := parse4(inside); n == len(inside) && n > 0 {
		return j + 1
	}
	if _, ok := parse6(inside); ok {
		return j + 1
	}
	return 0
}
