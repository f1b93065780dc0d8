package http1

import (
	"bytes"
	"errors"
	"net"
)

// ErrDoubtfulFraming is what reading from an [Inbound] ends with at bytes that somebody in front of us could frame otherwise.
var ErrDoubtfulFraming = errors.New("http1: doubtful framing")

// maxKept bounds how much of a line is kept: a field that frames a body, or a chunk's size, is in far less.
const maxKept = 256

// Inbound is a connection of a client on which every line of heads, chunks and trailers ends in CR LF, chunk lines follow the
// grammar, and trailers are fields. The server that reads from it takes more: a bare LF, which ends a line to one program and
// is data to another, is how a request is hidden in the body of the one before. The line is read here a second time only for
// where it ends and for how the body is framed; what it says is not judged here.
type Inbound struct {
	net.Conn
	state   inboundState
	left    int64 // bytes of a body, or of a chunk
	length  int64 // of the head's Content-Length
	chunked bool
	started bool // the head has its request line
	doubt   bool
	cr      bool // the last byte of the line so far is a CR
	size    int  // of the line so far
	kept    [maxKept]byte
}

type inboundState uint8

const (
	watchHead inboundState = iota
	watchBody
	watchChunkLine
	watchChunk
	watchChunkEnd
	watchTrailers
)

// NewInbound returns c, watched from its first byte on.
func NewInbound(c net.Conn) *Inbound { return &Inbound{Conn: c} }

// Read reads what is free of doubt.
func (c *Inbound) Read(p []byte) (int, error) {
	if c.doubt {
		return 0, ErrDoubtfulFraming
	}
	n, err := c.Conn.Read(p)
	clean := c.watch(p[:n])
	if clean < n {
		c.doubt = true
		if clean == 0 {
			return 0, ErrDoubtfulFraming
		}
		return clean, nil
	}
	return n, err
}

// watch goes on over b and returns how much of it is free of doubt.
func (c *Inbound) watch(b []byte) int {
	for at := 0; at < len(b); {
		if c.state == watchBody || c.state == watchChunk {
			take := int(min(c.left, int64(len(b)-at)))
			at += take
			if c.left -= int64(take); c.left == 0 {
				c.endData()
			}
			continue
		}
		end := bytes.IndexByte(b[at:], '\n')
		if end < 0 {
			c.keep(b[at:])
			return len(b)
		}
		c.keep(b[at : at+end])
		if !c.cr || !c.endLine() {
			return at + end // all but the LF, so that the server knows that something came
		}
		c.size, c.cr = 0, false
		at += end + 1
	}
	return len(b)
}

// keep takes a part of a line, without its LF.
func (c *Inbound) keep(part []byte) {
	if len(part) == 0 {
		return
	}
	c.cr = part[len(part)-1] == '\r'
	if c.size < maxKept {
		copy(c.kept[c.size:], part)
	}
	c.size += len(part)
}

func (c *Inbound) endData() {
	if c.state = watchHead; c.chunked {
		c.state = watchChunkEnd
		return
	}
	c.startHead()
}

func (c *Inbound) startHead() { c.state, c.length, c.chunked, c.started = watchHead, 0, false, false }

// endLine takes a whole line, and reports whether it is free of doubt.
func (c *Inbound) endLine() bool {
	line, whole := c.kept[:min(c.size-1, maxKept)], c.size-1 <= maxKept
	switch c.state {
	case watchChunkLine:
		size, _, ok := parseChunkLine(line)
		c.state, c.left = watchChunk, size
		if size == 0 {
			c.state = watchTrailers
		}
		return ok && whole
	case watchChunkEnd:
		c.state = watchChunkLine
		return len(line) == 0
	case watchTrailers:
		if len(line) == 0 {
			c.startHead()
			return true
		}
		_, flaw := checkLine(line)
		return flaw == NoFlaw
	}
	switch {
	case !c.started: // an empty line may come before a request
		c.started = len(line) > 0
	case len(line) > 0:
		return c.noteField(line) || whole
	case c.chunked:
		c.state = watchChunkLine
	case c.length > 0:
		c.state, c.left = watchBody, c.length
	default:
		c.startHead()
	}
	return true
}

// noteField takes in what frames the body, and reports whether the line is of no concern to that. A value that is in doubt
// is refused with the head, and the connection closed.
func (c *Inbound) noteField(line []byte) (other bool) {
	colon := bytes.IndexByte(line, ':')
	if colon < 0 {
		return true
	}
	switch name := line[:colon]; {
	case equalFold(name, "content-length"):
		c.length, _ = parseDecimal(trimOWS(line[colon+1:]))
	case equalFold(name, "transfer-encoding"):
		c.chunked = true
	default:
		return true
	}
	return false
}
