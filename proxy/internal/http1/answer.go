package http1

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
)

const (
	minBuffer    = 4 << 10
	maxInterim   = 8   // answers before the answer
	maxFields    = 200 // of an answer's head
	statusLength = len("HTTP/1.1 200 ")
)

// limits bound an answer.
type limits struct {
	head int   // bytes of the head, with interim answers
	body int64 // bytes
}

// answer reads one answer from src into resp. Reading the head and reading the body are separate, so that a body may also
// be handed on while it comes.
type answer struct {
	src    io.Reader
	resp   *Response
	limits limits
	noBody bool // the method is HEAD
	http11 bool
	ended  bool // src ended, as far as can be told in order

	head int // where the head, from the status line on, begins in resp.buf
	raw  int // what was taken in of resp.buf: all before is done with
	end  int // what was kept of resp.buf: all before is head and body
}

// whole reads the head and the body.
func (a *answer) whole() fault {
	if f := a.readHead(); f.is() {
		return f
	}
	if f := a.readBody(); f.is() {
		return f
	}
	a.settle()
	return fault{}
}

// reusable reports, after a whole answer, whether the connection may serve another request: the answer and the connection
// agree on where it ended, and nothing came behind it.
func (a *answer) reusable() bool {
	return a.http11 && !a.resp.Fields.Close && !a.resp.UntilClose && a.raw == len(a.resp.buf) && !a.doubtful()
}

// doubtful reports whether an answer that has no body by its status claims one nevertheless: it is read as the standard
// says, but what comes next on the connection is anybody's guess.
func (a *answer) doubtful() bool {
	f := &a.resp.Fields
	return a.resp.Status == 204 && (f.Chunked || f.ContentLength > 0)
}

// settle points the response to where its parts finally stand, since buf may have moved after the head was parsed.
func (a *answer) settle() {
	r := a.resp
	headEnd := a.bodyStart()
	lineEnd := headEnd - len(r.Fields.block)
	r.Fields.block = r.buf[lineEnd:headEnd:headEnd]
	r.Reason = r.buf[a.head+statusLength : lineEnd-2 : lineEnd-2]
	r.Body = r.buf[headEnd:a.end:a.end]
}

func (a *answer) bodyStart() int {
	return a.head + len(a.resp.Reason) + statusLength + 2 + len(a.resp.Fields.block)
}

// readHead reads status lines and fields until it has those of a final answer.
func (a *answer) readHead() fault {
	for interim := 0; ; interim++ {
		headEnd, f := a.awaitHead()
		if f.is() {
			return f
		}
		if f := a.parseHead(a.resp.buf[a.head:headEnd]); f.is() {
			return f
		}
		a.raw, a.end = headEnd, headEnd
		if a.resp.Status >= 200 {
			return fault{}
		}
		if a.resp.Status == 101 || interim == maxInterim {
			return malformed(InterimAnswer)
		}
		a.head = headEnd
	}
}

// awaitHead reads until resp.buf holds a head from a.head on, and returns where it ends. It gives up at the first line
// that cannot be part of one, because waiting for more would be waiting for the deadline.
func (a *answer) awaitHead() (int, fault) {
	line := a.head
	for {
		if !prefixed(a.resp.buf[a.head:], "HTTP/1.") {
			return 0, malformed(StatusLine)
		}
		for {
			i := bytes.IndexByte(a.resp.buf[line:], '\n')
			if i < 0 {
				break
			}
			if line+i > a.limits.head {
				return 0, fault{Oversize, HeadSize}
			}
			if i == 0 || a.resp.buf[line+i-1] != '\r' {
				return 0, malformed(LineBreak)
			}
			if line += i + 1; i == 1 {
				if line > a.limits.head {
					return 0, fault{Oversize, HeadSize}
				}
				return line, fault{}
			}
		}
		if len(a.resp.buf) > a.limits.head {
			return 0, fault{Oversize, HeadSize}
		}
		if f := a.fill(2 * a.limits.head); f.is() {
			return 0, f
		}
	}
}

// prefixed reports whether b begins with prefix, as far as it goes.
func prefixed(b []byte, prefix string) bool {
	n := min(len(b), len(prefix))
	return string(b[:n]) == prefix[:n]
}

// parseHead parses a head, whose lines all end in CR LF.
func (a *answer) parseHead(head []byte) fault {
	end := bytes.IndexByte(head, '\n') + 1
	status, ok := parseStatusLine(head[:end-2])
	if !ok {
		return malformed(StatusLine)
	}
	a.resp.Status, a.http11 = status, head[len("HTTP/1.")] == '1'
	a.resp.Reason = head[statusLength : end-2]
	switch flaw := a.resp.Fields.Parse(head[end:], maxFields); {
	case flaw == FieldCount:
		return fault{Oversize, flaw}
	case flaw != NoFlaw:
		return malformed(flaw)
	case a.resp.Fields.Chunked && !a.http11:
		return malformed(TransferEncoding)
	}
	return fault{}
}

func parseStatusLine(line []byte) (status int, ok bool) {
	if len(line) < statusLength || !prefixed(line, "HTTP/1.") || line[7] != '0' && line[7] != '1' || line[8] != ' ' ||
		line[12] != ' ' || line[9] == '0' || !all(line[statusLength:], valueByte) {
		return 0, false
	}
	n, ok := parseDecimal(line[9:12])
	return int(n), ok
}

// fill reads at least one byte more into resp.buf, which it grows twofold up to limit bytes; there must be room below it.
func (a *answer) fill(limit int) fault {
	b := a.resp.buf
	if len(b) == cap(b) {
		grown := make([]byte, len(b), max(min(2*cap(b), limit), minBuffer))
		copy(grown, b)
		b = grown
	}
	for {
		n, err := a.src.Read(b[len(b):cap(b)])
		if n > 0 {
			a.resp.buf = b[:len(b)+n] // an error beside it comes again
			return fault{}
		}
		if err != nil {
			a.ended = errors.Is(err, io.EOF)
			return a.readFault(err)
		}
	}
}

// readFault classes an error of reading.
func (a *answer) readFault(err error) fault {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fault{class: Timeout}
	case errors.Is(err, errNoCloseAlert):
		return fault{Truncated, MissingCloseAlert}
	case isTLSFailure(err):
		return fault{class: TLS}
	case len(a.resp.buf) == 0:
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
