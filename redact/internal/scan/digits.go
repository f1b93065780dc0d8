package scan

import "github.com/piiproxy/piiproxy/redact/internal/numbering"

const (
	minPhone = 7
	maxPhone = 15
	maxRun   = 20 // digits that are looked at: a prefix, a number, and what shows that it is too long for one
)

// A run is digits that could be one number, with what stands between them.
type run struct {
	d      [maxRun]byte
	at     [maxRun]int  // where each digit ends in the text
	last   [maxRun]bool // whether the digit is the last of its group
	n      int
	groups int
	dots   int  // single dots between groups
	dashes int  // hyphens between groups
	spaces int  // blanks between groups
	parens bool // a group in parentheses
	more   bool // further digits follow without a separator
}

func (r *run) digits() []byte { return r.d[:r.n] }

// upTo returns the first n digits as a run of their own.
func (r *run) upTo(n int) []byte { return r.d[:n] }

// collect reads the digits from t[i] on, with single separators between their groups. A zero in parentheses after the
// calling code, (0), is left out.
func (r *run) collect(t []byte, i int) {
	*r = run{}
	for i < len(t) {
		if isDigit(t[i]) {
			if r.n == maxRun {
				r.more = true
				break
			}
			r.d[r.n], r.at[r.n] = t[i], i+1
			r.n++
			i++
			continue
		}
		next := r.separator(t, i)
		if next == 0 {
			break
		}
		if r.n > 0 && !r.last[r.n-1] {
			r.last[r.n-1] = true
			r.groups++
		}
		i = next
	}
	if r.n > 0 && !r.last[r.n-1] {
		r.last[r.n-1] = true
		r.groups++
	}
}

// separator returns where the next digit stands if t[i:] begins with what may part the digits of one number, else 0.
func (r *run) separator(t []byte, i int) int {
	var blanks, dots, dashes, j = 0, 0, 0, i
	for ; j < len(t) && j < i+5 && class[t[j]]&classSep != 0; j++ {
		switch t[j] {
		case ' ':
			blanks++
		case '.', '/':
			dots++
		case '-':
			dashes++
		case '(':
			if j+2 < len(t) && t[j+1] == '0' && t[j+2] == ')' && r.n > 0 {
				j += 2
				continue
			}
			r.parens = true
		case ')':
			r.parens = true
		}
	}
	if j == len(t) || !isDigit(t[j]) || blanks > 2 || dots > 1 || dashes > 1 || dots > 0 && (blanks > 0 || dashes > 0) || dashes > 0 && blanks == 1 {
		return 0
	}
	if blanks == 2 && dashes == 0 && t[i] == ' ' && t[i+1] == ' ' {
		return 0
	}
	r.dots += dots
	r.dashes += dashes
	if dots+dashes == 0 {
		r.spaces += min(blanks, 1)
	}
	return j
}

// fit returns how many of the digits from skip on are an international number: the most, at the end of a group, whose
// length the calling code has. It returns 0 if there is none.
func (r *run) fit(skip int) int {
	code, size := numbering.CallingCode(r.d[skip:r.n])
	if code == 0 {
		return 0
	}
	lengths := numbering.Lengths(code)
	for n := min(r.n, skip+maxPhone+2); n > skip+size; n-- {
		if r.last[n-1] && !(n == r.n && r.more) && lengths>>(n-skip-size)&1 == 1 {
			return n
		}
	}
	return 0
}

// bare returns how many digits a number has whose calling code or length the plans do not have: its first group if that is
// long enough, else all of it.
func (r *run) bare(skip int) int {
	for n := skip + minPhone; n <= min(r.n, skip+maxPhone); n++ {
		if r.last[n-1] && !(n == r.n && r.more) {
			return n
		}
	}
	return 0
}

// prefix returns how many digits of an international prefix, 00 or 011, the run begins with.
func (r *run) prefix() int {
	switch {
	case r.n > 9 && r.d[0] == '0' && r.d[1] == '0' && r.d[2] != '0':
		return 2
	case r.n > 10 && r.d[0] == '0' && r.d[1] == '1' && r.d[2] == '1' && r.d[3] != '0':
		return 3
	}
	return 0
}
