package http1

import (
	"errors"
	"io"
	"net"
)

const (
	recordHead   = 5
	recordBuffer = 4 << 10
)

// records is the connection below a TLS layer. It hands that layer one record at a time and keeps what came behind it
// here, where it can be seen: the layer itself reads ahead, and an answer that was pushed behind the last one would lie
// in it, decrypted with the next request's first read.
type records struct {
	net.Conn
	socket *socket
	now    bool  // Read does not wait
	cut    bool  // the socket ended; after an orderly end nobody reads this far
	wrote  int64 // bytes that went out

	buf      [recordBuffer]byte
	from, to int // what of buf was not handed over
	head     [recordHead]byte
	headLen  int // bytes of the record's head that were handed over
	left     int // bytes of the record's rest that were not
}

// quiet reports whether nothing has come since the end of the last record. What has come is kept.
func (r *records) quiet() bool {
	if r.from < r.to || r.headLen > 0 || r.left > 0 {
		return false
	}
	n, err := r.socket.now(r.buf[:])
	r.from, r.to = 0, max(n, 0)
	return errors.Is(err, errWait)
}

// Read hands over bytes of one record only.
func (r *records) Read(p []byte) (int, error) {
	if r.from == r.to {
		if !r.now && r.left >= len(r.buf) {
			n, err := r.Conn.Read(p[:min(len(p), r.left)])
			r.left -= n
			return n, r.note(err)
		}
		if err := r.refill(); err != nil {
			return 0, err
		}
	}
	if r.left == 0 {
		return r.readHead(p), nil
	}
	n := copy(p, r.buf[r.from:min(r.to, r.from+r.left)])
	r.from, r.left = r.from+n, r.left-n
	return n, nil
}

// readHead hands over what there is of a record's head, and reads the length of the rest in it.
func (r *records) readHead(p []byte) int {
	n := copy(p, r.buf[r.from:min(r.to, r.from+recordHead-r.headLen)])
	copy(r.head[r.headLen:], p[:n])
	r.from, r.headLen = r.from+n, r.headLen+n
	if r.headLen == recordHead {
		r.headLen, r.left = 0, int(r.head[3])<<8|int(r.head[4])
	}
	return n
}

func (r *records) refill() error {
	var n int
	var err error
	if r.now {
		n, err = r.socket.now(r.buf[:])
	} else {
		n, err = r.Conn.Read(r.buf[:])
	}
	r.from, r.to = 0, n
	if n > 0 {
		return nil // an error beside it comes again
	}
	return r.note(err)
}

func (r *records) note(err error) error {
	r.cut = r.cut || errors.Is(err, io.EOF)
	return err
}

// Write counts what goes out, because the layer above does not say how much of a record that failed did.
func (r *records) Write(p []byte) (int, error) {
	n, err := r.Conn.Write(p)
	r.wrote += int64(n)
	return n, err
}
