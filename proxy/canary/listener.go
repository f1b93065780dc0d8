package canary

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"sync"
)

// Listener hands connections within the process to a server: nobody else can make one.
type Listener struct {
	conns  chan net.Conn
	closed chan struct{}
	close  sync.Once
}

// NewListener returns a listener that nobody waits at yet.
func NewListener() *Listener {
	return &Listener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

// Accept is part of [net.Listener].
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close is part of [net.Listener].
func (l *Listener) Close() error {
	l.close.Do(func() { close(l.closed) })
	return nil
}

// Addr is part of [net.Listener].
func (l *Listener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv6loopback} }

// transport returns a transport whose connections seem to come from that address.
func (l *Listener) transport(from netip.Addr) http.RoundTripper {
	return &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		select {
		case l.conns <- placed{theirs, net.TCPAddrFromAddrPort(clientAddress(from))}:
			return ours, nil
		case <-l.closed:
			return nil, net.ErrClosed
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}
}

// placed is a connection that seems to come from somewhere.
type placed struct {
	net.Conn
	from net.Addr
}

// RemoteAddr is part of [net.Conn].
func (p placed) RemoteAddr() net.Addr { return p.from }
