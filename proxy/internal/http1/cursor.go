package http1

import "bytes"

// Cursor goes over the field lines of a block that was parsed. Name and Value are valid as long as the block is.
type Cursor struct {
	Line  []byte // the whole line as it came, with its CR LF
	Name  []byte
	Value []byte // without the white space around it
	rest  []byte
}

// Next moves on to the next field and reports whether there is one.
func (c *Cursor) Next() bool {
	end := bytes.IndexByte(c.rest, '\n') + 1
	if end <= 2 {
		return false // nothing, or the empty line that ends the block
	}
	line := c.rest[:end:end]
	colon := bytes.IndexByte(line, ':')
	c.Line, c.rest = line, c.rest[end:]
	c.Name, c.Value = line[:colon:colon], trimOWS(line[colon+1:end-2])
	return true
}

// checkLine validates one field line without its CR LF and returns where its colon is.
func checkLine(line []byte) (int, Flaw) {
	colon := 0
	for colon < len(line) && byteClass[line[colon]]&tokenByte != 0 {
		colon++
	}
	if colon == 0 && len(line) > 0 && (line[0] == ' ' || line[0] == '\t') {
		return 0, Folded
	}
	if colon == 0 || colon == len(line) || line[colon] != ':' {
		return 0, FieldName
	}
	if !all(line[colon+1:], valueByte) {
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
