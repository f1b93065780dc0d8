package http1

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	firstPause = 5 * time.Millisecond // of a listener for which the system has no connection left
	longPause  = time.Second
	// drainGrace is how long an idle connection is kept when the server drains: a request that is on its way gets an answer.
	drainGrace = 50 * time.Millisecond
)

// ErrDraining is what [Server.Serve] returns after Shutdown was called.
var ErrDraining = errors.New("http1: server is draining")

// ServerOptions are those of a server. Limits and Handle are needed.
type ServerOptions struct {
	// Limits returns what clients may send, and how long they may take. It is asked for each request.
	Limits func() ServerLimits
	// Handle answers one request by a [Reply]. One that returns without an answer cuts the connection. What the request
	// refers to is valid until it returns.
	Handle func(*Incoming)
	// Enter is asked whether a connection from there may come in, and Leave is told of the end of one that did. Without Enter all
	// may. One that may not is told 503, if it speaks no TLS, and closed.
	Enter func(peer netip.Addr) bool
	Leave func(peer netip.Addr)
	// Unsecured is told of a connection that ended before TLS was agreed on.
	Unsecured func()
	// Panicked is told of a panic outside of Handle; the connection is closed.
	Panicked func()
}

// ServerLimits bound what a client may send.
type ServerLimits struct {
	Head   int // bytes of a head
	Target int // bytes of a target
	Fields int // of a head

	HeadTime    time.Duration // for a head, from its first byte on
	RequestTime time.Duration // for a whole request, from its first byte on
	WriteTime   time.Duration // for a whole answer
	IdleTime    time.Duration // of a connection without a request
}

// Server serves the connections of clients, each in a goroutine of its own, one request after the other.
type Server struct {
	options  ServerOptions
	draining atomic.Bool

	mu        sync.Mutex // of what follows
	listeners []net.Listener
	clients   map[*client]struct{}
	ended     bool          // drained, or given up: no client is taken in
	empty     chan struct{} // closed when the server has drained
}

// NewServer returns a server without listeners.
func NewServer(o ServerOptions) *Server {
	return &Server{options: o, clients: map[*client]struct{}{}, empty: make(chan struct{})}
}

// Serve takes connections from ln until Shutdown, or until ln fails for good. A shortage of the system is waited out. ln is
// the one place where connections come in: a limit on their number or a layer of TLS is a listener around it. A connection
// may be any net.Conn; one that has CloseWrite, as those of TCP and TLS have, is closed so that the last answer arrives.
func (s *Server) Serve(ln net.Listener) error {
	if !s.open(ln) {
		_ = ln.Close()
		return ErrDraining
	}
	pause := firstPause
	for {
		nc, err := ln.Accept()
		switch {
		case err == nil:
			pause = firstPause
			if c := s.begin(nc); c != nil {
				go c.serve()
			}
		case s.draining.Load():
			return ErrDraining
		case passing(err):
			time.Sleep(pause)
			pause = min(2*pause, longPause)
		default:
			return err
		}
	}
}

func (s *Server) open(ln net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining.Load() {
		return false
	}
	s.listeners = append(s.listeners, ln)
	return true
}

// passing reports whether an error of accepting a connection is about that connection, or a state that passes.
func passing(err error) bool {
	for _, e := range []error{
		syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED, syscall.EPROTO, syscall.EINTR,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return isTimeout(err)
}

// ServeConn serves one connection until it ends.
func (s *Server) ServeConn(nc net.Conn) {
	if c := s.begin(nc); c != nil {
		c.serve()
	}
}

// begin takes a connection in, or closes it if it comes too late for that.
func (s *Server) begin(nc net.Conn) *client {
	c := newClient(s, nc)
	if s.options.Enter != nil && !s.options.Enter(c.peer) {
		c.turnAway()
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		_ = nc.Close()
		s.left(c)
		return nil
	}
	s.clients[c] = struct{}{}
	return c
}

// left tells that a connection has ended that had come in.
func (s *Server) left(c *client) {
	if s.options.Leave != nil {
		s.options.Leave(c.peer)
	}
}

func (s *Server) end(c *client) {
	s.left(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.clients, c)
	if s.draining.Load() {
		s.checkEmpty()
	}
}

// checkEmpty ends a server that drains and has no client left. The server is locked.
func (s *Server) checkEmpty() {
	if len(s.clients) > 0 {
		return
	}
	s.ended = true
	select {
	case <-s.empty:
	default:
		close(s.empty)
	}
}

// Stop takes no more connections.
func (s *Server) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draining.Store(true)
	for _, ln := range s.listeners {
		_ = ln.Close()
	}
	s.listeners = nil
}

// Shutdown takes no more connections, closes those that are idle, and waits until the others have ended: each after the
// request that it is in. If ctx ends first, the connections that are left are closed under what still runs, and the error
// is ctx's.
func (s *Server) Shutdown(ctx context.Context) error {
	s.Stop()
	s.mu.Lock()
	for c := range s.clients {
		c.drain()
	}
	s.checkEmpty()
	s.mu.Unlock()
	select {
	case <-s.empty:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.checkEmpty(); len(s.clients) == 0 {
		return nil
	}
	s.ended = true
	for c := range s.clients {
		c.hangUp()
	}
	return ctx.Err()
}
