package balance

import (
	"sync"
	"sync/atomic"
	"time"
)

// breaker is a circuit breaker without a lock: the requests of an upstream share it, and while all is well they only read it.
type breaker struct {
	options  Breaker
	failures atomic.Int32 // in a row
	until    atomic.Int64 // open until then, as nanotime has it; 0: closed
	probing  atomic.Bool  // a request was let through to see
	opened   atomic.Uint64
}

// allow reports whether a request may be sent. Of one that may, the end has to be told.
func (b *breaker) allow() bool {
	until := b.until.Load()
	if until == 0 {
		return true
	}
	return nanotime() >= until && b.probing.CompareAndSwap(false, true)
}

func (b *breaker) succeeded() {
	if b.failures.Load() != 0 {
		b.failures.Store(0)
	}
	if b.until.Load() != 0 {
		b.until.Store(0)
		b.probing.Store(false)
	}
}

func (b *breaker) failed() {
	if b.options.Failures <= 0 {
		return
	}
	if n := b.failures.Add(1); int(n) < b.options.Failures {
		return
	}
	if b.until.Swap(nanotime()+int64(b.options.Open)) == 0 {
		b.opened.Add(1)
	}
	b.probing.Store(false)
}

// undecided ends a request that says nothing of the upstream.
func (b *breaker) undecided() {
	if b.until.Load() != 0 {
		b.probing.Store(false)
	}
}

func (b *breaker) open() bool { return b.until.Load() != 0 }

// budget is how many requests may be sent once more: a bucket that is filled at a rate and holds what comes in a second. Only
// requests that failed look at it.
type budget struct {
	rate int

	mu     sync.Mutex
	tokens float64
	at     time.Time // when tokens was right; zero: never yet
}

func (b *budget) take() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if b.at.IsZero() {
		b.tokens = float64(b.rate)
	} else {
		b.tokens = min(float64(b.rate), b.tokens+now.Sub(b.at).Seconds()*float64(b.rate))
	}
	b.at = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// counts is what a cluster counts.
type counts struct {
	moved, repeated, ejections, resolved, unresolved atomic.Uint64
}

// Stats is the state of a cluster at a moment.
type Stats struct {
	InFlight   []int64 // of each address, in the order of the configuration and of the IP addresses of a name
	Ejected    int     // addresses that are left out because they failed
	Unhealthy  int     // addresses that are left out because health checks fail
	Open       bool    // the circuit breaker lets nothing through, or one request to see
	Moved      uint64  // requests that were sent to another address because nothing of them had been written
	Repeated   uint64  // requests that were written and sent again because their route says that they may be
	Ejections  uint64
	Opened     uint64 // times that the circuit breaker opened
	Resolved   uint64 // times that a name was looked up
	Unresolved uint64 // times that this failed
}

// Stats returns the state of c, for metrics.
func (c *Cluster) Stats() Stats {
	s := Stats{
		Open: c.breaker.open(), Moved: c.counts.moved.Load(), Repeated: c.counts.repeated.Load(), Ejections: c.counts.ejections.Load(),
		Opened: c.breaker.opened.Load(), Resolved: c.counts.resolved.Load(), Unresolved: c.counts.unresolved.Load(),
	}
	now := nanotime()
	for _, e := range *c.active.Load() {
		s.InFlight = append(s.InFlight, e.inFlight.Load())
		switch {
		case e.sick.Load():
			s.Unhealthy++
		case !e.well(now):
			s.Ejected++
		}
	}
	return s
}
