package telemetry

import "sync/atomic"

// cellSize is the unit in which a ring hands out room: a line takes whole cells, so that two producers never write into
// the same cache line.
const cellSize = 64

// ring is a queue of lines in one block of memory, for many producers and one consumer. A producer reserves room with one
// compare-and-swap, copies its line and publishes it; the consumer takes lines in the order of the reservations. There is
// no lock: what all producers share is one word, held for a few nanoseconds of an exchange that takes tens of
// microseconds. A channel would take its lock twice a line, and need buffers that circulate; shards by processor would
// need no shared word, but a goroutine moves between processors and its lines would change their order.
//
// A producer that is descheduled between reserving and publishing holds the lines behind it back until it runs again. It
// calls nothing in between that could fail or block.
type ring struct {
	cells    []byte
	lengths  []atomic.Uint32 // by cell: 1 + length of the line that begins there, once it is whole; else 0
	maxLines uint64
	_        [cellSize]byte // tail is written by all producers, head by the consumer: each has its cache line
	tail     atomic.Uint64  // a position; what is before it is reserved
	_        [cellSize]byte
	head     atomic.Uint64 // a position; what is before it is free again
	_        [cellSize]byte
}

// A position counts cells and lines from the beginning, each modulo 2^31, in one word, so that both bounds are checked and
// taken by one compare-and-swap. The cells of a ring are a power of two and far fewer than 2^31.
const (
	countBits = 31
	countMask = 1<<countBits - 1
	closedBit = 1 << 63 // in tail only: nothing more can be reserved
)

func position(cells, lines uint64) uint64 { return cells&countMask | lines&countMask<<countBits }

func cellsOf(p uint64) uint64 { return p & countMask }

func linesOf(p uint64) uint64 { return p >> countBits & countMask }

// between returns what is reserved and not yet free. head must not be newer than tail.
func between(head, tail uint64) (cells, lines uint64) {
	return (cellsOf(tail) - cellsOf(head)) & countMask, (linesOf(tail) - linesOf(head)) & countMask
}

// cellsFor returns how many cells a line of n bytes takes; one even if it is empty, so that no two lines begin in the same.
func cellsFor(n int) uint64 { return uint64(max(n, 1)+cellSize-1) / cellSize }

// newRing returns a ring of a number of cells that is a power of two.
func newRing(cells, maxLines int) ring {
	return ring{
		cells:    make([]byte, cells*cellSize),
		lengths:  make([]atomic.Uint32, cells),
		maxLines: uint64(maxLines),
	}
}

// reservation is the answer to a wish for room.
type reservation uint8

const (
	reserved reservation = iota
	noRoom
	ringClosed
)

// reserve takes room for a line of n bytes. It returns the cell where the line begins, and whether the ring is now more
// than half full.
func (r *ring) reserve(n int) (cell uint64, half bool, res reservation) {
	need := cellsFor(n)
	for {
		tail := r.tail.Load()
		if tail&closedBit != 0 {
			return 0, false, ringClosed
		}
		cells, lines := between(r.head.Load(), tail)
		cells, lines = cells+need, lines+1
		if cells > uint64(len(r.lengths)) || lines > r.maxLines {
			if r.tail.Load() != tail {
				continue // head may have overtaken the tail we know
			}
			return 0, true, noRoom
		}
		if r.tail.CompareAndSwap(tail, position(cellsOf(tail)+need, linesOf(tail)+1)) {
			return cellsOf(tail), r.isHalf(cells, lines), reserved
		}
	}
}

func (r *ring) isHalf(cells, lines uint64) bool {
	return cells > uint64(len(r.lengths))/2 || lines > r.maxLines/2
}

// half reports whether the ring is more than half full. Only the consumer calls it.
func (r *ring) half() bool { return r.isHalf(between(r.head.Load(), r.tail.Load())) }

// publish copies a line into the room that was reserved for it and makes it visible to the consumer.
func (r *ring) publish(cell uint64, line []byte) {
	cell &= uint64(len(r.lengths) - 1)
	n := copy(r.cells[cell*cellSize:], line)
	copy(r.cells, line[n:])
	r.lengths[cell].Store(uint32(len(line)) + 1)
}

// peek returns the length of the line at position p, and whether there is one. Only the consumer calls it.
func (r *ring) peek(p uint64) (n int, ok bool) {
	l := r.lengths[cellsOf(p)&uint64(len(r.lengths)-1)].Load()
	return int(l) - 1, l != 0
}

// take appends the line of n bytes at position p to dst and returns the position behind it. The room is not free before
// [ring.release]. Only the consumer calls it.
func (r *ring) take(dst []byte, p uint64, n int) ([]byte, uint64) {
	cell := cellsOf(p) & uint64(len(r.lengths)-1)
	at := int(cell) * cellSize
	first := min(n, len(r.cells)-at)
	dst = append(dst, r.cells[at:at+first]...)
	dst = append(dst, r.cells[:n-first]...)
	r.lengths[cell].Store(0)
	return dst, position(cellsOf(p)+cellsFor(n), linesOf(p)+1)
}

// release makes the room before position p free again.
func (r *ring) release(p uint64) { r.head.Store(p) }

// close lets nothing more be reserved.
func (r *ring) close() { r.tail.Or(closedBit) }

// finished reports whether the ring is closed and everything before position p is all that there ever was.
func (r *ring) finished(p uint64) bool {
	tail := r.tail.Load()
	return tail&closedBit != 0 && tail&^closedBit == p
}

// queued returns how many lines wait.
func (r *ring) queued() int {
	head := r.head.Load() // before tail, which it never passes
	_, lines := between(head, r.tail.Load())
	return int(lines)
}

// used returns how full the ring is, from 0 to 1: by lines or by cells, whichever is more.
func (r *ring) used() float64 {
	head := r.head.Load() // before tail, which it never passes
	cells, lines := between(head, r.tail.Load())
	return min(1, max(float64(lines)/float64(r.maxLines), float64(cells)/float64(len(r.lengths))))
}
