package scan

import (
	"bytes"

	"github.com/piiproxy/piiproxy/redact/internal/numbering"
)

// keyed tries the number that a key promises: any 7 to 15 digits.
func (c *Cursor) keyed(r *run) bool {
	n := r.n
	if n < minPhone || byteAt(c.t, r.start-1) == '.' && is(byteAt(c.t, r.start-2), classWord) {
		return false
	}
	if k := c.alone(r, 0); k > 0 {
		n = k
	} else if n > maxPhone || r.more {
		if n = r.bare(0); n == 0 {
			c.missed(r.start, r.end(r.n), Phone, vetoLength)
			return false
		}
	}
	if r.isFraction() { // 306912345678.0
		if n = r.size(0); n < minPhone || len(bytes.TrimLeft(r.d[n:r.n], "0")) > 0 {
			return false
		}
	}
	for n > 0 && (c.gluedBehind(r.end(n)) || c.dotsOn(r, n)) { // 4477002 31a@example.com: the digits up to where a word begins
		n = r.shorter(n)
	}
	if n == 0 {
		return false
	}
	end := r.end(n)
	if c.nobodys(r, n) {
		c.missed(r.start, end, Phone, vetoOther)
		return false
	}
	if r.isDate() {
		return false
	}
	if c.addressAround(r.begin(n), end) {
		return true
	}
	c.phoneFound(r.begin(n), r, n, TierB, ruleKey)
	c.canonical(r.d[:n])
	return true
}

// dotsOn reports whether r has dots between its digits, and behind the first n another and a word: 82.252.162.81.adsl, 20.0.113.x.
func (c *Cursor) dotsOn(r *run, n int) bool {
	end := r.end(n)
	return r.dots > 1 && byteAt(c.t, end) == '.' && is(byteAt(c.t, end+1), classWord)
}

// nobodys reports whether the first n digits of r, which a key promises to be a number, are something else that stands in a log under to,
// from and caller: milliseconds, the name of a device, fractions, or the last part of the name of a file, a host or the like.
func (c *Cursor) nobodys(r *run, n int) bool {
	t, begin, end := c.t, r.start, r.end(n)
	switch {
	case c.s.profile != Log:
		return false
	case r.groups == 1 && n == 13 && r.d[0] == '1' && r.d[1] >= '4': // from 2014 on
		return true
	case r.n == 12 && r.dashes == 5 && r.ends == 0xaaa, r.beginsFraction(t):
		return true
	case c.key != KeyPhone || begin < 2 || !is(t[begin-2], classLetter):
		return false
	}
	switch word := wordBefore(t, begin-1); t[begin-1] {
	case '-', ':':
		return n < american && !PhoneKey(word) && contextOf(word) == noContext
	case '/':
		return byteAt(t, end) == '.' && is(byteAt(t, end+1), classLetter)
	}
	return false
}

// beginsFraction reports whether r begins with 0.532, with no dot behind it as in 0.532.123.45.67.
func (r *run) beginsFraction(t []byte) bool {
	if r.d[0] != '0' || byteAt(t, r.start+1) != '.' {
		return false
	}
	end := r.end(1 + r.size(1))
	return byteAt(t, end) != '.' || !isDigit(byteAt(t, end+1))
}

// gluedBehind reports whether a word goes on at t[end]; an extension is none.
func (c *Cursor) gluedBehind(end int) bool {
	return end < len(c.t) && is(c.t[end], classWord) && extension(c.t, end) == end
}

// addressBehind reports whether what ends ahead of t[end] is the local part of an e-mail address: 2101234567 8@example.com.
func (c *Cursor) addressBehind(end int) bool {
	if byteAt(c.t, end) != '@' {
		return false
	}
	domain, _ := c.domainEnd(end + 1)
	return domain > 0
}

// e164 sets what the finding's digits are, which begin with a calling code.
func (c *Cursor) e164(d []byte) {
	if c.spans {
		return
	}
	if region, ok := numbering.AsTheyAre(d); ok && len(d) <= maxPhone {
		c.Finding.Region = region
		c.Finding.setDigits(d)
		return
	}
	number := numbering.International(d)
	c.Finding.Region = number.Region
	if number.Valid || number.Possible {
		var buf [maxRun + 4]byte
		if full := number.AppendE164(buf[:0]); len(full) <= maxPhone {
			c.Finding.setDigits(full)
			return
		}
	}
	c.Finding.setDigits(d)
}

// canonical sets what the finding's digits are: E.164 if they are a number with its calling code or a national one of a
// region that counts, else as they are.
func (c *Cursor) canonical(d []byte) {
	if c.spans {
		return
	}
	switch {
	case len(d) > 9 && d[0] == '0' && d[1] == '0' && d[2] != '0':
		d = d[2:]
	case len(d) > 10 && d[0] == '0' && d[1] == '1' && d[2] == '1' && d[3] != '0':
		d = d[3:]
	default:
		if number, ok := c.s.home(d); ok {
			c.Finding.setNumber(&number)
		} else {
			c.Finding.setDigits(d)
		}
		return
	}
	c.e164(d)
}

// home reads digits as a number of a configured region or with their calling code, whichever is likelier.
func (s *Scanner) home(d []byte) (numbering.Number, bool) {
	abroad := numbering.International(d)
	if len(d) > 10 && abroad.Valid {
		return abroad, true
	}
	for _, region := range s.regions {
		if number := numbering.National(d, region); number.Valid {
			return number, true
		}
	}
	if abroad.Valid || len(d) > 10 && abroad.Possible || len(s.regions) == 0 {
		return abroad, abroad.Valid || abroad.Possible && len(d) > 10
	}
	for _, region := range s.regions {
		if number := numbering.National(d, region); number.Possible && !keepsZero(d, &number) {
			return number, true
		}
	}
	return numbering.Number{}, false
}

// keepsZero reports whether a number has taken the 0 that a national number is dialled with for a part of it.
func keepsZero(d []byte, number *numbering.Number) bool {
	var buf [maxRun + 4]byte
	return d[0] == '0' && number.AppendE164(buf[:0])[number.CodeLen] == '0'
}

func (f *Finding) setNumber(number *numbering.Number) {
	var buf [maxRun + 4]byte
	f.Region = number.Region
	f.setDigits(number.AppendE164(buf[:0]))
}

func (f *Finding) setDigits(d []byte) {
	f.Digits, f.NumDigits = 0, uint8(len(d))
	for _, b := range d {
		f.Digits = f.Digits*10 + uint64(b-'0')
	}
}
