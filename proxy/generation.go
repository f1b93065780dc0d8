package proxy

import (
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/piiproxy/piiproxy/proxy/internal/http1"
	"github.com/piiproxy/piiproxy/proxy/route"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

// Generation is one whole running configuration. It is immutable but for the count of those who use it, and made by
// [Build]. Whoever built one gives it to [New] or [Proxy.Swap], or lets go of it by [Generation.Discard].
type Generation struct {
	limits       LimitsSpec // without zero fields
	edge         http1.ServerLimits
	pace         *pace         // of clients; nil: no limit
	listeners    []redact.Name // for clients
	table        *route.Table
	destinations []destination // by the index of the table's rules
	unrouted     *redact.Fields
	rules        *redact.Policy
	log          *redact.Surface
	showBody     bool
	tracePeers   []netip.Prefix
	tracing      *tracing   // nil: trace ids go to the access log only
	capture      *capturing // nil: nothing is captured
	upstreams    map[string]*shared
	handles      *telemetry.Handles // set once, before the generation is in use; nil: nothing is counted
	users        users
}

// destination is where a route leads.
type destination struct {
	name         redact.Name
	listener     redact.Name
	connector    redact.Name // empty for a route towards an upstream as it came
	fields       *redact.Fields
	traced       traceTarget
	capturedHost redact.Masked // empty: any host finds the route
	upstream     *shared
	projection   *redact.Projection // nil: everything passes
	observed     *redact.Projection // counts what rules would have dropped of what passes; mostly nil
	forwarding   forwarding         // of what passes
	repeat       bool               // what passes may be sent again, if its method is idempotent
	method       string             // of a connector's request; empty: as its body needs
	path         string             // of a connector's request, unless the projection makes one
}

// shared is an upstream that several generations may use.
type shared struct {
	name      redact.Name
	transport Upstream
	built     *upstream
	host      string // as requests built by us name it
	timeout   time.Duration
	users     users
}

// shape returns the names that metrics are kept for.
func (g *Generation) shape() telemetry.Shape {
	s := telemetry.Shape{Listeners: g.listeners}
	for i := range g.destinations {
		d := &g.destinations[i]
		s.Routes = append(s.Routes, telemetry.RouteShape{
			Listener: d.listener, Route: d.name, Upstream: d.upstream.name, Connector: d.connector,
		})
	}
	return s
}

// start makes the upstreams look after their addresses. Those that an earlier generation has started go on.
func (g *Generation) start() {
	for _, u := range g.upstreams {
		if t, ok := u.transport.(interface{ Start() }); ok {
			t.Start()
		}
	}
}

// states returns how the state of each upstream is asked for.
func (g *Generation) states() map[redact.Name]func() telemetry.UpstreamState {
	all := map[redact.Name]func() telemetry.UpstreamState{}
	for _, u := range g.upstreams {
		if c := u.built; c != nil {
			all[u.name] = func() telemetry.UpstreamState { return telemetry.UpstreamState(c.Stats()) }
		}
	}
	return all
}

// Limits returns the limits of g, without zero fields.
func (g *Generation) Limits() LimitsSpec { return g.limits }

// Surface returns the surface of that name: log, trace and capture are always there.
func (g *Generation) Surface(name string) (*redact.Surface, error) { return g.rules.Surface(name) }

// Discard lets go of a generation that no proxy was given.
func (g *Generation) Discard() { g.leave() }

// leave ends one use of g. With the last one its upstreams are let go.
func (g *Generation) leave() {
	if !g.users.leave() {
		return
	}
	for _, u := range g.upstreams {
		u.release()
	}
}

// release ends one generation's use of u. With the last one its connections are closed.
func (u *shared) release() {
	if u.users.leave() {
		u.built.Close()
	}
}

// users counts who uses a thing. Once nobody does it cannot be used any more.
type users struct{ n atomic.Int64 }

// first counts the first user.
func (u *users) first() { u.n.Store(1) }

// enter counts one user more, and reports false if the thing is out of use.
func (u *users) enter() bool {
	for n := u.n.Load(); n > 0; n = u.n.Load() {
		if u.n.CompareAndSwap(n, n+1) {
			return true
		}
	}
	return false
}

// leave counts one user less, and reports whether that was the last one.
func (u *users) leave() bool { return u.n.Add(-1) == 0 }
