package scan

import "github.com/piiproxy/piiproxy/redact/internal/numbering"

// plus tries a number with a plus at t[i].
func (c *Cursor) plus(i int) (next int, ok bool) {
	t := c.t
	j := i + 1
	if j < len(t) && (t[j] == ' ' || t[j] == '(') {
		j++
	}
	if j >= len(t) || !isDigit(t[j]) || t[j] == '0' {
		return i + 1, false
	}
	if i > 0 && isDigit(t[i-1]) && i > c.floor { // 45+31-339243873
		return j, false
	}
	var r run
	r.collect(t, j)
	n := r.fit(0)
	reason := ruleInternational
	if n == 0 {
		if n = r.bare(0); n == 0 {
			return r.next(j), false
		}
		reason = ruleInternationalShape
	}
	start := i
	if i > 0 && t[i-1] == '(' && i > c.floor && r.parens {
		start = i - 1
	}
	return c.phone(start, &r, 0, n, TierA, reason), true
}

// next returns where to go on after a run that is no number.
func (r *run) next(i int) int {
	for k := range r.n {
		if r.last[k] {
			return r.at[k]
		}
	}
	return i + 1
}

// phone makes the digits from skip to n of r a finding that begins at start, and returns where it ends.
func (c *Cursor) phone(start int, r *run, skip, n int, tier Tier, reason Reason) int {
	end := r.at[n-1]
	c.set(start, end, Phone, tier, reason)
	c.canonical(r.d[skip:n])
	return end
}

// canonical sets the digits of a finding, calling code first, and the region they belong to.
func (c *Cursor) canonical(d []byte) {
	f := &c.Finding
	f.NumDigits = uint8(len(d))
	for _, b := range d {
		f.Digits = f.Digits*10 + uint64(b-'0')
	}
	number := numbering.International(d)
	f.Region = number.Region
}

// number tries what begins with the digit at t[i]: an IPv4 address or a phone number without a plus.
func (c *Cursor) number(i int) (next int, ok bool) {
	t := c.t
	j := i + 1
	for j < len(t) && isDigit(t[j]) {
		j++
	}
	if j-i <= 3 && j+1 < len(t) && t[j] == '.' && isDigit(t[j+1]) {
		if next, ok := c.dotted(i); ok || next > i {
			return next, ok
		}
	}
	if i > c.floor && (isWord(t[i-1]) || t[i-1] == '+') {
		return j, false
	}
	if j-i < minPhone && (j >= len(t) || class[t[j]]&classSep == 0) || j-i > maxRun-1 {
		return j, false
	}
	var r run
	r.collect(t, i)
	if r.n < minPhone {
		return j, false
	}
	return c.judge(i, j, &r)
}

// judge applies the tiers to the run that begins at t[i] and whose first group ends at j.
func (c *Cursor) judge(i, j int, r *run) (next int, ok bool) {
	start := i
	if i > c.floor && c.t[i-1] == '(' && r.parens {
		start--
	}
	if skip := r.prefix(); skip > 0 {
		if n := r.fit(skip); n > 0 && !c.gluedAfter(r, n) {
			return c.phone(start, r, skip, n, TierA, rulePrefix), true
		}
	}
	if c.phoneKeyBefore(start) {
		if n := c.keyed(r); n > 0 {
			return c.national(start, r, n, TierB, ruleKey), true
		}
		return j, false
	}
	return c.weak(start, j, r)
}

// gluedAfter reports whether the n digits of r run into a word.
func (c *Cursor) gluedAfter(r *run, n int) bool {
	end := r.at[n-1]
	return end < len(c.t) && (isWord(c.t[end]) || c.t[end] == '@') || n == r.n && r.more
}

// keyed returns how many digits of r are the number under a key that promises one: all of them, if they are 7 to 15.
func (c *Cursor) keyed(r *run) int {
	if r.dots == 1 && r.groups == 2 && r.at[0] > 0 || r.groups > 2 && r.isDate() { // a fraction; a range of dates from and to
		return 0
	}
	n := r.n
	if n > maxPhone {
		if n = r.bare(0); n == 0 {
			return 0
		}
	}
	if c.gluedAfter(r, n) {
		return 0
	}
	return n
}

// national makes the first n digits of r a finding, with a calling code if they have one or a configured region gives one.
func (c *Cursor) national(start int, r *run, n int, tier Tier, reason Reason) int {
	end := r.at[n-1]
	c.set(start, end, Phone, tier, reason)
	d := r.d[:n]
	if skip := r.prefix(); skip > 0 {
		if code, _ := numbering.CallingCode(d[skip:]); code != 0 {
			d = d[skip:]
		}
	}
	var e164 [maxRun]byte
	c.canonical(c.s.complete(e164[:0], d))
	return end
}

// complete appends to dst the digits d with their calling code: as they are if they are an international number, else as
// a number of the first configured region that has it.
func (s *Scanner) complete(dst, d []byte) []byte {
	if len(s.regions) == 0 || numbering.International(d).Valid {
		return append(dst, d...)
	}
	for _, region := range s.regions {
		if number := numbering.National(d, region); number.Valid {
			return number.AppendE164(dst)
		}
	}
	if d[0] == '0' || !numbering.International(d).Possible {
		if number := numbering.National(d, s.regions[0]); number.Possible {
			return number.AppendE164(dst)
		}
	}
	return append(dst, d...)
}
