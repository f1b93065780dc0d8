package proxy

import (
	"hash/maphash"
	"net/netip"
	"sync/atomic"
	"time"
)

// pace bounds the rate of requests of each client by the generic cell rate algorithm. It has a fixed number of cells, to which
// clients belong by a hash that nobody outside can foretell: two may share one, and then share its rate. That needs no lock, and
// no memory that grows with the number of clients.
type pace struct {
	seed  maphash.Seed
	every int64 // nanoseconds between requests
	burst int64 // nanoseconds that the clock of a cell may be ahead
	cells [1 << 16]atomic.Int64
}

func newPace(r RateSpec) *pace {
	every := int64(time.Second) / int64(r.PerSecond)
	return &pace{seed: maphash.MakeSeed(), every: every, burst: every * int64(max(r.Burst, 1)-1)}
}

// clockSlack is by how much requests that run at once may differ in what they hold for now.
const clockSlack = int64(time.Second)

// allow reports whether the client may send one more request at that time, which is in nanoseconds of any clock.
func (p *pace) allow(client netip.Prefix, now int64) bool {
	cell := &p.cells[maphash.Comparable(p.seed, client)%uint64(len(p.cells))]
	for {
		due := cell.Load()
		at := max(due, now)
		if due-now > p.burst+p.every+clockSlack {
			at = now // it was not so far ahead when it was set: the clock went back
		}
		if at-now > p.burst {
			return false
		}
		if cell.CompareAndSwap(due, at+p.every) {
			return true
		}
	}
}

// clientOf returns what counts as one client: an address, or the /64 of IPv6 that one network hands out.
func clientOf(a netip.Addr) netip.Prefix {
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, _ := a.WithZone("").Prefix(bits)
	return p
}
