package proxy

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/piiproxy/piiproxy/proxy/internal/http1"
	"github.com/piiproxy/piiproxy/proxy/internal/receive"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

// Options are what a Proxy has besides its generation. The zero Options write no log and count nothing.
type Options struct {
	Log     LineWriter         // takes the lines of the access log; nil: nothing is written
	Metrics *telemetry.Metrics // counts; nil: nothing is counted
	Spans   SpanWriter         // takes the records of exchanges that are sampled; nil: there are no spans
	Capture CaptureWriter      // takes the lines of exchanges that are captured; nil: none is
}

// LineWriter takes finished lines. It keeps nothing of them.
type LineWriter interface{ Write(line redact.Masked) }

// SpanWriter makes spans of records. It keeps nothing of them.
type SpanWriter interface{ Write(r *telemetry.Record) }

// Proxy serves clients under one generation after the other. Its methods may be called at the same time.
type Proxy struct {
	log     LineWriter
	metrics *telemetry.Metrics
	spans   SpanWriter
	capture CaptureWriter
	now     func() time.Time // when an exchange starts

	current  atomic.Pointer[Generation]
	inFlight atomic.Int64
	buffered atomic.Int64 // bytes of large bodies
	gate     gate
	draining atomic.Bool
	stopped  atomic.Bool // no generation is left

	exchanges sync.Pool
	inflaters *receive.Inflaters

	mu      sync.Mutex // of what follows
	servers []*http1.Server
}

// ErrClosed is what Serve returns after Shutdown was called.
var ErrClosed = errors.New("proxy: shut down")

// New returns a proxy that runs exchanges under g, which belongs to it from then on.
func New(g *Generation, opts Options) *Proxy {
	p := &Proxy{
		log: opts.Log, metrics: opts.Metrics, spans: opts.Spans, capture: opts.Capture, now: time.Now, inflaters: receive.NewInflaters(),
	}
	p.exchanges.New = func() any { return new(exchange) }
	if p.metrics != nil {
		g.handles = p.metrics.Generation(g.shape())
		p.metrics.WatchUpstreams(g.states())
	}
	g.start()
	p.current.Store(g)
	if p.metrics != nil {
		p.metrics.WatchLoad(p.load)
	}
	return p
}

// Swap lets exchanges that begin from now on run under g, which belongs to the proxy from then on. Those that are running
// end under the generation that they began with; what it alone used is closed after the last of them.
func (p *Proxy) Swap(g *Generation) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.draining.Load() {
		g.Discard()
		return
	}
	g.start()
	if p.metrics == nil {
		p.current.Swap(g).leave()
		return
	}
	g.handles = p.metrics.Generation(g.shape())
	p.metrics.WatchUpstreams(g.states())
	p.current.Swap(g).leave()
	p.metrics.Retain(g.handles)
}

// load returns what the proxy holds, beside what the current generation lets it hold.
func (p *Proxy) load() telemetry.Load {
	l := &p.current.Load().limits
	return telemetry.Load{
		InFlight: p.inFlight.Load(), InFlightLimit: int64(l.InFlight),
		Connections: p.gate.open(), ConnectionsLimit: int64(l.Connections),
		Buffered: p.buffered.Load(), BufferedLimit: l.Buffered,
	}
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
	return p.serve(p.newServer(name), ln)
}

// ServeTelemetry does the same for the listener of that name, on which other programs send their telemetry: handle answers a
// request, by the clock and the limits of the current generation, and Shutdown waits for it.
func (p *Proxy) ServeTelemetry(listener string, ln net.Listener, handle func(*http1.Incoming)) error {
	name, err := redact.ParseName(listener)
	if err != nil {
		return errors.Join(errors.New("proxy: a listener without a proper name"), ln.Close())
	}
	return p.serve(p.edge(name, handle), ln)
}

// serve runs a server until Shutdown.
func (p *Proxy) serve(s *http1.Server, ln net.Listener) error {
	p.mu.Lock()
	if p.draining.Load() {
		p.mu.Unlock()
		ln.Close()
		return ErrClosed
	}
	p.servers = append(p.servers, s)
	p.mu.Unlock()
	if err := s.Serve(ln); !errors.Is(err, http1.ErrDraining) {
		return err
	}
	return ErrClosed
}

// Shutdown takes no more connections, refuses new exchanges, closes connections that are idle, and waits for the exchanges
// that are running. If ctx ends first, the connections are closed under what is still running, and the error is ctx's if that
// is an exchange: a client that has not sent its whole request by then loses nothing but its connection.
func (p *Proxy) Shutdown(ctx context.Context) error {
	p.mu.Lock()
	servers := p.servers
	for _, s := range servers {
		s.Stop()
	}
	first := !p.draining.Swap(true)
	p.mu.Unlock()

	var all sync.WaitGroup
	var cut atomic.Bool
	for _, s := range servers {
		all.Go(func() {
			if s.Shutdown(ctx) != nil && p.inFlight.Load() > 0 {
				cut.Store(true)
			}
		})
	}
	all.Wait()
	if first {
		p.stopped.Store(true)
		p.current.Load().leave()
	}
	if cut.Load() {
		return ctx.Err()
	}
	return nil
}

// Draining reports whether Shutdown was called.
func (p *Proxy) Draining() bool { return p.draining.Load() }

// run takes one request, of which the head was read or could not be, along its path.
func (p *Proxy) run(in *http1.Incoming, listener redact.Name) {
	x := p.exchanges.Get().(*exchange)
	x.proxy, x.in, x.listener = p, in, listener
	defer x.recovered()
	x.run()
}
