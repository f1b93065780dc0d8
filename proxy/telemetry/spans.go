package telemetry

import (
	"crypto/rand"
	"encoding/binary"
	"math/bits"
	"runtime"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// SpansOptions are those of [Spans]. Zero fields mean the documented defaults.
type SpansOptions struct {
	// Offer takes a whole OTLP request for traces, and copies it. An error says that it was not taken. It must not wait.
	Offer   func(request []byte) error
	Batch   int           // bytes of spans after which a request is offered; 128 KiB
	Wait    time.Duration // after which one is offered that is not full; 1 s
	Version string        // of this program
}

// Spans gathers the spans of exchanges into requests, and offers those to an exporter. Its methods may be called at the same time.
//
// Exchanges are spread over shards, so that they do not wait for each other. A request that is not taken is lost with all its
// spans, which are counted: there is nobody who could be told to come again later.
type Spans struct {
	offer  func([]byte) error
	batch  int
	header []byte // of a request: the fields of its ResourceSpans that stand in front of the spans
	shards []spanShard
	done   chan struct{}
	ticks  sync.WaitGroup
	stop   sync.Once
}

// spanShard is a request that is being gathered.
type spanShard struct {
	mu            sync.Mutex
	request       []byte // room for what stands in front of the spans, and the spans
	n             uint64 // spans in it
	offered, lost uint64 // spans
	_             [64]byte
}

// frontRoom is what the lengths and tags in front of the spans of a request take at most, besides the header.
const frontRoom = 32

// NewSpans begins to gather spans. Call [Spans.Close] to end it.
func NewSpans(o SpansOptions) *Spans {
	if o.Batch <= 0 {
		o.Batch = 128 << 10
	}
	if o.Wait <= 0 {
		o.Wait = time.Second
	}
	n := 1 << bits.Len(uint(min(runtime.GOMAXPROCS(0), 64)-1))
	s := &Spans{offer: o.Offer, batch: o.Batch, header: spansResource(o.Version), shards: make([]spanShard, n), done: make(chan struct{})}
	for i := range s.shards {
		s.shards[i].request = make([]byte, s.room(), s.room()+o.Batch+maxSpans)
	}
	s.ticks.Go(func() { s.tick(o.Wait) })
	return s
}

// maxSpans is what the spans of one exchange take at most, on the safe side: else memory grows once.
const maxSpans = 32 << 10

// room is how many bytes stand in front of the spans of a request at most.
func (s *Spans) room() int { return frontRoom + len(s.header) + len(spansScope) }

// Write takes the spans of r, if it is sampled. It keeps nothing of r, allocates nothing, and waits for nothing but for other
// exchanges that do the same on the same shard.
func (s *Spans) Write(r *Record) {
	if !r.Sampled {
		return
	}
	shard := &s.shards[int(r.SpanID>>32)&(len(s.shards)-1)]
	shard.mu.Lock()
	shard.request = AppendSpans(shard.request, r)
	shard.n++
	if r.Upstream > 0 {
		shard.n++
	}
	if len(shard.request) >= s.batch+s.room() {
		s.flush(shard)
	}
	shard.mu.Unlock()
}

// flush offers what a shard has gathered. The caller holds its lock.
func (s *Spans) flush(shard *spanShard) {
	if shard.n == 0 {
		return
	}
	if s.offer(s.finish(shard.request)) == nil {
		shard.offered += shard.n
	} else {
		shard.lost += shard.n
	}
	shard.request, shard.n = shard.request[:s.room()], 0
}

// finish writes what stands in front of the spans of a request, right before them, and returns the request: a
// ResourceSpans with the resource and one ScopeSpans with the scope.
func (s *Spans) finish(request []byte) []byte {
	const tagResourceSpans, tagScopeSpans = 1<<3 | wireBytes, 2<<3 | wireBytes
	var room [2 * (1 + binary.MaxVarintLen64)]byte
	scope := len(spansScope) + len(request) - s.room()
	inner := appendVarint(append(room[:0], tagScopeSpans), scope)
	outer := appendVarint(append(inner, tagResourceSpans), len(s.header)+len(inner)+scope)[len(inner):]
	at := s.room() - len(outer) - len(s.header) - len(inner) - len(spansScope)
	front := append(append(append(append(request[:at], outer...), s.header...), inner...), spansScope...)
	return request[at : len(front)+scope-len(spansScope)]
}

// tick offers what has waited long enough.
func (s *Spans) tick(wait time.Duration) {
	ticker := time.NewTicker(wait)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			s.flushAll()
		case <-s.done:
			return
		}
	}
}

func (s *Spans) flushAll() {
	for i := range s.shards {
		shard := &s.shards[i]
		shard.mu.Lock()
		s.flush(shard)
		shard.mu.Unlock()
	}
}

// Close offers what was gathered. Call it when the exchanges have ended, and before the exporter is closed.
func (s *Spans) Close() {
	s.stop.Do(func() { close(s.done) })
	s.ticks.Wait()
	s.flushAll()
}

// Counts returns how many spans were offered and taken, and how many were lost because they were not.
func (s *Spans) Counts() (offered, lost uint64) {
	for i := range s.shards {
		shard := &s.shards[i]
		shard.mu.Lock()
		offered, lost = offered+shard.offered, lost+shard.lost
		shard.mu.Unlock()
	}
	return offered, lost
}

// WatchSpans shows how many spans were offered and lost, which is asked at each scrape.
func (m *Metrics) WatchSpans(counts func() (offered, lost uint64)) { m.spans.Store(&counts) }

// makeSpans makes the metrics of spans, which stand at zero until somebody counts.
func (m *Metrics) makeSpans() {
	counter := func(name, help string, pick func(offered, lost uint64) uint64) {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, func() float64 {
			counts := m.spans.Load()
			if counts == nil {
				return 0
			}
			return float64(pick((*counts)()))
		}))
	}
	counter("spans_total", "Spans of the proxy's own that the exporter took.", func(offered, _ uint64) uint64 { return offered })
	counter("spans_lost_total", "Spans of the proxy's own that the exporter had no room for.", func(_, lost uint64) uint64 { return lost })
}

// spansScope is the scope of spans, as a field of ScopeSpans.
var spansScope = func() []byte {
	name := "github.com/piiproxy/piiproxy/proxy"
	b, at := openMessage(nil, 1<<3|wireBytes)
	b = append(appendVarint(append(b, 1<<3|wireBytes), len(name)), name...)
	return closeMessage(b, at)
}()

// spansResource returns the resource of spans, as a field of ResourceSpans: what this process is.
func spansResource(version string) []byte {
	var id [16]byte
	_, _ = rand.Read(id[:])
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	text := appendHex(appendHex(nil, binary.BigEndian.Uint64(id[:8])), binary.BigEndian.Uint64(id[8:]))
	uuid := string(text[:8]) + "-" + string(text[8:12]) + "-" + string(text[12:16]) + "-" + string(text[16:20]) + "-" + string(text[20:])
	b, at := openMessage(nil, 1<<3|wireBytes)
	for _, a := range []string{
		newAttribute("service.name").constant("piiproxy"),
		newAttribute("service.version").constant(version),
		newAttribute("service.instance.id").constant(uuid),
	} {
		b = append(append(b, 1<<3|wireBytes), a[1:]...) // of a Resource, and not of a Span
	}
	return closeMessage(b, at)
}
