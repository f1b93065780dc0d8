package http1

import (
	"sync"
	"time"
)

// grant is what a waiter gets: a slot, perhaps with a connection, or the news that there will be none.
type grant struct {
	conn     *conn
	canceled bool
}

// waiter waits for a slot of a pool.
type waiter struct {
	grant      chan grant // holds one, so that nobody waits to give it
	timer      *time.Timer
	prev, next *waiter
	queued     bool
}

var waiters = sync.Pool{New: func() any {
	w := &waiter{grant: make(chan grant, 1), timer: time.NewTimer(time.Hour)}
	w.timer.Stop()
	return w
}}

func newWaiter() *waiter { return waiters.Get().(*waiter) }

// done returns what was granted and gives up the waiter.
func (w *waiter) done(g grant) (*conn, fault) {
	w.timer.Stop()
	waiters.Put(w)
	if g.canceled {
		return nil, fault{class: Canceled}
	}
	return g.conn, fault{}
}

// queue holds waiters; who came first is served first. Its owner locks it.
type queue struct{ first, last *waiter }

func (q *queue) push(w *waiter) {
	w.prev, w.next, w.queued = q.last, nil, true
	if q.last == nil {
		q.first = w
	} else {
		q.last.next = w
	}
	q.last = w
}

// pop removes and returns the first waiter; nil if there is none.
func (q *queue) pop() *waiter {
	w := q.first
	if w != nil {
		q.remove(w)
	}
	return w
}

// remove removes w and reports whether it was in the queue.
func (q *queue) remove(w *waiter) bool {
	if !w.queued {
		return false
	}
	if w.prev == nil {
		q.first = w.next
	} else {
		w.prev.next = w.next
	}
	if w.next == nil {
		q.last = w.prev
	} else {
		w.next.prev = w.prev
	}
	w.prev, w.next, w.queued = nil, nil, false
	return true
}
