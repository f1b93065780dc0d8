package proxy

import (
	"math"
	"net/netip"
	"sync"

	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

// gate counts the connections of clients on all listeners. It is asked once for each connection.
type gate struct {
	mu      sync.Mutex
	all     int
	clients map[netip.Prefix]int // as many as there are connections at most
}

// enter counts a connection, unless that is one too many.
func (g *gate) enter(client netip.Prefix, l *LimitsSpec) telemetry.Reason {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.all >= l.Connections:
		return telemetry.ReasonConnections
	case l.PerClient > 0 && g.clients[client] >= l.PerClient:
		return telemetry.ReasonClientConnections
	}
	if g.clients == nil {
		g.clients = map[netip.Prefix]int{}
	}
	g.all++
	g.clients[client]++
	return telemetry.ReasonNone
}

func (g *gate) leave(client netip.Prefix) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.all--
	if g.clients[client]--; g.clients[client] <= 0 {
		delete(g.clients, client)
	}
}

// open returns how many connections there are.
func (g *gate) open() int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return int64(g.all)
}

// enter lets a connection in, or leaves a record of why not.
func (p *Proxy) enter(listener redact.Name, peer netip.Addr) bool {
	limits := &LimitsSpec{Connections: math.MaxInt} // its request is told that the proxy drains
	if g := p.generation(); g != nil {
		defer g.leave()
		limits = &g.limits
	}
	reason := p.gate.enter(clientOf(peer), limits)
	if reason != telemetry.ReasonNone {
		p.turnedAway(listener, reason)
	}
	return reason == telemetry.ReasonNone
}

// turnedAway leaves a record of a connection that ended before a request.
func (p *Proxy) turnedAway(listener redact.Name, reason telemetry.Reason) {
	g := p.generation()
	if g == nil {
		return
	}
	defer g.leave()
	r := telemetry.Record{
		ID: newID(), Start: p.now(), Listener: listener, Outcome: telemetry.Refused, Reason: reason, Status: problems[reason].status,
		BodyFormat: redact.NoBody,
	}
	if g.handles != nil {
		g.handles.Observe(&r)
	}
	if p.log != nil {
		p.log.Write(telemetry.AppendLine(redact.Masked{}, &r))
	}
}

// memoryBody is from how many bytes on a body counts for the memory that bodies may take.
const memoryBody = 64 << 10

// fits reports whether there is memory for a body that tells its length: one for which there is none is refused before it is sent.
// What it takes counts when it comes; see [exchange.Take].
func (x *exchange) fits() bool {
	n := x.in.Fields.ContentLength
	return n <= memoryBody || x.proxy.buffered.Load()+min(n, x.gen.limits.Body) <= x.gen.limits.Buffered
}

// Take takes n bytes more out of what bodies may take at once, or gives some back if n is below zero, and reports whether the
// exchange may go on with what it has. All is given back when the exchange ends.
func (x *exchange) Take(n int64) bool {
	x.reserved += n
	return x.proxy.buffered.Add(n) <= x.gen.limits.Buffered
}

// Reserve takes n bytes out of what large bodies may take at once, for telemetry, and reports false if more than half of that would
// be taken: exchanges go first. [Proxy.Release] gives them back.
func (p *Proxy) Reserve(n int64) bool {
	if p.buffered.Add(n) <= p.current.Load().limits.Buffered/2 {
		return true
	}
	p.buffered.Add(-n)
	return false
}

// Release gives back what [Proxy.Reserve] took.
func (p *Proxy) Release(n int64) { p.buffered.Add(-n) }
