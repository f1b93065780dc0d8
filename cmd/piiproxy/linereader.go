package main

import (
	"bytes"
	"io"
)

// lineReader cuts an input into chunks of whole lines.
type lineReader struct {
	in       io.Reader
	numbered bool   // count lines; without it every chunk begins at line 1
	line     int64  // number of the next line
	rest     []byte // a beginning of a line that was read with the lines before it
	skipping bool   // inside a line that is too long
	ended    error
}

// fill makes c the next lines of the input, as many as one read brings. It returns io.EOF after the last line.
func (r *lineReader) fill(c *chunk) error {
	c.in, c.withheld, c.firstLine = append(c.in[:0], r.rest...), false, r.line
	r.rest = r.rest[:0]
	for {
		if n := bytes.LastIndexByte(c.in, '\n') + 1; n > 0 {
			r.cut(c, n)
			return nil
		}
		if r.ended != nil {
			return r.last(c)
		}
		if len(c.in) >= maxLine {
			r.skipping = true
		}
		if r.skipping {
			c.in = c.in[:0]
		}
		c.in, r.ended = readMore(r.in, c.in)
	}
}

// cut leaves in c the lines up to n, or, inside a line that is too long, only the end of that line.
func (r *lineReader) cut(c *chunk, n int) {
	if r.skipping || len(c.in) > maxLine && bytes.IndexByte(c.in, '\n') >= maxLine {
		n = bytes.IndexByte(c.in, '\n') + 1
		r.rest = append(r.rest, c.in[n:]...)
		c.in, c.withheld, c.lines = append(c.in[:0], '\n'), true, 1
		r.skipping = false
		r.line++
		return
	}
	r.rest = append(r.rest, c.in[n:]...)
	c.in, c.lines = c.in[:n], 0
	if r.numbered {
		c.lines = int64(bytes.Count(c.in, lineBreak))
	}
	r.line += c.lines
}

var lineBreak = []byte{'\n'}

// last makes c the last line, which has no line break.
func (r *lineReader) last(c *chunk) error {
	if len(c.in) == 0 && !r.skipping {
		return r.ended
	}
	c.lines = 1
	if r.skipping || len(c.in) > maxLine {
		c.in, c.withheld, r.skipping = c.in[:0], true, false
	}
	return nil
}

// readMore appends what one read of in brings.
func readMore(in io.Reader, b []byte) ([]byte, error) {
	if room := cap(b) - len(b); room < chunkSize/2 {
		b = append(make([]byte, 0, cap(b)+chunkSize), b...)
	}
	n, err := in.Read(b[len(b):cap(b)])
	return b[:len(b)+n], err
}
