package scan

// veto returns what says that the first n digits of r are no phone number, or noReason.
func (c *Cursor) veto(r *run, n int) Reason {
	begin, end := r.begin(n), r.end(n)
	switch {
	case r.isDate():
		return vetoDate
	case r.isSocialSecurity(n), r.isTaxNumber(n), c.inAccount(begin):
		return vetoOther
	case r.isFraction():
		return vetoFraction
	case r.groups == 1 && isEpoch(r.d[:n]):
		return vetoEpoch
	case r.isCard():
		return vetoCard
	case c.besideMoney(begin, end):
		return vetoMoney
	case c.besideArithmetic(begin, end):
		return vetoArithmetic
	case c.besideWord(begin, end), c.besideMasked(begin, end):
		return vetoWord
	}
	return noReason
}

// byteAt returns t[i], or a line break where t has no such byte: what is beyond the text is beyond the line.
func byteAt(t []byte, i int) byte {
	if i < 0 || i >= len(t) {
		return '\n'
	}
	return t[i]
}

// besideMoney reports whether a sign of currency or a per cent sign stands beside t[begin:end], or thousands go on there.
func (c *Cursor) besideMoney(begin, end int) bool {
	t := c.t
	switch byteAt(t, begin-1) {
	case '$', '#':
		return true
	case ',':
		if isDigit(byteAt(t, begin-2)) && end-begin <= 11 && c.phone != begin-1 {
			return true
		}
	case 0xa3, 0xac, 0xa5: // the last byte of £, € and ¥
		if lead := byteAt(t, begin-2); lead == 0xc2 || lead == 0x82 {
			return true
		}
	}
	switch byteAt(t, end) {
	case '%':
		return true
	case ',':
		return isDigit(byteAt(t, end+1)) && isDigit(byteAt(t, end+2)) && isDigit(byteAt(t, end+3)) && !isDigit(byteAt(t, end+4))
	}
	return false
}

// besideArithmetic reports whether t[begin:end] is a term, or a part of longer digits.
func (c *Cursor) besideArithmetic(begin, end int) bool {
	t := c.t
	before := byteAt(t, begin-2)
	switch byteAt(t, begin-1) {
	case '*', '^', '+':
		return true
	case '/':
		if begin-1 != c.phone && isDigit(before) {
			return true
		}
	case '.', ':':
		if isDigit(before) {
			return true
		}
	case '-':
		if isDigit(before) || before == '=' || before == '(' || before == '\n' || before == ' ' && end-begin <= 9 {
			return true
		}
	}
	after := byteAt(t, end+1)
	switch byteAt(t, end) {
	case '*', '^', '=':
		return true
	case '/':
		return isDigit(after) && digitsAhead(t, end+1) < minPhone
	case '.':
		return isDigit(after) && !is(byteAt(t, end+2), classLetter)
	case ':', '+', '-':
		return isDigit(after)
	}
	return false
}

// digitsAhead returns how many digits there are in what could be a number at t[i].
func digitsAhead(t []byte, i int) (n int) {
	for ; i < len(t) && n < minPhone && is(t[i], classJoin); i++ {
		if isDigit(t[i]) {
			n++
		}
	}
	return n
}

// besideMasked reports whether only a sign stands between t[begin:end] and what was masked: digits there would have been a
// veto, and what they are masked by must not be less.
func (c *Cursor) besideMasked(begin, end int) bool {
	t := c.t
	if b := byteAt(t, begin-1); (b == '-' || b == '.' || b == ':' || b == '/' || b == ',') && replacementEndsAt(t, begin-1) {
		return true
	}
	b := byteAt(t, end)
	return (b == '-' || b == '.' || b == ':' || b == '/' || b == '+' || b == ',') && replacementAt(t, end+1)
}

// besideWord reports whether t[begin:end] is part of a word, a path or an identifier.
func (c *Cursor) besideWord(begin, end int) bool {
	t := c.t
	before := byteAt(t, begin-2)
	switch b := byteAt(t, begin-1); {
	case b == '/' && begin-1 == c.phone:
	case b == '-' || b == '.' || b == '/':
		if is(before, classWord) && !c.wordBefore(begin-1) && !(b == '/' && end-begin > 9 && is(before, classLetter)) {
			return true
		}
	case b == '[':
		return byteAt(t, end) == ']' && is(before, classWord)
	case b == '@' && is(before, classLocal), b == '=' && !is(before, classWord):
		return true
	}
	switch byteAt(t, end) {
	case '-', '_':
		return isMixed(t[end+1:])
	case '.':
		return !isDigit(byteAt(t, end+1)) && isMixed(t[end+1:])
	case '@':
		return true
	}
	return false
}

// wordBefore reports whether the word that ends at t[end] is one that stands before phone numbers: No-6912345678.
func (c *Cursor) wordBefore(end int) bool {
	from := end
	for from > 0 && end-from < maxWord && isWordByte(c.t[from-1]) {
		from--
	}
	return c.s.profile == Message && contextOf(c.t[from:end]) >= weakContext
}

// isMixed reports whether t begins with letters and digits in one word, or a word goes on over a dot: the rest of an
// identifier or a host name.
func isMixed(t []byte) bool {
	letters, digits := 0, 0
	for i, b := range t[:min(len(t), 42)] {
		switch {
		case isDigit(b):
			digits++
		case is(b, classLetter):
			letters++
		case (b == '.' || b == '-' || b == '_') && letters > 0 && i+1 < len(t) && is(t[i+1], classWord):
			return b != '-'
		default:
			return letters > 0 && digits > 0
		}
		if i > 40 {
			return true
		}
	}
	return letters > 0 && digits > 0
}

// isDate reports whether the groups of r begin with a date: 2026-11-23, 05.10.1986, 23/11/2026 10:15, 20261123, 081109 205746,
// or are years.
func (r *run) isDate() bool {
	var value, size [3]int
	for k, i := 0, 0; k < 3 && i < r.n; k++ {
		size[k] = r.size(i)
		for _, d := range r.d[i : i+size[k]] {
			value[k] = value[k]*10 + int(d-'0')
		}
		i += size[k]
	}
	switch {
	case size[0] == 8 && (r.groups > 1 && (size[1] <= 2 || r.n <= 14) || r.n == 8):
		return year(value[0]/10000) && monthDay(value[0]/100%100, value[0]%100)
	case r.n == 14 && r.groups == 1:
		return year(value[0]/1e10) && monthDay(value[0]/1e8%100, value[0]/1e6%100)
	case size[0] == 6 && size[1] == 6 && r.blanks > 0:
		return monthDay(value[0]/100%100, value[0]%100) && clock(value[1])
	case size[0] == 4 && size[1] == 4 && year(value[0]) && year(value[1]):
		return r.groups == 2 || size[2] == 4 && year(value[2])
	case r.groups < 3:
		return false
	case size[0] == 4 && size[1] == 4:
		return year(value[0]) && monthDay(value[1]/100, value[1]%100) && size[2] <= 2
	case size[0] == 4 && size[1] <= 2:
		return year(value[0]) && size[2] <= 2 && monthDay(value[1], value[2])
	case size[0] <= 2 && size[1] <= 2 && size[2] == 4:
		return (r.blanks == 0 || r.n > 8) && year(value[2]) && (monthDay(value[1], value[0]) || monthDay(value[0], value[1]))
	}
	return false
}

func year(y int) bool { return y >= 1900 && y < 2100 }

func monthDay(month, day int) bool { return month >= 1 && month <= 12 && day >= 1 && day <= 31 }

// clock reports whether hhmmss is a time of the day.
func clock(hhmmss int) bool { return hhmmss < 240000 && hhmmss/100%100 < 60 && hhmmss%100 < 60 }

// socialSecurity are the ends of the groups of an American's number of social security.
const socialSecurity = 0x114

// isSocialSecurity reports whether the first n digits are spelled as the number of an American's social security.
func (r *run) isSocialSecurity(n int) bool {
	return n == 9 && r.ends&0x1ff == socialSecurity && r.dashes == 2
}

// isTaxNumber reports whether the first n digits are spelled as the numbers of taxpayers and insured are in many countries, with dots and a
// hyphen near the end: 123.456.789-09, 12.345.678-5, 85.07.30-033.28, and not as numbers are that end with pairs: 8.916.123.45-67.
func (r *run) isTaxNumber(n int) bool {
	const pairs = 1<<4 | 1<<2 | 1
	return r.dots > 1 && r.dashes == 1 && r.groups > 3 && !isAmerican(r, n) && n > 4 && r.ends>>(n-5)&(1<<5-1) != pairs
}

// inAccount reports whether the digits that begin at t[begin] go on with an IBAN in groups of four, or with three such groups of digits.
func (c *Cursor) inAccount(begin int) bool {
	t := c.t
	for i, k := begin-5, 0; i >= 0 && k < 8 && t[i+4] == ' ' && (i == 0 || !is(t[i-1], classWord)); i, k = i-5, k+1 {
		if is(t[i], classLetter) && is(t[i+1], classLetter) && isDigit(t[i+2]) && isDigit(t[i+3]) {
			return true
		}
		for _, b := range t[i : i+4] {
			if !isDigit(b) && b-'A' >= 26 {
				return false
			}
		}
		if k == 2 {
			return true
		}
	}
	return false
}

// isFraction reports whether r is a number with a fraction.
func (r *run) isFraction() bool {
	if r.dots != 1 || r.groups != 2 || r.parens || r.blanks+r.dashes+r.slash > 0 { // of a run that is cut off the last group does not count
		return false
	}
	whole := r.size(0)
	return whole <= 3 || r.n-whole > 6 || whole > 6
}

// isEpoch reports whether d are seconds, milliseconds, microseconds or nanoseconds of the years 2001 to 2033.
func isEpoch(d []byte) bool {
	switch len(d) {
	case 10, 13, 16, 19:
		return d[0] == '1'
	}
	return false
}

// groupedAsCard reports whether the groups of r are of four digits, the last one of fewer perhaps, or four, six and the rest.
func (r *run) groupedAsCard() bool {
	const fours, fourSix = 1<<3 | 1<<7 | 1<<11 | 1<<15, 1<<3 | 1<<9
	within := uint32(1)<<(r.n-1) - 1 // every group but the last
	return r.ends&within == fours&within || r.ends&within == fourSix
}

// isCard reports whether r is the number of a card: 13 to 19 digits that pass Luhn, alone or in groups as on cards, or four groups of four that
// begin as cards do: two numbers of eight digits, side by side, begin with 8 or 9.
func (r *run) isCard() bool {
	if r.n == 16 && r.ends == 1<<3|1<<7|1<<11|1<<15 && '2' <= r.d[0] && r.d[0] <= '6' {
		return true
	}
	if r.n < 13 || r.n > 19 || r.groups > 1 && !r.groupedAsCard() {
		return false
	}
	sum := 0
	for i := range r.n {
		v := int(r.d[r.n-1-i] - '0')
		if i%2 == 1 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return sum%10 == 0
}
