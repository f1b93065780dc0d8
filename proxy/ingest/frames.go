package ingest

import (
	"bytes"
	"io"
)

// frames cuts a stream into messages, by counts or by line breaks, as its first byte tells. A message that is too long is skipped.
// It reads into memory of its own, of one message at most.
type frames struct {
	in      io.Reader
	max     int
	buf     []byte // what was read and is not taken yet is buf[start:]
	start   int
	began   bool
	counted bool
	skip    int  // bytes of a counted message that are still to come and are not wanted
	broken  bool // of lines: the one that comes is too long already
	over    bool // nothing more is read
}

// frame is what [frames.next] found.
type frame uint8

const (
	frameMessage frame = iota
	frameTooLong
	frameMalformed // nobody can say where the next message begins
	frameCut       // the stream ended within a message
	frameEnd
)

// newFrames returns frames with memory for messages of max bytes.
func newFrames(in io.Reader, max int) *frames {
	return &frames{in: in, max: max, buf: make([]byte, 0, max+maxCount+1)}
}

// maxCount is how many digits a count may have.
const maxCount = 7

// pending reports whether a message has begun to come.
func (f *frames) pending() bool { return len(f.buf) > f.start || f.skip > 0 || f.broken }

// next returns the next message, which is valid until the next call.
func (f *frames) next() (message []byte, what frame) {
	for !f.over {
		message, what, more := f.cut()
		if !more {
			return message, what
		}
		if err := f.read(); err != nil {
			return f.end(err == io.EOF)
		}
	}
	return nil, frameEnd
}

// cut cuts a message off what was read. It reports more if it takes more for that.
func (f *frames) cut() (message []byte, what frame, more bool) {
	b := f.buf[f.start:]
	if f.skip > 0 {
		n := min(f.skip, len(b))
		f.start, f.skip = f.start+n, f.skip-n
		return nil, frameTooLong, f.skip > 0
	}
	if len(b) == 0 {
		return nil, 0, true
	}
	if !f.began {
		f.began, f.counted = true, b[0] >= '0' && b[0] <= '9'
	}
	if f.counted {
		return f.cutCounted(b)
	}
	return f.cutLine(b)
}

func (f *frames) cutCounted(b []byte) (message []byte, what frame, more bool) {
	space := bytes.IndexByte(b[:min(len(b), maxCount+1)], ' ')
	digits := b[:max(space, 0)]
	if space < 0 {
		digits = b[:min(len(b), maxCount)]
	}
	n := 0
	for i, c := range digits {
		if c < '0' || c > '9' || i == 0 && c == '0' {
			return nil, frameMalformed, false
		}
		n = 10*n + int(c-'0')
	}
	switch {
	case space < 0 && len(b) > maxCount, space == 0:
		return nil, frameMalformed, false
	case space < 0:
		return nil, 0, true
	case n > f.max:
		f.start, f.skip = f.start+space+1, n
		return f.cut()
	case len(b) < space+1+n:
		return nil, 0, true
	}
	f.start += space + 1 + n
	return b[space+1 : space+1+n], frameMessage, false
}

func (f *frames) cutLine(b []byte) (message []byte, what frame, more bool) {
	n := bytes.IndexByte(b, '\n')
	switch {
	case n < 0 && len(b) > f.max:
		f.start, f.broken = len(f.buf), true
		return nil, 0, true
	case n < 0:
		return nil, 0, true
	}
	f.start += n + 1
	if f.broken || n > f.max {
		f.broken = false
		return nil, frameTooLong, false
	}
	return bytes.TrimSuffix(b[:n], []byte("\r")), frameMessage, false
}

// read reads more, behind what is there.
func (f *frames) read() error {
	if f.start > 0 {
		f.buf = f.buf[:copy(f.buf[:cap(f.buf)], f.buf[f.start:])]
		f.start = 0
	}
	n, err := f.in.Read(f.buf[len(f.buf):cap(f.buf)])
	f.buf = f.buf[:len(f.buf)+n]
	if n > 0 {
		return nil // an error comes again
	}
	return err
}

// end returns what is left when nothing more comes. A last line needs no line break if the sender ended the stream behind it; else
// nobody knows what of it is missing, and a part of a value may not look like one.
func (f *frames) end(whole bool) (message []byte, what frame) {
	b := f.buf[f.start:]
	f.start, f.over = len(f.buf), true
	switch {
	case f.skip > 0 || f.broken:
		return nil, frameTooLong
	case len(b) == 0:
		return nil, frameEnd
	case f.counted || !whole:
		return nil, frameCut
	}
	return b, frameMessage
}
