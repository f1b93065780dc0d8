package ingest

import (
	"errors"
	"sync"
	"time"

	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

// Options are those of an [Ingest]. Either Lines or Offer says where lines go.
type Options struct {
	Surface     func() *redact.Surface     // asked for each line or batch of lines
	Lines       LineWriter                 // takes lines, each with its line break; it may wait
	Offer       func(request []byte) error // takes an OTLP request for logs, and copies it; it does not wait. See [ErrTooLarge].
	MaxLine     int                        // bytes of a line as it comes; 32 KiB
	Connections int                        // of syslog at once; 1000
	Idle        time.Duration              // after which a connection without a message is closed; 10 min
	Read        time.Duration              // for a message to come whole; 30 s
	Metrics     *telemetry.Metrics
}

// ErrTooLarge is what Offer returns of a request that it will never take: to try again is of no use.
var ErrTooLarge = errors.New("ingest: too large to be handed on")

// LineWriter takes finished lines. It keeps nothing of them.
type LineWriter interface{ Write(line redact.Masked) }

const (
	defaultMaxLine     = 32 << 10
	defaultConnections = 1000
	defaultIdle        = 10 * time.Minute
	defaultRead        = 30 * time.Second

	flushBytes = 256 << 10   // of records, after which they are offered
	flushTime  = time.Second // after which those are that wait
)

// Ingest takes logs in. Its methods may be called at the same time.
type Ingest struct {
	options Options
	series  *telemetry.IntakeSeries
	maskers sync.Pool

	mu      sync.Mutex // of what follows
	waiting records    // of syslog, which has no end that they could be offered at
	done    chan struct{}
	ticks   sync.WaitGroup
	once    sync.Once
}

// New returns an ingest of those options. Call [Ingest.Close] to end it.
func New(o Options) *Ingest {
	if o.MaxLine <= 0 {
		o.MaxLine = defaultMaxLine
	}
	if o.Connections <= 0 {
		o.Connections = defaultConnections
	}
	if o.Idle <= 0 {
		o.Idle = defaultIdle
	}
	if o.Read <= 0 {
		o.Read = defaultRead
	}
	g := &Ingest{options: o, series: o.Metrics.Intake(), done: make(chan struct{})}
	g.maskers.New = func() any { return new(masker) }
	if o.Offer != nil {
		g.ticks.Go(g.tick)
	}
	return g
}

// Close hands on what waits. Its servers must have ended.
func (g *Ingest) Close() {
	g.once.Do(func() { close(g.done) })
	g.ticks.Wait()
	g.flush()
}

// tick offers what has waited long enough.
func (g *Ingest) tick() {
	ticker := time.NewTicker(flushTime)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			g.flush()
		case <-g.done:
			return
		}
	}
}

func (g *Ingest) flush() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.offer()
}

// offer offers the records that wait. Those that are not taken are lost, and counted: syslog has no way to say that they are to
// come again. The ingest is locked.
func (g *Ingest) offer() {
	if g.waiting.n == 0 {
		return
	}
	if g.options.Offer(g.waiting.request()) != nil {
		g.series.Withheld(telemetry.SourceSyslog, telemetry.WithheldLost, g.waiting.n)
	}
	g.waiting.reset()
}

// message takes one syslog message.
func (g *Ingest) message(m *masker, b []byte) {
	defer func() {
		if recover() != nil { // what it says may quote the message
			*m = masker{}
			g.options.Metrics.Panicked()
			g.series.Withheld(telemetry.SourceSyslog, telemetry.WithheldFault, 1)
		}
	}()
	l, ok := m.syslog(g.options.Surface(), b)
	if !ok {
		g.series.Withheld(telemetry.SourceSyslog, telemetry.WithheldFault, 1)
	}
	if g.options.Lines != nil {
		m.out = m.out.AppendConst("\n")
		g.options.Lines.Write(m.out)
	} else {
		g.mu.Lock()
		g.waiting.add(&l, time.Now())
		if len(g.waiting.b) >= flushBytes {
			g.offer()
		}
		g.mu.Unlock()
	}
	g.series.Accepted(telemetry.SourceSyslog, telemetry.Taken{Items: 1, Bytes: len(b)}, &m.tally)
	m.release()
}

// tooLong counts a message that is longer than a line may be.
func (g *Ingest) tooLong() { g.series.Withheld(telemetry.SourceSyslog, telemetry.WithheldTooLong, 1) }

// malformed counts what is no message, in a stream of them.
func (g *Ingest) malformed() { g.series.Refused(telemetry.SourceSyslog, telemetry.ReasonMalformedData) }
