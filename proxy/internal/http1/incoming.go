package http1

import (
	"bytes"
	"net/netip"
)

// discardBytes is how much of a body that nobody wants is taken in so that the connection can go on.
const discardBytes = 64 << 10

// aheadBytes is how much of later requests may have been read with a body: the connection would keep it until their turn.
const aheadBytes = 64 << 10

// maxMethod is how long a method may be; those that anybody registered have up to 17 bytes.
const maxMethod = 32

var continueLine = []byte("HTTP/1.1 100 Continue\r\n\r\n")

// Incoming is a request of a client, of which the head was read. It belongs to the one who handles it, until he returns.
type Incoming struct {
	Method []byte // empty if the request line has not three parts
	Target []byte
	HTTP10 bool
	Fields Fields // of no use if the head is refused
	Room   Room   // for the body, until Body returns; nil: there is always room

	c        *client
	fault    fault
	expects  bool // 100-continue, and was not told to
	taken    bool // the body was begun
	closing  bool // the connection ends with this request
	answered bool
}

// Failed says why the head, or then the body, is refused: the zero Class if it is not. The flaw tells more of a request that
// is malformed or too large.
func (in *Incoming) Failed() (Class, Flaw) { return in.fault.class, in.fault.flaw }

// Peer returns the address of the client; the zero one if it has none.
func (in *Incoming) Peer() netip.Addr { return in.c.peer }

// Secure reports whether the client speaks TLS.
func (in *Incoming) Secure() bool { return in.c.secure }

// fail refuses the request. Where the next one would begin is in doubt then.
func (in *Incoming) fail(f fault) {
	in.fault, in.closing, in.c.doubt = f, true, true
}

// receive reads and judges the head of the request whose first byte has come. Within a stay it reports false if not all of it is
// there: then it is to be called again outside. There it reports false if no request has come at the end of the time for it, but an
// empty line: some clients end a body with one, and they have asked for nothing.
func (in *Incoming) receive() bool {
	c := in.c
	*in = Incoming{c: c}
	b := &c.body
	*b = body{src: b.src, buf: b.buf, limits: limits{head: c.limits.Head}}
	c.enter(inHead)
	start, end, f := in.awaitHead(b)
	switch {
	case f.class == paused, string(b.buf) == "\r\n":
		return false
	case f.is():
		in.fail(f)
		return true
	}
	b.raw = end
	if f := in.parse(b.buf[start:end], &c.limits); f.is() {
		in.Fields = Fields{ContentLength: -1}
		in.fail(f)
	}
	return true
}

// awaitHead reads until buf holds a head, and returns where it begins and ends; within a stay it does not read but pauses. One
// empty line may come before a head. It gives up at the first byte that cannot be part of one, and judges the same in whatever
// pieces the bytes come.
func (in *Incoming) awaitHead(b *body) (start, end int, f fault) {
	line := 0
	for {
		i := bytes.IndexByte(b.buf[line:], '\n')
		whole := 0
		if i >= 0 {
			whole = line + i + 1 - start
		}
		if f := in.checkStart(b.buf[start:], line == start, whole); f.is() {
			return 0, 0, f
		}
		if i < 0 {
			if in.c.inside {
				return 0, 0, fault{class: paused}
			}
			if f := b.fill(start + in.c.limits.Head + 1); f.is() {
				return 0, 0, f
			}
			continue
		}
		next := line + i + 1
		switch {
		case i == 0 || b.buf[next-2] != '\r':
			return 0, 0, malformed(LineBreak)
		case i > 1:
		case line > start:
			return start, next, fault{}
		case start > 0:
			return 0, 0, malformed(RequestLine) // a second empty line
		default:
			start = next
		}
		line = next
	}
}

// checkStart says what is wrong with the start of a head, of which whole bytes are whole lines, and none if that is not above
// 0. first says that no line before its last is.
func (in *Incoming) checkStart(head []byte, first bool, whole int) fault {
	if len(head) == 0 {
		return fault{}
	}
	if c := head[0]; c == '\n' {
		return malformed(LineBreak)
	} else if byteClass[c]&tokenByte == 0 && c != '\r' {
		return malformed(RequestLine)
	}
	l, size := &in.c.limits, whole
	if whole <= 0 {
		size = len(head)
	}
	switch {
	case first && size > min(l.Head, l.Target+maxMethod+len("  HTTP/1.1\r\n")):
		return fault{Oversize, TargetSize}
	case size > l.Head:
		return fault{Oversize, HeadSize}
	}
	return fault{}
}

// parse judges a head, whose lines all end in CR LF.
func (in *Incoming) parse(head []byte, l *ServerLimits) fault {
	end := bytes.IndexByte(head, '\n') + 1
	f := in.parseLine(head[:end-2], l.Target)
	flaw := in.Fields.Parse(head[end:], l.Fields) // also behind a bad line: of two faults the one in the line is told
	switch {
	case f.is():
		return f
	case flaw == FieldCount:
		return fault{Oversize, flaw}
	case flaw != NoFlaw:
		return malformed(flaw)
	}
	if flaw := in.Fields.RequestFlaw(in.HTTP10); flaw != NoFlaw {
		return malformed(flaw)
	}
	return in.judge()
}

// parseLine takes the request line apart.
func (in *Incoming) parseLine(line []byte, longest int) fault {
	method, rest, ok := bytes.Cut(line, space)
	target, version, ok2 := bytes.Cut(rest, space)
	if !ok || !ok2 || bytes.IndexByte(version, ' ') >= 0 {
		return malformed(RequestLine)
	}
	in.Method, in.Target = method[:len(method):len(method)], target[:len(target):len(target)]
	in.HTTP10 = string(version) == "HTTP/1.0"
	switch flaw := CheckRequestLine(method, target, version); {
	case len(target) > longest:
		return fault{Oversize, TargetSize}
	case !in.HTTP10 && string(version) != "HTTP/1.1" && isVersion(version) && all(method, tokenByte):
		return malformed(Version)
	case string(method) == "CONNECT":
		return malformed(Unsupported)
	case flaw != NoFlaw:
		return malformed(flaw)
	}
	return fault{}
}

var space = []byte{' '}

// isVersion reports whether b is the version of some HTTP.
func isVersion(b []byte) bool {
	return len(b) == len("HTTP/1.1") && string(b[:5]) == "HTTP/" && b[5] >= '0' && b[5] <= '9' && b[6] == '.' && b[7] >= '0' && b[7] <= '9'
}

// judge refuses what the fields ask for and nobody here can give, and notes what they say of the connection.
func (in *Incoming) judge() fault {
	f := &in.Fields
	in.closing = f.Close || in.HTTP10 && !f.KeepAlive
	// The offer of HTTP/2 that some clients make with every request can be ignored: the field is not passed on.
	if value, n := f.Lookup("upgrade"); n > 1 || n == 1 && !equalFold(value, "h2c") {
		return malformed(Unsupported)
	}
	value, n := f.Lookup("expect")
	if n > 1 || n == 1 && (in.HTTP10 || !equalFold(value, "100-continue")) {
		return malformed(Expectation)
	}
	in.expects = n == 1
	return fault{}
}

// Body reads the body, of at most most bytes, for which there is Room. A client that waits to be told so is told to send it. On a failure, which
// [Incoming.Failed] then tells, there is none.
func (in *Incoming) Body(most int64) ([]byte, bool) {
	c, b := in.c, &in.c.body
	if f := in.begin(most); f.is() {
		in.fail(f)
		return nil, false
	}
	if in.expects && b.stage != bodyEnd && b.raw == len(b.buf) {
		c.startWrite() // the deadline that is set is that of the answer before
		if !c.write(continueLine) {
			in.fail(fault{class: Closed})
			return nil, false
		}
	}
	in.expects = false
	b.room = in.Room
	f := b.read()
	if b.room = nil; f.is() {
		in.fail(f)
		return nil, false
	}
	return b.buf[b.start:b.end:b.end], true
}

// begin begins to read the body.
func (in *Incoming) begin(most int64) fault {
	in.taken = true
	c, b := in.c, &in.c.body
	b.limits.body = most
	c.enter(inBody)
	switch n := in.Fields.ContentLength; {
	case in.Fields.Chunked:
		c.lend()
	case n > most || b.raw+int(n) <= cap(b.buf):
	case b.raw+int(n) < maxOwnBuffer:
		c.widen()
	default:
		c.lend()
	}
	return b.frame(&in.Fields, false)
}

// hasBody reports whether there is a body that nobody has taken.
func (in *Incoming) hasBody() bool {
	return !in.taken && (in.Fields.Chunked || in.Fields.ContentLength > 0)
}

// discard takes in the body if nobody has, and reports whether another request may follow.
func (in *Incoming) discard() bool {
	if !in.hasBody() {
		return true
	}
	if f := in.begin(discardBytes); !f.is() && !in.c.body.read().is() {
		return true
	}
	in.c.doubt = true
	return false
}

// Close makes the connection end with this request.
func (in *Incoming) Close() { in.closing = true }

// Cut ends an answer that cannot be finished, and the connection with it, so that the client does not take it for whole.
func (in *Incoming) Cut() { in.c.cut = true }

// settled decides whether the connection ends with this request, at the latest moment: when the answer says so.
func (in *Incoming) settled() bool {
	if in.hasBody() && (in.expects || in.Fields.ContentLength > discardBytes) {
		in.closing, in.c.doubt = true, true // what the client sends next may be the body, or not
	}
	if b := &in.c.body; len(b.buf)-b.raw > aheadBytes {
		in.closing, in.c.doubt = true, true
	}
	return in.closing
}
