package scan

import (
	"math/bits"

	"github.com/piiproxy/piiproxy/redact/internal/numbering"
)

const (
	minPhone = 7
	maxPhone = 15
	minPlus  = 6  // digits of a number behind a plus: the shortest is of Austria
	minShort = 5  // digits of a number that the words around it make one
	maxRun   = 20 // digits that are looked at: a prefix, a number, and what shows that it is too long for one
)

// A run is digits that could be one number, and how they are written.
type run struct {
	start  int           // where the first digit stands in the text
	n      int           // how many digits there are
	d      [maxRun]byte  // the digits
	at     [maxRun]uint8 // where each digit ends, from start on
	ends   uint32        // which digits end a group, as bits
	last   uint32        // which of them a number may end with: no parenthesis is open there
	groups int
	dots   int  // dots between groups
	dashes int  // hyphens between groups
	blanks int  // groups that only blanks part
	slash  int  // slashes between groups
	close  int  // how many digits stand before the parenthesis that closes the one before start, 0 if there is none
	open   bool // a parenthesis opens before start
	parens bool // some group is in parentheses
	more   bool // further digits follow without a separator
	form   bool // a plus may be a blank: the text has percent escapes
}

// end returns where the first n digits end in the text.
func (r *run) end(n int) int { return r.start + int(r.at[n-1]) }

// endsGroup reports whether the first n digits are whole groups.
func (r *run) endsGroup(n int) bool { return r.last>>(n-1)&1 == 1 && !(n == r.n && r.more) }

// size returns how many digits the group has that begins behind the first n digits.
func (r *run) size(n int) int {
	if s := bits.TrailingZeros32(r.ends>>n) + 1; n+s <= r.n {
		return s
	}
	return r.n - n
}

// begin returns where a number of the first n digits begins: with the parenthesis that one of them closes.
func (r *run) begin(n int) int {
	if r.close > 0 && r.close <= n {
		return r.start - 1
	}
	return r.start
}

// collect reads the digits from t[i] on, with what may part their groups, into an empty r. A zero in parentheses behind the calling
// code, (0), is left out. In a form, a plus behind other digits is a blank.
func (r *run) collect(t []byte, i int, form bool) {
	r.start, r.form = i, form
	if i > 0 && t[i-1] == '(' || i > 1 && t[i-1] == '+' && t[i-2] == '(' {
		r.open = true
	}
	depth, start, n := 0, i, 0
	for {
		for ; i < len(t) && isDigit(t[i]); i++ {
			if n >= maxRun {
				r.n, r.more = n, true
				return
			}
			r.d[n], r.at[n] = t[i], uint8(i+1-start)
			n++
		}
		r.n = n
		if i == len(t) {
			break
		}
		before := depth
		next := r.separator(t, i, &depth)
		if next == 0 || next-start > 0xf0 {
			break
		}
		r.endGroup(before)
		i = next
	}
	r.endGroup(depth)
	if depth > 0 && r.last != 0 { // what no parenthesis closes is something else
		r.n = bits.Len32(r.last)
		r.ends &= 1<<r.n - 1
		r.groups = bits.OnesCount32(r.ends)
	}
}

func (r *run) endGroup(depth int) {
	if r.n == 0 { // a run that begins with a parenthesis
		return
	}
	r.groups++
	r.ends |= 1 << (r.n - 1)
	if depth == 0 {
		r.last |= 1 << (r.n - 1)
	}
}

// separator returns where the next digit stands if t[i:] begins with what may part the digits of one number, else 0.
func (r *run) separator(t []byte, i int, depth *int) int {
	if !is(t[i], classJoin) {
		return 0
	}
	if i+1 < len(t) && isDigit(t[i+1]) {
		switch t[i] {
		case '+':
			if !r.form {
				return 0
			}
			r.blanks++
			return i + 1
		case ' ':
			r.blanks++
			return i + 1
		case '-':
			r.dashes++
			return i + 1
		case '.':
			r.dots++
			return i + 1
		}
	}
	return r.longSeparator(t, i, depth)
}

// longSeparator takes at most one hyphen, dot or slash, on either side of a (0), and at most one parenthesis of each kind, with blanks.
func (r *run) longSeparator(t []byte, i int, depth *int) int {
	var blanks, dots, dashes, slashes, opened, closed int
	trunk := false
	j := i
	for ; j < len(t) && j < i+6 && is(t[j], classJoin) && !isDigit(t[j]); j++ {
		switch t[j] {
		case ' ':
			blanks++
		case '+':
			if !r.form {
				return 0
			}
			blanks++
		case '.':
			dots++
		case '/':
			slashes++
		case '-':
			dashes++
		case '(':
			if j+2 < len(t) && t[j+1] == '0' && t[j+2] == ')' {
				j += 2
				trunk, r.parens = true, true
				continue
			}
			opened++
		case ')':
			closed++
		default:
			return 0
		}
	}
	marks := dots + dashes + slashes
	if j == len(t) || !isDigit(t[j]) || marks > 1 && !(trunk && marks == 2) || opened > 1 || closed > 1 || blanks > 2 || dots > 0 && blanks > 0 || dashes > 0 && blanks == 1 && closed+opened == 0 {
		return 0
	}
	if blanks == 2 && marks+opened+closed == 0 && !trunk {
		return 0
	}
	if closed > 0 {
		switch {
		case *depth > 0:
			*depth = 0
		case r.open && r.close == 0:
			r.close = r.n
		default:
			return 0
		}
	}
	if slashes > 0 && r.n >= minPhone {
		return 0 // one number or another
	}
	if opened > 0 {
		if *depth > 0 || r.groups > 2 || r.groups == 0 && r.n > 3 {
			return 0
		}
		*depth = 1
	}
	r.parens = r.parens || closed > 0
	r.dots, r.dashes, r.slash = r.dots+dots, r.dashes+dashes, r.slash+slashes
	if marks == 0 && blanks > 0 {
		r.blanks++
	}
	return j
}

// fit returns how many of the digits are an international number behind the first skip: the most, at the end of a group,
// whose length the calling code has. It returns 0 if there are none.
func (r *run) fit(skip int) int {
	code, size := numbering.CallingCode(r.d[skip:r.n])
	if code == 0 {
		return 0
	}
	national := skip + size
	most := min(r.n, skip+maxPhone+2)
	if r.more {
		most = min(most, r.n-1) // the digits up to r.n are no whole groups
	}
	// What is said of n digits is bit n; a national number has a digit at least.
	fits := uint64(r.last) << 1 & (uint64(numbering.Lengths(code)) << national) &^ (2<<national - 1) & (2<<most - 1)
	return max(0, bits.Len64(fits)-1)
}

// partsCode reports whether the only dot stands within the calling code: +3.5958051 is a fraction, +1.2025550123 a number.
func (r *run) partsCode(skip int) bool {
	_, size := numbering.CallingCode(r.d[skip:r.n])
	return r.dots == 1 && r.groups == 2 && r.size(0)-skip < size
}

// bare returns how many digits a number has whose calling code or length the plans do not have: the most, at the end of a
// group, that a number can have.
func (r *run) bare(skip int) int {
	for n := min(r.n, skip+maxPhone); n >= skip+minPhone; n-- {
		if r.endsGroup(n) {
			return n
		}
	}
	return 0
}

// shorter returns how many digits a number has that ends with a group before the first n digits do, or 0.
func (r *run) shorter(n int) int {
	for n--; n >= minPhone; n-- {
		if r.endsGroup(n) {
			return n
		}
	}
	return 0
}

// prefix returns how many digits of an international prefix, 00 or 011, the run begins with.
func (r *run) prefix() int {
	switch {
	case r.n > 9 && r.d[0] == '0' && r.d[1] == '0' && r.d[2] != '0' && r.size(0) > 1: // 0.0390189428 is a fraction
		return 2
	case r.n > 10 && r.d[0] == '0' && r.d[1] == '1' && r.d[2] == '1' && r.d[3] != '0' && (r.size(0) == 3 || r.groups == 1):
		return 3
	}
	return 0
}

// longExtension is what makes ext the whole word.
const longExtension = "ension"

// extended returns where a number that ends before t[end] does with its extension. What goes on as an e-mail address is none.
func (c *Cursor) extended(end int) int {
	i := extension(c.t, end)
	if i > end && c.addressBehind(i) {
		return end
	}
	return i
}

// extension returns the end of an extension behind t[end]: x and up to six digits, ext. 123, extension 123.
func extension(t []byte, end int) int {
	i := end
	for i < len(t) && i < end+2 && (t[i] == ' ' || t[i] == ',') {
		i++
	}
	if i+1 >= len(t) || lower(t[i]) != 'x' && lower(t[i]) != 'e' {
		return end
	}
	if lower(t[i]) == 'e' {
		if i+3 >= len(t) || lower(t[i+1]) != 'x' || lower(t[i+2]) != 't' {
			return end
		}
		if i += 2; len(t) > i+len(longExtension) && foldedSuffix(t[:i+1+len(longExtension)], longExtension) {
			i += len(longExtension)
		}
	}
	for i++; i < len(t) && (t[i] == ' ' || t[i] == '.' || t[i] == ':'); i++ {
	}
	from := i
	for i < len(t) && isDigit(t[i]) && i-from < 7 {
		i++
	}
	if i == from || i-from > 6 || i < len(t) && is(t[i], classWord) {
		return end
	}
	return i
}
