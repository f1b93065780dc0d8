package http1

// keepBuffer is how large a buffer a Response may keep from one exchange to the next.
const keepBuffer = 64 << 10

// Request is a request of which every byte is known.
type Request struct {
	Head   []byte // the request line, the field lines and the empty line
	Body   []byte // as Head's framing says
	NoBody bool   // the answer has no body, because the method is HEAD
}

// Response is an answer that was read whole. It may be used for one exchange after the other; what it holds is valid until
// the next, or until [Response.Reset].
type Response struct {
	Status int
	Reason []byte
	Fields Fields
	Body   []byte // without transfer encoding
	// UntilClose says that the body ended with the connection and not by a framing: over plain TCP nobody can tell
	// whether it was truncated.
	UntilClose bool

	buf []byte // the head and behind it the body
}

// Reset forgets the answer, and lets go of a buffer that is too large to keep.
func (r *Response) Reset() {
	buf := r.buf
	if cap(buf) > keepBuffer {
		buf = nil
	}
	*r = Response{buf: buf[:0]}
}
