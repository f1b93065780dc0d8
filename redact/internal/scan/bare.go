package scan

import (
	"encoding/binary"
	"math/bits"
)

// In text that is digits and signs and nothing else each group of digits might begin a number, and the rules would read the same digits
// for each. What is here tells of most groups that no rule for logs finds a number there, without reading it.

// keyReach is more than the bytes in which a key, and what names the value it is of, may stand before a value.
const keyReach = 1024

// wordless returns how many bytes before t[i], as far as keyReach, are known to have no letter and nothing beyond ASCII.
func (c *Cursor) wordless(i int) int {
	if i < contextWindow || letters(binary.LittleEndian.Uint64(c.t[i-8:])) != 0 {
		return 0
	}
	b := &c.bare
	if low := max(0, i-keyReach); b.to < low || b.to == 0 {
		*b = span{low, low}
	}
	if i > b.to {
		if end := lettersEnd(c.t, b.to, i); end > b.to {
			b.from = end
		}
		b.to = i
	}
	return i - b.from
}

// letters marks the bytes of x that are letters, or beyond ASCII, and some signs.
func letters(x uint64) uint64 { return (x | (x&^highs + (0x80-'A')*ones)) & highs }

// lettersEnd returns where the last of the bytes of t[low:i] ends that letters marks, or low.
func lettersEnd(t []byte, low, i int) int {
	for ; i >= low+8; i -= 8 {
		if m := letters(binary.LittleEndian.Uint64(t[i-8:])); m != 0 {
			return i - bits.LeadingZeros64(m)>>3
		}
	}
	for i > low && t[i-1] < 'A' {
		i--
	}
	return i
}

const eightBlanks = ' ' * ones

// farFromWords reports whether a log says nothing of the digits that begin at t[i], for no word is near. Many blanks are no distance.
func (c *Cursor) farFromWords(i int) bool {
	return c.s.profile == Log && c.noWordNear(i, c.wordless(i))
}

func (c *Cursor) noWordNear(i, wordless int) bool {
	return wordless >= contextWindow && c.misses == nil && (c.phone < 0 || i-c.phone > maxListGap) && binary.LittleEndian.Uint64(c.t[i-8:]) != eightBlanks
}

// leastApart is how many digits a number has at least that stands apart and has no plus: with an international prefix, spelled as an
// American one, or as the name of a member.
const leastApart = 10

// standsApart reports whether a log has neither a word nor a key near of which the digits that begin at t[i] could be the value. listed
// says whether they count as an element of a list.
func (c *Cursor) standsApart(i int, listed bool) bool {
	wordless := c.wordless(i)
	if !c.noWordNear(i, wordless) || c.key == KeyPhone {
		return false
	}
	if wordless >= keyReach && !c.list.phone {
		return true
	}
	was := c.list
	key := c.keyBefore(i)
	if !listed {
		c.list = was
	}
	return key == KeyNone
}

// beginsNothing reports whether the digits that begin with the group t[i:j] are no number in a log if neither a word nor a key is near:
// they have no international prefix, are not spelled as an American number in parentheses, and are no name of a member or user; and whether
// they are neither the number of a card nor a date, in which nothing else is a number either.
func (c *Cursor) beginsNothing(i, j int) bool {
	t, n := c.t, j-i
	if t[i] == '0' && mayBePrefix(t, i) || n >= american && (c.key == KeyName || t[i-1] == '"') || n > american && byteAt(t, j) == '@' {
		return false
	}
	switch n {
	case 1:
		return t[i] != '1' || !mayFollow(t, j, 3, 3) || !parenthesisAhead(t, j)
	case 3:
		return !mayFollow(t, j, 3, 3) || !parenthesisAhead(t, j)
	case 4, 6:
		return !mayFollow(t, j, 4, 6)
	}
	return true
}

// isNothing is beginsNothing for digits that have been read.
func (r *run) isNothing() bool {
	return r.prefix() == 0 && !r.parens && r.groups > 1 && r.n < 13 && r.size(0) != 6
}

// mayBePrefix reports whether the zero at t[i] may begin an international prefix: 00 and another digit, or 011.
func mayBePrefix(t []byte, i int) bool {
	if i+2 >= len(t) || t[i+1] == '1' {
		return i+2 < len(t) && t[i+2] == '1'
	}
	end := min(len(t), i+2*mostBetween)
	for zeros := 1; ; zeros++ {
		for i++; i < end && is(t[i], classJoin) && !isDigit(t[i]); i++ {
			if t[i] == '(' && byteAt(t, i+1) == '0' {
				return true // a zero in parentheses is left out
			}
		}
		if i == end || zeros == 2 || t[i] != '0' {
			return i == end || zeros == 2 && t[i]-'1' < 9
		}
	}
}

// mostBetween is more than the bytes that may stand between two digits of one number.
const mostBetween = 10

// mayFollow reports whether behind the group that ends before t[j] one of either size may follow in the same number.
func mayFollow(t []byte, j, size, other int) bool {
	for end := min(len(t), j+mostBetween); j < end && is(t[j], classJoin) && !isDigit(t[j]); j++ {
		if t[j] == '(' && byteAt(t, j+1) == '0' {
			return true // a zero in parentheses is left out
		}
	}
	n := 0
	for n < minPhone && j+n < len(t) && isDigit(t[j+n]) {
		n++
	}
	return n == size || n == other
}

// parenthesisAhead reports whether one stands among the bytes from t[j] on in which an American number would have it.
func parenthesisAhead(t []byte, j int) bool {
	for end := j + 4*mostBetween; j < end && j < len(t); j += 8 {
		if j+8 > len(t) {
			return true
		}
		if x := binary.LittleEndian.Uint64(t[j:]); between(x&^highs, '(', ')')&highs&^x != 0 {
			return true
		}
	}
	return false
}
