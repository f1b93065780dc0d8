package replay

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/piiproxy/piiproxy/bench/internal/pace"
)

// Plan says how a capture is replayed. Exactly one of Rate, Speed and Closed is set.
type Plan struct {
	Rate        float64       // open loop: requests a second, evenly spaced
	Speed       float64       // open loop: the capture's own times, so many times as fast
	Closed      int           // closed loop: so many connections, each sending when it has its answer
	Duration    time.Duration // when to stop sending; 0 to stop after the last exchange
	Connections int           // how many connections to each target an open loop may use; 256 if 0
	Timeout     time.Duration // for one answer; 10 s if 0
	Interval    time.Duration // how long the intervals are that Watch and the result get; a second if 0
	PIDs        []int         // processes whose CPU and memory are watched

	// Watch is called at the end of each interval, if it is set. It must not take long.
	Watch func(Progress)

	dial dialer              // a test's; nil for the network
	wait func(time.Duration) // a test's; nil for the kernel's timers
}

// Progress is where a run stands at the end of an interval.
type Progress struct {
	Elapsed  time.Duration
	Sent     int64
	Errors   int64 // of the whole run
	Interval Interval
	Last     bool // there will be no other
}

// Validate reports everything that makes no sense in p.
func (p *Plan) Validate() error {
	var problems []error
	ways := 0
	for _, set := range []bool{p.Rate != 0, p.Speed != 0, p.Closed != 0} {
		if set {
			ways++
		}
	}
	if ways != 1 {
		problems = append(problems, errors.New("replay: exactly one of rate, speed and closed"))
	}
	if p.Rate < 0 || p.Rate > 10e6 || p.Speed < 0 || p.Speed > 1e6 || p.Closed < 0 || p.Closed > maxConnections {
		problems = append(problems, errors.New("replay: rate, speed or closed out of range"))
	}
	if p.Connections < 0 || p.Connections > maxConnections || p.Duration < 0 || p.Timeout < 0 || p.Interval < 0 {
		problems = append(problems, errors.New("replay: connections, duration, timeout or interval out of range"))
	}
	return errors.Join(problems...)
}

const maxConnections = 60_000

func (p *Plan) fill() {
	if p.Closed > 0 {
		p.Connections = p.Closed
	}
	if p.Connections == 0 {
		p.Connections = 256
	}
	if p.Timeout == 0 {
		p.Timeout = 10 * time.Second
	}
	if p.Interval == 0 {
		p.Interval = time.Second
	}
	if p.dial == nil {
		p.dial = dial
	}
}

// Run replays a capture and returns what came of it. If ctx ends before the run does, it returns what came until then,
// and says so. So it does, beside the error, if the capture turns out to be broken when a part of it was sent.
func Run(ctx context.Context, c *Capture, p Plan) (*Result, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	p.fill()
	r := &run{plan: p, capture: c, record: newRecorder()}
	if r.wait = p.wait; r.wait == nil {
		p, err := pace.New()
		if err != nil {
			return nil, errors.New("replay: the system gives no timer")
		}
		defer p.Close()
		r.wait = p.Pause
	}
	return r.result(r.all(ctx))
}

// run is one run.
type run struct {
	plan    Plan
	capture *Capture
	record  *recorder
	wait    func(time.Duration)
	start   time.Time
	cut     bool // ended by who called, before its time
	watch   watcher
	limit   <-chan time.Time // of an open loop of a given duration: when to give up what is unsent
	workers sync.WaitGroup
}

// all runs from the beginning to the end.
func (r *run) all(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r.start = time.Now()
	stopWatch := r.watch.begin(r)
	var err error
	if r.plan.Closed > 0 {
		err = r.closed(ctx)
	} else {
		err = r.open(ctx)
	}
	r.cut = ctx.Err() != nil
	r.workers.Wait()
	stopWatch()
	if err == io.EOF {
		return nil
	}
	return err
}

// worker is what sends: it has a connection to each target.
type worker struct {
	run   *run
	conns []conn
}

// job is a request with its intended start.
type job struct {
	req *request
	due time.Time
}

func (r *run) newWorker() *worker {
	w := &worker{run: r, conns: make([]conn, len(r.capture.targets.list))}
	for i := range w.conns {
		w.conns[i] = conn{target: &r.capture.targets.list[i], dial: r.plan.dial}
	}
	return w
}

// do sends a request and counts what comes of it.
func (w *worker) do(ctx context.Context, j job) {
	r := w.run
	begin := time.Now()
	r.record.began(begin.Sub(j.due))
	a := w.conns[j.req.target].exchange(ctx, j.req, begin.Add(r.plan.Timeout))
	end := time.Now()
	r.record.ended(j.req, a, end.Sub(j.due), end.Sub(begin))
	r.capture.source.release(j.req)
}

func (w *worker) close() {
	for i := range w.conns {
		w.conns[i].close()
	}
}
