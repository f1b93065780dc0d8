package canary

import (
	"bytes"
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

const (
	answerTime = 10 * time.Second // for the answer to a message
	markTime   = 10 * time.Second // for all marks to be seen
	lateTime   = 100 * time.Millisecond
)

// Options are those of a [Canary]. All are needed, but for what says otherwise.
type Options struct {
	Interval time.Duration
	Kinds    []redact.Kind // that are looked for; all if empty
	Plan     func() Plan   // asked for each run: a reload may have changed it
	Watch    *Watch
	Metrics  http.Handler
	Log      *telemetry.Ops // may be nil
}

// Plan is what a run sends, and where it has to be seen.
type Plan struct {
	Messages []Message
	Exits    Exits
}

// Exits says which exits there are besides those that always are.
type Exits struct {
	AccessLog bool // there is one
	Spans     bool // every exchange has spans, which are exported
}

// Canary runs until it is closed. Its methods may be called at the same time.
type Canary struct {
	options Options
	ctx     context.Context // until Close
	cancel  context.CancelFunc
	running sync.WaitGroup

	success                     atomic.Int64 // nanoseconds of the epoch; 0: never
	succeeded, leaked, unproven atomic.Uint64
	mu                          sync.Mutex
	leaks                       telemetry.CanaryState // its leaks only
}

// New returns a canary that does not run yet.
func New(o Options) *Canary {
	if len(o.Kinds) == 0 {
		o.Kinds = redact.Kinds()
	}
	c := &Canary{options: o}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c
}

// Start begins with a run, and goes on at the interval.
func (c *Canary) Start() {
	c.running.Go(func() {
		ticker := time.NewTicker(c.options.Interval)
		defer ticker.Stop()
		for {
			c.Run()
			select {
			case <-ticker.C:
			case <-c.ctx.Done():
				return
			}
		}
	})
}

// Close ends the canary, and waits for a run that is under way, which ends soon.
func (c *Canary) Close() {
	c.cancel()
	c.running.Wait()
}

// State returns what the metrics show.
func (c *Canary) State() telemetry.CanaryState {
	c.mu.Lock()
	s := c.leaks
	c.mu.Unlock()
	s.Interval = c.options.Interval
	if at := c.success.Load(); at != 0 {
		s.Success = time.Unix(0, at)
	}
	s.Succeeded, s.Leaked, s.Unproven = c.succeeded.Load(), c.leaked.Load(), c.unproven.Load()
	return s
}

// Run sends every message once and counts what becomes of it.
func (c *Canary) Run() {
	plan := c.options.Plan()
	messages := plan.Messages
	s, planted := newSearch(messages, &plan.Exits)
	c.options.Watch.armed.Store(s)
	defer c.options.Watch.armed.Store(nil)

	through := len(messages) > 0
	for i := range messages {
		if !messages[i].send(c.ctx, &planted[i], c.options.Watch) {
			if through = false; c.ctx.Err() != nil {
				return
			}
			c.options.Log.Warn("the canary was not answered as it should be", messages[i].attr())
		}
	}
	through = c.await(s) && through
	c.options.Watch.Observe(telemetry.ExitMetrics, scrape(c.options.Metrics))
	c.judge(s, through)
}

// newSearch makes values for each message, and what looks for all of them.
func newSearch(messages []Message, exits *Exits) (*search, []values) {
	r := newRun()
	s := &search{heads: r.heads, seen: make(chan struct{})}
	planted := make([]values, len(messages))
	for i := range messages {
		planted[i] = newValues(r)
		for _, n := range planted[i].needles {
			switch {
			case !n.private:
				s.needles = append(s.needles, n)
			case messages[i].Connector:
				s.private = append(s.private, n)
			}
		}
		s.marks = append(s.marks, messages[i].marks(&planted[i], exits)...)
	}
	if s.left.Store(int32(len(s.marks))); len(s.marks) == 0 {
		close(s.seen)
	}
	return s, planted
}

// await waits until every mark was seen, and a little for what comes late. It reports false if they were not.
func (c *Canary) await(s *search) bool {
	tooLate := time.NewTimer(markTime)
	defer tooLate.Stop()
	select {
	case <-s.seen:
		time.Sleep(lateTime)
		return true
	case <-tooLate.C:
		c.options.Log.Warn("the canary was not seen at every exit")
	case <-c.ctx.Done():
	}
	return false
}

// judge counts a run.
func (c *Canary) judge(s *search, through bool) {
	leaked := false
	c.mu.Lock()
	s.leaks(c.options.Kinds, func(exit telemetry.Exit, kind redact.Kind) {
		leaked = true
		c.leaks.Leaks[exit][kind]++
		c.options.Log.Error("the canary found a planted value", telemetry.AtExit(exit), telemetry.OfKind(kind))
	})
	c.mu.Unlock()
	switch {
	case leaked:
		c.leaked.Add(1)
	case through:
		c.succeeded.Add(1)
		c.success.Store(time.Now().UnixNano())
	case c.ctx.Err() == nil: // else that is why
		c.unproven.Add(1)
	}
}

// scrape returns the metrics as a scraper gets them.
func scrape(h http.Handler) []byte {
	var w page
	r, err := http.NewRequest(http.MethodGet, "/metrics", nil)
	if err != nil {
		return nil
	}
	h.ServeHTTP(&w, r)
	return w.Bytes()
}

// page is an answer in memory.
type page struct {
	bytes.Buffer
	header http.Header
}

// Header is part of [http.ResponseWriter].
func (p *page) Header() http.Header {
	if p.header == nil {
		p.header = http.Header{}
	}
	return p.header
}

// WriteHeader is part of [http.ResponseWriter].
func (p *page) WriteHeader(int) {}
