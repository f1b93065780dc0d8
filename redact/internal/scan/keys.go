package scan

import "bytes"

const (
	maxKey   = 48  // bytes of a field's name
	maxList  = 256 // bytes from one element of a list to the next
	maxBlank = 6   // bytes of quotes, blanks and the like between a key and its value
)

// list is what is known of the list that the last element belongs to.
type list struct {
	at    int // where the element that was looked at last begins; 0: there is none
	phone bool
}

// keyUnknown is the key of digits for which it was not looked for.
const keyUnknown Key = 0xff

// keyBefore returns what the key promises that the digits stand under that begin at t[i].
func (c *Cursor) keyBefore(i int) Key {
	if c.key == KeyPhone || c.phoneKeyBefore(i) {
		return KeyPhone
	}
	return KeyNone
}

// phoneKeyBefore reports whether the value that begins at t[i] stands under a key that promises phone numbers.
func (c *Cursor) phoneKeyBefore(i int) bool {
	j := c.skipOpening(i)
	if j == 0 {
		return false
	}
	if j < i {
		j = c.skipWrapper(j)
	}
	switch c.t[j-1] {
	case ':', '=':
		return c.keyEndsAt(j - 1)
	case '>':
		return c.arrowOrTag(j - 1)
	case '[', ',', ';', '|', '<':
		if k := j - len(cdata); k > 0 && c.t[j-1] == '[' && string(c.t[k:j]) == cdata {
			return c.t[k-1] == '>' && c.arrowOrTag(k-1)
		}
		return c.inList(j)
	case '/':
		return j == i && (c.segmentEndsAt(j-1) || c.channelEndsAt(j-1))
	}
	return false
}

// skipWrapper goes left from what opens a value at t[j] over what a language writes ahead of it: the letter of a string, b'…', or a name,
// Some("…").
func (c *Cursor) skipWrapper(j int) int {
	t, k := c.t, j
	switch {
	case (t[j] == '\'' || t[j] == '"') && (t[j-1] == 'b' || t[j-1] == 'u'):
		k--
	case t[j] == '(':
		k -= len(wordBefore(t, j))
	}
	if k == j || k == 0 || is(t[k-1], classWord) {
		return j
	}
	if k = c.skipOpening(k); k == 0 {
		return j
	}
	return k
}

const cdata = "<![CDATA["

// skipOpening goes left from i over blanks, quotes and what else may open a value.
func (c *Cursor) skipOpening(i int) int {
	t, low := c.t, max(0, i-maxBlank)
	for j := i; j > low; j-- {
		switch t[j-1] {
		case ' ', '"', '\'', '(', '\\':
		default:
			return j
		}
	}
	return low
}

// keyEndsAt reports whether the name that ends before t[j], a colon or an equals sign, promises phone numbers.
func (c *Cursor) keyEndsAt(j int) bool {
	t, low := c.t, max(0, j-maxList)
	for j > low && (t[j-1] == ' ' || t[j-1] == '"' || t[j-1] == '\'' || t[j-1] == '\\' || t[j-1] == '*' || t[j-1] == '=' || t[j-1] == ':') {
		j--
	}
	if j > 0 && t[j-1] == ']' { // to[]=, to[0]=, user[mobile]=
		if index := c.nameBefore(j - 1); byteAt(t, j-2-len(index)) == '[' {
			if PhoneKey(index) {
				return true
			}
			j -= 2 + len(index)
		}
	}
	name := c.nameBefore(j)
	from := j - len(name)
	switch byteAt(t, from-1) {
	case '%':
		return escapedKey(t[:j])
	case '\\':
		if len(name) > 2 && (name[0] == 'n' || name[0] == 'r' || name[0] == 't') && PhoneKey(name[1:]) { // \nTo:
			return true
		}
	case ' ':
		if c.severalWords(name, from) {
			return true
		}
	}
	return PhoneKey(name) || c.attribute(name, from) || c.named(name, from)
}

// severalWords reports whether name, which begins at t[from], says number, and the one or two words ahead of it what it is the number
// of: Contact number:, called party number:
func (c *Cursor) severalWords(name []byte, from int) bool {
	if b := byteAt(name, 0) | 0x20; len(name) > len("numbers") || b != 'n' && b != 'i' { // number, no, id
		return false
	}
	end := from + len(name)
	for range 2 {
		if byteAt(c.t, from-1) != ' ' {
			break
		}
		ahead := c.nameBefore(from - 1)
		if from -= 1 + len(ahead); len(ahead) > 0 && PhoneKey(c.t[from:end]) { // else it is name
			return true
		}
	}
	return false
}

func (c *Cursor) nameBefore(j int) []byte {
	from := j
	for from > 0 && j-from <= maxKey && is(c.t[from-1], classKey) {
		from--
	}
	return c.t[from:j]
}

// escapedKey reports whether the name that t ends with, in percent escapes, promises phone numbers.
func escapedKey(t []byte) bool {
	from := len(t)
	for from > 0 && len(t)-from <= 3*maxKey && (is(t[from-1], classKey) || t[from-1] == '%') {
		from--
	}
	var buf [3*maxKey + 1]byte
	name := buf[:0]
	for i := from; i < len(t); {
		b, n := unescapePercent(t[i:min(len(t), i+maxPercent)])
		if t[i] != '%' || n == 0 {
			b, n = t[i], 1
		}
		name = append(name, b)
		i += n
	}
	return PhoneKey(name)
}

// attribute reports whether name, which begins at t[from], is an attribute for the value of a tag that promises phone numbers:
// <recipient number="306912345678"/>.
func (c *Cursor) attribute(name []byte, from int) bool {
	switch string(name) {
	case "number", "value", "address", "no":
	default:
		return false
	}
	if byteAt(c.t, from-1) != ' ' {
		return false
	}
	tag := c.nameBefore(from - 1)
	return byteAt(c.t, from-2-len(tag)) == '<' && PhoneKey(tag)
}

// named reports whether name, which begins at t[from], is value, and right before it stands that the name of what has the value is
// one that promises phone numbers: {"name":"to","value":"306912345678"}.
func (c *Cursor) named(name []byte, from int) bool {
	if len(name) != 5 || lower(name[0]) != 'v' || string(name[1:]) != "alue" {
		return false
	}
	field, from := c.lastName(from)
	if !PhoneKey(field) {
		return false
	}
	switch key, _ := c.lastName(from); string(key) {
	case "name", "Name", "key", "Key", "field", "Field":
		return true
	}
	return false
}

// lastName returns the last name before t[end], over what may stand between members, and where it begins.
func (c *Cursor) lastName(end int) (name []byte, from int) {
	low := max(0, end-2*maxBlank)
	for end > low {
		switch c.t[end-1] {
		case ' ', '"', '\'', '\\', ',', ':', '=':
			end--
			continue
		}
		break
	}
	name = c.nameBefore(end)
	return name, end - len(name)
}

// arrowOrTag reports whether the > at t[j] ends an arrow behind a phone key, as in "to"=>"…", or a tag with the name of one.
func (c *Cursor) arrowOrTag(j int) bool {
	t := c.t
	if j > 0 && (t[j-1] == '=' || t[j-1] == '-') {
		return c.keyEndsAt(j - 1)
	}
	from := j
	for from > 0 && j-from <= maxKey && t[from-1] != '<' && t[from-1] != '>' && t[from-1] != '\n' {
		from--
	}
	if from == 0 || t[from-1] != '<' {
		return false
	}
	name := t[from:j]
	if n := bytes.IndexByte(name, ' '); n >= 0 {
		name = name[:n]
	}
	if n := bytes.IndexByte(name, ':'); n >= 0 {
		name = name[n+1:]
	}
	return PhoneKey(name)
}

// segmentEndsAt reports whether the segment of a path that ends before t[j] promises phone numbers: /msisdn/306912345678. Words
// that as often stand before dates do not.
func (c *Cursor) segmentEndsAt(j int) bool {
	const host = "wa.me" // whose paths are numbers
	if k := j - len(host); k >= 0 && string(c.t[k:j]) == host && !is(byteAt(c.t, k-1), classWord|classDomain) {
		return true
	}
	name := c.nameBefore(j)
	if j-len(name) == 0 || c.t[j-len(name)-1] != '/' || len(name) <= 4 {
		return false
	}
	return PhoneKey(name)
}

// channelEndsAt reports whether what ends before t[j] is the name of a channel of an exchange, as in SIP/trunk/306912345678 and
// sofia/gateway/acme/306912345678.
func (c *Cursor) channelEndsAt(j int) bool {
	t, from := c.t, j
	for from > 0 && j-from < maxKey && (is(t[from-1], classWord) || t[from-1] == '-' || t[from-1] == '.' || t[from-1] == '/') {
		from--
	}
	name := t[from:j]
	if n := bytes.IndexByte(name, '/'); n > 0 {
		name = name[:n]
	}
	var buf [len("pjsip")]byte
	if len(name) > len(buf) {
		return false
	}
	for i, b := range name {
		buf[i] = lowered(b)
	}
	switch string(buf[:len(name)]) {
	case "sip", "pjsip", "sofia", "iax2", "dahdi":
		return true
	}
	return false
}

// inList reports whether the element that begins at t[j], behind [ or a comma or the like, is in a list whose key promises phone numbers.
// What it found out about an element serves for the next one.
func (c *Cursor) inList(j int) bool {
	found := false
	for k := j; ; {
		b := c.t[k-1]
		if b == '[' {
			m := c.skipOpening(k - 1)
			if m == k-1 && m > 0 {
				m -= len(wordBefore(c.t, m)) // Optional[306912345678]
			}
			found = m > 0 && (c.t[m-1] == ':' || c.t[m-1] == '=' || c.t[m-1] == '>') && c.keyEndsAt(m-1)
			break
		}
		if b == ':' || b == '=' {
			found = c.keyEndsAt(k - 1)
			break
		}
		if k--; k == 0 || j-k >= maxList || !is(b, classList) {
			break
		}
		if k = digitsStart(c.t, k, 1); k == c.list.at {
			found = c.list.phone
			break
		}
	}
	c.list = list{j, found}
	return found
}

// replaced begins what stands where a finding was masked: it says nothing of what stands beside it.
var replaced = []byte("redacted_")

// dropped is what stands where a finding was dropped. No top level ends like it.
var dropped = []byte("redacted")
