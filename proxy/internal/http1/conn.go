package http1

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
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
	polled  poller
	expires time.Time // while it is idle
	answer  answer
	one     [1]byte
	rest    time.Time // the deadline of what follows the first byte of an answer; zero: it is set
	full    bool      // the last read filled its buffer: the TLS layer may hold more
	vector  [2][]byte
	buffers net.Buffers
}

// newConn returns the connection over raw; a nil config means plain text. The handshake must end before the deadline.
func newConn(raw net.Conn, config *tls.Config, deadline time.Time) (*conn, fault) {
	c := &conn{stream: raw}
	c.polled.init(raw)
	if config == nil {
		return c, fault{}
	}
	c.records = &records{Conn: raw, polled: &c.polled}
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
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.stream.Read(p)
	c.full = n == len(p)
	if n > 0 && !c.rest.IsZero() {
		if c.stream.SetReadDeadline(c.rest) != nil {
			return n, net.ErrClosed
		}
		c.rest = time.Time{}
	}
	if errors.Is(err, io.EOF) && c.records != nil && c.records.cut {
		return n, errNoCloseAlert
	}
	return n, err
}

// exchange writes the request and reads the answer. It says whether a byte of the request may have reached the upstream,
// and whether the connection may serve another one. After a partial answer the connection goes on with it.
func (c *conn) exchange(req *Request, resp *Response, deadline time.Time, lim limits) (wrote, reusable bool, f fault) {
	if err := c.stream.SetDeadline(deadline); err != nil {
		return false, false, fault{class: Closed}
	}
	if !c.expires.IsZero() && !time.Now().Before(c.expires) {
		return false, false, fault{class: Closed} // by the upstream, about now, if it has not yet
	}
	if f := c.quiet(); f.is() {
		return false, false, f
	}
	wrote, unsent := c.write(req, resp)
	if unsent.is() && (!wrote || unsent.class == Timeout) {
		return wrote, false, unsent
	}
	c.rest = time.Time{}
	if first := time.Now().Add(lim.firstByte); lim.firstByte > 0 && first.Before(deadline) {
		if c.stream.SetReadDeadline(first) != nil {
			return wrote, false, fault{class: Closed}
		}
		c.rest = deadline
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

// quiet makes sure that nothing came before the request and that the connection is open, as far as this side can know. It
// takes in what is not for us: the session tickets of a TLS server.
func (c *conn) quiet() fault {
	if c.polled.raw == nil {
		return fault{} // it cannot be asked; but it is new, because release keeps no such connection
	}
	if c.records == nil {
		switch n, err := c.polled.read(c.one[:]); {
		case n > 0:
			return malformed(UnaskedBytes)
		case !errors.Is(err, os.ErrDeadlineExceeded):
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
	case !errors.Is(err, os.ErrDeadlineExceeded):
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
	switch {
	case err == nil:
		return true, fault{}
	case isTimeout(err):
		return n > 0, fault{class: Timeout}
	case isTLSFailure(err):
		return n > 0, fault{class: TLS}
	}
	return n > 0, fault{class: Closed}
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

// poller reads from a socket without waiting, whatever its deadline is.
type poller struct {
	raw   syscall.RawConn // nil: the connection is not a socket that can be asked
	into  []byte
	n     int
	err   error
	read1 func(fd uintptr)
}

func (p *poller) init(c net.Conn) {
	s, ok := c.(syscall.Conn)
	if !ok || !canReadNow {
		return
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return
	}
	p.raw = raw
	p.read1 = func(fd uintptr) { p.n, p.err = readNow(fd, p.into) }
}

// read returns what has arrived; os.ErrDeadlineExceeded if that is nothing.
func (p *poller) read(into []byte) (int, error) {
	p.into = into
	err := p.raw.Control(p.read1)
	p.into = nil
	if err != nil {
		return 0, err
	}
	return p.n, p.err
}
