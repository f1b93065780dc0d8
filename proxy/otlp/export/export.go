package export

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/piiproxy/piiproxy/proxy/otlp"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
)

// errLost is what Close says when not all that was taken could be kept.
var errLost = errors.New("export: batches that waited are lost")

// Why a batch is not taken.
var (
	ErrFull     = errors.New("export: the queue or the spool is full") // try again later
	ErrTooLarge = errors.New("export: the batch is larger than the queue or the spool")
	ErrClosed   = errors.New("export: closed")
)

// Options are those of an [Exporter]. Zero fields mean the documented defaults.
type Options struct {
	Endpoints []Endpoint     // at least one: alternatives, the one to prefer first
	Gzip      bool           // compress what is sent
	Timeout   time.Duration  // of one attempt; 10 s
	Queue     int64          // bytes of batches that wait in memory; 64 MiB, and no more than SpoolSize
	MaxAge    time.Duration  // after which a batch that no endpoint took is lost; 0: never
	Spool     string         // the folder of the spool; empty: there is none
	SpoolSize int64          // bytes of its files; 1 GiB
	Log       *telemetry.Ops // says what goes wrong; nil: nobody wants to know

	Backoff    time.Duration // before the second attempt, on average; 1 s
	MaxBackoff time.Duration // 30 s
}

func (o Options) withDefaults() Options {
	setDefault(&o.Timeout, 10*time.Second)
	setDefault(&o.Queue, 64<<20)
	setDefault(&o.Backoff, time.Second)
	setDefault(&o.MaxBackoff, 30*time.Second)
	return o
}

func setDefault[T ~int64](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}

// batchOverhead is what a batch takes of the queue besides its bytes, so that many empty ones are bounded too.
const batchOverhead = 128

// item is a batch on its way.
type item struct {
	signal otlp.Signal
	enc    otlp.Encoding
	taken  time.Time
	data   []byte
}

func (i *item) size() int64 { return int64(len(i.data)) + batchOverhead }

// Exporter delivers batches. Its methods may be called at the same time.
type Exporter struct {
	options   Options
	endpoints []*endpoint
	counts    counts
	complain  complaints
	zip       compressor // the sender's

	spool    *spool        // nil: there is none
	work     chan struct{} // one token: there may be something to send
	spill    chan struct{} // one token: there may be something for the spool
	settled  chan struct{} // closed when nothing goes to the spool any more
	stopping chan struct{} // closed by the first Close
	given    chan struct{} // closed when Close gives up
	done     chan struct{}
	stop     sync.Once
	giveUp   sync.Once

	down      atomic.Bool
	delivered atomic.Int64 // Unix time in milliseconds; 0: never

	moving sync.Mutex // held while a batch changes its place
	left   uint64     // batches that were lost by Close; set before settled is closed

	mu      sync.Mutex // of what follows; held for moments
	queue   queue
	closed  bool
	sending place // of the batch that is being sent
}

// place is where a batch is.
type place uint8

const (
	nowhere place = iota
	inQueue       // at its front
	inSpool       // its oldest
)

// New returns an exporter that delivers to the endpoints of o. Its errors name fields and hold no values.
func New(o Options) (*Exporter, error) {
	o = o.withDefaults()
	e := &Exporter{
		options: o,
		work:    make(chan struct{}, 1), stopping: make(chan struct{}), given: make(chan struct{}), done: make(chan struct{}),
		spill: make(chan struct{}, 1), settled: make(chan struct{}),
	}
	e.complain.log = o.Log
	var err error
	if e.endpoints, err = newEndpoints(o); err != nil {
		return nil, err
	}
	if o.Spool != "" {
		if e.spool, err = openSpool(o.Spool, o.SpoolSize, func(n uint64) { e.lose(telemetry.LossDamaged, n) }); err != nil {
			e.closeEndpoints()
			return nil, err
		}
		bytes, limit := e.spool.size()
		e.options.Queue = min(o.Queue, limit) // what waits must fit there
		if bytes > 0 {
			o.Log.Info("telemetry of an earlier run waits in the spool", telemetry.Number("bytes", bytes))
		}
	}
	go e.send()
	go e.move()
	return e, nil
}

// Offer takes a batch: a whole export request of that signal in that encoding, masked. It copies the batch, which stays the
// caller's. It waits for nothing: if there is no room it returns [ErrFull] and has taken nothing.
func (e *Exporter) Offer(signal otlp.Signal, enc otlp.Encoding, batch []byte) error {
	size := int64(len(batch)) + batchOverhead
	if size > e.options.Queue {
		e.counts.refused[telemetry.RefusalTooLarge].Add(1)
		return ErrTooLarge
	}
	e.mu.Lock()
	fits := e.fits(size)
	e.mu.Unlock()
	if !fits { // before the copy is made
		return e.refuse()
	}
	i := item{signal: signal, enc: enc, taken: time.Now(), data: bytes.Clone(batch)}
	e.mu.Lock()
	if e.closed || !e.fits(size) {
		e.mu.Unlock()
		return e.refuse()
	}
	e.queue.push(i)
	spills := e.spills()
	e.mu.Unlock()
	poke(e.work)
	if spills {
		poke(e.spill)
	}
	return nil
}

// fits reports whether a batch of that size may wait: there is room in memory and, if there is a spool, on disk too for all that
// waits, because it goes there at the end. The exporter is locked.
func (e *Exporter) fits(size int64) bool {
	size += e.queue.bytes
	if size > e.options.Queue || e.spool == nil {
		return size <= e.options.Queue
	}
	spooled, limit := e.spool.size()
	return spooled+size <= limit
}

// refuse counts a batch that is not taken.
func (e *Exporter) refuse() error {
	e.mu.Lock()
	closed := e.closed
	e.mu.Unlock()
	if closed {
		e.counts.refused[telemetry.RefusalClosed].Add(1)
		return ErrClosed
	}
	e.counts.refused[telemetry.RefusalFull].Add(1)
	return ErrFull
}

// queued returns how many bytes wait in memory.
func (e *Exporter) queued() int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.queue.bytes
}

// Close takes no more batches, delivers those that wait in memory, and returns. What is not delivered when ctx ends, because no
// endpoint takes it or because older ones are in the spool, goes there. While that cannot be written, the older ones are delivered
// too, as long as ctx and the endpoints allow. What is left, or is not delivered and there is no spool, is lost and counted as that,
// and Close says so. It may be called again.
func (e *Exporter) Close(ctx context.Context) error {
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	e.stop.Do(func() { close(e.stopping) })
	var err error
	select {
	case <-e.done:
	case <-ctx.Done():
		err = ctx.Err()
		e.giveUp.Do(func() { close(e.given) })
		for _, p := range e.endpoints {
			p.cut()
		}
		<-e.done
	}
	<-e.settled
	if e.left == 0 {
		return nil // all that was taken is delivered or kept
	}
	return errors.Join(errLost, err)
}

// State returns what the exporter has counted, and how it stands.
func (e *Exporter) State() telemetry.ExportState {
	s := telemetry.ExportState{QueueBytes: e.queued(), QueueLimit: e.options.Queue, Down: e.down.Load()}
	if ms := e.delivered.Load(); ms != 0 {
		s.Delivered = time.UnixMilli(ms)
	}
	if e.spool != nil {
		s.SpoolBytes, s.SpoolLimit = e.spool.size()
	}
	e.counts.fill(&s)
	return s
}

// poke leaves a token, unless there is one.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
