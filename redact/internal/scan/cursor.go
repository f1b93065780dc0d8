package scan

import "bytes"

// Cursor steps over findings from left to right; findings never overlap. It works line by line: on the line itself, or
// on a view of it if the line has escapes or characters that are to be folded.
type Cursor struct {
	Finding Finding // valid after Next returned true, until the next call

	s        *Scanner
	text     []byte
	key      Key
	line     int // where the current line begins in text
	nextLine int // where the next line begins
	v        *view

	t     []byte // the current line, or its view
	pos   int    // what of t has been looked at
	floor int    // the end of the last finding
	done6 int    // up to where the colons of t have been looked at

	keyFloor             int // no key stands before it
	arrayStart, arrayEnd int // the part of an array whose key is known
	arrayIsPhone         bool
}

// Scan returns a cursor over the findings of text, which may hold several lines; no finding reaches over a line break.
// The text must not change while the cursor is in use. Scan and the cursor do not allocate in steady state.
func (s *Scanner) Scan(text []byte, key Key) Cursor {
	return Cursor{s: s, text: text, key: key}
}

// Next goes to the next finding.
func (c *Cursor) Next() bool {
	for {
		if c.inLine() {
			return true
		}
		if c.nextLine >= len(c.text) {
			return false
		}
		c.openLine()
	}
}

// Close gives back what the cursor borrowed. The cursor must not be used afterwards.
func (c *Cursor) Close() {
	if c.v != nil {
		c.v.release()
		c.v = nil
	}
}

func (c *Cursor) openLine() {
	c.line = c.nextLine
	n := bytes.IndexByte(c.text[c.line:], '\n')
	if n < 0 {
		n = len(c.text) - c.line
	}
	c.nextLine = c.line + n + 1
	c.t = c.text[c.line : c.line+n]
	c.pos, c.floor, c.done6, c.keyFloor, c.arrayStart, c.arrayEnd, c.arrayIsPhone = 0, 0, 0, 0, 0, 0, false
	c.Close()
	if hasEscapes(c.t) {
		v := views.Get().(*view)
		if v.decode(c.t) {
			c.v, c.t = v, v.b
		} else {
			v.release()
		}
	}
}

// inLine looks for the next finding in the current line.
func (c *Cursor) inLine() bool {
	for c.pos < len(c.t) {
		i := skipPlain(c.t, c.pos)
		if i == len(c.t) {
			break
		}
		next, ok := c.anchor(i)
		c.pos = next
		if ok {
			c.floor = next
			c.toRaw()
			return true
		}
	}
	c.pos = len(c.t)
	return false
}

func (c *Cursor) anchor(i int) (next int, ok bool) {
	switch c.t[i] {
	case '@':
		return c.atSign(i)
	case '+':
		return c.plus(i)
	case ':':
		return c.colons(i)
	}
	return c.number(i)
}

// set begins a finding at t[start:end].
func (c *Cursor) set(start, end int, kind Kind, tier Tier, reason Reason) {
	c.Finding = Finding{Start: start, End: end, Kind: kind, Tier: tier, Reason: reason}
}

// toRaw turns the offsets of the finding into those of the text.
func (c *Cursor) toRaw() {
	f := &c.Finding
	if c.v != nil {
		f.Start, f.End = int(c.v.span[f.Start].start), int(c.v.span[f.End-1].end)
	}
	f.Start += c.line
	f.End += c.line
}
