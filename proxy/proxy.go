package proxy

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

// Options are what a Proxy has besides its generation. The zero Options write no log and count nothing.
type Options struct {
	Log     LineWriter         // takes the lines of the access log; nil: nothing is written
	Metrics *telemetry.Metrics // counts; nil: nothing is counted
	Now     func() time.Time   // time.Now if nil
}

// LineWriter takes finished lines. It keeps nothing of them.
type LineWriter interface{ Write(line redact.Masked) }

// Proxy serves clients under one generation after the other. Its methods may be called at the same time.
type Proxy struct {
	log     LineWriter
	metrics *telemetry.Metrics
	now     func() time.Time

	current  atomic.Pointer[Generation]
	inFlight atomic.Int64
	draining atomic.Bool
	stopped  atomic.Bool // no generation is left

	exchanges   sync.Pool
	dateReaders sync.Pool
	inflaters   inflaters

	mu        sync.Mutex // of what follows
	servers   []*fasthttp.Server
	listeners []net.Listener
	conns     map[net.Conn]struct{}
}

// ErrClosed is what Serve returns after Shutdown was called.
var ErrClosed = errors.New("proxy: shut down")

// New returns a proxy that runs exchanges under g, which belongs to it from then on.
func New(g *Generation, opts Options) *Proxy {
	p := &Proxy{log: opts.Log, metrics: opts.Metrics, now: opts.Now, conns: map[net.Conn]struct{}{}}
	if p.now == nil {
		p.now = time.Now
	}
	p.exchanges.New = func() any { return new(exchange) }
	p.dateReaders.New = newDateReader
	if p.metrics != nil {
		g.handles = p.metrics.Generation(g.shape())
		p.metrics.WatchInFlight(p.inFlight.Load)
	}
	p.current.Store(g)
	return p
}

// Swap lets exchanges that begin from now on run under g, which belongs to the proxy from then on. Those that are running
// end under the generation that they began with; what it alone used is closed after the last of them. Sizes of heads and
// timeouts of client connections stay as they were when the listener was given to Serve.
func (p *Proxy) Swap(g *Generation) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.draining.Load() {
		g.Discard()
		return
	}
	if p.metrics == nil {
		p.current.Swap(g).leave()
		return
	}
	g.handles = p.metrics.Generation(g.shape())
	p.current.Swap(g).leave()
	p.metrics.Retain(g.handles)
}

// Generation returns the current generation, for building the next one beside it.
func (p *Proxy) Generation() *Generation { return p.current.Load() }

// generation takes the current generation into use, or returns nil if the proxy has stopped.
func (p *Proxy) generation() *Generation {
	for {
		if g := p.current.Load(); g.users.enter() {
			return g
		}
		if p.stopped.Load() { // else it was swapped this moment
			return nil
		}
	}
}

// Serve takes connections from ln, which belongs to the proxy from then on, as those of the listener of that name, until
// Shutdown. It may be called for several listeners.
func (p *Proxy) Serve(listener string, ln net.Listener) error {
	name, err := redact.ParseName(listener)
	if err != nil {
		return errors.Join(errors.New("proxy: a listener without a proper name"), ln.Close())
	}
	s := p.newServer(name)
	p.mu.Lock()
	if p.draining.Load() {
		p.mu.Unlock()
		ln.Close()
		return ErrClosed
	}
	p.servers = append(p.servers, s)
	p.listeners = append(p.listeners, ln)
	p.mu.Unlock()
	if err := s.Serve(watched{ln}); err != nil && !p.draining.Load() {
		return err
	}
	return ErrClosed
}

// Shutdown takes no more connections, refuses new exchanges, waits for those that are running, and closes every connection.
// If ctx ends first, the connections are closed under what is still running, and the error is ctx's if that is an exchange:
// a client that has not sent its whole request by then loses nothing but its connection.
func (p *Proxy) Shutdown(ctx context.Context) error {
	p.mu.Lock()
	first := !p.draining.Swap(true)
	servers := p.servers
	for _, ln := range p.listeners {
		ln.Close()
	}
	p.mu.Unlock()

	errs := make([]error, len(servers))
	var all sync.WaitGroup
	for i, s := range servers {
		all.Go(func() { errs[i] = s.ShutdownWithContext(ctx) })
	}
	all.Wait()
	cut := p.inFlight.Load() > 0
	p.closeConns()
	if first {
		p.stopped.Store(true)
		p.current.Load().leave()
	}
	if cut && ctx.Err() != nil {
		return ctx.Err()
	}
	return nil
}

// closeConns closes the connections that are left.
func (p *Proxy) closeConns() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.Close()
	}
}

// run takes one request that the server has read, or could not read, along its path.
func (p *Proxy) run(ctx *fasthttp.RequestCtx, listener redact.Name, failure error) {
	x := p.exchanges.Get().(*exchange)
	x.proxy, x.ctx, x.listener, x.failure = p, ctx, listener, failure
	defer x.recovered()
	x.run()
}
