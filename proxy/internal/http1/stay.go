package http1

import "time"

// lookTime is how long a connection rests before it is looked at whether its end has come unseen.
const lookTime = 2 * time.Second

// stay serves requests over plain TCP for as long as each comes whole with one read. It does so within one stay at the socket:
// there no event is lost between a read and the wait for the next request, so that none has to be made which would find nothing.
// It returns when a request has begun of which more has to be read, which is not possible within, and says so; or when the
// connection ends.
//
// One thing would be lost, the end of a connection that came together with its request, which is one event: so there is a look
// after the first request, since who sends but one may end it like that, and one when the connection has rested for a while. What
// stands behind urgent data, which no client of HTTP sends and at which a read ends, waits for that look too.
//
// Meanwhile the descriptor is in use, and to close it would wait for the request that is on: see [client.hangUp].
func (c *client) stay() bool {
	for {
		c.outside = false
		err := c.socket.raw.Read(c.serving)
		c.inside = false
		switch {
		case err != nil && c.unseen && isTimeout(err) && !c.server.draining.Load():
			c.unseen, c.rested = false, lookTime
			if c.rest() {
				continue
			}
			return false
		case err != nil:
			return false
		}
		c.leave()
		return c.outside
	}
}

// tryServe serves what has come, and says whether the stay is at its end.
func (c *client) tryServe(fd uintptr) bool {
	for {
		if cap(c.body.buf) == 0 {
			c.body.buf = make([]byte, 0, minBuffer)
		}
		n, err := recv(fd, c.body.buf[:cap(c.body.buf)])
		if err != nil {
			return err != errWait //nolint:errorlint // it is never wrapped
		}
		c.body.buf = c.body.buf[:n]
		first, more := !c.unseen && c.rested == 0, n == cap(c.body.buf)
		c.fd, c.inside, c.unseen, c.rested = fd, true, true, 0
		if !c.serveWhole() {
			return true
		}
		if !first && !more {
			return false
		}
	}
}

// serveWhole serves the request that has come, if it is whole, and reports whether the next one can be waited for within.
func (c *client) serveWhole() bool {
	if !c.receiveWhole() {
		c.outside = true
		return false
	}
	c.server.options.Handle(&c.in)
	if !c.next() {
		return false
	}
	c.begin()
	c.outside = len(c.body.buf) > 0
	return !c.outside && c.rest()
}

// receiveWhole reads the head if all of it has come, and reports whether the body has too.
func (c *client) receiveWhole() bool {
	if c.received = c.in.receive(); !c.received {
		return false
	}
	f := &c.in.Fields
	return !f.Chunked && f.ContentLength <= int64(len(c.body.buf)-c.body.raw)
}

// hangUp ends a connection under what runs on it, without waiting for that, nor for TLS to take leave: that would say that the
// answer is whole.
func (c *client) hangUp() {
	raw := below(c.nc)
	if tcp, ok := raw.(interface {
		CloseRead() error
		CloseWrite() error
	}); ok {
		_, _ = tcp.CloseRead(), tcp.CloseWrite()
		return
	}
	_ = raw.Close()
}
