package balance

import (
	"sync/atomic"
	"time"

	"github.com/piiproxy/piiproxy/proxy/internal/http1"
)

// endpoint is one address of a cluster.
type endpoint struct {
	cluster  *Cluster
	address  string // host:port
	name     string // the address as it is configured, if that is a name
	pool     *http1.Pool
	probe    *http1.Pool // for asking for health; nil: nobody asks
	inFlight atomic.Int64
	failures atomic.Int32 // in a row
	ejected  atomic.Int64 // until when, as nanotime has it; 0: not
	sick     atomic.Bool  // as health checks say

	good, bad int // answers to health checks in a row; the checker's
}

func newEndpoint(c *Cluster, address string) *endpoint {
	e := &endpoint{cluster: c, address: address}
	if isName(address) {
		e.name = address
	}
	o := c.options.Pool
	o.Address = address
	o.Broken = func() { e.failed() }
	e.pool = http1.NewPool(o)
	if c.options.Health.Head != nil {
		o.MaxConns, o.MaxBody, o.Broken = 1, 64<<10, nil
		e.probe = http1.NewPool(o)
	}
	return e
}

func (e *endpoint) close() {
	e.pool.Close()
	if e.probe != nil {
		e.probe.Close()
	}
}

// do gives the request to the address and remembers how that went.
func (e *endpoint) do(req *http1.Request, resp *http1.Response, deadline time.Time) error {
	e.inFlight.Add(1)
	defer e.inFlight.Add(-1)
	err := e.pool.Do(req, resp, deadline)
	if err == nil {
		if e.failures.Load() != 0 {
			e.failures.Store(0)
		}
		return nil
	}
	if failure, ok := err.(*http1.Error); !ok || ofUpstream(failure.Class) { //nolint:errorlint // Do's error is not wrapped
		e.failed()
	}
	return err
}

// failed counts a failure, and ejects the address after too many.
func (e *endpoint) failed() {
	limit := e.cluster.options.Ejection.Failures
	if n := e.failures.Add(1); limit > 0 && int(n) >= limit && e.cluster.mayEject() {
		e.failures.Store(0)
		if e.ejected.Swap(nanotime()+int64(e.cluster.options.Ejection.Time)) == 0 {
			e.cluster.counts.ejections.Add(1)
		}
	}
}

// mayEject reports whether no more than half of the addresses are out when one more is.
func (c *Cluster) mayEject() bool {
	all := *c.active.Load()
	now, out := nanotime(), 0
	for _, e := range all {
		if !e.well(now) {
			out++
		}
	}
	return 2*(out+1) <= len(all)
}

// well reports whether the address may be given requests. The end of an ejection is noted by whom it is seen first.
func (e *endpoint) well(now int64) bool {
	if e.sick.Load() {
		return false
	}
	until := e.ejected.Load()
	if until == 0 {
		return true
	}
	if now < until {
		return false
	}
	e.ejected.CompareAndSwap(until, 0)
	return true
}

var started = time.Now()

// nanotime is the time since the program began, which no change of the clock moves.
func nanotime() int64 { return int64(time.Since(started)) }

// check asks each address whether it is well, all at once, and waits for them.
func (c *Cluster) check() {
	all := *c.active.Load()
	results := make(chan struct{}, len(all))
	for _, e := range all {
		go func() {
			e.ask()
			results <- struct{}{}
		}()
	}
	for range all {
		<-results
	}
}

// ask sends one health check.
func (e *endpoint) ask() {
	h := &e.cluster.options.Health
	var resp http1.Response
	err := e.probe.Do(&http1.Request{Head: h.Head}, &resp, time.Now().Add(h.Timeout))
	if err == nil && resp.Status >= 200 && resp.Status < 400 {
		e.good, e.bad = e.good+1, 0
		if e.good >= h.Healthy && e.sick.CompareAndSwap(true, false) {
			e.failures.Store(0)
		}
		return
	}
	e.good, e.bad = 0, e.bad+1
	if e.bad >= h.Unhealthy {
		e.sick.Store(true)
	}
}
