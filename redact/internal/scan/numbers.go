package scan

import (
	"encoding/binary"
	"math/bits"

	"github.com/piiproxy/piiproxy/redact/internal/numbering"
)

// numbers looks at the run of digits and separators that ends at c.runEnd, from c.pos on, group by group. It reports whether
// it made a finding.
func (c *Cursor) numbers() bool {
	t := c.t
	i := c.pos
	for i < c.runEnd {
		if !isDigit(t[i]) {
			if t[i] == '+' && i+1 < len(t) && is(t[i+1], classDigit|classGap) && c.plus(i) {
				return true
			}
			if i++; i < c.runEnd && t[i] == t[i-1] {
				i = lastOf(t, i)
			}
			continue
		}
		j := i + 1
		for near := min(c.runEnd, i+longRun); j < near && isDigit(t[j]); {
			j++
		}
		if j == i+longRun {
			j = digitsEnd(t, j)
		}
		if j-i <= 3 && j+1 < len(t) && t[j] == '.' {
			if c.dotted(i) {
				return true
			}
		}
		if j-i == 4 && t[j-1] != '+' {
			if end := dateEnd(t, i); end > 0 {
				c.missed(i, end, Phone, vetoDate)
				if i = end; i+3 < len(t) && (t[i] == 'T' || t[i] == ' ') && isClock(t, i+3) {
					i += len("T10:15:00")
				}
				continue
			}
		}
		if c.s.profile == Log && i > c.floor+1 && is(t[i-1], classJoin) && isDigit(t[i-2]) && (j-i <= american || isDigit(byteAt(t, i-3))) {
			i = j // what the digits before do not begin nothing begins, but for the type and plan of a number
			continue
		}
		next, ok := c.number(i, j)
		if ok {
			return true
		}
		i = next
	}
	c.pos = max(i, c.runEnd)
	return false
}

// dateEnd returns the end of a date such as 2026-11-23 at t[i], or 0.
func dateEnd(t []byte, i int) int {
	if i+10 > len(t) || t[i+4] != t[i+7] || t[i+4] != '-' && t[i+4] != '/' && t[i+4] != '.' || i+10 < len(t) && isDigit(t[i+10]) {
		return 0
	}
	for _, k := range [...]int{i + 5, i + 6, i + 8, i + 9} {
		if !isDigit(t[k]) {
			return 0
		}
	}
	if t[i] != '1' && t[i] != '2' || !monthDay(two(t[i+5:]), two(t[i+8:])) || !year(two(t[i:])*100) {
		return 0
	}
	return i + 10
}

func two(t []byte) int { return int(t[0]-'0')*10 + int(t[1]-'0') }

// number tries a phone number without a plus that begins with the digits t[i:j]. next is where to go on.
func (c *Cursor) number(i, j int) (next int, ok bool) {
	t := c.t
	least := c.s.least
	if j-i > maxRun || c.runEnd-i < least {
		return j, false
	}
	glued := i > c.floor && is(t[i-1], classWord)
	if glued && !(c.s.profile == Message && (j-i >= 10 || j-i >= minShort && c.verbBefore(i))) {
		return j, false
	}
	if j-i < 3 && t[i] != '0' && c.key != KeyPhone && c.runEnd-i > 2*maxRun && c.plainEnd(i)-i > 2*maxRun {
		return j, false // the same as for r.more, but not twenty digits for each
	}
	if j-i < least && c.runEnd-i <= longRun/2 && c.misses == nil && digitsWithin(t, i, c.runEnd) < least {
		return j, false
	}
	apart := i < c.apart || c.s.profile == Log && c.standsApart(i, c.simple && j-i < 4 && t[i] != '0')
	if apart {
		if c.apart = c.runEnd; c.beginsNothing(i, j) {
			return j, false
		}
	}
	key := keyUnknown
	if j == c.runEnd && !glued && t[i] != '0' && c.misses == nil {
		if key = c.keyBefore(i); key == KeyNone && !c.maybeLone(i, j) {
			return j, false
		}
	}
	var r run
	r.collect(t, i, c.v != nil)
	if r.n < least || apart && r.isNothing() || r.more && r.size(0) < 3 && r.d[0] != '0' && c.keyBefore(i) != KeyPhone {
		return j, false
	}
	return c.judge(&r, j, glued, key)
}

// digitsWithin returns how many digits t[i:end] has, of which there are few.
func digitsWithin(t []byte, i, end int) (n int) {
	for ; i+8 <= end; i += 8 {
		x := binary.LittleEndian.Uint64(t[i:])
		n += bits.OnesCount64(between(x&^highs, '0', '9') & highs &^ x)
	}
	for ; i < end; i++ {
		n += int(class[t[i]] & classDigit)
	}
	return n
}

// maybeLone reports whether the digits t[i:j], which nothing joins to others, may be a number although no key says so. Of
// such digits there are many, and most have nothing beside them for which it would pay to read them.
func (c *Cursor) maybeLone(i, j int) bool {
	n := j - i
	if n < minPhone || n >= 10 && (c.key == KeyName || byteAt(c.t, i-1) == '"') || n > american && byteAt(c.t, j) == '@' {
		return true
	}
	if c.farFromWords(i) {
		return false
	}
	words, _ := c.contextBefore(i)
	if c.s.profile == Log {
		return words == strongContext || mayBeAbroad(c.t[i], n) && c.hinted(i, j) != noHint
	}
	return words >= weakContext || n == 10 || c.contextBehind(extension(c.t, j)) == strongContext
}

// plainEnd returns where the digits end, from t[i] on, that single blanks, hyphens and dots part.
func (c *Cursor) plainEnd(i int) int {
	if i < c.plain {
		return c.plain
	}
	t := c.t
	for i < len(t) && (isDigit(t[i]) || (t[i] == ' ' || t[i] == '-' || t[i] == '.') && isDigit(byteAt(t, i+1))) {
		i++
	}
	c.plain = i
	return i
}

// judge applies the tiers to a run whose first group ends at j.
func (c *Cursor) judge(r *run, j int, glued bool, key Key) (next int, ok bool) {
	if skip := r.prefix(); skip > 0 && !glued && c.exit(r, skip) {
		return c.pos, true
	}
	if key == keyUnknown && !glued {
		key = c.keyBefore(r.start)
	}
	if key == KeyPhone && !glued && c.keyed(r) {
		return c.pos, true
	}
	if !glued {
		if c.isUser(r) {
			return c.weakFound(r, r.n, TierC, ruleUser), true
		}
		if n := r.size(0); c.isHinted(r, n) {
			return c.weakFound(r, n, TierC, ruleHint), true
		}
	}
	return c.weak(r, j, glued)
}

// plus tries a number with a plus at t[i].
func (c *Cursor) plus(i int) bool {
	t := c.t
	behind := i > c.floor && isDigitOrPlus(t[i-1])
	if behind && c.misses == nil {
		return false
	}
	j := i + 1
	for j < len(t) && j < i+3 && (t[j] == ' ' || t[j] == '(') {
		j++
	}
	if j >= len(t) || !isDigit(t[j]) || t[j] == '0' && !startsExit(t[j:]) {
		return false
	}
	if behind {
		c.missed(i, j+1, Phone, vetoArithmetic) // 45+31-339243873
		return false
	}
	if reason := c.noSign(i); reason != 0 {
		c.missed(i, j+1, Phone, reason)
		return false
	}
	return c.wholly(i) || c.international(i, j)
}

// international tries the digits from t[j] on behind the plus at t[i], and those that may be parts of the same number.
func (c *Cursor) international(i, j int) bool {
	t := c.t
	var r run
	r.collect(t, j, c.v != nil)
	skip := 0
	if t[j] == '0' {
		skip = 2
	}
	n, reason := c.alone(&r, skip), ruleInternational
	if n == 0 {
		n = r.fit(skip)
	}
	if n == 0 && r.isFraction() && r.size(0) < minPhone || r.partsCode(skip) {
		return false
	}
	if n == 0 {
		if c.isTerm(i, r.end(r.n)) {
			c.missed(i, r.end(r.n), Phone, vetoArithmetic)
			return false
		}
		if t[i+1] == ' ' && i > c.floor && t[i-1] == ' ' && isDigit(byteAt(t, i-2)) {
			return false // 5 + 1234567
		}
		if n = r.bare(skip); n == 0 {
			c.missed(i, r.end(r.n), Phone, vetoLength)
			return false
		}
		reason = ruleInternationalShape
	}
	if c.addressAround(i, r.end(n)) {
		return true
	}
	start := i
	if r.close > 0 && r.close <= n && i > c.floor && t[i-1] == '(' {
		start--
	}
	c.phoneFound(start, &r, n, TierA, reason)
	c.e164(r.d[skip:n])
	return true
}

// wholly tries the digits behind the plus at t[i] if nothing stands between them and nothing joins others to them, as it mostly is: they
// are judged as they stand. It reports whether it made a finding.
func (c *Cursor) wholly(i int) bool {
	t := c.t
	end := i + 1
	for most := min(len(t), end+maxPhone); end < most && isDigit(t[end]); {
		end++
	}
	d := t[i+1 : end]
	if len(d) < minPlus || d[0] == '0' || c.mayGoOn(end) {
		return false
	}
	reason := ruleInternational
	if code, size := numbering.CallingCode(d); code == 0 || numbering.Lengths(code)>>(len(d)-size)&1 == 0 {
		if reason = ruleInternationalShape; len(d) < minPhone || c.isTerm(i, end) {
			return false
		}
	}
	if c.addressAround(i, end) {
		return true
	}
	c.found(i, c.extended(end), Phone, TierA, reason)
	c.e164(d)
	return true
}

// isTerm reports whether a log has a plus at t[i], and digits up to t[end] of which no plan knows so many, that are no number: iphone+1234567
// of a query, 1.2.3+build4+1234567, +1234567890%. Behind a word they have to be fewer than those of a number with its calling code are, or
// begin with 1, as seconds do, or be as many as a date has with its time.
func (c *Cursor) isTerm(i, end int) bool {
	t := c.t
	if c.s.profile != Log || c.key == KeyPhone {
		return false
	}
	if n := end - i - 1; i > c.floor && is(t[i-1], classWord) && (n < american || n > 13 || t[i+1] == '1') {
		return true
	}
	return byteAt(t, end) == '%' && !is(byteAt(t, end+1), classWord)
}

// mayGoOn reports whether further digits may follow in one number on those that end before t[end].
func (c *Cursor) mayGoOn(end int) bool {
	b := byteAt(c.t, end)
	return is(b, classJoin) && (b != '+' || c.v != nil) && (isDigit(b) || is(byteAt(c.t, end+1), classJoin))
}

// noSign returns why the plus at t[i] is none of a phone number, because of what it is glued to: the exponent of a float, as in
// 1.5e+10, or a time zone, as in UTC+3. Else it returns 0.
func (c *Cursor) noSign(i int) Reason {
	t := c.t
	if i < c.floor+2 || !is(t[i-1], classLetter) {
		return 0
	}
	n := digitsEnd(t[:min(len(t), i+6)], i+1) - i - 1
	if lower(t[i-1]) == 'e' && isDigit(t[i-2]) && (n == 2 || n == 3) {
		return vetoArithmetic
	}
	if i < c.floor+3 || n == 0 || n > 2 && n != 4 || n != 1 && two(t[i+1:]) > 14 {
		return 0
	}
	if zone := [...]byte{lower(t[i-3]), lower(t[i-2]), lower(t[i-1])}; zone == [...]byte{'u', 't', 'c'} || zone == [...]byte{'g', 'm', 't'} {
		return vetoDate
	}
	return 0
}

// startsExit reports whether digits begin with 00 and a calling code, as in +0030: a plus before an international prefix.
func startsExit(t []byte) bool {
	return len(t) > 2 && t[0] == '0' && t[1] == '0' && t[2] >= '1' && t[2] <= '9'
}

// exit tries a number behind the international prefix that the first skip digits of r are.
func (c *Cursor) exit(r *run, skip int) bool {
	t := c.t
	n := r.fit(skip)
	if n == 0 || n == r.n && r.more {
		return false
	}
	if b := byteAt(t, r.start-1); (b == '.' || b == '-' || b == '/' && r.groups == 1 && n < 11) && is(byteAt(t, r.start-2), classWord) {
		return false
	}
	if end := r.end(n); end < len(t) && is(t[end], classWord) && extension(t, end) == end && c.s.profile == Log {
		return false
	}
	if r.groups > 1 && (!tidy(r, n) || c.inAccount(r.start)) {
		return false
	}
	if c.addressAround(r.begin(n), r.end(n)) {
		return true
	}
	c.phoneFound(r.begin(n), r, n, TierA, rulePrefix)
	c.e164(r.d[skip:n])
	return true
}

// tidy reports whether the groups of the first n digits are no smaller than those that people part numbers into.
func tidy(r *run, n int) bool {
	small := 0
	for k := 0; k < n; {
		size := r.size(k)
		if size == 1 {
			small++
		}
		k += size
	}
	return small <= 2
}

// phoneFound makes the first n digits of r the finding, from start on and with an extension.
func (c *Cursor) phoneFound(start int, r *run, n int, tier Tier, reason Reason) {
	c.found(start, c.extended(r.end(n)), Phone, tier, reason)
}

// addressAround makes an e-mail address the finding if one goes on at t[end]: of the two, it and what begins at t[start], it is
// the larger.
func (c *Cursor) addressAround(start, end int) bool {
	t := c.t
	at := end
	if c.local.from <= end && end < c.local.to {
		at = c.local.to
	}
	for at < len(t) && at-end < maxLocal && is(t[at], classLocal) {
		at++
	}
	c.local = span{end, at}
	quoted := byteAt(t, at) == '"'
	if quoted {
		at++
	}
	if byteAt(t, at) != '@' {
		return false
	}
	domain, _ := c.domainEnd(at + 1)
	from, _ := c.localStart(at)
	if domain == 0 || quoted && from > start {
		return false
	}
	return c.found(min(start, from), domain, Email, TierA, ruleEmail)
}
