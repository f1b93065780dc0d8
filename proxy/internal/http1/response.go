package http1

import "time"

// keepBuffer is how large a buffer a Response may keep from one exchange to the next.
const keepBuffer = 64 << 10

// Request is a request of which every byte is known.
type Request struct {
	Head   []byte // the request line, the field lines and the empty line
	Body   []byte // as Head's framing says
	NoBody bool   // the answer has no body, because the method is HEAD
	// Repeatable says that it does no harm if the upstream gets the request twice. A pool does not repeat it for that; who
	// chooses among several may.
	Repeatable bool
	// Stream is how many bytes of an answer's body are read before Do returns with a part of it; 0: all.
	Stream int
}

// Response is an answer that was read whole, or at least its head. It may be used for one exchange after the other; what it holds is valid until
// the next, or until [Response.Reset].
type Response struct {
	Status int
	Reason []byte
	Fields Fields
	Body   []byte // without transfer encoding; of a partial answer what has come
	// UntilClose says that the body ended with the connection and not by a framing: over plain TCP nobody can tell
	// whether it was truncated.
	UntilClose bool

	buf     []byte // the head and behind it the body
	partial bool   // the body goes on
	pool    *Pool  // of a partial answer
	conn    *conn  // of a partial answer: its connection
}

// Partial reports whether there is more of the body than Body: then [Response.Next] gives it, part by part, or the caller
// gives it up by [Response.Reset]. Until either is done the answer keeps its connection.
func (r *Response) Partial() bool { return r.partial }

// Next puts the next part of a partial answer's body, which may be empty, into Body; it must come before the deadline. When
// the answer is not partial any more the body has come to its verified end. The error is an *[Error]: what came before it is
// no whole answer. The head stays valid.
func (r *Response) Next(deadline time.Time) error {
	c, p := r.conn, r.pool
	f := fault{class: Closed}
	c.armed = 0
	if c.stream.SetReadDeadline(deadline) == nil {
		f = c.answer.next()
	}
	if !f.is() && r.partial {
		return nil
	}
	reusable := !f.is() && c.answer.reusable()
	c.answer = answer{}
	r.pool, r.conn, r.partial = nil, nil, false
	p.release(c, reusable, r)
	if f.is() {
		r.Body = nil
		if p.options.Broken != nil {
			p.options.Broken()
		}
		return &Error{Class: f.class, Flaw: f.flaw, Written: true}
	}
	return nil
}

// Reset forgets the answer, gives up what of it has not come, and lets go of a buffer that is too large to keep.
func (r *Response) Reset() {
	if r.conn != nil {
		r.conn.answer = answer{}
		r.pool.release(r.conn, false, r)
	}
	buf := r.buf
	Release(buf)
	if cap(buf) > keepBuffer {
		buf = nil
	}
	*r = Response{buf: buf[:0]}
}
