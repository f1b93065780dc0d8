package export

import (
	"errors"
	"io"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/piiproxy/piiproxy/proxy/internal/http1"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
)

// fate is what became of a batch.
type fate uint8

const (
	kept      fate = iota // nobody took it, and the exporter is closing
	delivered             // an endpoint has it
	dropped               // it is lost, and counted
)

// send delivers one batch after the other until the exporter is closed.
func (e *Exporter) send() {
	defer close(e.done)
	defer e.closeEndpoints()
	for {
		i, ok := e.next()
		if !ok || e.deliver(&i) == kept {
			return
		}
		e.settle()
	}
}

// next waits for a batch and returns the oldest, which stays where it is. It returns none when the exporter is closed, and the
// spool keeps all that is left, or cannot be read.
func (e *Exporter) next() (item, bool) {
	for {
		e.mu.Lock()
		closed := e.closed // asked first: when nothing is taken any more, nothing comes behind the look
		e.mu.Unlock()
		i, from, err := e.oldest()
		switch {
		case closed && (err != nil || from == nowhere || from == inSpool && e.moveRest()):
			return item{}, false
		case from != nowhere:
			return i, true
		case err != nil:
			e.troubled()
			e.pause(spoolPause)
			continue
		}
		select {
		case <-e.work:
		case <-e.stopping:
		}
	}
}

// oldest returns the oldest batch and where it is, which is noted before it can change its place. It returns none if the spool
// cannot be read now.
func (e *Exporter) oldest() (i item, from place, err error) {
	e.moving.Lock()
	defer e.moving.Unlock()
	spooled := false
	if e.spool != nil {
		i, spooled, err = e.spool.oldest()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case spooled:
		from = inSpool
	case err == nil && !e.queue.empty():
		i, from = *e.queue.front(), inQueue
	}
	e.sending = from
	return i, from, err
}

// settle removes the batch that was being sent from where it is by now.
func (e *Exporter) settle() {
	e.moving.Lock()
	defer e.moving.Unlock()
	e.mu.Lock()
	from := e.sending
	e.sending = nowhere
	if from == inQueue {
		e.queue.pop()
	}
	e.mu.Unlock()
	if from == inSpool && e.spool.done() != nil {
		e.troubled()
	}
}

func (e *Exporter) closeEndpoints() {
	for _, p := range e.endpoints {
		p.close()
	}
}

// deliver sends a batch until somebody takes it or refuses it for good.
func (e *Exporter) deliver(i *item) fate {
	e.zip.forget()
	for {
		now := time.Now()
		if e.options.MaxAge > 0 && now.Sub(i.taken) > e.options.MaxAge {
			e.lose(telemetry.LossExpired, 1)
			return dropped
		}
		p := e.available(now)
		if p == nil {
			if e.keeps() || !e.pause(e.soonest().Sub(now)) {
				return kept
			}
			continue
		}
		v := e.post(p, i)
		switch {
		case v.again && e.gaveUp(): // it was cut
			return kept
		case v.again:
			e.counts.retries[v.reason].Add(1)
			p.failed(&e.options, v.after, time.Now())
			if e.available(time.Now()) == nil {
				e.wentDown()
			}
		case v.taken:
			p.failures, p.until = 0, time.Time{}
			e.count(i, &v)
			return delivered
		default:
			p.failures, p.until = 0, time.Time{}
			e.lose(telemetry.LossRejected, 1)
			return dropped
		}
	}
}

// available returns the first endpoint that may be tried now, or nil.
func (e *Exporter) available(now time.Time) *endpoint {
	for _, p := range e.endpoints {
		if !now.Before(p.until) {
			return p
		}
	}
	return nil
}

// soonest returns when an endpoint may be tried.
func (e *Exporter) soonest() time.Time {
	first := e.endpoints[0].until
	for _, p := range e.endpoints {
		if p.until.Before(first) {
			first = p.until
		}
	}
	return first
}

// pause waits, and reports whether to go on.
func (e *Exporter) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	stopping := e.stopping
	if e.spool == nil {
		stopping = nil // what is not delivered would be lost
	}
	select {
	case <-t.C:
	case <-stopping:
	case <-e.given:
	}
	return !e.gaveUp()
}

// gaveUp reports whether the time to deliver anything is over.
func (e *Exporter) gaveUp() bool {
	select {
	case <-e.given:
		return true
	default:
		return false
	}
}

// keeps reports whether the exporter is closing and the spool keeps what is left.
func (e *Exporter) keeps() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.closed && e.spool != nil
}

func (e *Exporter) wentDown() {
	was := e.down.Swap(true)
	poke(e.spill) // after it is down: who moves looks at that
	if !was {
		e.options.Log.Warn("no endpoint takes telemetry: it waits")
	}
}

// count counts a batch that an endpoint took.
func (e *Exporter) count(i *item, v *verdict) {
	n := &e.counts.signals[i.signal]
	n.batches.Add(1)
	n.bytes.Add(uint64(len(i.data)))
	if v.rejected > 0 {
		e.complain.rejected(n.rejected.Add(v.rejected))
	}
	if v.unreadable {
		e.counts.unreadable.Add(1)
	}
	e.delivered.Store(time.Now().UnixMilli())
	if e.down.Swap(false) {
		e.options.Log.Info("an endpoint takes telemetry again")
	}
}

// verdict is what an attempt came to: the batch was taken, or is to be sent again, or neither and will never be taken.
type verdict struct {
	taken, again bool
	reason       telemetry.RetryReason // of again
	after        time.Duration         // of again: what the endpoint asked for; 0: nothing
	rejected     uint64                // of taken: items
	unreadable   bool                  // of taken: what it said besides
}

// post sends a batch to an endpoint, once.
func (e *Exporter) post(p *endpoint, i *item) verdict {
	body := i.data
	if e.options.Gzip {
		body = e.zip.compress(body)
	}
	head := append(make([]byte, 0, 1024), p.heads[i.signal][i.enc]...)
	head = http1.AppendHeadEnd(http1.AppendContentLength(head, len(body)))
	var resp http1.Response
	defer resp.Reset()
	deadline := time.Now().Add(e.options.Timeout)
	if err := p.pool.Do(&http1.Request{Head: head, Body: body, Stream: maxAnswer / 2}, &resp, deadline); err != nil {
		return verdict{again: true, reason: reasonOf(err)}
	}
	return judge(&resp, i, deadline)
}

// reasonOf tells apart why no answer came.
func reasonOf(err error) telemetry.RetryReason {
	var failure *http1.Error
	if errors.As(err, &failure) {
		switch failure.Class {
		case http1.Dial, http1.ConnectTimeout, http1.TLS, http1.Canceled:
			return telemetry.RetryConnect
		case http1.Timeout:
			return telemetry.RetryTimeout
		case http1.Malformed, http1.Oversize:
			return telemetry.RetryMalformed
		}
	}
	return telemetry.RetryClosed
}

// compressor compresses a batch once, however often it is sent.
type compressor struct {
	writer *gzip.Writer
	out    []byte
}

func (c *compressor) forget() {
	if cap(c.out) > keptOutput {
		c.out = nil
	}
	c.out = c.out[:0]
}

// keptOutput is how much memory a compressor keeps from one batch to the next.
const keptOutput = 1 << 20

func (c *compressor) compress(b []byte) []byte {
	if len(c.out) > 0 {
		return c.out
	}
	if c.writer == nil {
		c.writer, _ = gzip.NewWriterLevel(io.Discard, gzip.BestSpeed) // the level is one that there is
	}
	c.writer.Reset((*appender)(&c.out))
	_, _ = c.writer.Write(b) // an appender never fails
	_ = c.writer.Close()
	return c.out
}

type appender []byte

// Write appends b, and never fails.
func (a *appender) Write(b []byte) (int, error) {
	*a = append(*a, b...)
	return len(b), nil
}
