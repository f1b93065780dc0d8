package telemetry

import "time"

// The states of a sink's writer. Whoever changes the latter two to awake from outside sends a token to Sink.wake, and the
// writer takes it before it changes the state again.
const (
	writerAwake     uint32 = iota // it will look at the ring before it waits
	writerWaiting                 // for a line
	writerLingering               // for the time to be up, or the ring to be half full
)

// rouse makes the writer look at the ring if it is in that state.
func (s *Sink) rouse(state uint32) {
	if s.state.CompareAndSwap(state, writerAwake) {
		s.wake <- struct{}{}
	}
}

// writer is the goroutine of a sink.
type writer struct {
	sink  *Sink
	next  uint64 // position in the ring
	batch []byte // whole lines, in one write
	ends  []int  // where each of them ends
	torn  bool   // a write failed in the middle of a line
	timer *time.Timer
}

func newWriter(s *Sink) *writer {
	w := &writer{
		sink:  s,
		batch: make([]byte, 0, 2*s.longest), // bytes of one write
		ends:  make([]int, 0, 2*MaxLine/128),
		timer: time.NewTimer(time.Hour),
	}
	w.timer.Stop()
	return w
}

// run writes until the sink is closed and everything in it is written.
func (w *writer) run() {
	defer close(w.sink.done)
	for w.wait() {
		for w.collect() {
			w.write()
		}
	}
	if err := w.sink.target.Close(); err != nil {
		w.sink.errors.Add(1)
	}
}

// wait returns true when there is a line, having given others the time to join it, or false when no line will come.
func (w *writer) wait() bool {
	s := w.sink
	for {
		if s.ring.finished(w.next) {
			return false
		}
		s.state.Store(writerWaiting)
		// Producers publish and then look at the state: either they see that we wait, or we see their line.
		if w.ready() || s.ring.finished(w.next) {
			w.awake(writerWaiting)
		} else {
			<-s.wake
		}
		if w.ready() {
			w.linger()
			return true
		}
	}
}

// linger waits for the time to be up, the ring to be half full, or the sink to be closed.
func (w *writer) linger() {
	s := w.sink
	if s.linger < 0 {
		return
	}
	s.state.Store(writerLingering)
	// Whoever fills or closes the ring looks at the state afterwards: they see that we linger, or we see what they did.
	if s.ring.half() || s.ring.tail.Load()&closedBit != 0 {
		w.awake(writerLingering)
		return
	}
	w.timer.Reset(s.linger)
	select {
	case <-w.timer.C:
		w.awake(writerLingering)
	case <-s.wake:
		w.timer.Stop()
	}
}

// awake leaves a state by the writer's own decision, and takes the token if someone else was quicker.
func (w *writer) awake(state uint32) {
	if !w.sink.state.CompareAndSwap(state, writerAwake) {
		<-w.sink.wake
	}
}

// ready reports whether a line is there.
func (w *writer) ready() bool {
	_, ok := w.sink.ring.peek(w.next)
	return ok
}

// collect moves lines from the ring to the batch, up to its size, and gives their room back. It reports whether there are
// any.
func (w *writer) collect() bool {
	s := w.sink
	w.batch, w.ends = w.batch[:0], w.ends[:0]
	if w.torn {
		w.batch = append(w.batch, '\n') // what comes now begins on a line of its own
	}
	for len(w.ends) < cap(w.ends) {
		n, ok := s.ring.peek(w.next)
		if !ok || len(w.batch)+n+1 > cap(w.batch) {
			break
		}
		w.batch, w.next = s.ring.take(w.batch, w.next, n)
		if n == 0 || w.batch[len(w.batch)-1] != '\n' {
			w.batch = append(w.batch, '\n')
		}
		w.ends = append(w.ends, len(w.batch))
	}
	if len(w.ends) == 0 {
		return false
	}
	s.ring.release(w.next)
	if s.waiters.Load() > 0 {
		s.room.Lock()
		s.freed.Broadcast()
		s.room.Unlock()
	}
	return true
}

// write gives the batch to the target and counts what became of each line. What a failing target did not take is dropped:
// to keep it would stop the proxy, or need memory without bound.
func (w *writer) write() {
	s := w.sink
	if s.abandoned.Load() {
		s.dropped[DropClosed].Add(uint64(len(w.ends)))
		return
	}
	n, err := s.target.Write(w.batch)
	n = min(max(n, 0), len(w.batch))
	whole := 0
	for whole < len(w.ends) && w.ends[whole] <= n {
		whole++
	}
	s.written.Add(uint64(whole))
	if err == nil && n == len(w.batch) {
		w.torn = false
		return
	}
	s.errors.Add(1)
	s.dropped[DropError].Add(uint64(len(w.ends) - whole))
	if n > 0 {
		w.torn = w.batch[n-1] != '\n'
	}
}
