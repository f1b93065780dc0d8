package http1

import (
	"bytes"
	"io"
	"time"
)

const (
	maxInterim   = 8   // answers before the answer
	maxFields    = 200 // of an answer's head
	statusLength = len("HTTP/1.1 200 ")
)

// limits bound a message.
type limits struct {
	head int   // bytes of the head, with interim answers; and of the trailers
	body int64 // bytes

	firstByte time.Duration // of an answer, once the request is written; 0: no limit of its own
}

// answer reads one answer into resp. Reading the head and reading the body are separate, so that a body may also be handed
// on while it comes.
type answer struct {
	body
	resp   *Response
	noBody bool // the method is HEAD
	http11 bool
	head   int // where the head, from the status line on, begins in buf
}

// newAnswer returns the answer that comes from src, whose memory is that of resp: what its buffer holds has come already.
func newAnswer(src io.Reader, resp *Response, lim limits, noBody bool) answer {
	return answer{body: body{src: src, buf: resp.buf, limits: lim}, resp: resp, noBody: noBody}
}

// whole reads the head and the body.
func (a *answer) whole() fault { return a.begin(0) }

// begin reads the head, and the body whole; but one of more than stream bytes, if that is not 0, is only begun: then the
// response is Partial.
func (a *answer) begin(stream int) fault {
	f := a.readHead()
	if !f.is() {
		f = a.frameBody()
	}
	if !f.is() {
		a.pauseAt(int64(stream))
		f = a.read()
	}
	a.resp.buf = a.buf
	if a.resp.partial = f.class == paused; a.resp.partial {
		f = fault{}
	}
	if !f.is() {
		a.settle()
	}
	return f
}

func (a *answer) frameBody() fault {
	status := a.resp.Status
	if a.noBody || status == 204 || status == 304 {
		return fault{}
	}
	f := a.frame(&a.resp.Fields, true)
	a.resp.UntilClose = a.stage == inClose
	return f
}

// pauseAt makes a body of more than n bytes pause: one that says so at once, without waiting for more of it.
func (a *answer) pauseAt(n int64) {
	switch {
	case n == 0:
	case a.stage != inLength:
		a.enough = n
	case a.left > n:
		a.enough = 0
	}
}

// next reads the next part of a body that was paused.
func (a *answer) next() fault {
	f := a.again()
	a.resp.buf = a.buf
	a.resp.Body = a.buf[a.start:a.end:a.end]
	if a.resp.partial = f.class == paused; a.resp.partial {
		return fault{}
	}
	return f
}

// reusable reports, after a whole answer, whether the connection may serve another request: the answer and the connection
// agree on where it ended, and nothing came behind it.
func (a *answer) reusable() bool {
	return a.http11 && !a.resp.Fields.Close && !a.resp.UntilClose && a.raw == len(a.buf) && !a.doubtful()
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
	r.Fields.block = a.buf[lineEnd:headEnd:headEnd]
	r.Reason = a.buf[a.head+statusLength : lineEnd-2 : lineEnd-2]
	r.Body = a.buf[headEnd:a.end:a.end]
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
		if f := a.parseHead(a.buf[a.head:headEnd]); f.is() {
			return f
		}
		a.raw, a.end = headEnd, headEnd
		if a.resp.Status >= 200 {
			return fault{}
		}
		if f := &a.resp.Fields; a.resp.Status == 101 || interim == maxInterim || f.Chunked || f.ContentLength > 0 {
			return malformed(InterimAnswer) // an answer in the body of one would pass for ours
		}
		a.head = headEnd
	}
}

// awaitHead reads until resp.buf holds a head from a.head on, and returns where it ends. It gives up at the first line
// that cannot be part of one, because waiting for more would be waiting for the deadline.
func (a *answer) awaitHead() (int, fault) {
	line := a.head
	for {
		if !prefixed(a.buf[a.head:], "HTTP/1.") {
			return 0, malformed(StatusLine)
		}
		for {
			i := bytes.IndexByte(a.buf[line:], '\n')
			if i < 0 {
				break
			}
			if line+i > a.limits.head {
				return 0, fault{Oversize, HeadSize}
			}
			if i == 0 || a.buf[line+i-1] != '\r' {
				return 0, malformed(LineBreak)
			}
			if line += i + 1; i == 1 {
				if line > a.limits.head {
					return 0, fault{Oversize, HeadSize}
				}
				return line, fault{}
			}
		}
		if len(a.buf) > a.limits.head {
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
