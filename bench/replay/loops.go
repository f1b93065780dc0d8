package replay

import (
	"context"
	"io"
	"sync"
	"time"
)

// open sends each request at its intended start, or, when all connections to its target are in use, as soon after as one is
// free. It takes nothing back: a request that is late is late, and the next is due when it was due.
func (r *run) open(ctx context.Context) error {
	if r.plan.Duration > 0 {
		timer := time.NewTimer(r.plan.Duration + r.plan.Timeout)
		defer timer.Stop()
		r.limit = timer.C
	}
	crews := make([]crew, len(r.capture.targets.list))
	for i := range crews {
		crews[i].jobs = make(chan job)
		defer close(crews[i].jobs)
	}
	for n := int64(0); ; n++ {
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
		if !r.hand(ctx, &crews[req.target], job{req, due}) {
			r.capture.source.release(req)
			r.leaveUnsent(ctx, n, due)
			return nil
		}
	}
}

// crew is the workers of one target, each with a connection.
type crew struct {
	jobs  chan job // of those that wait, one takes it
	count int
}

// hand gives a job to a worker that has none, to a new one, or to the first that is free. It reports whether one took it before
// ctx ended or, in a run of a given duration, one timeout passed since its end.
func (r *run) hand(ctx context.Context, c *crew, j job) bool {
	select {
	case c.jobs <- j:
		return true
	default:
	}
	if c.count < r.plan.Connections {
		c.count++
		w := r.newWorker()
		r.workers.Go(func() {
			defer w.close()
			w.do(ctx, j)
			for j := range c.jobs {
				w.do(ctx, j)
			}
		})
		return true
	}
	select {
	case c.jobs <- j:
		return true
	case <-r.limit:
	case <-ctx.Done():
	}
	return false
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
