package scan

import (
	"bytes"
	"strings"

	"github.com/piiproxy/piiproxy/redact/internal/numbering"
)

// In logs a number with its calling code that stands alone, without a plus, is told by what is right ahead of it as well: a name or word
// that may be that of a phone number and of other things too, or to or from behind words of sending. Such a number has to be a mobile one,
// which so many digits seldom are by chance.

const (
	maxOpening = 8  // bytes of brackets and the like ahead of a number
	maxSending = 96 // bytes ahead of to and from in which a word of sending stands
)

// hint is what a word right ahead of a number says of it.
type hint uint8

const (
	noHint     hint = iota
	hintLink        // something went there, if a word of sending stands ahead
	hintNumber      // it may be a phone number, if the word ahead does not say that it is another one
	hintName        // it may be a phone number
	hintPhone       // it is one
)

var hints = func() map[string]hint {
	m := map[string]hint{"to": hintLink, "from": hintLink, "for": hintLink, "msisdn": hintPhone, "phone": hintPhone,
		"number": hintNumber, "num": hintNumber, "nr": hintNumber}
	for w := range strings.FieldsSeq("recipient recipients destination destinations dest subscriber subscribers caller callee called calling party " +
		"lookup hlr sender originator addr address destaddr sourceaddr dest_addr source_addr ani cli dnis did ddi dialing dialling dialed dialled " +
		"ringing texting messaging src_user dst_user dst_ouser numbers msisdns phones otp") {
		m[w] = hintName
	}
	return m
}()

// mayBeAbroad reports whether n digits that begin with first may be a number with its calling code that has more digits than a national one:
// what begins with 1 has eleven, or is a time in parts of a second.
func mayBeAbroad(first byte, n int) bool {
	return n > american && n <= maxPhone && first != '0' && (first != '1' || n == american+1)
}

// hinted returns what a log says of the digits t[begin:end] right ahead of them.
func (c *Cursor) hinted(begin, end int) hint {
	t := c.t
	if byteAt(t, begin-1) == '<' && byteAt(t, end) == '>' && !is(byteAt(t, begin-2), classWord) { // Ada <306912345678>, and not List<306912345678>
		return hintName
	}
	i := c.skipNumbering(c.skipBrackets(begin))
	if i == 0 {
		return noHint
	}
	if k := arrowStart(t, i); k < i {
		return c.sentAhead(k)
	}
	sign := t[i-1]
	if sign == ':' || sign == '=' || sign == '/' {
		for i--; i > 0 && (t[i-1] == ' ' || t[i-1] == '"' || t[i-1] == '\''); i-- {
		}
	}
	word := wordBefore(t, i)
	switch k := hintOf(word); {
	case k != hintLink:
		return k
	case sign != '/':
		return c.sentAhead(i - len(word))
	}
	return noHint
}

// skipBrackets goes left from t[i] over blanks, quotes, and brackets that may open a value, and the letter ahead of a string of Python.
func (c *Cursor) skipBrackets(i int) int {
	t, low := c.t, max(0, i-maxOpening)
	for ; i > low; i-- {
		switch t[i-1] {
		case ' ', '"', '\'', '(', '[', '<', '{', '`', '\\':
		case 'b', 'u':
			if i == len(t) || t[i] != '\'' && t[i] != '"' || is(byteAt(t, i-2), classWord) {
				return i
			}
		default:
			return i
		}
	}
	return i
}

// skipNumbering goes left from t[i] over the type and the plan of a number as SMPP has them, 1 1 or 0x01 0x01.
func (c *Cursor) skipNumbering(i int) int {
	t := c.t
	for range 2 {
		if i < 2 || i == len(t) || !isDigit(t[i-1]) || t[i] != ' ' {
			return i
		}
		switch {
		case t[i-2] == ' ':
			i = c.skipBrackets(i - 1)
		case i > 4 && isDigit(t[i-2]) && t[i-3] == 'x' && t[i-4] == '0':
			i = c.skipBrackets(i - 4)
		default:
			return i
		}
	}
	return i
}

// arrowStart returns where the arrow begins that ends before t[i], or i if none does.
func arrowStart(t []byte, i int) int {
	switch {
	case i > 1 && t[i-1] == '>' && (t[i-2] == '-' || t[i-2] == '='):
		return i - 2
	case i > 2 && string(t[i-3:i]) == "→":
		return i - 3
	}
	return i
}

// wordBefore returns the word of letters, digits and underscores that ends before t[i], nothing if it is long.
func wordBefore(t []byte, i int) []byte {
	from := i
	for from > 0 && i-from <= maxWord && is(t[from-1], classWord) {
		from--
	}
	if i-from > maxWord {
		return nil
	}
	return t[from:i]
}

func hintOf(word []byte) hint {
	var buf [maxWord]byte
	w := buf[:0]
	for _, b := range word {
		w = append(w, lowered(b))
	}
	return hints[string(w)]
}

// sentAhead returns whether a log says ahead of t[end], in the same line, that something was sent, or has another number there. What was
// masked, and digits that might have been, end the search.
func (c *Cursor) sentAhead(end int) hint {
	t := c.t
	if c.phone > 0 && end-c.phone < maxOpening && c.phone <= end && len(bytes.Trim(t[c.phone:end], ` "')]>`)) == 0 {
		return hintName
	}
	for low := max(0, end-maxSending); end > low; {
		if t[end-1] == '\n' {
			return noHint
		}
		if !is(t[end-1], classWord) {
			end--
			continue
		}
		word := wordBefore(t, end)
		if len(word) == 0 || countDigits(word) > 4 || isReplacement(word) {
			return noHint
		}
		if sentWords.of(word) != noSend {
			return hintName
		}
		end -= len(word)
	}
	return noHint
}

// alone returns how many digits the first group of r has, behind the first skip digits, if a log has others behind it and it is a mobile
// number with its calling code by itself: what follows on it, such as a status, is another number. Else it returns 0.
func (c *Cursor) alone(r *run, skip int) int {
	n := r.size(0)
	if c.s.profile != Log || r.groups < 2 || n-skip <= american || n-skip > maxPhone || r.open || !r.endsGroup(n) || !isMobileNumber(r.d[skip:n]) {
		return 0
	}
	return n
}

// isHinted reports whether the first n digits of r, a group, are a mobile number that something ahead of it tells, or what could be a number
// where a word says that it is one.
func (c *Cursor) isHinted(r *run, n int) bool {
	if c.s.profile != Log || !mayBeAbroad(r.d[0], n) || !r.endsGroup(n) || c.gluedBehind(r.end(n)) {
		return false
	}
	switch k := c.hinted(r.start, r.end(n)); {
	case k == noHint, k == hintPhone && !numbering.Fits(r.d[:n]), k != hintPhone && !isMobileNumber(r.d[:n]):
		return false
	case k == hintNumber:
		if words, steps := c.contextBefore(r.start); words == otherContext && steps == 1 {
			return false // order number 306912345678
		}
	}
	own := run{start: r.start, n: n, d: r.d, at: r.at, ends: 1 << (n - 1), last: 1 << (n - 1), groups: 1}
	return c.veto(&own, n) == noReason
}

// isUser reports whether r is a number with its calling code that is the user of something like a mail or SIP address whose host is the
// name of a machine or an IP address: 306912345678@gateway.
func (c *Cursor) isUser(r *run) bool {
	end := r.end(r.n)
	return byteAt(c.t, end) == '@' && r.groups == 1 && !r.more && c.s.profile == Log && mayBeAbroad(r.d[0], r.n) &&
		is(byteAt(c.t, end+1), classWord) && isMobileNumber(r.d[:r.n])
}
