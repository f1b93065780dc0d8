package ingest

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/piiproxy/piiproxy/proxy/telemetry"
)

// Syslog serves syslog. Its methods may be called at the same time.
type Syslog struct {
	ingest *Ingest

	mu      sync.Mutex // of what follows
	closing bool
	closers []io.Closer // listeners and sockets
	conns   map[net.Conn]struct{}
	running sync.WaitGroup
}

// NewSyslog returns a server that hands messages to g.
func NewSyslog(g *Ingest) *Syslog {
	return &Syslog{ingest: g, conns: map[net.Conn]struct{}{}}
}

// Serve takes connections from ln until Shutdown, or until ln fails. TLS is a layer of ln.
func (s *Syslog) Serve(ln net.Listener) error {
	if !s.enter(ln) {
		return ln.Close()
	}
	defer s.running.Done()
	for {
		conn, err := ln.Accept()
		switch {
		case err == nil:
			s.begin(conn)
		case s.ending():
			return nil
		case isTimeout(err):
			time.Sleep(10 * time.Millisecond)
		default:
			return err
		}
	}
}

// ServePackets takes datagrams from c until Shutdown, or until c fails.
func (s *Syslog) ServePackets(c net.PacketConn) error {
	if !s.enter(c) {
		return c.Close()
	}
	defer s.running.Done()
	m, buf := new(masker), make([]byte, s.ingest.options.MaxLine+1)
	for {
		n, _, err := c.ReadFrom(buf)
		switch {
		case err == nil && n > s.ingest.options.MaxLine:
			s.ingest.tooLong()
		case err == nil && n > 0:
			s.ingest.message(m, trimBreak(buf[:n]))
		case err == nil:
		case s.ending():
			return nil
		default:
			return err
		}
	}
}

// trimBreak cuts off the line break that some senders put behind a datagram.
func trimBreak(b []byte) []byte {
	for len(b) > 0 && (b[len(b)-1] == '\n' || b[len(b)-1] == '\r' || b[len(b)-1] == 0) {
		b = b[:len(b)-1]
	}
	return b
}

// enter notes what Shutdown closes. It reports false if that was called.
func (s *Syslog) enter(c io.Closer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.closers = append(s.closers, c)
	s.running.Add(1)
	return true
}

func (s *Syslog) ending() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closing
}

// begin serves a connection, if that is not one too many.
func (s *Syslog) begin(conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing || len(s.conns) >= s.ingest.options.Connections {
		if !s.closing {
			s.ingest.series.Refused(telemetry.SourceSyslog, telemetry.ReasonConnections)
		}
		_ = conn.Close() // nothing was read
		return
	}
	s.conns[conn] = struct{}{}
	s.running.Go(func() {
		s.serve(conn)
		_ = conn.Close() // whatever it says, it is over
		s.mu.Lock()
		delete(s.conns, conn)
		s.mu.Unlock()
	})
}

// serve takes the messages of a connection.
func (s *Syslog) serve(conn net.Conn) {
	if !s.shake(conn) {
		return
	}
	g := s.ingest
	in := &timed{Conn: conn, server: s}
	f := newFrames(in, g.options.MaxLine)
	in.frames = f
	for {
		message, what := f.next()
		switch what {
		case frameMessage:
			if len(message) > 0 {
				m := g.maskers.Get().(*masker) // an idle connection holds none
				g.message(m, message)
				g.maskers.Put(m)
			}
		case frameTooLong:
			g.tooLong()
		case frameCut, frameMalformed:
			g.malformed()
			return
		default:
			return
		}
	}
}

// lastTime is how long a server that shuts down waits for more on a connection.
const lastTime = 100 * time.Millisecond

// shake agrees on TLS, if it is spoken, in the time that a message may take.
func (s *Syslog) shake(conn net.Conn) bool {
	secured, ok := conn.(interface{ Handshake() error })
	if !ok {
		return true
	}
	err := conn.SetDeadline(time.Now().Add(s.ingest.options.Read))
	if err == nil {
		err = secured.Handshake()
	}
	if err != nil {
		s.ingest.series.Refused(telemetry.SourceSyslog, telemetry.ReasonHandshake)
	}
	return err == nil
}

// timed reads from a connection: for a message to begin there is more time than for its rest.
type timed struct {
	net.Conn
	server *Syslog
	frames *frames
	begun  time.Time // when the message that is coming was first waited for; zero if none is
}

// Read reads what has come.
func (t *timed) Read(b []byte) (int, error) {
	now, options := time.Now(), &t.server.ingest.options
	deadline := now.Add(options.Idle)
	if !t.frames.pending() {
		t.begun = time.Time{}
	} else {
		if t.begun.IsZero() {
			t.begun = now
		}
		deadline = t.begun.Add(options.Read)
	}
	if err := t.SetReadDeadline(deadline); err != nil {
		return 0, err
	}
	if !t.server.ending() { // looked at behind the deadline, which Shutdown sets behind this
		n, err := t.Conn.Read(b)
		if n > 0 || !isTimeout(err) || !t.server.ending() {
			return n, err
		}
	}
	return t.last(b)
}

// last reads what has come to a server that shuts down. On a busy machine the deadline of a read may be over before it begins, and
// such a read does not see what came: it looks several times.
func (t *timed) last(b []byte) (n int, err error) {
	const looks = 10
	for range looks {
		if err = t.SetReadDeadline(time.Now().Add(lastTime / looks)); err != nil {
			return 0, err
		}
		if n, err = t.Conn.Read(b); n > 0 || !isTimeout(err) {
			break
		}
	}
	return n, err
}

// Shutdown takes no more connections and datagrams, and waits for the messages that came. Connections that still send when ctx ends
// are closed; a message that waits for its sink is not waited for.
func (s *Syslog) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.closing = true
	for _, c := range s.closers {
		_ = c.Close() // what has come in goes on
	}
	for c := range s.conns {
		_ = c.SetReadDeadline(time.Now().Add(lastTime)) // then who waits looks for the last time
	}
	s.mu.Unlock()
	ended := make(chan struct{})
	go func() { s.running.Wait(); close(ended) }()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	for c := range s.conns {
		_ = c.Close() // its time is up
	}
	s.mu.Unlock()
	return ctx.Err()
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}
