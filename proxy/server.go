package proxy

import (
	"net/netip"

	"github.com/piiproxy/piiproxy/proxy/internal/http1"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

// newServer returns the server of one listener for clients.
func (p *Proxy) newServer(listener redact.Name) *http1.Server {
	return p.edge(listener, func(in *http1.Incoming) { p.run(in, listener) })
}

// edge returns a server whose requests are handled so. It reads and writes HTTP and adds nothing of its own: no header, no log text,
// no error body.
func (p *Proxy) edge(listener redact.Name, handle func(*http1.Incoming)) *http1.Server {
	options := http1.ServerOptions{
		Limits: func() http1.ServerLimits { return p.current.Load().edge },
		Handle: handle,
	}
	options.Enter = func(peer netip.Addr) bool { return p.enter(listener, peer) }
	options.Unsecured = func() { p.turnedAway(listener, telemetry.ReasonHandshake) }
	options.Leave = func(peer netip.Addr) { p.gate.leave(clientOf(peer)) }
	if p.metrics != nil {
		options.Panicked = p.metrics.Panicked
	}
	return http1.NewServer(options)
}

// edge returns the limits that are the server's concern.
func (l *LimitsSpec) edge() http1.ServerLimits {
	return http1.ServerLimits{
		Head: l.Headers, Target: l.Target, Fields: l.HeaderCount,
		HeadTime: l.ReadHeaders, RequestTime: l.Read, WriteTime: l.Write, IdleTime: l.Idle,
	}
}
