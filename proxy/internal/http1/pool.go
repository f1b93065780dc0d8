package http1

import (
	"crypto/tls"
	"net"
	"sync"
	"time"
)

// Options are those of a pool. Zero fields mean the documented defaults.
type Options struct {
	Address        string        // host:port
	TLS            *tls.Config   // nil: plain text; it must name the server
	ConnectTimeout time.Duration // of the connection and its TLS handshake; 2 s
	IdleTimeout    time.Duration // of a connection without an exchange; 30 s
	MaxConns       int           // 1024
	MaxWait        time.Duration // for a connection when all are in use; 1 s
	MaxHead        int           // bytes of an answer's head; 32 KiB
	MaxBody        int64         // bytes of an answer's body; 16 MiB
	// FirstByte is how long an answer may take to begin, once the request is written; 0: until the deadline of the exchange.
	FirstByte time.Duration
	// Broken is called when an answer breaks off of which Do has returned a part; nil means that nobody wants to know.
	Broken func()
	// Dial connects to the address; nil means over TCP. A connection that is not a socket is used for one exchange.
	Dial func(address string, deadline time.Time) (net.Conn, error)
}

func (o Options) withDefaults() Options {
	setDefault(&o.ConnectTimeout, 2*time.Second)
	setDefault(&o.IdleTimeout, 30*time.Second)
	setDefault(&o.MaxConns, 1024)
	setDefault(&o.MaxWait, time.Second)
	setDefault(&o.MaxHead, 32<<10)
	setDefault(&o.MaxBody, 16<<20)
	if o.Dial == nil {
		o.Dial = dialTCP
	}
	return o
}

func setDefault[T ~int | ~int64](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}

func dialTCP(address string, deadline time.Time) (net.Conn, error) {
	dialer := net.Dialer{Deadline: deadline}
	return dialer.Dial("tcp", address) //nolint:noctx // the deadline is the only thing that ends it
}

// Pool holds the connections to one upstream. It may be used by many goroutines at once, and starts none of its own but for
// a timer that closes idle connections.
type Pool struct {
	options Options
	limits  limits

	mu      sync.Mutex
	idle    []*conn // the one used last at the end
	open    int     // connections in use, idle or being made; never above MaxConns
	waiting queue   // not empty only while open is MaxConns and idle is empty
	closed  bool
	reaper  *time.Timer // runs only while there is an idle connection
	reaping bool
}

// NewPool returns a pool without connections; they are made when they are needed.
func NewPool(o Options) *Pool {
	o = o.withDefaults()
	p := &Pool{options: o, limits: limits{head: o.MaxHead, body: o.MaxBody, firstByte: o.FirstByte}}
	p.reaper = time.AfterFunc(o.IdleTimeout, p.reap)
	p.reaper.Stop()
	return p
}

// Do writes the request and reads its answer into resp, which is reset first, until the deadline: whole, or only begun if it
// is larger than the request says. The error is an *[Error];
// after one, resp holds nothing. The request's bytes are not referred to after Do has returned.
func (p *Pool) Do(req *Request, resp *Response, deadline time.Time) error {
	resp.Reset()
	c, f := p.take(deadline)
	if f.is() {
		return &Error{Class: f.class}
	}
	for {
		fresh := c == nil
		if fresh {
			if c, f = p.dial(deadline); f.is() {
				p.free()
				return &Error{Class: f.class}
			}
		}
		wrote, reusable, f := c.exchange(req, resp, deadline, p.limits)
		if !f.is() && resp.partial {
			resp.pool, resp.conn = p, c // which Next or Reset releases
			return nil
		}
		if !f.is() {
			p.release(c, reusable, resp)
			return nil
		}
		resp.Reset()
		c.close()
		if fresh || wrote || f.class == Timeout {
			p.free()
			return &Error{Class: f.class, Flaw: f.flaw, Written: wrote}
		}
		// Not a byte went out, and the connection was an old one: take another, and in the end a new one.
		c = p.replace()
	}
}

// Close closes the idle connections, ends the waiting, and lets the exchanges that run come to their end. Every later Do
// fails.
func (p *Pool) Close() {
	p.mu.Lock()
	p.closed = true
	idle := p.idle
	p.idle, p.open = nil, p.open-len(idle)
	p.reaper.Stop()
	for w := p.waiting.pop(); w != nil; w = p.waiting.pop() {
		w.grant <- grant{canceled: true}
	}
	p.mu.Unlock()
	closeAll(idle)
}

// take waits for a slot. It comes with an idle connection, or without one: then the caller makes it.
func (p *Pool) take(deadline time.Time) (*conn, fault) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, fault{class: Canceled}
	}
	if c := p.pop(); c != nil {
		p.mu.Unlock()
		return c, fault{}
	}
	if p.open < p.options.MaxConns {
		p.open++
		p.mu.Unlock()
		return nil, fault{}
	}
	w := newWaiter()
	p.waiting.push(w)
	p.mu.Unlock()
	return p.wait(w, deadline)
}

func (p *Pool) wait(w *waiter, deadline time.Time) (*conn, fault) {
	late, most := fault{class: Busy}, p.options.MaxWait
	if left := time.Until(deadline); left < most {
		late, most = fault{class: Timeout}, left
	}
	w.timer.Reset(most)
	select {
	case g := <-w.grant:
		return w.done(g)
	case <-w.timer.C:
	}
	p.mu.Lock()
	waiting := p.waiting.remove(w)
	p.mu.Unlock()
	if !waiting {
		return w.done(<-w.grant) // it came in the same moment
	}
	_, _ = w.done(grant{})
	return nil, late
}

// pop takes the idle connection that was used last. The pool is locked.
func (p *Pool) pop() *conn {
	if len(p.idle) == 0 {
		return nil
	}
	last := len(p.idle) - 1
	c := p.idle[last]
	p.idle[last] = nil
	p.idle = p.idle[:last]
	return c
}

// replace gives the holder of a slot, whose connection is closed, an idle one. That one's own slot becomes free: nobody
// waits for it, since nobody waits while a connection is idle.
func (p *Pool) replace() *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.pop()
	if c != nil {
		p.open--
	}
	return c
}

// free gives a slot back, without a connection.
func (p *Pool) free() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w := p.waiting.pop(); w != nil {
		w.grant <- grant{}
		return
	}
	p.open--
}

// release gives a slot back, with its connection if that may serve again.
func (p *Pool) release(c *conn, reusable bool, resp *Response) {
	idle := p.options.IdleTimeout
	if hint, ok := resp.Fields.keepAlive(); ok {
		idle = min(idle, hint-time.Second) // the upstream closes at its time, and a request must not cross that
	}
	if !reusable || idle <= 0 || c.socket.raw == nil {
		c.close()
		p.free()
		return
	}
	c.expires = now().add(idle)
	p.mu.Lock()
	if w := p.waiting.pop(); w != nil {
		p.mu.Unlock()
		w.grant <- grant{conn: c}
		return
	}
	if p.closed {
		p.open--
		p.mu.Unlock()
		c.close()
		return
	}
	p.idle = append(p.idle, c)
	if !p.reaping {
		p.reaping = true
		p.reaper.Reset(idle)
	}
	p.mu.Unlock()
}

// reap closes the connections that were idle for too long.
func (p *Pool) reap() {
	p.mu.Lock()
	at := now()
	next := p.options.IdleTimeout
	var expired []*conn
	kept := p.idle[:0]
	for _, c := range p.idle {
		if left := c.expires.sub(at); left > 0 {
			kept, next = append(kept, c), min(next, left)
		} else {
			expired = append(expired, c)
		}
	}
	clear(p.idle[len(kept):])
	p.idle, p.open = kept, p.open-len(expired)
	if p.reaping = len(kept) > 0; p.reaping {
		p.reaper.Reset(next)
	}
	p.mu.Unlock()
	closeAll(expired)
}

func closeAll(conns []*conn) {
	for _, c := range conns {
		c.close()
	}
}

// dial makes a connection, in the time for it and before the deadline.
func (p *Pool) dial(deadline time.Time) (*conn, fault) {
	if most := time.Now().Add(p.options.ConnectTimeout); most.Before(deadline) {
		deadline = most
	}
	raw, err := p.options.Dial(p.options.Address, deadline)
	if err != nil {
		if isTimeout(err) {
			return nil, fault{class: ConnectTimeout}
		}
		return nil, fault{class: Dial}
	}
	c, f := newConn(raw, p.options.TLS, deadline)
	if f.is() {
		_ = raw.Close()
	}
	return c, f
}
