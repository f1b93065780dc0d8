package scan

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// Cursor steps over findings from left to right; findings never overlap. It works on the text itself, and around escapes
// that matter on a view of them.
type Cursor struct {
	Finding Finding // valid after Next returned true, until the next call

	s    *Scanner
	text []byte
	key  Key

	asked  int    // one more than the place of t of the sign that was the last finding
	spans  bool   // nobody asks for the digits of findings
	t      []byte // the text, or the view
	pos    int    // what of t has been looked at
	runEnd int    // the end of the run of digits that is being looked at
	simple bool   // that run is short and without parentheses
	floor  int    // the end of the last finding
	done6  int    // up to where the colons of t have been looked at
	plain  int    // up to where digits are known to be parted by single signs only
	top    int    // the first byte behind the last @ that may be of the last label of a domain
	local  span   // bytes that are known to be of the local part of an e-mail address
	phone  int    // the end of the last phone number, for those that follow it in a list
	list   list   // the last element of a list whose key was looked for
	bare   span   // bytes that are known to have no letter
	apart  int    // up to where digits of this run are known to stand apart from words and keys

	v      *view
	left   *view // the view before, if there was one
	back   back  // where to go on in the text after the view
	misses *[]Miss
	f      filter // of t
}

// back is what a cursor remembers of the text while it looks at a view.
type back struct{ pos, floor, phone int }

// span is a stretch of bytes.
type span struct{ from, to int }

// Scan returns a cursor over the findings of text, which may hold several lines; no finding reaches over a line break.
// The text must not change while the cursor is in use. Scan and the cursor do not allocate in steady state.
func (s *Scanner) Scan(text []byte, key Key) Cursor {
	c := Cursor{s: s, text: text, key: key, t: text, phone: -1}
	c.f.five, c.f.names = s.profile == Message, &noNames
	c.f.start(text, 0)
	return c
}

// ScanSpans is Scan for those who mask whatever the number is: findings of phones have neither Region nor Digits.
func (s *Scanner) ScanSpans(text []byte, key Key) Cursor {
	c := s.Scan(text, key)
	c.spans = true
	return c
}

// ScanNames is Scan, or ScanSpans if spans says so, with equals signs and colons behind names that may be of names, and the colons of
// URLs, as findings of the kind [Sign].
func (s *Scanner) ScanNames(text []byte, key Key, names *Names, spans bool) Cursor {
	c := s.Scan(text, key)
	c.f.names, c.spans = names, spans
	return c
}

// Quiet reports whether a look at the bytes of text is enough to say that ScanNames finds nothing in it or, without names, that there is
// not even an equals sign.
func (s *Scanner) Quiet(text []byte, names *Names) bool {
	f := filter{five: s.profile == Message, names: names}
	f.start(text, 0)
	return f.next(0) == len(text)
}

// Next goes to the next finding.
func (c *Cursor) Next() bool {
	for {
		if c.pos < c.runEnd {
			if c.numbers() {
				return true
			}
			continue
		}
		i := c.f.next(c.pos)
		if i < c.limit() {
			if c.t[i] == '=' {
				if c.pos = i + 1; c.sign(i) {
					return true
				}
			} else if c.anchor(i) {
				return true
			}
			continue
		}
		if c.v == nil {
			c.pos = len(c.text)
			return false
		}
		c.leaveView()
	}
}

// Close gives back what the cursor borrowed. The cursor must not be used afterwards.
func (c *Cursor) Close() {
	for _, v := range [...]*view{c.v, c.left} {
		if v != nil {
			v.release()
		}
	}
	c.v, c.left = nil, nil
}

func (c *Cursor) limit() int {
	if c.v != nil {
		return c.v.exit
	}
	return len(c.t)
}

// anchor looks closer at t[i] and moves on. It reports whether it made a finding.
func (c *Cursor) anchor(i int) bool {
	t := c.t
	switch b := t[i]; {
	case b == ':':
		e := &c.f.names.kinds[1]
		if i > 2 && (e.mayEnd(t, i) && e.hasAhead(t, i) || i+1 < len(t) && slash[t[i+1]]) && c.sign(i) {
			return true
		}
		if i < c.done6 {
			c.pos = i + 1
			return false
		}
		if i+2 < len(t) && t[i+1] == b && t[i+2] == b {
			c.pos = lastOf(t, i) - 1
			return false
		}
		return c.colon(i)
	case b == '@':
		if i+1 < len(t) && t[i+1] == b {
			c.pos = lastOf(t, i)
			return false
		}
		return c.atSign(i)
	case is(b, classJoin):
		if i > 1 && t[i-2] == '-' && c.timestamp(i-minPhone+1) { // 2026-11
			return false
		}
		c.openRun(i)
		return false
	case c.v == nil && is(b, classEscape):
		return c.escape(i)
	}
	c.pos = i + 1
	return false
}

// timestamp passes over a date and time that a run begins with at t[i]. Where misses are wanted the date is one, so there
// it is left to the rules.
func (c *Cursor) timestamp(i int) bool {
	t := c.t
	if i < c.pos || c.misses != nil || i > c.pos && is(t[i-1], classJoin) {
		return false
	}
	end := timestamp(t, i)
	if end > 0 {
		c.pos = end
	}
	return end > 0
}

// lastOf returns the last of the bytes from t[i] on that are the same.
func lastOf(t []byte, i int) int { return repeatEnd(t, i, 1) }

// repeatEnd returns the last place up to which t[i:] goes on with what its first period bytes are: the last byte of them, where the
// next one would be another.
func repeatEnd(t []byte, i, period int) int {
	for ; i+period+8 <= len(t); i += 8 {
		if x := binary.LittleEndian.Uint64(t[i:]) ^ binary.LittleEndian.Uint64(t[i+period:]); x != 0 {
			return i + bits.TrailingZeros64(x)>>3
		}
	}
	for i+period < len(t) && t[i+period] == t[i] {
		i++
	}
	return i
}

// escape goes on in a view if the escape at t[i] matters, or else behind it and what follows it of its kind. It reports whether the
// escape is the sign behind a name.
func (c *Cursor) escape(i int) bool {
	t := c.t
	switch b := t[i]; {
	case b >= utf8.RuneSelf && !foldLead[b]:
		for i++; i < len(t) && t[i] >= utf8.RuneSelf && !foldLead[t[i]]; i++ {
		}
		c.pos = i
		return false
	case b == '&':
		if i = lastOf(t, i); i+1 == len(t) || !is(t[i+1], classLetter) && t[i+1] != '#' {
			c.pos = i + 1
			return false
		}
	case b == '\\':
		if last := lastOf(t, i); last-i >= maxBackslashes {
			i = last - maxBackslashes + 1
		}
	case b == '%' && i > 2 && escapesEquals(t[i:]) && c.f.names.kinds[0].end(t, i) && c.sign(i):
		return true
	case b == '%':
		if b, n := unescapePercent(t[i:min(len(t), i+3)]); n > 0 && !isDigit(b) && b != ':' {
			if last := repeatEnd(t, i, 3); last-i >= 6 {
				i += (last-i)/3*3 - 3 // between its like it is none
			}
		}
	}
	if !matters(t, i) {
		c.pos = i + 1
		return false
	}
	from := i
	for from > c.pos && i-from < viewBefore/2 && is(t[from-1], classJoin|classHex) {
		from--
	}
	c.enterView(i, from)
	return false
}

// openRun makes the run of digits around t[i] the one to look at, unless it has too few for anything. In the text a run that goes
// on behind an escape is left to the view.
func (c *Cursor) openRun(i int) {
	t := c.t
	from, to := i, i+1
	has := weight[t[i]]
	for from > c.pos && is(t[from-1], classJoin) {
		from--
		has += weight[t[from]]
	}
	// Byte by byte: most runs are so short that eight bytes at a time cost more.
	for near := min(len(t), from+longRun); to < near && is(t[to], classJoin); to++ {
		has += weight[t[to]]
	}
	little := false
	c.simple = to-from < longRun && has < aParen
	switch {
	case to-from >= longRun:
		to = joinEnd(t, to)
	case c.misses == nil && has.tooLittle(c.s.least):
		little = true
	case has.dots() > 1 || has.pluses() > 1:
		from, to, little = c.firstOfRuns(from, to)
	}
	c.pos, c.runEnd = from, to
	if c.v == nil && to < len(t) && is(t[to], classEscape) && matters(t, to) {
		c.runEnd = from
		c.enterView(to, c.groupsBefore(from, to))
		return
	}
	if little && c.misses == nil {
		c.pos = to
	}
}

// firstOfRuns returns the first of the runs of digits that t[from:end] is that may hold something, or the last one and that it is too
// little for anything.
func (c *Cursor) firstOfRuns(from, end int) (start, to int, little bool) {
	all, within := readSigns(c.t[from:end]), ^uint64(0)
	before := isDigitOrPlus(byteAt(c.t, from-1))
	start = from
	for parts := all.parts(before); parts != 0; parts &= parts - 1 {
		i := bits.TrailingZeros64(parts)
		if c.misses != nil || !c.tooLittle(&all, within&(1<<i-1), from) {
			return start, from + i, false
		}
		start, within = from+i, ^uint64(0)<<i
	}
	return start, end, c.tooLittle(&all, within, from)
}

// tooLittle reports whether a part of the run of digits that begins at t[from] holds nothing.
func (c *Cursor) tooLittle(s *signs, within uint64, from int) bool {
	n := s.count(within)
	if n.tooLittle(c.s.least) {
		return true
	}
	if n.digits() >= leastApart || n.dots() > 2 {
		return false
	}
	before := from > c.floor && isDigitOrPlus(byteAt(c.t, from-1))
	return s.begins(before)&within == 0 && c.s.profile == Log && c.standsApart(from, false)
}

func isDigitOrPlus(b byte) bool { return isDigit(b) || b == '+' }

// groupsBefore returns where in t[from:to] the digits begin that the last group may be one number with.
func (c *Cursor) groupsBefore(from, to int) int {
	if to-from <= viewBefore/2 {
		return from
	}
	return to - viewBefore/2
}

// found makes t[start:end] the finding, in offsets of the text, and goes on behind it.
func (c *Cursor) found(start, end int, kind Kind, tier Tier, reason Reason) bool {
	c.pos, c.floor, c.apart = end, end, 0
	if kind == Phone {
		c.phone = end
	}
	f := &c.Finding
	f.Start, f.End, f.Kind, f.Tier, f.Reason = start, end, kind, tier, reason
	f.Local, f.Region, f.Digits, f.NumDigits = false, 0, 0, 0
	if c.v != nil {
		f.Start, f.End = c.v.raw(start, end)
	}
	return true
}

// missed notes a candidate that is left alone, for explaining.
func (c *Cursor) missed(start, end int, kind Kind, reason Reason) {
	if c.misses == nil {
		return
	}
	if c.v != nil {
		start, end = c.v.raw(start, end)
	}
	*c.misses = append(*c.misses, Miss{start, end, kind, reason})
}

// enterView goes on at from in a view of what surrounds the escape at text[i].
func (c *Cursor) enterView(i, from int) {
	c.back = back{0, c.floor, c.phone}
	v := views.Get().(*view)
	begin := max(0, from-viewBefore)
	if n := bytes.LastIndexByte(c.text[begin:i], '\n'); n >= 0 {
		begin += n + 1
	}
	v.open(c.text, begin, i, c.pos, c.left)
	c.v, c.t = v, v.b
	c.pos, c.floor, c.phone = v.index(from), v.index(c.back.floor), -1
	if c.back.phone >= begin {
		c.phone = v.index(c.back.phone)
	}
	c.runEnd, c.done6, c.plain, c.top, c.local, c.list, c.bare, c.apart, c.asked = 0, 0, 0, 0, span{}, list{}, span{}, 0, 0
	c.f.start(c.t, c.pos)
}

func (c *Cursor) leaveView() {
	v := c.v
	floor, phone := c.floor, c.phone
	c.pos, c.floor, c.phone = v.exitRaw, c.back.floor, c.back.phone
	if floor > 0 {
		_, end := v.raw(floor-1, floor)
		c.floor, c.pos = max(c.floor, end), max(c.pos, end)
		if phone == floor {
			c.phone = end
		}
	}
	if c.left != nil {
		c.left.release()
	}
	c.v, c.left, c.t = nil, v, c.text
	c.runEnd, c.done6, c.plain, c.top, c.local, c.list, c.bare, c.apart, c.asked = 0, c.pos, 0, 0, span{}, list{}, span{}, 0, 0
	c.f.start(c.t, c.pos)
}
