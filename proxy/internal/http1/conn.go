package http1

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"time"
)

// errNoCloseAlert is what reading from a TLS connection ends with when the peer, or somebody on the way, closed it without
// the alert that says so: what was read until then may be cut off.
var errNoCloseAlert = errors.New("http1: no close alert")

// coalesce is how large a request over TLS may be to be copied together, so that it is written at once.
const coalesce = 16 << 10

// conn is one connection to an upstream. It serves one exchange at a time.
type conn struct {
	stream  net.Conn // what HTTP is spoken on
	records *records // below stream, if that is TLS
	socket  socket
	expires moment // while it is idle
	armed   moment // the deadline that is set, of reading and of writing
	answer  answer
	one     [1]byte
	rest    moment // the deadline of what follows the first byte of an answer; 0: it is set
	full    bool   // the last read filled its buffer: the TLS layer may hold more
	vector  [2][]byte
	buffers net.Buffers
}

// newConn returns the connection over raw; a nil config means plain text. The handshake must end before the deadline.
func newConn(raw net.Conn, config *tls.Config, deadline time.Time) (*conn, fault) {
	c := &conn{stream: raw}
	c.socket.init(raw)
	if config == nil {
		return c, fault{}
	}
	c.records = &records{Conn: raw, socket: &c.socket}
	secured := tls.Client(c.records, config)
	c.stream = secured
	if err := raw.SetDeadline(deadline); err != nil {
		return nil, fault{class: Dial}
	}
	if err := secured.Handshake(); err != nil {
		if isTimeout(err) {
			return nil, fault{class: ConnectTimeout}
		}
		return nil, fault{class: TLS}
	}
	return c, fault{}
}

// Read is that of the stream; it tells an orderly end of a TLS connection from a cut.
func (c *conn) Read(p []byte) (n int, err error) {
	if c.records == nil && c.socket.raw != nil {
		n, err = c.socket.Read(p)
	} else {
		n, err = c.stream.Read(p)
	}
	c.full = n == len(p)
	if n > 0 && !c.begun() {
		return n, net.ErrClosed
	}
	if errors.Is(err, io.EOF) && c.records != nil && c.records.cut {
		return n, errNoCloseAlert
	}
	return n, err
}

// begun notes that the answer has begun: what follows has the deadline of the exchange.
func (c *conn) begun() bool {
	if c.rest == 0 {
		return true
	}
	by := c.rest
	c.rest = 0
	return c.stream.SetReadDeadline(by.time()) == nil
}

// latest is how late the deadline of an exchange may be.
const latest = 250 * time.Millisecond

// arm sets the deadline of an exchange. It may be late by a thirty-second part of the time that is left, and never by more than
// latest, so that not every exchange has to set one. A limit for the first byte counts from when a large request is written; see firstBy.
func (c *conn) arm(now, deadline moment) bool {
	slack := min(deadline.sub(now)/32, latest)
	if late := c.armed.sub(deadline); late >= 0 && late <= slack {
		return true
	}
	c.armed = deadline.add(max(slack, 0))
	return c.stream.SetDeadline(c.armed.time()) == nil
}

// firstBy sets the deadline of the first byte of an answer, if there is one that counts.
func (c *conn) firstBy(now moment, limit time.Duration) bool {
	c.rest = 0
	if limit <= 0 {
		return true
	}
	first := now.add(limit)
	if first >= c.armed {
		return true
	}
	c.rest = c.armed
	return c.stream.SetReadDeadline(first.time()) == nil
}

// exchange writes the request and reads the answer. It says whether a byte of the request may have reached the upstream,
// and whether the connection may serve another one. After a partial answer the connection goes on with it.
func (c *conn) exchange(req *Request, resp *Response, deadline time.Time, lim limits) (wrote, reusable bool, f fault) {
	began := now()
	if c.expires != 0 && began >= c.expires {
		return false, false, fault{class: Closed} // by the upstream, about now, if it has not yet
	}
	if !c.arm(began, momentOf(deadline)) {
		return false, false, fault{class: Closed}
	}
	wrote, f, unsent := c.start(req, resp, began, lim.firstByte)
	if f.is() {
		return false, false, f
	}
	if unsent.is() && (!wrote || unsent.class == Timeout) {
		return wrote, false, unsent
	}
	c.answer = newAnswer(c, resp, lim, req.NoBody)
	stream := req.Stream
	if unsent.is() {
		stream = 0
	}
	f = c.answer.begin(stream)
	if !f.is() && resp.partial {
		return wrote, false, fault{}
	}
	reusable = !f.is() && c.answer.reusable()
	c.answer = answer{}
	if unsent.is() {
		// An upstream may refuse a request before it has read it all, and close. An answer that claims success for a
		// request that it did not get is none.
		if f.is() || resp.Status < 400 {
			return wrote, false, unsent
		}
		return wrote, false, fault{}
	}
	return wrote, reusable, f
}

// start writes the request if the connection is quiet: f says that it is not, and unsent that not all was written. resp may
// hold the first bytes of the answer then.
func (c *conn) start(req *Request, resp *Response, began moment, firstByte time.Duration) (wrote bool, f, unsent fault) {
	if c.records == nil && c.socket.raw != nil && len(req.Head)+len(req.Body) <= coalesce {
		if !c.firstBy(began, firstByte) {
			return false, fault{class: Closed}, fault{}
		}
		return c.ask(req, resp)
	}
	if f := c.quiet(); f.is() {
		return false, f, fault{}
	}
	wrote, unsent = c.write(req, resp)
	if wrote && firstByte > 0 && !c.firstBy(now(), firstByte) {
		unsent = fault{class: Closed}
	}
	return wrote, fault{}, unsent
}

// ask is start for a request that can be put together in the memory of the answer.
func (c *conn) ask(req *Request, resp *Response) (wrote bool, f, unsent fault) {
	if n := len(req.Head) + len(req.Body); cap(resp.buf) < n {
		resp.buf = make([]byte, 0, max(n, minBuffer))
	}
	whole := append(append(resp.buf[:0], req.Head...), req.Body...)
	state, n, err := c.socket.ask(whole, whole[:cap(whole)])
	switch {
	case state == unasked && n > 0:
		return false, malformed(UnaskedBytes), fault{}
	case state == unasked:
		return false, fault{class: Closed}, fault{}
	case state == answered:
		resp.buf = whole[:n] // an error beside it comes again
		if n > 0 && !c.begun() {
			return true, fault{}, fault{class: Closed}
		}
		return true, fault{}, fault{}
	case err == nil:
		var more int
		more, err = c.socket.Write(whole[n:])
		n += more
	}
	resp.buf = whole[:0]
	return n > 0, fault{}, writeFault(err)
}

// quiet makes sure that nothing came before the request and that the connection is open, as far as this side can know. It
// takes in what is not for us: the session tickets of a TLS server.
func (c *conn) quiet() fault {
	if c.socket.raw == nil {
		return fault{} // it cannot be asked; but it is new, because release keeps no such connection
	}
	if c.records == nil {
		switch n, err := c.socket.now(c.one[:]); {
		case n > 0:
			return malformed(UnaskedBytes)
		case !errors.Is(err, errWait):
			return fault{class: Closed}
		}
		return fault{}
	}
	if !c.full && c.records.quiet() {
		return fault{}
	}
	c.records.now = true
	n, err := c.stream.Read(c.one[:])
	c.records.now, c.full = false, false
	switch {
	case n > 0:
		return malformed(UnaskedBytes)
	case isTLSFailure(err):
		return fault{class: TLS}
	case !errors.Is(err, errWait):
		return fault{class: Closed}
	case !c.records.quiet():
		return malformed(UnaskedBytes) // a part of something, and the rest is not here yet
	}
	return fault{}
}

// write writes the request, in one system call if the socket takes it, and says whether any byte of it went out. The
// buffer of the response, in which there is nothing yet, serves to put a small request together for TLS.
func (c *conn) write(req *Request, resp *Response) (wrote bool, f fault) {
	var n int64
	var err error
	switch {
	case c.records == nil:
		c.vector = [2][]byte{req.Head, req.Body}
		c.buffers = c.vector[:]
		if len(req.Body) == 0 {
			c.buffers = c.vector[:1]
		}
		n, err = c.buffers.WriteTo(c.stream)
		c.vector = [2][]byte{}
	default:
		before := c.records.wrote
		err = c.writeTLS(req, resp)
		n = c.records.wrote - before
	}
	return err == nil || n > 0, writeFault(err)
}

// writeFault classes an error of writing; of none it is none.
func writeFault(err error) fault {
	switch {
	case err == nil:
		return fault{}
	case isTimeout(err):
		return fault{class: Timeout}
	case isTLSFailure(err):
		return fault{class: TLS}
	}
	return fault{class: Closed}
}

func (c *conn) writeTLS(req *Request, resp *Response) error {
	if len(req.Head)+len(req.Body) <= coalesce {
		whole := append(append(resp.buf[:0], req.Head...), req.Body...)
		resp.buf = whole[:0]
		_, err := c.stream.Write(whole)
		return err
	}
	if _, err := c.stream.Write(req.Head); err != nil {
		return err
	}
	_, err := c.stream.Write(req.Body)
	return err
}

// close closes the socket. TLS is not taken leave of: that would be another write, to a peer that may not read.
func (c *conn) close() {
	raw := c.stream
	if c.records != nil {
		raw = c.records.Conn
	}
	_ = raw.Close()
}

func isTimeout(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}
