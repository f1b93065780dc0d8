package http1

import (
	"bytes"
	"errors"
	"io"
	"math"
	"net"
	"os"
)

const (
	minBuffer     = 4 << 10
	pieceSize     = 32 << 10 // of a part of a body that is handed on while it comes
	maxChunkLine  = 256      // bytes of a chunk's size and extension
	maxChunkExtra = 16 << 10 // bytes of all extensions of a message
	all64         = math.MaxInt64
)

// paused is the fault of a body of which enough was kept: there is more, and reading may go on. It leaves no function that
// is exported.
const paused Class = math.MaxUint8

// stage is where in a body the reading stands.
type stage uint8

const (
	bodyEnd     stage = iota // it was read to its verified end
	inLength                 // in a body of known length
	inClose                  // in a body that ends with the connection
	inChunkLine              // before the size of a chunk
	inChunk                  // in its data
	inChunkEnd               // before the line break behind that
	inTrailers               // before a trailer, or the line that ends them
)

// body reads the body of one message from src into buf, behind what is there. Chunks are moved together, so that what is
// kept has no gaps. It can be paused wherever it would have to read, and goes on where it stood.
type body struct {
	src   io.Reader
	buf   []byte
	raw   int // what was taken in of buf: all before is done with
	end   int // what was kept of buf
	start int // where the body begins in buf

	stage    stage
	left     int64 // bytes of the length, or of the chunk, that were not taken in
	total    int64 // bytes of the body, with those of a chunk that has begun
	extra    int   // bytes of extensions
	trailers int   // bytes of trailers
	limits   limits
	enough   int64 // to pause when as many bytes are kept
	ended    bool  // src ended, as far as can be told in order
	room     Room  // nil: there is always room
	held     int   // bytes of it
}

// Room is asked before a body takes more memory, once that is more than roomFrom.
type Room interface {
	// Take reports whether n bytes more may be taken. They count from then on, also if it says no.
	Take(n int64) bool
}

// roomFrom is how many bytes a body may have before it has to ask.
const roomFrom = 64 << 10

// hold reports whether the body may have that many bytes in memory.
func (b *body) hold(size int) bool {
	if b.room == nil || size <= max(b.held, roomFrom) {
		return true
	}
	more := size - b.held
	b.held = size
	return b.room.Take(int64(more))
}

// frame begins the body, which stands behind what was taken in, with the framing of its fields. A message without one has
// a body until the connection closes if untilClose says so, and none otherwise.
func (b *body) frame(f *Fields, untilClose bool) fault {
	b.start, b.end, b.enough = b.raw, b.raw, all64
	switch {
	case f.Chunked:
		b.stage = inChunkLine
	case f.ContentLength > b.limits.body:
		return fault{Oversize, BodySize}
	case f.ContentLength > 0:
		b.stage, b.left, b.total = inLength, f.ContentLength, f.ContentLength
	case f.ContentLength < 0 && untilClose:
		b.stage = inClose
	}
	return fault{}
}

// kept returns how many bytes of the body stand in buf.
func (b *body) kept() int64 { return int64(b.end - b.start) }

// wanted returns how many of left bytes to make room for: no more than are kept before a pause.
func (b *body) wanted(left int64) int { return int(min(left, max(b.enough-b.kept(), 1))) }

// read reads on until the end of the body, or until enough is kept of it.
func (b *body) read() fault {
	switch b.stage {
	case bodyEnd:
		return fault{}
	case inLength:
		return b.readLength()
	case inClose:
		return b.readUntilClose()
	}
	return b.readChunked()
}

// again lets go of what was kept and reads the next part, at least one byte unless the body ends.
func (b *body) again() fault {
	if cap(b.buf) < b.start+pieceSize {
		grown := make([]byte, len(b.buf), b.start+pieceSize)
		copy(grown, b.buf)
		b.buf = grown
	}
	left := copy(b.buf[b.start:], b.buf[b.raw:])
	b.raw, b.end, b.buf, b.enough = b.start, b.start, b.buf[:b.start+left], 1
	return b.read()
}

// readLength reads a body of known length. There is always room for one byte more than that, so that surplus shows.
func (b *body) readLength() fault {
	for {
		take := min(b.left, int64(len(b.buf)-b.raw))
		b.raw, b.end, b.left = b.raw+int(take), b.end+int(take), b.left-take
		if b.left == 0 {
			b.stage = bodyEnd
			return fault{}
		}
		if b.kept() >= b.enough {
			return fault{class: paused}
		}
		if f := b.fill(b.end + b.wanted(b.left) + 1); f.is() {
			return f
		}
	}
}

// readUntilClose reads a body that the end of the connection ends.
func (b *body) readUntilClose() fault {
	for {
		b.total += int64(len(b.buf) - b.raw)
		b.raw, b.end = len(b.buf), len(b.buf)
		switch {
		case b.total > b.limits.body:
			return fault{Oversize, BodySize}
		case b.kept() >= b.enough:
			return fault{class: paused}
		}
		if f := b.fill(b.end + b.wanted(b.limits.body-b.total) + 1); b.ended {
			b.stage = bodyEnd
			return fault{}
		} else if f.is() {
			return f
		}
	}
}

// readChunked reads a chunked body.
func (b *body) readChunked() (f fault) {
	for !f.is() && b.stage != bodyEnd {
		switch b.stage {
		case inChunkLine:
			f = b.readSize()
		case inChunk:
			f = b.readChunk()
		case inChunkEnd:
			var line []byte
			if line, f = b.awaitLine(0, ChunkLine); len(line) > 0 {
				f = malformed(ChunkLine)
			}
			if !f.is() {
				b.stage = inChunkLine
			}
		default:
			f = b.readTrailer()
		}
	}
	return f
}

// readSize takes in the line with the size of a chunk.
func (b *body) readSize() fault {
	line, f := b.awaitLine(maxChunkLine, ChunkLine)
	if f.is() {
		return f
	}
	size, over, ok := parseChunkLine(line)
	if b.extra += over; !ok || b.extra > maxChunkExtra {
		return malformed(ChunkLine)
	}
	if size > b.limits.body-b.total {
		return fault{Oversize, BodySize}
	}
	b.left, b.total, b.stage = size, b.total+size, inChunk
	if size == 0 {
		b.stage = inTrailers
	}
	return fault{}
}

// readChunk keeps the data of a chunk.
func (b *body) readChunk() fault {
	for {
		take := int(min(b.left, int64(len(b.buf)-b.raw)))
		copy(b.buf[b.end:], b.buf[b.raw:b.raw+take])
		b.raw, b.end, b.left = b.raw+take, b.end+take, b.left-int64(take)
		if b.left == 0 {
			b.stage = inChunkEnd
			return fault{}
		}
		if f := b.fillBehind(b.wanted(b.left)); f.is() {
			return f
		}
	}
}

// readTrailer takes in a field after the last chunk, which must be as strict as those of a head, and drops it.
func (b *body) readTrailer() fault {
	line, f := b.awaitLine(max(0, b.limits.head-b.trailers), TrailerField)
	if f.is() {
		return f
	}
	if len(line) == 0 {
		b.stage = bodyEnd
		return fault{}
	}
	if _, flaw := checkLine(line); flaw != NoFlaw {
		return malformed(TrailerField)
	}
	b.trailers += len(line) + 2
	return fault{}
}

// awaitLine takes in one line of at most most bytes and returns it without its CR LF; it is valid until the next read.
func (b *body) awaitLine(most int, flaw Flaw) ([]byte, fault) {
	for {
		rest := b.buf[b.raw:]
		if i := bytes.IndexByte(rest[:min(len(rest), most+2)], '\n'); i >= 0 {
			if i == 0 || rest[i-1] != '\r' {
				return nil, malformed(LineBreak)
			}
			b.raw += i + 1
			return rest[:i-1], fault{}
		}
		if len(rest) >= most+2 {
			return nil, malformed(flaw)
		}
		if f := b.fillBehind(most + 2); f.is() {
			return nil, f
		}
	}
}

// fillBehind reads more of a chunked body, of which n bytes are wanted next, unless enough is kept. It first moves what was
// not taken in yet up to what is kept, so that the framing between does not pile up.
func (b *body) fillBehind(n int) fault {
	if b.kept() >= b.enough {
		return fault{class: paused}
	}
	if b.raw == len(b.buf) || len(b.buf) == cap(b.buf) {
		left := copy(b.buf[b.end:], b.buf[b.raw:])
		b.raw, b.buf = b.end, b.buf[:b.end+left]
	}
	return b.fill(len(b.buf) + max(n+minBuffer, int(b.kept()/2))) // small steps would copy all of it for each
}

// fill reads at least one byte more into buf, which it grows fourfold up to limit bytes; there must be room below it.
func (b *body) fill(limit int) fault {
	buf, size := b.buf, len(b.buf)
	full := size == cap(buf)
	if full {
		size = max(min(4*size, limit), minBuffer)
	}
	if !b.hold(size) {
		return fault{class: Busy}
	}
	if full {
		buf = append(make([]byte, 0, size), buf...)
	}
	for {
		n, err := b.src.Read(buf[len(buf):cap(buf)])
		if n > 0 {
			b.buf = buf[:len(buf)+n] // an error beside it comes again
			return fault{}
		}
		if err != nil {
			b.ended = errors.Is(err, io.EOF)
			return b.readFault(err)
		}
	}
}

// readFault classes an error of reading.
func (b *body) readFault(err error) fault {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fault{class: Timeout}
	case errors.Is(err, errNoCloseAlert):
		return fault{Truncated, MissingCloseAlert}
	case isTLSFailure(err):
		return fault{class: TLS}
	case len(b.buf) == 0:
		return fault{class: Closed}
	}
	return fault{class: Truncated}
}

// isTLSFailure reports whether the TLS layer itself failed, on either side. It is how the refusal of a client certificate
// arrives: after the handshake, with the first read.
func isTLSFailure(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error")
}

// parseChunkLine reads the size of a chunk and how many bytes its extensions have, which begin right behind the size. What they say
// is nobody's business here.
func parseChunkLine(line []byte) (size int64, extra int, ok bool) {
	digits := leading(line, hexByte)
	if digits == 0 || digits > 15 || !validExtensions(line[digits:]) {
		return 0, 0, false
	}
	for _, c := range line[:digits] {
		if c > '9' {
			c = c&^0x20 - 'A' + '0' + 10
		}
		size = size<<4 | int64(c-'0')
	}
	return size, len(line) - digits, true
}

// validExtensions reports whether b is extensions of a chunk, perhaps none: each a name behind a semicolon, perhaps with a value. It
// finds a quote that does not end: to some it would end behind the line.
func validExtensions(b []byte) bool {
	if !all(b, valueByte) {
		return false
	}
	for len(b) > 0 {
		if b[0] != ';' {
			return false
		}
		b = bytes.TrimLeft(b[1:], " \t")
		n := leading(b, tokenByte)
		if n == 0 {
			return false
		}
		if b = b[n:]; len(b) > 0 && b[0] == '=' {
			if n = wordLength(b[1:]); n == 0 {
				return false
			}
			b = b[1+n:]
		}
	}
	return true
}

// wordLength returns the length of the token or the text in quotes that b begins with, and 0 if it is neither.
func wordLength(b []byte) int {
	if len(b) == 0 || b[0] != '"' {
		return leading(b, tokenByte)
	}
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
	return 0
}
