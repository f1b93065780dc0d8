package http1

import "bytes"

const (
	maxChunkLine  = 256      // bytes of a chunk's size and extension
	maxChunkExtra = 16 << 10 // bytes of all extensions of an answer
)

// readBody reads the body behind the head, as the head's framing says.
func (a *answer) readBody() fault {
	r := a.resp
	switch {
	case a.noBody || r.Status == 204 || r.Status == 304:
		return fault{}
	case r.Fields.Chunked:
		return a.readChunked()
	case r.Fields.ContentLength >= 0:
		return a.readLength(r.Fields.ContentLength)
	}
	return a.readUntilClose()
}

// readLength reads a body of n bytes. There is always room for one byte more than that, so that surplus shows.
func (a *answer) readLength(n int64) fault {
	if n > a.limits.body {
		return fault{Oversize, BodySize}
	}
	want := a.end + int(n)
	for len(a.resp.buf) < want {
		if f := a.fill(want + 1); f.is() {
			return f
		}
	}
	a.raw, a.end = want, want
	return fault{}
}

// readUntilClose reads a body that the end of the connection ends.
func (a *answer) readUntilClose() fault {
	most := a.end + int(a.limits.body)
	a.resp.UntilClose = true
	for len(a.resp.buf) <= most {
		if f := a.fill(most + 1); a.ended {
			a.raw, a.end = len(a.resp.buf), len(a.resp.buf)
			return fault{}
		} else if f.is() {
			return f
		}
	}
	return fault{Oversize, BodySize}
}

// readChunked reads a chunked body and moves the chunks together in the buffer, so that what is kept stands behind the
// head without gaps.
func (a *answer) readChunked() fault {
	start, extra := a.end, 0
	for {
		line, f := a.awaitLine(maxChunkLine, ChunkLine)
		if f.is() {
			return f
		}
		size, over, ok := parseChunkLine(line)
		if extra += over; !ok || extra > maxChunkExtra {
			return malformed(ChunkLine)
		}
		if size == 0 {
			return a.readTrailers()
		}
		if size > a.limits.body-int64(a.end-start) {
			return fault{Oversize, BodySize}
		}
		if f := a.readChunk(int(size)); f.is() {
			return f
		}
	}
}

// readChunk keeps the next n bytes and takes in the line break after them.
func (a *answer) readChunk(n int) fault {
	for {
		take := min(n, len(a.resp.buf)-a.raw)
		copy(a.resp.buf[a.end:], a.resp.buf[a.raw:a.raw+take])
		a.raw, a.end, n = a.raw+take, a.end+take, n-take
		if n == 0 {
			break
		}
		if f := a.fillBehind(n); f.is() {
			return f
		}
	}
	line, f := a.awaitLine(0, ChunkLine)
	if !f.is() && len(line) > 0 {
		f = malformed(ChunkLine)
	}
	return f
}

// readTrailers takes in the fields after the last chunk, which must be as strict as those of a head, and drops them.
func (a *answer) readTrailers() fault {
	for size := 0; ; {
		line, f := a.awaitLine(max(0, a.limits.head-size), TrailerField)
		if f.is() || len(line) == 0 {
			return f
		}
		if _, flaw := checkLine(line); flaw != NoFlaw {
			return malformed(TrailerField)
		}
		size += len(line) + 2
	}
}

// awaitLine takes in one line of at most most bytes and returns it without its CR LF; it is valid until the next read.
func (a *answer) awaitLine(most int, flaw Flaw) ([]byte, fault) {
	for {
		rest := a.resp.buf[a.raw:]
		if i := bytes.IndexByte(rest[:min(len(rest), most+2)], '\n'); i >= 0 {
			if i == 0 || rest[i-1] != '\r' {
				return nil, malformed(LineBreak)
			}
			a.raw += i + 1
			return rest[:i-1], fault{}
		}
		if len(rest) >= most+2 {
			return nil, malformed(flaw)
		}
		if f := a.fillBehind(most + 2); f.is() {
			return nil, f
		}
	}
}

// fillBehind reads more of a chunked body, of which n bytes are wanted next. It first moves what was not taken in yet up
// to what is kept, so that the framing between does not pile up.
func (a *answer) fillBehind(n int) fault {
	buf := a.resp.buf
	if a.raw == len(buf) || len(buf) == cap(buf) {
		left := copy(buf[a.end:], buf[a.raw:])
		a.raw, a.resp.buf = a.end, buf[:a.end+left]
	}
	return a.fill(len(a.resp.buf) + n + minBuffer)
}

// parseChunkLine reads the size of a chunk and how many bytes its extension has. An extension begins with a semicolon
// right behind the size and holds no control byte; what it says is nobody's business here.
func parseChunkLine(line []byte) (size int64, extra int, ok bool) {
	digits := 0
	for digits < len(line) && byteClass[line[digits]]&hexByte != 0 {
		c := line[digits]
		if c > '9' {
			c = c&^0x20 - 'A' + '0' + 10
		}
		size = size<<4 | int64(c-'0')
		digits++
	}
	extension := line[digits:]
	if digits == 0 || digits > 15 || len(extension) > 0 && extension[0] != ';' || !all(extension, valueByte) {
		return 0, 0, false
	}
	return size, len(extension), true
}
