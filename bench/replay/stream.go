package replay

import (
	"io"
	"sync"
	"time"
)

// How much of a streamed capture is held at once: requests that were rendered ahead, and those that are being sent.
const (
	aheadRequests = 8192
	aheadBytes    = 64 << 20
	keptBytes     = 64 << 10 // memory of a request that is larger is not kept for another
)

// streamed reads a capture along: a goroutine renders requests ahead, within bounds.
type streamed struct {
	ready  chan ahead
	closed chan struct{}
	once   sync.Once
	held   budget
	spare  sync.Pool // of *request: reset, and with at most keptBytes
}

// ahead is a rendered request, or why there is none.
type ahead struct {
	req *request
	at  time.Duration
	err error
}

func stream(files []string, opts CaptureOptions, m *mix) *streamed {
	s := &streamed{ready: make(chan ahead, aheadRequests), closed: make(chan struct{})}
	s.held.init(aheadBytes)
	s.spare.New = func() any { return new(request) }
	go s.fill(files, opts, m)
	return s
}

// fill renders pass after pass until the end, an error, or close.
func (s *streamed) fill(files []string, opts CaptureOptions, m *mix) {
	p := preparer{targets: opts.Targets, set: opts.Headers, mix: m}
	for passed := time.Duration(0); ; {
		last, n, err := s.pass(files, &p, passed)
		if err == io.EOF && n == 0 {
			err = errNoExchange
		}
		if err != io.EOF || !opts.Repeat {
			s.put(ahead{err: err})
			return
		}
		passed += passLength(last, n)
	}
}

// pass renders the capture once. It returns the time of the last of n exchanges, and io.EOF if it got to the end.
func (s *streamed) pass(files []string, p *preparer, passed time.Duration) (last time.Duration, n int, err error) {
	in := ordered{reader: reader{parts: files}}
	defer in.close()
	for ; ; n++ {
		e, err := in.next()
		if err != nil {
			return last, n, err
		}
		req := s.spare.Get().(*request)
		if err := p.prepare(req, e); err != nil {
			return last, n, err
		}
		last = max(last, req.at)
		if !s.held.take(len(req.bytes)) || !s.put(ahead{req: req, at: passed + last}) {
			return last, n, errClosed
		}
	}
}

// put reports whether somebody still wants what is read.
func (s *streamed) put(a ahead) bool {
	select {
	case s.ready <- a:
		return true
	case <-s.closed:
		return false
	}
}

func (s *streamed) next() (*request, time.Duration, error) {
	a := <-s.ready
	if a.err != nil {
		s.ready <- a // for whoever asks again: there is room, as nothing else is put any more
	}
	return a.req, a.at, a.err
}

func (s *streamed) release(req *request) {
	s.held.give(len(req.bytes))
	if cap(req.bytes) <= keptBytes {
		*req = request{bytes: req.bytes[:0]}
		s.spare.Put(req)
	}
}

func (s *streamed) close() {
	s.once.Do(func() {
		close(s.closed)
		s.held.end()
	})
}

// budget is a number of bytes that many may hold parts of.
type budget struct {
	mu    sync.Mutex
	room  sync.Cond
	held  int
	limit int
	ended bool
}

func (b *budget) init(limit int) { b.limit, b.room.L = limit, &b.mu }

// take waits until n bytes fit, or until nothing else is held, and reports whether the budget is still in use.
func (b *budget) take(n int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.held > 0 && b.held+n > b.limit && !b.ended {
		b.room.Wait()
	}
	b.held += n
	return !b.ended
}

func (b *budget) give(n int) {
	b.mu.Lock()
	b.held -= n
	b.mu.Unlock()
	b.room.Signal()
}

func (b *budget) end() {
	b.mu.Lock()
	b.ended = true
	b.mu.Unlock()
	b.room.Broadcast()
}
