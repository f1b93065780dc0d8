package scan

import (
	"unicode/utf8"

	"github.com/piiproxy/piiproxy/redact/internal/numbering"
)

// weak applies the tiers that need more than digits: C, where words nearby or the plans of a mobile number speak for a
// phone number, and D, where its spelling does. Vetoes come first.
func (c *Cursor) weak(start, j int, r *run) (next int, ok bool) {
	n := c.shapely(r)
	if n == 0 || c.vetoed(start, r, n) {
		return j, false
	}
	if c.jsonKey(start, r, n) {
		return c.national(start, r, n, TierC, ruleJSONKey), true
	}
	if isAmerican(r, n) && r.parens {
		return c.phoneWithExtension(start, r, n, TierC, ruleSpelling), true
	}
	words := c.contextBefore(start)
	if words == noContext && c.s.profile == Message {
		words = c.contextAfter(r.at[n-1])
	}
	switch {
	case words == noContext:
	case c.s.profile == Message || words == strongContext && c.known(r.d[:n]):
		return c.phoneWithExtension(start, r, n, TierC, ruleContext), true
	}
	if c.s.profile == Message && c.spelled(r, n) {
		return c.phoneWithExtension(start, r, n, TierD, ruleNational), true
	}
	return j, false
}

// shapely returns how many digits of r are grouped as those of one phone number can be, 0 if they are not.
func (c *Cursor) shapely(r *run) int {
	n := r.n
	for n >= minPhone {
		if n <= maxPhone && r.last[n-1] && !c.gluedWord(r, n) && groupsFit(r, n) {
			return n
		}
		for n--; n >= minPhone && !r.last[n-1]; n-- {
		}
	}
	return 0
}

// gluedWord is gluedAfter but for an extension.
func (c *Cursor) gluedWord(r *run, n int) bool {
	if n == r.n && r.more {
		return true
	}
	end := r.at[n-1]
	return end < len(c.t) && (isWord(c.t[end]) || c.t[end] == '@') && extensionEnd(c.t, end) == end
}

// groupsFit reports whether the groups of the first n digits are as people write phone numbers: at most seven, none of one
// digit but the first ones, none longer than eight unless it stands alone.
func groupsFit(r *run, n int) bool {
	groups, size, ones := 0, 0, 0
	for i := range n {
		size++
		if r.last[i] || i == n-1 {
			groups++
			if size == 1 {
				if ones++; groups > 2 {
					return false
				}
			}
			if size > 8 && size != n && groups > 1 && size > 9 {
				return false
			}
			size = 0
		}
	}
	return groups <= 7 && ones <= 2
}

// phoneWithExtension makes the first n digits a finding, and takes an extension into its span.
func (c *Cursor) phoneWithExtension(start int, r *run, n int, tier Tier, reason Reason) int {
	end := c.national(start, r, n, tier, reason)
	c.Finding.End = extensionEnd(c.t, end)
	return c.Finding.End
}

// extensionEnd returns the end of x and up to six digits at t[i:], or i.
func extensionEnd(t []byte, i int) int {
	j := i
	if j >= len(t) || t[j] != 'x' && t[j] != 'X' {
		return i
	}
	for j++; j < len(t) && isDigit(t[j]) && j-i < 8; j++ {
	}
	if j == i+1 || j < len(t) && isWord(t[j]) {
		return i
	}
	return j
}

// jsonKey reports whether the digits are the whole name of a member and a number with its calling code.
func (c *Cursor) jsonKey(start int, r *run, n int) bool {
	end := r.at[n-1]
	if r.groups != 1 || start == 0 || c.t[start-1] != '"' || end+1 >= len(c.t) || c.t[end] != '"' {
		return false
	}
	for end++; end < len(c.t) && c.t[end] == ' '; end++ {
	}
	if end == len(c.t) || c.t[end] != ':' {
		return false
	}
	number := numbering.International(r.d[:n])
	return number.Valid && n >= 10 && !isEpoch(r.d[:n])
}

// isAmerican reports whether the first n digits are spelled 3-3-4, with or without the calling code before them.
func isAmerican(r *run, n int) bool {
	switch {
	case n == 10 && r.groups >= 3:
		return r.last[2] && r.last[5] && !r.last[0]
	case n == 11 && r.d[0] == '1':
		return r.last[0] && r.last[3] && r.last[6]
	}
	return false
}

// known reports whether the digits are a number of a configured region, or a mobile number with its calling code.
func (c *Cursor) known(d []byte) bool {
	for _, region := range c.s.regions {
		if number := numbering.National(d, region); number.Valid {
			return true
		}
	}
	number := numbering.International(d)
	return number.Valid && mobile(number.Type)
}

func mobile(t numbering.Type) bool { return t == numbering.Mobile || t == numbering.FixedLineOrMobile }

// spelled reports whether the spelling of the first n digits is that of a national number: a number of a configured region
// (of a large one if none is configured), with a national prefix or in groups.
func (c *Cursor) spelled(r *run, n int) bool {
	if isAmerican(r, n) && (r.dashes > 1 || r.dots > 1 || r.parens) {
		return true
	}
	if r.parens && n >= 8 {
		return true
	}
	for _, region := range c.s.homes() {
		if number := numbering.National(r.d[:n], region); number.Valid && (r.groups > 1 || r.d[0] == '0' || mobile(number.Type) && n >= 9) {
			return true
		}
	}
	return r.d[0] == '0' && r.d[1] != '0' && r.groups > 1 && n >= 9 && n <= 12
}

// contextAfter looks at the word behind a number: 210 123 4567 office.
func (c *Cursor) contextAfter(end int) context {
	end = extensionEnd(c.t, end)
	i := end
	for i < len(c.t) && i < end+3 && (c.t[i] == ' ' || c.t[i] == '-' || c.t[i] == '(') {
		i++
	}
	from := i
	for i < len(c.t) && isLetter(c.t[i]) && i-from < maxWord {
		i++
	}
	var buf [maxWord]byte
	return behindWords[string(lower(buf[:0], c.t[from:i]))]
}

// context is how much the words near a number say.
type context uint8

const (
	noContext context = iota
	weakContext
	strongContext
)

const (
	contextWindow = 40 // bytes before a number that are looked at
	maxWord       = 24
)

// contextBefore looks for words of telephony before t[start]. The words nearest count most; a line of digits between ends
// the search.
func (c *Cursor) contextBefore(start int) context {
	t := c.t
	low := max(start-contextWindow, 0)
	end := start
	for steps := 0; end > low && steps < 8; {
		from := end
		for from > low && isWordByte(t[from-1]) {
			from--
		}
		if from == end {
			if b := t[end-1]; b == '\n' || b == '|' || b == ';' {
				return noContext
			}
			end--
			continue
		}
		if from > low || low == 0 {
			if k := contextOf(t[from:end]); k != noContext {
				if k == strongContext && steps > 1 {
					return weakContext
				}
				return k
			}
		}
		end = from
		steps++
	}
	return noContext
}

func isWordByte(b byte) bool { return isLetter(b) || b >= utf8.RuneSelf || b == '\'' }

// contextOf looks a word up, and in a script without blanks its parts.
func contextOf(word []byte) context {
	if len(word) > 2*maxWord {
		word = word[len(word)-2*maxWord:]
	}
	var buf [2 * maxWord]byte
	w := lower(buf[:0], word)
	if k := contextWords[string(w)]; k != noContext {
		return k
	}
	if w[0] < utf8.RuneSelf {
		return noContext
	}
	for i := 0; i+6 <= len(w); i += 3 {
		if contextWords[string(w[i:i+6])] != noContext {
			return strongContext
		}
	}
	return noContext
}

func lower(dst, s []byte) []byte {
	for _, b := range s {
		if b >= 'A' && b <= 'Z' {
			b |= 0x20
		}
		dst = append(dst, b)
	}
	return dst
}
