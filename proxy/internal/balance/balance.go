// Package balance is the transport to an upstream that has several addresses: it gives each request to the one with the fewest
// requests, leaves out those that fail, and sends nothing twice unless it may. It knows no policy and keeps nothing of a request.
package balance

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/piiproxy/piiproxy/proxy/internal/http1"
)

// Options are those of a [Cluster]. Zero fields mean the documented defaults.
type Options struct {
	Addresses []string      // host:port; of a name that has several IP addresses each is one
	Pool      http1.Options // of each address; its Address is not used
	Resolve   time.Duration // after which names are looked up again; 30 s
	Ejection  Ejection
	Health    Health
	Breaker   Breaker
	Repeats   int // requests a second that may be sent to another address or again, at most; 10

	// Lookup resolves names; nil means the resolver of the system. Its error is not shown to anybody.
	Lookup func(ctx context.Context, host string) ([]netip.Addr, error)
}

// Ejection leaves an address out for a while after so many failures in a row, as long as no more than half of the addresses are
// out.
type Ejection struct {
	Failures int           // 5; below zero: never
	Time     time.Duration // 10 s
}

// Health asks each address at an interval whether it is well.
type Health struct {
	Head      []byte        // the request; none: nobody is asked
	Interval  time.Duration // 10 s
	Timeout   time.Duration // of an answer; 2 s
	Healthy   int           // good answers in a row after which an address is back; 2
	Unhealthy int           // failures in a row after which it is out; 3
}

// Breaker refuses requests for a while after so many failures in a row, whatever the address, and then lets one through to see.
type Breaker struct {
	Failures int           // 0: never
	Open     time.Duration // 5 s
}

func (o Options) withDefaults() Options {
	setDefault(&o.Resolve, 30*time.Second)
	setDefault(&o.Ejection.Time, 10*time.Second)
	setDefault(&o.Health.Interval, 10*time.Second)
	setDefault(&o.Health.Timeout, 2*time.Second)
	setDefault(&o.Health.Healthy, 2)
	setDefault(&o.Health.Unhealthy, 3)
	setDefault(&o.Breaker.Open, 5*time.Second)
	setDefault(&o.Repeats, 10)
	if o.Ejection.Failures == 0 {
		o.Ejection.Failures = 5
	}
	if o.Lookup == nil {
		o.Lookup = lookup
	}
	return o
}

func setDefault[T ~int | ~int64](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}

// ErrOpen is what Do returns while the breaker is open: nothing was sent.
var ErrOpen = errors.New("balance: the circuit breaker is open")

// Cluster is the transport to one upstream. It may be used by many goroutines at once.
type Cluster struct {
	options Options
	active  atomic.Pointer[[]*endpoint] // never empty
	breaker breaker
	budget  budget
	counts  counts

	ctx  context.Context // until Close
	stop context.CancelFunc

	mu      sync.Mutex // for changing active
	started bool
	closed  bool
	done    sync.WaitGroup
}

// New returns a cluster. It makes connections when they are needed.
func New(o Options) *Cluster {
	o = o.withDefaults()
	c := &Cluster{options: o, breaker: breaker{options: o.Breaker}, budget: budget{rate: o.Repeats}}
	c.ctx, c.stop = context.WithCancel(context.Background())
	var all []*endpoint
	for _, address := range o.Addresses {
		all = append(all, newEndpoint(c, address))
	}
	c.active.Store(&all)
	return c
}

// Start makes the cluster look names up and ask for health, if there is any need of that, until Close. Before that a name is looked
// up for each connection, and nobody is asked. Further calls do nothing.
func (c *Cluster) Start() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.started || c.closed {
		return
	}
	c.started = true
	if slices.ContainsFunc(c.options.Addresses, isName) {
		c.every(c.options.Resolve, true, c.resolve)
	}
	if c.options.Health.Head != nil {
		c.every(c.options.Health.Interval, false, c.check)
	}
}

// every runs f at an interval that is a little longer or shorter each time, so that many proxies do not do it at once.
func (c *Cluster) every(interval time.Duration, now bool, f func()) {
	c.done.Go(func() {
		wait := interval
		if now {
			wait = 0
		}
		timer := time.NewTimer(wait)
		defer timer.Stop()
		for {
			select {
			case <-c.ctx.Done():
				return
			case <-timer.C:
			}
			f()
			timer.Reset(interval - interval/10 + rand.N(interval/5+1))
		}
	})
}

// Close closes the idle connections and lets the exchanges that run come to their end. Every later Do fails.
func (c *Cluster) Close() {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return
	}
	c.closed = true
	c.stop()
	all := *c.active.Load()
	c.mu.Unlock()
	for _, e := range all {
		e.close()
	}
}

// Do sends the request to an address and reads its answer, as [http1.Pool.Do] does. What was not written at all goes to another
// address; what was, only if the request says that it may be repeated, and within the budget for repeats. The error is an
// *[http1.Error], in which Written says so of any address, or ErrOpen.
func (c *Cluster) Do(req *http1.Request, resp *http1.Response, deadline time.Time) error {
	if !c.breaker.allow() {
		resp.Reset()
		return ErrOpen
	}
	var tried attempts
	for {
		e := c.pick(&tried)
		err := e.do(req, resp, deadline)
		if err == nil {
			c.breaker.succeeded()
			return nil
		}
		var failure *http1.Error
		if !errors.As(err, &failure) {
			failure = &http1.Error{Class: http1.Closed, Written: true}
		}
		tried.note(e, failure)
		if !c.again(req, &tried, failure, deadline) {
			if ofUpstream(failure.Class) {
				c.breaker.failed()
			} else {
				c.breaker.undecided()
			}
			failure.Written = tried.written
			return failure
		}
	}
}

// again reports whether a request that failed may be sent to another address.
func (c *Cluster) again(req *http1.Request, tried *attempts, failure *http1.Error, deadline time.Time) bool {
	if tried.n >= len(tried.addresses) || !time.Now().Before(deadline) {
		return false
	}
	if failure.Class == http1.Canceled { // its address went this moment
		return !c.isClosed()
	}
	if !ofUpstream(failure.Class) {
		return false
	}
	if failure.Written {
		if req.Repeatable && c.budget.take() {
			c.counts.repeated.Add(1)
			return true
		}
		return false
	}
	if len(*c.active.Load()) > tried.n && c.budget.take() {
		c.counts.moved.Add(1)
		return true
	}
	return false
}

func (c *Cluster) isClosed() bool { return c.ctx.Err() != nil }

// ofUpstream reports whether a failure is the address's own.
func ofUpstream(class http1.Class) bool {
	switch class {
	case http1.Busy, http1.Canceled, http1.Oversize:
		return false
	}
	return true
}

// attempts are the addresses that a request was given to.
type attempts struct {
	addresses [3]*endpoint
	n         int
	written   bool
}

func (a *attempts) note(e *endpoint, failure *http1.Error) {
	a.addresses[a.n] = e
	a.n++
	a.written = a.written || failure.Written
}

func (a *attempts) has(e *endpoint) bool {
	for _, tried := range a.addresses[:a.n] {
		if tried == e {
			return true
		}
	}
	return false
}

// pick returns the address with the fewest requests of those that are well and not tried, or else of those not tried, or else of
// all: of a few that may work the worst is better than none. It begins anywhere, so that equals take turns.
func (c *Cluster) pick(tried *attempts) *endpoint {
	all := *c.active.Load()
	if len(all) == 1 {
		return all[0]
	}
	now := nanotime()
	var best *endpoint
	var least int64
	for k, from := 0, rand.IntN(len(all)); k < len(all); k++ {
		e := all[(from+k)%len(all)]
		load := e.inFlight.Load()
		if tried.n > 0 && tried.has(e) {
			load += 1 << 50
		}
		if !e.well(now) {
			load += 1 << 40
		}
		if best == nil || load < least {
			best, least = e, load
		}
	}
	return best
}

// isName reports whether the host of an address has to be looked up.
func isName(address string) bool {
	host, _, _ := net.SplitHostPort(address)
	_, err := netip.ParseAddr(host)
	return err != nil
}
