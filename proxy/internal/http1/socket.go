package http1

import (
	"net"
	"os"
	"syscall"
)

// errWait says that a socket has nothing to read, or no room, now. It is an error that a TLS layer gets over.
var errWait = os.ErrDeadlineExceeded

// maxCall is how much one call moves: it keeps a processor from the scheduler meanwhile.
const maxCall = 64 << 10

// socket is the direct way to the socket of a connection, beside the connection, whose deadlines hold here too. It belongs
// to one goroutine.
type socket struct {
	raw syscall.RawConn // nil: the connection is not a socket that can be asked

	out, into []byte // of the call that is on, as what follows
	n         int
	err       error
	asked     asked
	one       [1]byte

	reading, writing, asking func(fd uintptr) bool // methods of the socket, made once
	looking                  func(fd uintptr)
}

// asked is how far [socket.ask] came.
type asked uint8

const (
	unsent   asked = iota // not all was written
	unasked               // nothing was written, because the socket was not quiet
	answered              // all was written, and reading has begun
)

func (s *socket) init(c net.Conn) {
	tcp, ok := c.(syscall.Conn)
	if !ok || !direct {
		return
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return
	}
	s.raw = raw
	s.reading, s.writing, s.asking = s.tryRead, s.tryWrite, s.tryAsk
	s.looking = func(fd uintptr) { s.n, s.err = recv(fd, s.into) }
}

// now returns what has arrived, and errWait if that is nothing, whatever the deadline is.
func (s *socket) now(p []byte) (int, error) {
	s.into = p
	err := s.raw.Control(s.looking)
	s.into = nil
	if err != nil {
		return 0, err
	}
	return s.n, s.err
}

// Read waits for at least one byte.
func (s *socket) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	s.into, s.n, s.err = p, 0, nil
	err := s.raw.Read(s.reading)
	s.into = nil
	if err != nil {
		return 0, err
	}
	return s.n, s.err
}

func (s *socket) tryRead(fd uintptr) bool {
	s.n, s.err = recv(fd, s.into)
	return s.err != errWait //nolint:errorlint // it is never wrapped
}

// Write writes all of p, or says how much.
func (s *socket) Write(p []byte) (int, error) {
	s.out, s.n, s.err = p, 0, nil
	err := s.raw.Write(s.writing)
	s.out = nil
	if err != nil {
		return s.n, err
	}
	return s.n, s.err
}

func (s *socket) tryWrite(fd uintptr) bool {
	for s.n < len(s.out) {
		rest := s.out[s.n:]
		n, err := send(fd, rest[:min(len(rest), maxCall)])
		if err == errWait { //nolint:errorlint // it is never wrapped
			return false
		}
		if s.n += n; err != nil {
			s.err = err
			return true
		}
	}
	return true
}

// ask writes out if the socket is quiet, and reads the first bytes of the answer into that memory, which may be out's. In one
// stay at the socket no event is lost between the look that finds it quiet and the wait for the answer: so the read that
// would find nothing can be left out. n counts what the state says: bytes unasked for, written, or answered.
func (s *socket) ask(out, into []byte) (state asked, n int, err error) {
	s.out, s.into, s.n, s.err, s.asked = out, into, 0, nil, unsent
	err = s.raw.Read(s.asking)
	s.out, s.into = nil, nil
	if err == nil {
		err = s.err
	}
	return s.asked, s.n, err
}

func (s *socket) tryAsk(fd uintptr) bool {
	if s.asked == answered {
		return s.tryRead(fd)
	}
	if n, err := recv(fd, s.one[:]); err != errWait { //nolint:errorlint // it is never wrapped
		s.n, s.err, s.asked = n, err, unasked
		return true
	}
	n, err := send(fd, s.out)
	if n < len(s.out) {
		if s.n = n; err != errWait { //nolint:errorlint // it is never wrapped
			s.err = err
		}
		return true
	}
	s.asked = answered
	return false
}
