package scan

// vetoed reports whether something says that the first n digits of r, written from t[start] on, are no phone number.
func (c *Cursor) vetoed(start int, r *run, n int) bool {
	return c.besideMoney(start, r.at[n-1]) || c.besideWords(start, r.at[n-1]) || r.isDate() || r.isTime(n) || r.isFloat() ||
		r.groups == 1 && isEpoch(r.d[:n]) || r.isCard()
}

// besideMoney reports whether a sign of currency, a per cent sign or arithmetic stands beside t[start:end].
func (c *Cursor) besideMoney(start, end int) bool {
	t := c.t
	if start > 0 {
		switch t[start-1] {
		case '$', '#', '=', '*', '^', '<', '>':
			if t[start-1] != '=' {
				return true
			}
		case '-', '.', ',':
			if start == 1 || isDigit(t[start-2]) || t[start-1] == '-' && t[start-2] == ' ' || t[start-1] == '-' && t[start-2] == '=' {
				return true
			}
		case '[':
			return end < len(t) && t[end] == ']' && start > 1 && isWord(t[start-2])
		case 0xa3, 0xac, 0xa5: // the last byte of £, € and ¥
			return true
		}
	}
	if end < len(t) {
		switch t[end] {
		case '%', '*':
			return true
		case '.', ',', ':':
			return end+1 < len(t) && isDigit(t[end+1])
		case '+', '/', '-', '=':
			return end+1 < len(t) && isDigit(t[end+1])
		}
	}
	return false
}

// besideWords reports whether the number is part of a word, a path or an identifier.
func (c *Cursor) besideWords(start, end int) bool {
	t := c.t
	if start > 1 && (t[start-1] == '-' || t[start-1] == '/' || t[start-1] == '.') && isWord(t[start-2]) && !isDigit(t[start-2]) {
		return true
	}
	return end+1 < len(t) && (t[end] == '-' || t[end] == '_') && isHexWord(t[end+1:])
}

// isHexWord reports whether t begins with letters and digits mixed: the rest of an identifier.
func isHexWord(t []byte) bool {
	letters, digits := 0, 0
	for _, b := range t {
		switch {
		case isDigit(b):
			digits++
		case isLetter(b):
			letters++
		default:
			return letters > 0 && digits > 0
		}
	}
	return letters > 0 && digits > 0
}

// isDate reports whether the groups of r begin with a date: 2026-11-23, 05.10.1986, 23/11/2026 10:15, 20261123.
func (r *run) isDate() bool {
	var g, size [3]int
	for k, i := 0, 0; i < r.n && k < 3; i++ {
		g[k] = g[k]*10 + int(r.d[i]-'0')
		size[k]++
		if r.last[i] {
			k++
		}
	}
	if size[0] == 8 && year(g[0]/10000) && monthDay(g[0]/100%100, g[0]%100) {
		return true
	}
	return size[0] == 4 && size[1] == 2 && size[2] >= 2 && year(g[0]) && monthDay(g[1], firstTwo(g[2], size[2])) ||
		(size[2] == 4 || size[2] == 2) && size[0] <= 2 && size[1] <= 2 && r.spaces == 0 && (monthDay(g[1], g[0]) || monthDay(g[0], g[1])) && (size[2] == 2 && r.groups == 3 || year(g[2]))
}

func firstTwo(v, size int) int {
	for ; size > 2; size-- {
		v /= 10
	}
	return v
}

func year(y int) bool { return y >= 1900 && y < 2100 }

func monthDay(month, day int) bool { return month >= 1 && month <= 12 && day >= 1 && day <= 31 }

// isTime reports whether the first group is the date of a log, 081109, and the next the time, or year month day hour.
func (r *run) isTime(n int) bool {
	return r.groups >= 2 && r.last[5] && !r.last[4] && r.spaces > 0 && n >= 12 && !r.last[2] && !r.last[3]
}

// isFloat reports whether r is a number with a fraction.
func (r *run) isFloat() bool {
	return r.dots == 1 && r.groups == 2 && r.d[0] <= '9' && r.spaces+r.dashes == 0 && !r.parens
}

// isEpoch reports whether d are seconds, milliseconds, microseconds or nanoseconds of the years 2001 to 2040.
func isEpoch(d []byte) bool {
	switch len(d) {
	case 10, 13, 16, 19:
		return d[0] == '1' && d[1] >= '0' || d[0] == '2' && d[1] <= '1'
	}
	return false
}

// isCard reports whether r is the number of a card: 13 to 19 digits that pass Luhn.
func (r *run) isCard() bool {
	if r.n < 13 || r.n > 19 {
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
