package http1

import (
	"crypto/tls"
	"net"
	"net/netip"
	"sync"
	"time"
)

const (
	keepInput      = 16 << 10               // of the buffer of a connection that is idle
	maxOwnBuffer   = 8 << 10                // of that of one on which bodies come that fit into it
	keepLarge      = 256 << 10              // of a buffer that serves one connection after the other
	progressTime   = 5 * time.Second        // in which a body must make progress
	progressBytes  = 512                    // that much
	lingerTime     = time.Second            // for a client to take its last answer
	lingerBytes    = 256 << 10              // that may still come meanwhile
	unsentBytes    = 64 << 10               // of an answer that the system may take ahead of a client that reads slowly
	coarseDeadline = 500 * time.Millisecond // by which an idle or write deadline may be early, so that few are set
)

// phase is what a connection waits for.
type phase uint8

const (
	idle phase = iota // the first byte of a request
	inHead
	inBody
)

// client is the connection of one client. All of it belongs to one goroutine but for what mu guards.
type client struct {
	nc     net.Conn
	socket socket // the direct way to nc, if that is a TCP connection
	server *Server
	peer   netip.Addr
	secure bool
	limits ServerLimits // as they were when the request began
	in     Incoming
	body   body // its buffer is that of the connection, its limits those of the request

	serving  func(fd uintptr) bool // tryServe, made once
	fd       uintptr               // during a stay
	inside   bool                  // a stay: nothing can be read
	outside  bool                  // where the request that has come goes on
	received bool                  // its head was read
	unseen   bool                  // a request was answered and nothing read since: the end of the connection may have come
	rested   time.Duration         // for how long the connection had no request when it was looked at

	small []byte       // the connection's own buffer, while large serves instead
	large *largeBuffer // nil: the body fits

	phase    phase
	began    moment // the request; 0 while that did not matter
	progress int    // bytes since the deadline of a body was set
	readBy   moment // the deadlines that are set
	writeBy  moment
	cut      bool // no answer may follow, and what was written of one is no whole answer
	doubt    bool // nothing more may be read as a request

	vector  [2][]byte // room of buffers
	buffers net.Buffers

	mu      sync.Mutex
	waiting bool // for a request, so that draining may end the wait; who serves reads it without mu and alone changes it
}

func newClient(s *Server, nc net.Conn) *client {
	c := &client{server: s, nc: nc}
	c.body.src = c
	c.in.c = c
	if _, ok := nc.(*net.TCPConn); ok {
		c.socket.init(nc)
		c.serving = c.tryServe
	}
	if tcp, ok := nc.RemoteAddr().(*net.TCPAddr); ok {
		c.peer = tcp.AddrPort().Addr().Unmap()
	}
	_, c.secure = nc.(interface{ Handshake() error })
	return c
}

// full is what a connection is told that may not come in.
var full = []byte("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

// turnAway closes a connection that may not come in. It does not wait: the answer fits what the system buffers.
func (c *client) turnAway() {
	if !c.secure && c.nc.SetWriteDeadline(time.Now().Add(progressTime/100)) == nil {
		_, _ = c.nc.Write(full)
	}
	_ = c.nc.Close()
}

// serve serves one request after the other.
func (c *client) serve() {
	defer c.server.end(c)
	defer c.recovered()
	boundUnsent(c.nc)
	for c.await() {
		if !c.received && !c.in.receive() {
			break
		}
		c.server.options.Handle(&c.in)
		if !c.next() {
			break
		}
	}
	if c.unsecured() && c.server.options.Unsecured != nil {
		c.server.options.Unsecured()
	}
	c.close()
}

// unsecured reports whether the connection speaks TLS and none was agreed on.
func (c *client) unsecured() bool {
	t, ok := c.nc.(*tls.Conn)
	return ok && !t.ConnectionState().HandshakeComplete
}

// recovered ends a connection on which something failed outside of an exchange. What failed is not told: it may quote.
func (c *client) recovered() {
	if recover() == nil {
		return
	}
	c.cut = c.cut || !c.in.answered
	c.close()
	if f := c.server.options.Panicked; f != nil {
		f()
	}
}

// await waits for the first byte of a request.
func (c *client) await() bool {
	c.begin()
	if len(c.body.buf) > 0 {
		return true
	}
	if !c.rest() {
		return false
	}
	if c.socket.raw != nil {
		return c.stay()
	}
	f := c.body.fill(minBuffer)
	c.leave()
	return !f.is()
}

// begin gets ready for a request.
func (c *client) begin() {
	c.limits = c.server.options.Limits()
	c.phase, c.received = idle, false
}

// rest sets the deadline of a connection without a request, and lets Shutdown move it until leave.
func (c *client) rest() bool {
	limit := c.limits.IdleTime - c.rested
	if c.unseen {
		limit = min(limit, lookTime)
	}
	if c.readBy == 0 {
		limit = min(limit, c.limits.RequestTime) // a new connection has to come to the point, with its handshake
	}
	by := now().add(limit)
	early := by.sub(c.readBy)
	set := early >= 0 && early < min(coarseDeadline, limit/8)
	if set && c.waiting && !c.server.draining.Load() {
		return true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = true
	if c.server.draining.Load() {
		by = by.add(min(0, drainGrace-limit))
	} else if set {
		return true
	}
	c.readBy = by
	return c.nc.SetReadDeadline(by.time()) == nil
}

// leave ends a rest.
func (c *client) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = false
}

// drain ends the wait for a request soon.
func (c *client) drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting {
		_ = c.nc.SetReadDeadline(time.Now().Add(drainGrace))
	}
}

// Read reads for the phase that the connection is in, until the deadline of that.
func (c *client) Read(p []byte) (int, error) {
	if c.inside {
		return 0, net.ErrClosed // to read would wait for itself; there is nothing that a whole request would need
	}
	for {
		if c.phase != idle && !c.arm() {
			return 0, net.ErrClosed
		}
		n, err := c.receive(p)
		c.progress += n
		if n > 0 || !isTimeout(err) || c.phase != inBody || c.progress < progressBytes {
			return n, err
		}
		c.readBy = 0 // it made progress: it may go on
	}
}

func (c *client) receive(p []byte) (int, error) {
	if c.socket.raw != nil {
		return c.socket.Read(p)
	}
	return c.nc.Read(p)
}

// arm sets the deadline of a head or of a body, once for each.
func (c *client) arm() bool {
	if c.began == 0 {
		c.began = now()
		c.readBy = 0
	}
	if c.readBy != 0 {
		return true
	}
	by := c.began.add(c.limits.RequestTime)
	if c.phase == inHead {
		by = min(by, c.began.add(c.limits.HeadTime))
	} else {
		by = min(by, now().add(progressTime))
	}
	c.readBy, c.progress = by, 0
	return c.nc.SetReadDeadline(by.time()) == nil
}

// enter begins a phase; its deadline is set when something has to be read for it.
func (c *client) enter(p phase) {
	if c.phase = p; c.began != 0 {
		c.readBy = 0
	}
}

// next gets the connection ready for the next request, and reports whether there may be one. What is left of a request that
// was refused before its body was read is taken in.
func (c *client) next() bool {
	c.cut = c.cut || !c.in.answered // the next answer would be taken for that of this request
	if c.cut || c.in.closing || !c.in.discard() {
		return false
	}
	c.restore()
	if c.began != 0 {
		c.began, c.readBy = 0, 1 // not a new connection, and the deadline is not that of an idle one
	}
	return true
}

// widen gives the connection a larger buffer of its own, so that the requests that are yet to come are read at once, with their
// bodies. The head stays where it is.
func (c *client) widen() { c.body.buf = append(make([]byte, 0, maxOwnBuffer), c.body.buf...) }

// lend gives a body that does not fit behind its head a buffer of its own. The head stays where it is.
func (c *client) lend() {
	b := &c.body
	c.large, c.small = largeBuffers.Get().(*largeBuffer), b.buf
	b.buf = append(c.large.buf[:0], b.buf[b.raw:]...)
	b.raw = 0
}

// restore moves what came behind a request to the front of the connection's own buffer, and gives a lent one back.
func (c *client) restore() {
	b := &c.body
	rest := b.buf[b.raw:]
	if c.large == nil {
		b.buf = b.buf[:copy(b.buf, rest)]
	} else {
		large := c.large
		if large.buf = b.buf; cap(b.buf) <= keepLarge {
			defer largeBuffers.Put(large)
		}
		b.buf = append(c.small[:0], rest...)
		Release(large.buf)
		c.large, c.small = nil, nil
	}
	Release(b.buf[len(b.buf):])
	if cap(b.buf) > keepInput && len(b.buf) <= minBuffer {
		b.buf = append(make([]byte, 0, minBuffer), b.buf...)
	}
	b.raw = 0
}

// largeBuffer is room for a body that does not fit into a connection's own buffer.
type largeBuffer struct{ buf []byte }

var largeBuffers = sync.Pool{New: func() any { return new(largeBuffer) }}

// close closes the connection so that the client gets what was written: a socket that is closed while there is something to
// read is reset, and the client may lose the answer.
func (c *client) close() {
	half, ok := c.nc.(interface{ CloseWrite() error })
	unread := c.doubt || c.in.hasBody() || c.body.raw < len(c.body.buf)
	switch {
	case c.cut:
		raw := below(c.nc)
		if tcp, ok := raw.(interface{ SetLinger(sec int) error }); ok {
			_ = tcp.SetLinger(0)
		}
		_ = raw.Close() // TLS takes no leave: that would say that the answer is whole
	case ok && unread && c.in.answered && half.CloseWrite() == nil:
		c.linger()
	}
	_ = c.nc.Close()
}

// below returns the connection that TLS is spoken on, or c itself if none is.
func below(c net.Conn) net.Conn {
	if secured, ok := c.(interface{ NetConn() net.Conn }); ok {
		return secured.NetConn()
	}
	return c
}

// linger reads and forgets until the client closes, for a while.
func (c *client) linger() {
	if c.nc.SetReadDeadline(time.Now().Add(lingerTime)) != nil {
		return
	}
	buf := c.body.buf[:cap(c.body.buf)]
	for n := 0; n < lingerBytes && len(buf) > 0; {
		m, err := c.nc.Read(buf)
		if n += m; err != nil {
			return
		}
	}
}

// startWrite sets the deadline for a whole answer.
func (c *client) startWrite() {
	by := now().add(c.limits.WriteTime)
	if by.sub(c.writeBy) < min(coarseDeadline, c.limits.WriteTime/8) {
		return
	}
	c.writeBy = by
	c.cut = c.cut || c.nc.SetWriteDeadline(by.time()) != nil
}

// write writes an answer, or a part of one, in one call if the socket takes it. A client that does not take it until the
// deadline, or at all, is cut.
func (c *client) write(b []byte) bool {
	if !c.cut {
		var err error
		if c.inside {
			b = b[c.sendNow(b):]
		}
		if len(b) == 0 {
			return true
		}
		if c.socket.raw != nil {
			_, err = c.socket.Write(b)
		} else {
			_, err = c.nc.Write(b)
		}
		c.cut = err != nil
	}
	return !c.cut
}

// sendNow writes what the socket takes at once.
func (c *client) sendNow(b []byte) int {
	if len(b) == 0 || len(b) > maxCall {
		return 0
	}
	n, _ := send(c.fd, b) // an error comes again
	return n
}

// writeBoth is write for two pieces.
func (c *client) writeBoth(a, b []byte) bool {
	if !c.cut {
		c.vector = [2][]byte{a, b}
		c.buffers = c.vector[:]
		_, err := c.buffers.WriteTo(c.nc)
		c.vector, c.buffers = [2][]byte{}, nil
		c.cut = err != nil
	}
	return !c.cut
}
