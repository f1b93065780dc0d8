package scan

import "bytes"

const (
	maxKey      = 48  // bytes of a field's name
	maxElements = 512 // bytes of an array that are looked back over for its key
)

// phoneKeyBefore reports whether the value that begins at t[i] stands under a key that promises phone numbers.
func (c *Cursor) phoneKeyBefore(i int) bool {
	if c.key == KeyPhone {
		return true
	}
	j := c.skipOpening(i)
	if j <= c.keyFloor || j == 0 {
		return false
	}
	switch c.t[j-1] {
	case ':', '=':
		return c.keyEndsAt(j - 1)
	case '[', ',':
		return c.arrayKey(j)
	}
	return false
}

// skipOpening goes left from i over blanks, quotes and what else may open a value.
func (c *Cursor) skipOpening(i int) int {
	t := c.t
	for j := i; j > 0; j-- {
		switch t[j-1] {
		case ' ', '"', '\'', '(', '\\', '<':
		default:
			return j
		}
		if i-j > 8 {
			return j
		}
	}
	return 0
}

// keyEndsAt reports whether the name that ends before t[j], a colon or an equals sign, promises phone numbers.
func (c *Cursor) keyEndsAt(j int) bool {
	t := c.t
	for j > 0 && (t[j-1] == ' ' || t[j-1] == '"' || t[j-1] == '\'' || t[j-1] == '\\') {
		j--
	}
	from := j
	for from > 0 && j-from <= maxKey && class[t[from-1]]&classKey != 0 {
		from--
	}
	return PhoneKey(t[from:j])
}

// arrayKey reports whether the element that begins at t[j], after [ or a comma, is in an array whose key promises phone
// numbers. What it found out about an array serves for its other elements.
func (c *Cursor) arrayKey(j int) bool {
	if j <= c.arrayEnd+1 && j > c.arrayStart && c.arrayEnd > 0 && c.sameArray(j) {
		c.arrayEnd = max(c.arrayEnd, j)
		return c.arrayIsPhone
	}
	k, depth := j, 0
	for ; k > 0 && j-k < maxElements; k-- {
		if k-1 < c.arrayEnd && c.arrayEnd > 0 && k-1 > c.arrayStart { // in the array that was looked at last
			c.arrayEnd = j
			return c.arrayIsPhone
		}
		b := c.t[k-1]
		if b == ']' || b == '}' || b == '{' || b == '\n' {
			return false
		}
		if b == '[' {
			break
		}
	}
	_ = depth
	c.arrayStart, c.arrayEnd, c.arrayIsPhone = k-1, j, false
	if k > 1 && c.t[k-1] == '[' {
		m := c.skipOpening(k - 1)
		if m > 0 && (c.t[m-1] == ':' || c.t[m-1] == '=') {
			c.arrayIsPhone = c.keyEndsAt(m - 1)
		}
	}
	return c.arrayIsPhone
}

func (c *Cursor) sameArray(j int) bool { return bytes.IndexByte(c.t[min(c.arrayEnd, j):j], ']') < 0 }

// phoneKeys are the names of fields that hold phone numbers, in lower case and without separators.
var phoneKeys = set(
	"to", "from", "msisdn", "phone", "phones", "phoneno", "phonenr", "mobile", "mobileno", "mob", "mobiles", "tel", "tels", "telephone",
	"telefon", "telefono", "telefone", "telno", "cell", "cellphone", "fax", "faxno", "gsm", "handset", "handphone", "mdn",
	"recipient", "recipients", "recipientid", "sender", "senderid", "senders", "caller", "callerid", "callee", "called", "calling",
	"destination", "destinations", "destinationaddress", "destinationaddr", "destaddr", "destnumber", "sourceaddr", "sourceaddress",
	"originator", "originatingaddress", "orig", "oa", "da", "cli", "clid", "ani", "dnis", "did", "e164", "toaddress", "fromaddress",
	"contact", "contacts", "contactno", "subscriber", "subscribernumber", "whatsapp", "waid", "viber", "sip", "sips", "sms", "smsto",
	"cto", "bparty", "aparty", "bnumber", "anumber", "dialed", "dialled", "forwardto", "callto", "tonumber", "fromnumber",
	"callednumber", "callingnumber", "callernumber", "calleenumber", "contactnumber", "sendernumber", "recipientnumber", "inboundnumber",
	"outboundnumber", "destinationnumber", "sourcenumber", "virtualnumber", "longnumber", "vln", "nationalnumber", "internationalnumber",
	"toformatted", "fromformatted", "nationalformat", "internationalformat", "formattednumber", "localformat",
	"κινητο", "τηλεφωνο", "τηλ", "телефон", "тел",
)

// phoneParts make a name that ends or begins with one of them a phone key.
var phoneParts = [][]byte{[]byte("phonenumber"), []byte("mobilenumber"), []byte("msisdn"), []byte("phone"), []byte("mobile"), []byte("telephone"), []byte("whatsapp"), []byte("cellnumber"), []byte("telnumber")}

func set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}

// PhoneKey reports whether name, in any case and with any of the usual separators and affixes, is a field that holds
// phone numbers.
func PhoneKey(name []byte) bool {
	if i := bytes.LastIndexAny(name, ".$"); i >= 0 {
		name = name[i+1:]
	}
	if i := bytes.IndexByte(name, '['); i >= 0 {
		name = name[:i]
	}
	if len(name) == 0 || len(name) > maxKey {
		return false
	}
	var buf [maxKey]byte
	n := 0
	for _, b := range name {
		if b >= 'A' && b <= 'Z' {
			b |= 0x20
		}
		if b != '_' && b != '-' {
			buf[n] = b
			n++
		}
	}
	for n > 0 && isDigit(buf[n-1]) { // phone2
		n--
	}
	key := buf[:n]
	if phoneKeys[string(key)] {
		return true
	}
	for _, part := range phoneParts {
		if bytes.HasSuffix(key, part) {
			return true
		}
	}
	return false
}
