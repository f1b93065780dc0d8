package export

import (
	"errors"
	"time"

	"github.com/piiproxy/piiproxy/proxy/telemetry"
)

// spoolPause is how long a disk that failed is left alone.
const spoolPause = time.Second

// spills reports whether what waits in memory is to go to the spool: no endpoint takes anything, or half of the queue is full. The
// exporter is locked.
func (e *Exporter) spills() bool {
	return e.spool != nil && !e.queue.empty() && (e.down.Load() || e.queue.bytes > e.options.Queue/2)
}

// move moves batches from the queue to the spool until nothing is sent any more, and then what is left. The disk gets them for
// sure each time that the queue is empty, or below its half, when a file is full, and at the end.
func (e *Exporter) move() {
	defer close(e.settled)
	for open := true; open; {
		select {
		case <-e.spill:
		case <-e.done:
			open = false
		}
		var err error
		for err == nil && e.mayMove(!open) {
			err = e.moveOne()
		}
		if e.spool != nil {
			err = errors.Join(err, e.spool.sync())
		}
		if err != nil {
			e.troubled()
			e.again(open)
		}
	}
	e.abandon()
}

// mayMove reports whether there is a batch to move. all says that all are.
func (e *Exporter) mayMove(all bool) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.spills() || all && e.spool != nil && !e.queue.empty()
}

// moveRest moves all that is left in memory behind what is in the spool, and reports false if the disk does not take it.
func (e *Exporter) moveRest() bool {
	for e.mayMove(true) {
		if e.moveOne() != nil {
			e.troubled()
			return false
		}
	}
	return true
}

// moveOne moves the oldest batch of the queue.
func (e *Exporter) moveOne() error {
	e.moving.Lock()
	defer e.moving.Unlock()
	e.mu.Lock()
	if e.queue.empty() { // it was delivered
		e.mu.Unlock()
		return nil
	}
	i := *e.queue.front()
	e.mu.Unlock()
	if err := e.spool.append(&i); err != nil {
		return err
	}
	e.mu.Lock()
	e.queue.pop()
	if e.sending == inQueue {
		e.sending = inSpool // it is the oldest there, because nothing was there when its sending began
	}
	e.mu.Unlock()
	return nil
}

// again tries again in a while, unless it is the end.
func (e *Exporter) again(open bool) {
	if !open {
		return
	}
	t := time.NewTimer(spoolPause)
	defer t.Stop()
	select {
	case <-t.C:
		poke(e.spill)
	case <-e.done:
	}
}

// troubled counts a failure to read or write the spool.
func (e *Exporter) troubled() {
	e.counts.spoolErrors.Add(1)
	e.complain.spool()
}

// abandon counts what is left in memory as lost, says what is lost, and lets go of the spool.
func (e *Exporter) abandon() {
	e.mu.Lock()
	for ; !e.queue.empty(); e.queue.pop() {
		e.left++
	}
	e.mu.Unlock()
	e.lose(telemetry.LossClosed, e.left)
	e.complain.end()
	if e.spool != nil && e.spool.close() != nil {
		e.troubled()
	}
}
