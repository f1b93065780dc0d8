package scan

import "github.com/piiproxy/piiproxy/redact/internal/numbering"

// weak applies the tiers that need more than digits: C, where words nearby or the plans of a mobile number speak for a
// phone number, and D, where its spelling does. Vetoes come first. next is where to go on.
func (c *Cursor) weak(r *run, j int, glued bool) (next int, ok bool) {
	if c.isShortCode(r) {
		return c.weakFound(r, r.size(0), TierC, ruleShortCode), true
	}
	if c.runsOn(r) {
		return c.weakFound(r, trunkNumber, TierC, ruleContext), true
	}
	n, reason := c.shapely(r)
	if reason == noReason {
		reason = c.veto(r, n)
	}
	if (reason == vetoEpoch || reason == vetoFraction && n > minPhone) && c.labelled(r, n) {
		reason = noReason
	}
	if reason != noReason {
		c.missed(r.start, r.end(r.n), Phone, reason)
		if reason == vetoCard || reason == vetoDate && r.size(0) == 6 {
			return r.end(r.n), false
		}
		return j, false
	}
	if c.s.profile == Message && c.splits(r) {
		return j, false
	}
	tier, reason := c.weigh(r, n, glued)
	if tier == NoTier {
		c.missed(r.start, r.end(n), Phone, reason)
		return j, false
	}
	return c.weakFound(r, n, tier, reason), true
}

// weakFound makes the first n digits of r the finding, or the e-mail address that they are of, and returns where it ends.
func (c *Cursor) weakFound(r *run, n int, tier Tier, reason Reason) int {
	if c.addressAround(r.begin(n), r.end(n)) {
		return c.pos
	}
	c.phoneFound(r.begin(n), r, n, tier, reason)
	c.canonical(r.d[:n])
	return c.pos
}

// labelled reports whether a message says right beside the first n digits of r that they are a phone number.
func (c *Cursor) labelled(r *run, n int) bool {
	if c.s.profile != Message {
		return false
	}
	words, steps := c.contextBefore(r.begin(n))
	return words == strongContext && steps <= 2 || words != otherContext && c.contextBehind(extension(c.t, r.end(n))) == strongContext
}

// weigh returns the tier of the first n digits of r and the rule that gives it, or no tier and why.
func (c *Cursor) weigh(r *run, n int, glued bool) (Tier, Reason) {
	if glued {
		if words, _ := c.contextBefore(r.start); words >= weakContext && (n == 10 || n == 11) {
			return TierC, ruleContext
		}
		return NoTier, vetoWord
	}
	if c.isMemberName(r, n) {
		return TierC, ruleMemberName
	}
	if isAmerican(r, n) && r.parens {
		return TierC, ruleSpelling
	}
	words, steps := c.contextBefore(r.begin(n))
	number := words == numberContext
	if number {
		words = weakContext
	}
	if c.s.profile == Log {
		if words == strongContext && n >= minPhone && c.known(r.d[:n]) {
			return TierC, ruleContext
		}
		return NoTier, vetoNothing
	}
	if words < strongContext && (words != otherContext || steps > 2) && c.contextBehind(extension(c.t, r.end(n))) == strongContext {
		words, steps = strongContext, 0
	}
	if words == otherContext && (steps <= 2 || r.groups == 1) && !(steps > 0 && c.isTrunkMobile(r, n)) {
		return NoTier, vetoOther
	}
	switch {
	case n < minPhone:
		if words == strongContext && steps <= 2 && (n == 6 || r.groups == 1) || words == weakContext && steps <= 1 && inPairs(r, n) {
			return TierC, ruleContext
		}
	case number && n > trunkNumber && r.groups == 1 && !numbering.International(r.d[:n]).Possible: // gönderi no 345678901234
	case words == strongContext, words == weakContext && (n >= 9 || r.groups > 1 || steps == 0):
		return TierC, ruleContext
	case c.spelled(r, n):
		return TierD, ruleNational
	}
	return NoTier, vetoNothing
}

// isTrunkMobile reports whether the first n digits are a mobile number with its national prefix, of a region that counts in messages:
// so many digits are seldom that by chance.
func (c *Cursor) isTrunkMobile(r *run, n int) bool {
	if n != trunkNumber || r.d[0] != '0' {
		return false
	}
	for _, region := range c.s.homes() {
		if number := numbering.National(r.d[:n], region); number.Valid && isMobile(number.Type) {
			return true
		}
	}
	return false
}

// inPairs reports whether the first n digits are 12 34 56.
func inPairs(r *run, n int) bool {
	return n == 6 && r.n == n && r.ends == 1<<1|1<<3|1<<5 && r.blanks == 2
}

// splits reports whether the first group of r, with a blank behind it, belongs to something else, such as the post code before a
// number, and what follows is a number of its own.
func (c *Cursor) splits(r *run) bool {
	n, first := r.n, r.size(0)
	rest := n - first
	if r.groups == 1 || c.t[r.end(first)] != ' ' || !isDigit(c.t[r.end(first)+1]) {
		return false
	}
	var own run
	own.collect(c.t, r.end(first)+1, c.v != nil)
	if n >= 13 && own.d[0] == '0' && own.d[1] != '0' && rest >= 9 && rest <= trunkNumber {
		return true
	}
	if first == 5 && inPairs(&own, own.n) {
		return true
	}
	if rest < minPhone-1 || first >= minPhone || first < 3 && rest < 10 {
		return false
	}
	if isAmerican(&own, min(own.n, 10)) && (own.dashes > 1 || own.dots > 1 || own.parens) && !(first == 1 && r.d[0] == '1') {
		return true
	}
	for k := first; k+9 <= n; k += r.size(k) {
		if r.d[k] == '0' && r.d[k+1] == '0' && r.d[k+2] != '0' && r.size(k) > 2 && c.t[r.end(k)] == ' ' {
			return true
		}
	}
	switch {
	case first >= 4:
		return n > 12 && (r.d[0] != '0' || n > 13) || own.d[0] == '0' && rest >= 9 || r.groups > 3 && r.size(first) > 2 && (r.d[0] != '0' || first == 5)
	case first == 2:
		return own.d[0] == '0' && rest >= 10
	}
	return false
}

// isShortCode reports whether the first group of r is what a message is to be sent to: text STOP to 88888.
func (c *Cursor) isShortCode(r *run) bool {
	n, t, begin := r.size(0), c.t, r.start
	if n < 5 || n > 6 || c.s.profile != Message || n == r.n && r.more || c.gluedBehind(r.end(n)) && !startsWord(t, r.end(n)) {
		return false
	}
	low, end := max(begin-shortCodeWindow, 0), begin
	for first := true; end > low; {
		from := end
		for from > low && isWordByte(t[from-1]) {
			from--
		}
		if from == end {
			if t[end-1] == '\n' {
				return false
			}
			end--
			continue
		}
		k := sendWords.of(t[from:end])
		if k == sendVerb || first && k == noSend {
			return k == sendVerb
		}
		first = false
		end = from
	}
	return false
}

// startsWord reports whether a word with a capital begins at t[i]: to 69888Nyt.
func startsWord(t []byte, i int) bool {
	b, next := byteAt(t, i), byteAt(t, i+1)
	return is(b, classLetter) && b < 'a' && is(next, classLetter) && next >= 'a'
}

// trunkNumber is how many digits a British number has with its national prefix.
const trunkNumber = 11

// runsOn reports whether r is a number with its national prefix into which what a message says next runs: call
// 08712345678150p, 087123456789am-7pm, 08712345678.2stop.
func (c *Cursor) runsOn(r *run) bool {
	rest := r.n - trunkNumber
	if c.s.profile != Message || rest < 1 || rest > 3 || r.size(0) < trunkNumber || r.groups > 2 || r.more || r.d[0] != '0' || r.d[1] == '0' {
		return false
	}
	t, end := c.t, r.end(r.n)
	b := lower(byteAt(t, end))
	hour := (b == 'a' || b == 'p') && lower(byteAt(t, end+1)) == 'm'
	if !is(byteAt(t, end), classLetter) || r.dots == 0 && !hour && b != 'p' {
		return false
	}
	return c.national(r.d[:trunkNumber])
}

// national reports whether d is a number of a region that counts in messages.
func (c *Cursor) national(d []byte) bool {
	for _, region := range c.s.homes() {
		if numbering.National(d, region).Valid {
			return true
		}
	}
	return false
}

// shapely returns how many digits of r are grouped as those of one phone number can be, or why they are not.
func (c *Cursor) shapely(r *run) (n int, veto Reason) {
	veto = vetoShape
	if r.n > american+minPhone-1 && r.ends&(1<<american-1) == 0x224 {
		return american, noReason // one number behind another
	}
	least := minPhone
	if c.s.profile == Message {
		least = minShort
	}
	for n = r.mostNational(); n >= least; n-- {
		if !r.endsGroup(n) {
			continue
		}
		if c.gluedBehind(r.end(n)) && !(c.s.profile == Message && n == r.n && r.d[0] == '0' && n >= 10 && n <= 11) || c.addressBehind(r.end(n)) ||
			r.groups > 1 && (byteAt(c.t, r.end(n)) == '@' || r.blanks > 0 && c.dotsOn(r, n)) {
			veto = vetoWord
			continue
		}
		if groupsFit(r, n) {
			return n, noReason
		}
	}
	if r.n > maxPhone && r.groups == 1 {
		veto = vetoLength
	}
	return r.n, veto
}

// mostNational returns up to how many digits of r may be one number. One or two behind as many as a number has with its national
// prefix are the number of something else.
func (r *run) mostNational() int {
	if n := r.n - 2; r.d[0] == '0' && r.d[1] != '0' && r.dashes == 0 && n >= trunkNumber && n <= maxPhone {
		for ; n < r.n; n++ {
			if r.endsGroup(n) {
				return n
			}
		}
	}
	return min(r.n, maxPhone)
}

// groupsFit reports whether the groups of the first n digits are as people write phone numbers: at most seven, of one digit
// only the first ones and none of more than nine unless it stands alone or behind a calling code.
func groupsFit(r *run, n int) bool {
	groups, ones := 0, 0
	for k := 0; k < n; {
		size := r.size(k)
		if k += size; size == 1 {
			if ones++; groups > 1 || k > 8 {
				return false
			}
		}
		groups++
		if size > 10 && groups > 1 {
			return false
		}
	}
	return groups <= 7 && ones <= 2
}

// isMemberName reports whether the first n digits are the whole name of a JSON member and a number with its calling code.
func (c *Cursor) isMemberName(r *run, n int) bool {
	end := r.end(n)
	if r.groups != 1 || n < 10 {
		return false
	}
	if number := numbering.International(r.d[:n]); !number.Valid && (!number.Possible || n == 10 || isEpoch(r.d[:n])) {
		return false
	}
	if c.key == KeyName {
		return r.start == 0 && end == len(c.t)
	}
	if r.start == 0 || c.t[r.start-1] != '"' || end+1 >= len(c.t) || c.t[end] != '"' {
		return false
	}
	for end++; end < len(c.t) && c.t[end] == ' '; end++ {
	}
	return end < len(c.t) && c.t[end] == ':'
}

// american is how many digits an American number has without its calling code.
const american = 10

// isAmerican reports whether the first n digits are spelled 3-3-4, with or without the calling code before them.
func isAmerican(r *run, n int) bool {
	switch {
	case n == 10:
		return r.ends&0x27f == 0x224
	case n == 11 && r.d[0] == '1':
		return r.ends&0x4ff == 0x449
	}
	return false
}

// known reports whether the digits are a number of a configured region (a mobile number of a large one if none is), or a mobile
// number with its calling code.
func (c *Cursor) known(d []byte) bool {
	if isMobileNumber(d) {
		return true
	}
	for _, region := range c.s.homes() {
		if number := numbering.National(d, region); number.Valid && (len(c.s.regions) > 0 || isMobile(number.Type)) {
			return true
		}
	}
	return false
}

// isMobileNumber reports whether d is a mobile number with its calling code.
func isMobileNumber(d []byte) bool {
	number := numbering.International(d)
	return number.Valid && isMobile(number.Type)
}

func isMobile(t numbering.Type) bool {
	return t == numbering.Mobile || t == numbering.FixedLineOrMobile
}

// spelled reports whether the spelling of the first n digits is that of a national number: American, or a number of a
// configured region (of a large one if none is configured), with a national prefix or in groups.
func (c *Cursor) spelled(r *run, n int) bool {
	marks := r.dashes + r.dots + r.slash
	if isPostCode(r, n) || r.ends&0x1ff == socialSecurity && n == 9 || r.isPersonal(n) || r.isDossier(n) {
		return false
	}
	if isAmerican(r, n) && (r.dashes > 1 || r.dots > 1 || r.parens) {
		return true
	}
	if n < 8 || n < 9 && len(c.s.regions) == 0 && r.groups != 4 {
		return false
	}
	if r.parens {
		return true
	}
	zero := r.d[0] == '0'
	if zero && r.d[1] != '0' && r.groups > 1 && n >= 9 && n <= 12 {
		return true
	}
	if r.groups > 1 && n > 10 && numbering.International(r.d[:n]).Valid {
		return true
	}
	thousands := inThousands(r, n)
	grouped := n > r.size(0) && (r.groups > 2 && (marks > 1 && !(thousands && r.size(0) == 1 && r.dots > 1) || !thousands && !isSeries(r, n)) ||
		r.groups > 1 && len(c.s.regions) > 0)
	if !grouped && (!zero && (n != 10 || isEpoch(r.d[:n])) || zero && r.groups == 1 && n < 10 && len(c.s.regions) == 0) {
		return false // what the plans say would not count
	}
	for _, region := range c.s.homes() {
		if number := numbering.National(r.d[:n], region); number.Valid && (zero || grouped || isMobile(number.Type)) {
			return true
		}
	}
	return false
}

// isPersonal reports whether the first n digits are spelled as the numbers that states give to persons, which begin with the date of birth:
// 850730-1234, 900101-1234567, 900101-14-5678, 850730-033-28.
func (r *run) isPersonal(n int) bool {
	const six, ten = 1 << 5, 1 << 9
	if r.size(0) != 6 || r.dashes+r.slash == 0 || r.dots+r.blanks > 0 {
		return false
	}
	switch r.ends & (1<<n - 1) {
	case six | ten, six | 1<<12, six | 1<<7 | 1<<11, six | 1<<8 | 1<<10:
		return monthDay(two(r.d[2:]), two(r.d[4:])) || monthDay(two(r.d[2:]), two(r.d[:]))
	}
	return false
}

// isDossier reports whether the first n digits are spelled as the number of a parcel, a case or a thing: in three groups of four, which only
// numbers that begin with a zero are, with several slashes, behind a year, or a date and two digits.
func (r *run) isDossier(n int) bool {
	const fours = 1<<3 | 1<<7 | 1<<11
	if r.d[0] == '0' {
		return false
	}
	y := two(r.d[:])*100 + two(r.d[2:])
	return n == 12 && r.ends&(1<<n-1) == fours || r.slash > 1 || r.size(0) == 4 && r.slash > 0 && year(y) ||
		n == 10 && r.groups == 1 && y >= 2010 && y < 2040 && monthDay(two(r.d[4:]), two(r.d[6:]))
}

// isPostCode reports whether the first n digits are spelled as an American post code of nine digits.
func isPostCode(r *run, n int) bool { return n == 9 && r.ends&0x1ff == 0x110 && r.dashes == 1 }

// isSeries reports whether the first n digits are five and more numbers of two digits: only with a zero ahead are they one number.
func isSeries(r *run, n int) bool {
	return n >= 10 && r.d[0] != '0' && r.ends&(1<<n-1) == 0xaaaa&(1<<n-1)
}

// inThousands reports whether the groups of the first n digits are of three digits, but for the first one.
func inThousands(r *run, n int) bool {
	k := r.size(0)
	for k < n && r.size(k) == 3 {
		k += 3
	}
	return k == n
}
