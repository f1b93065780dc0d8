package http1

import "bytes"

// Cursor goes over the field lines of a block that was parsed. Name and Value are valid as long as the block is.
type Cursor struct {
	Line   []byte // the whole line as it came, with its CR LF
	Name   []byte
	Value  []byte // without the white space around it
	fields *Fields
	next   int    // of the lines that are indexed
	rest   []byte // what stands behind those
}

// Next moves on to the next field and reports whether there is one.
func (c *Cursor) Next() bool {
	if c.next < c.fields.indexed {
		l, end := c.fields.lines[c.next], c.fields.lines[c.next+1].start
		c.next++
		c.set(c.fields.block[l.start:end:end], int(l.colon))
		return true
	}
	end := bytes.IndexByte(c.rest, '\n') + 1
	if end <= 2 {
		return false // nothing, or the empty line that ends the block
	}
	line := c.rest[:end:end]
	c.rest = c.rest[end:]
	c.set(line, bytes.IndexByte(line, ':'))
	return true
}

// AppendLength appends the line of a Content-Length field, at which the cursor is, as it came, but without zeros that the number does
// not need: some would read an octal one.
func (c *Cursor) AppendLength(dst []byte) []byte {
	if len(c.Value) == 1 || c.Value[0] != '0' {
		return append(dst, c.Line...)
	}
	return AppendContentLength(dst, int(c.fields.ContentLength))
}

// nextLike moves on to the next field whose name may be one of that bit.
func (c *Cursor) nextLike(bit uint16) bool {
	for c.next < c.fields.indexed && c.fields.lines[c.next].bit != bit {
		c.next++
	}
	return c.Next()
}

func (c *Cursor) set(line []byte, colon int) {
	c.Line, c.Name, c.Value = line, line[:colon:colon], trimOWS(line[colon+1:len(line)-2])
}

// checkLine validates one field line without its CR LF and returns where its colon is.
func checkLine(line []byte) (int, Flaw) {
	colon := leading(line, tokenByte)
	if colon == 0 && len(line) > 0 && (line[0] == ' ' || line[0] == '\t') {
		return 0, Folded
	}
	if colon == 0 || colon == len(line) || line[colon] != ':' {
		return 0, FieldName
	}
	if !validValue(line[colon+1:]) {
		return 0, FieldValue
	}
	return colon, NoFlaw
}

// cutLine cuts the first line off b, without its CR LF. It finds a flaw if there is no whole line.
func cutLine(b []byte) (line, rest []byte, flaw Flaw) {
	end := bytes.IndexByte(b, '\n')
	if end < 1 || b[end-1] != '\r' {
		return nil, nil, LineBreak
	}
	return b[:end-1], b[end+1:], NoFlaw
}
