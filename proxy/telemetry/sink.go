package telemetry

import (
	"cmp"
	"context"
	"errors"
	"math/bits"
	"sync"
	"sync/atomic"
	"time"

	"github.com/piiproxy/piiproxy/redact"
)

// MaxLine is the largest line that a [Sink] takes, its line break included.
const MaxLine = 64 << 10

const (
	defaultQueue  = 4096
	defaultLinger = 5 * time.Millisecond
	maxQueue      = 1 << 20
	bytesALine    = 512 // of the queue's memory; access log lines are mostly shorter
)

// tooLong stands in a log for a line that was longer than MaxLine.
var tooLong = redact.Masked{}.AppendConst(`{"withheld":"line too long"}` + "\n")

// ErrSinkUnfinished is returned by [Sink.Close] if its time was up before all lines were written.
var ErrSinkUnfinished = errors.New("telemetry: sink: closed before all lines were written")

// SinkOptions are the options of a [Sink]. The zero value means the defaults.
type SinkOptions struct {
	Queue   int           // lines that may wait; 4096, at most 1048576
	Drop    bool          // a full queue drops whole lines; by default it makes who writes wait
	Linger  time.Duration // how long a first line may wait for others to share a write with; 5 ms, negative: not at all
	Longest int           // bytes of the longest line; a longer one is dropped. MaxLine if 0: then a constant stands for a longer one
}

// Sink takes finished lines from any number of goroutines and writes them, in batches, from a goroutine of its own. Lines
// come out whole, and those of one goroutine in their order. All its memory is taken at the beginning: half a kilobyte for
// each line of the queue, so that a queue of long lines is full earlier. Every line given to it is written or counted as
// dropped.
type Sink struct {
	ring    ring
	target  Target
	drop    bool
	linger  time.Duration
	longest int  // bytes of a line
	whole   bool // a longer one is dropped, and nothing stands for it

	state atomic.Uint32 // of the writer: awake, waiting or lingering
	wake  chan struct{} // one token for each change of state from the latter two to awake by someone else

	room    sync.Mutex // with freed; only those take it who wait for room, and the writer if there are any
	freed   sync.Cond
	waiters atomic.Int32

	abandoned atomic.Bool // Close has given up
	done      chan struct{}

	written atomic.Uint64
	errors  atomic.Uint64
	dropped [numDropReasons]atomic.Uint64
}

// NewSink starts a sink that writes to target, which it closes at its end.
func NewSink(target Target, o SinkOptions) *Sink {
	if o.Queue <= 0 {
		o.Queue = defaultQueue
	}
	if o.Linger == 0 {
		o.Linger = defaultLinger
	}
	queue := min(o.Queue, maxQueue)
	longest := cmp.Or(o.Longest, MaxLine)
	size := max(queue*bytesALine, 4*longest) // four of the longest lines fit, whatever the queue
	cells := 1 << bits.Len(uint(size/cellSize-1))
	s := &Sink{
		ring:    newRing(cells, queue),
		target:  target,
		drop:    o.Drop,
		linger:  o.Linger,
		longest: longest,
		whole:   o.Longest > 0,
		wake:    make(chan struct{}, 1),
		done:    make(chan struct{}),
	}
	s.freed.L = &s.room
	go newWriter(s).run()
	return s
}

// Write takes one line and keeps nothing of it. A line break is added if it has none. If the queue is full it waits, or
// drops the line, as configured; it never waits for a write otherwise, takes no lock and does not allocate.
func (s *Sink) Write(line redact.Masked) {
	b := line.Bytes()
	if len(b) > s.longest {
		s.dropped[DropTooLong].Add(1)
		if s.whole {
			return
		}
		b = tooLong.Bytes()
	}
	cell, half, res := s.ring.reserve(len(b))
	if res == noRoom && !s.drop {
		cell, half, res = s.reserveSlowly(len(b))
	}
	switch res {
	case noRoom:
		s.dropped[DropFull].Add(1)
		s.rouse(writerLingering)
		return
	case ringClosed:
		s.dropped[DropClosed].Add(1)
		return
	}
	s.ring.publish(cell, b)
	switch state := s.state.Load(); {
	case state == writerWaiting, state == writerLingering && half:
		s.rouse(state)
	}
}

// reserveSlowly waits until there is room or the sink is closed.
func (s *Sink) reserveSlowly(n int) (cell uint64, half bool, res reservation) {
	s.room.Lock()
	defer s.room.Unlock()
	s.waiters.Add(1) // before looking again: the writer looks here after it made room
	defer s.waiters.Add(-1)
	for {
		if cell, half, res = s.ring.reserve(n); res != noRoom {
			return cell, half, res
		}
		s.rouse(writerLingering)
		s.freed.Wait()
	}
}

// Reopen makes the target go on in a new file of the same name.
func (s *Sink) Reopen() error { return s.target.Reopen() }

// Close takes no more lines, writes those that wait, closes the target and returns. If ctx ends first it returns
// [ErrSinkUnfinished]: a write that hangs cannot be called back, but nothing is written after it, and the lines that are
// left are counted as dropped. Lines given to a closed sink are dropped and counted. It may be called again.
func (s *Sink) Close(ctx context.Context) error {
	s.ring.close()
	s.rouse(writerWaiting)
	s.rouse(writerLingering)
	s.room.Lock()
	s.freed.Broadcast()
	s.room.Unlock()
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
		s.abandoned.Store(true)
		return ErrSinkUnfinished
	}
}

// DropReason is why a line was not written.
type DropReason uint8

// The reasons.
const (
	DropFull    DropReason = iota // the queue was full
	DropTooLong                   // longer than MaxLine; a constant line stands for it
	DropError                     // the target failed
	DropClosed                    // given to a closed sink, or left in one whose time was up
	numDropReasons
)

// String returns the word for d that metrics use.
func (d DropReason) String() string {
	return [...]string{"queue_full", "too_long", "write_error", "closed", "invalid"}[min(d, numDropReasons)]
}

// Queued returns how many lines wait.
func (s *Sink) Queued() int { return s.ring.queued() }

// Used returns how full the queue is, from 0 to 1: by lines, or by their bytes if that is more.
func (s *Sink) Used() float64 { return s.ring.used() }

// Written returns how many lines the target took.
func (s *Sink) Written() uint64 { return s.written.Load() }

// Errors returns how many writes failed.
func (s *Sink) Errors() uint64 { return s.errors.Load() }

// Dropped returns how many lines were not written for that reason.
func (s *Sink) Dropped(d DropReason) uint64 { return s.dropped[d].Load() }
