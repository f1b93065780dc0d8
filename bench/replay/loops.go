package replay

import (
	"context"
	"io"
	"sync"
	"time"
)

// open sends each request at its intended start, or, when all connections are in use, as soon after as one is free. It takes
// nothing back: a request that is late is late, and the next is due when it was due.
func (r *run) open(ctx context.Context) error {
	idle := make(chan *worker, r.plan.Connections)
	defer r.dismiss(idle)
	for n, started := int64(0), 0; ; n++ {
		req, at, err := r.capture.source.next()
		if err != nil {
			return err
		}
		due := r.start.Add(r.intended(n, at))
		if r.over(due) {
			r.capture.source.release(req)
			return io.EOF
		}
		if !r.waitUntil(ctx, due) {
			return nil
		}
		var w *worker
		select {
		case w = <-idle:
		default:
			if started < r.plan.Connections {
				started++
				w = r.hire(ctx, idle)
			} else if w = r.nextIdle(ctx, idle); w == nil {
				r.capture.source.release(req)
				r.leaveUnsent(ctx, n, due)
				return nil
			}
		}
		w.jobs <- job{req, due}
	}
}

// intended is when the request of that number is to start, in an open loop.
func (r *run) intended(n int64, at time.Duration) time.Duration {
	if r.plan.Rate > 0 {
		return time.Duration(float64(n) / r.plan.Rate * float64(time.Second))
	}
	return time.Duration(float64(at) / r.plan.Speed)
}

// over reports whether a start is after the end of the run.
func (r *run) over(due time.Time) bool {
	return r.plan.Duration > 0 && due.Sub(r.start) >= r.plan.Duration
}

// waitUntil reports whether the time came before ctx ended.
func (r *run) waitUntil(ctx context.Context, due time.Time) bool {
	const step = 100 * time.Millisecond // how long an interrupt may wait
	for {
		d := time.Until(due)
		if ctx.Err() != nil {
			return false
		}
		if d <= 0 {
			return true
		}
		r.wait(min(d, step))
	}
}

// hire starts a worker that goes to idle after each job.
func (r *run) hire(ctx context.Context, idle chan<- *worker) *worker {
	w := r.newWorker()
	r.workers.Go(func() {
		defer w.close()
		for j := range w.jobs {
			w.do(ctx, j)
			idle <- w
		}
	})
	return w
}

// nextIdle waits for a worker; nil if ctx ends first, or, for a run of a given duration, one timeout after its end.
func (r *run) nextIdle(ctx context.Context, idle <-chan *worker) *worker {
	var limit <-chan time.Time
	if r.plan.Duration > 0 {
		timer := time.NewTimer(time.Until(r.start.Add(r.plan.Duration + r.plan.Timeout)))
		defer timer.Stop()
		limit = timer.C
	}
	select {
	case w := <-idle:
		return w
	case <-limit:
	case <-ctx.Done():
	}
	return nil
}

// leaveUnsent counts the request of number n, and all after it that were due before the end, as not sent. After an interrupt
// nobody can say what would have been.
func (r *run) leaveUnsent(ctx context.Context, n int64, due time.Time) {
	if ctx.Err() != nil {
		return
	}
	for now := time.Now(); !r.over(due); {
		r.record.unsent(now.Sub(due))
		req, at, err := r.capture.source.next()
		if err != nil {
			return
		}
		r.capture.source.release(req)
		n++
		due = r.start.Add(r.intended(n, at))
	}
}

// dismiss ends all workers once each has its last answer.
func (r *run) dismiss(idle chan *worker) {
	go func() {
		r.workers.Wait()
		close(idle)
	}()
	for w := range idle {
		close(w.jobs)
	}
}

// closed sends from each connection as soon as it has its answer. What is intended is what happens: a target that is slow is
// asked less often, which is why such latencies are no promise to anybody.
func (r *run) closed(ctx context.Context) error {
	var (
		mu   sync.Mutex // the source is for one at a time
		fail error
	)
	pull := func() *request {
		mu.Lock()
		defer mu.Unlock()
		if fail != nil || ctx.Err() != nil || r.over(time.Now()) {
			return nil
		}
		var req *request
		req, _, fail = r.capture.source.next()
		return req
	}
	for range r.plan.Closed {
		w := r.newWorker()
		r.workers.Go(func() {
			defer w.close()
			for req := pull(); req != nil; req = pull() {
				w.do(ctx, job{req, time.Now()})
			}
		})
	}
	r.workers.Wait()
	return fail
}
