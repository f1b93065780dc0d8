package scan

import "bytes"

const (
	maxLocal  = 128 // of an e-mail address: more than RFC 5321 allows, for addresses that are not quite valid
	maxDomain = 255
)

// atSign tries an e-mail address around the @ at t[i]. next is where to go on.
func (c *Cursor) atSign(i int) (next int, ok bool) {
	end := c.domainEnd(i + 1)
	if end == 0 {
		return i + 1, false
	}
	from := c.localStart(i)
	if from == i {
		return i + 1, false
	}
	c.set(from, end, Email, TierA, ruleEmail)
	return end, true
}

// localStart returns where the local part before the @ at t[i] begins, or i if there is none.
func (c *Cursor) localStart(i int) int {
	t := c.t
	if i > c.floor && t[i-1] == '"' {
		if q := c.quoteStart(i - 1); q < i-1 {
			return q
		}
	}
	from := i
	for from > c.floor && i-from < maxLocal && class[t[from-1]]&classLocal != 0 {
		from--
	}
	if i > from && t[i-1] < 0x80 {
		from = asciiTail(t, from, i)
	}
	for from < i && !localBegin(t[from]) {
		from++
	}
	return from
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
	return b >= 0x80 || isDigit(b) || isLetter(b) || b == '_' || b == '+'
}

// domainEnd returns where the domain that begins at t[i] ends, or 0 if it is none: it needs a dot and an alphabetic top
// level, or is an address in brackets.
func (c *Cursor) domainEnd(i int) int {
	t := c.t
	if i < len(t) && t[i] == '[' {
		return literalEnd(t, i)
	}
	end, label, asciiOnly := 0, i, true
	j := i
	for ; j < len(t) && j-i < maxDomain && class[t[j]]&classDomain != 0; j++ {
		b := t[j]
		if asciiOnly && b >= 0x80 && j > label && label > i && t[j-1] < 0x80 && eastAsian(t[j]) {
			break // x@example.com谢谢
		}
		if b != '.' {
			continue
		}
		if j == label {
			break
		}
		if label > i && topLevel(t[label:j]) {
			end = j
		}
		label = j + 1
	}
	if label > i {
		if !topLevel(t[label:j]) { // ada@example.com-77
			j = label + max(bytes.IndexByte(t[label:j], '-'), 0)
		}
		if topLevel(t[label:j]) {
			end = trimHyphen(t, label, j)
		}
	}
	return end
}

func eastAsian(lead byte) bool { return lead >= 0xe3 && lead <= 0xed || lead == 0xef }

func trimHyphen(t []byte, from, end int) int {
	for end > from && t[end-1] == '-' {
		end--
	}
	return end
}

// topLevel reports whether label can be the last one of a domain.
func topLevel(label []byte) bool {
	for len(label) > 0 && label[len(label)-1] == '-' {
		label = label[:len(label)-1]
	}
	if len(label) < 2 || len(label) > 63 {
		return false
	}
	if len(label) > 4 && label[0]|0x20 == 'x' && label[1]|0x20 == 'n' && label[2] == '-' && label[3] == '-' {
		return true
	}
	for _, b := range label {
		if b < 0x80 && !isLetter(b) {
			return false
		}
	}
	return true
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
