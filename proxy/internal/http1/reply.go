package http1

import "strconv"

const (
	keepReply = 64 << 10 // of the buffer of a reply
	joinBytes = 16 << 10 // up to which a body is copied behind its head, so that both are written at once
)

// Reply is the answer to one request of a client: a head, with one framing, and a body. It may be used for one request after
// the other. A head is made of a status, fields, and at last the framing that [Reply.Whole], [Reply.Bodiless] or
// [Reply.Stream] gives it.
type Reply struct {
	in     *Incoming
	buf    []byte
	body   []byte // that stands outside of buf
	chunks bool
	length int64 // that a stream still has to have
	opened bool  // its head was written
}

// Begin begins the answer to in.
func (r *Reply) Begin(in *Incoming, status int, reason []byte) {
	*r = Reply{in: in, buf: r.buf[:0]}
	r.buf = append(r.buf, "HTTP/1.1 "...)
	r.buf = append(strconv.AppendInt(r.buf, int64(status), 10), ' ')
	r.buf = append(append(r.buf, reason...), "\r\n"...)
}

// Line adds a whole field line, with its CR LF.
func (r *Reply) Line(line []byte) { r.buf = append(r.buf, line...) }

// Length adds the line of a Content-Length field, at which the cursor is; see [Cursor.AppendLength].
func (r *Reply) Length(c *Cursor) { r.buf = c.AppendLength(r.buf) }

// Field adds a field. One that is malformed is left out.
func (r *Reply) Field(name string, value []byte) { r.buf, _ = AppendField(r.buf, name, value) }

// Whole ends the head of an answer with this body. framed says that a Content-Length was added already. A body for HEAD
// stays here.
func (r *Reply) Whole(body []byte, framed bool) {
	if !framed {
		r.buf = AppendContentLength(r.buf, len(body))
	}
	r.endHead()
	if string(r.in.Method) == "HEAD" {
		return
	}
	if r.body = body; len(body) <= joinBytes {
		r.buf, r.body = append(r.buf, body...), nil
	}
}

// Bodiless ends the head of an answer that has no body by its status or the request's method.
func (r *Reply) Bodiless() { r.endHead() }

// Stream ends the head of an answer whose body comes in parts: of length bytes, if that is not negative, and then a
// Content-Length was added already. HTTP/1.0 knows no chunks: there the connection ends with a body without a length.
func (r *Reply) Stream(length int64) {
	r.length = length
	r.chunks = length < 0 && !r.in.HTTP10
	switch {
	case r.chunks:
		r.buf = append(r.buf, "Transfer-Encoding: chunked\r\n"...)
	case length < 0:
		r.in.closing = true
	}
	r.endHead()
}

func (r *Reply) endHead() {
	switch {
	case r.in.settled():
		r.buf = append(r.buf, "Connection: close\r\n"...)
	case r.in.HTTP10:
		r.buf = append(r.buf, "Connection: keep-alive\r\n"...)
	}
	r.buf = AppendHeadEnd(r.buf)
}

// Part adds a part of a stream. It is copied.
func (r *Reply) Part(part []byte) {
	switch {
	case len(part) == 0:
	case r.chunks:
		r.buf = strconv.AppendInt(r.buf, int64(len(part)), 16)
		r.buf = append(append(append(r.buf, "\r\n"...), part...), "\r\n"...)
	default:
		r.length -= int64(len(part))
		r.buf = append(r.buf, part...)
	}
}

// Last says that a stream has come to its end.
func (r *Reply) Last() {
	if r.chunks {
		r.buf = append(r.buf, "0\r\n\r\n"...)
	}
}

// Pass writes what there is of a stream, and one more part of it, which is not copied: a client that takes its time holds no
// memory but that of the part. It reports whether the client took it.
func (r *Reply) Pass(part []byte) bool {
	if len(part) == 0 {
		return r.Flush() // no chunk may say that it is the last
	}
	if r.chunks {
		r.buf = append(strconv.AppendInt(r.buf, int64(len(part)), 16), "\r\n"...)
	}
	r.length -= int64(len(part))
	r.open()
	ok := r.in.c.writeBoth(r.buf, part)
	if r.buf = r.buf[:0]; r.chunks {
		r.buf = append(r.buf, "\r\n"...)
	}
	return ok
}

// Flush writes what there is of a stream, and reports whether the client took it.
func (r *Reply) Flush() bool {
	r.open()
	ok := r.in.c.write(r.buf)
	r.buf = r.buf[:0]
	return ok
}

func (r *Reply) open() {
	if !r.opened {
		r.opened = true
		r.in.c.startWrite()
	}
}

// Send writes what is left of the answer. Once it was called the answer cannot be changed any more.
func (r *Reply) Send() bool {
	in := r.in
	in.answered = true
	if r.body != nil {
		return r.sendApart()
	}
	if r.length > 0 {
		in.c.cut = true // an answer that is shorter than it says must not look whole
	}
	return r.Flush()
}

// sendApart writes head and body without copying the body: at once, if the connection can.
func (r *Reply) sendApart() bool {
	c := r.in.c
	c.startWrite()
	ok := c.writeBoth(r.buf, r.body)
	r.buf, r.body = r.buf[:0], nil
	return ok
}

// Opened reports whether a part of the answer has gone out.
func (r *Reply) Opened() bool { return r.opened }

// Reset forgets the answer, and lets go of a buffer that is too large to keep.
func (r *Reply) Reset() {
	buf := r.buf
	Release(buf)
	if cap(buf) > keepReply {
		buf = nil
	}
	*r = Reply{buf: buf[:0]}
}
