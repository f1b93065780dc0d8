// Package intake is the server side of telemetry listeners: it takes what other programs send, by POST, under the limits of the
// configuration, and hands each body, inflated, to the handler of its path.
//
// # What it promises
//
//   - HTTP is read by the same strict server as on all other listeners: a request has one reading or none, and what is too
//     large, too slow or too much is refused. Memory is bounded, and counted together with that of the proxy's exchanges.
//   - An answer holds constants, numbers, and what a handler made of such. Nothing of a request is in it.
//   - A handler that panics costs its request, which is answered with 500 and counted; what it says is dropped.
//   - Each refusal is counted by source and reason. Nothing is logged: who sends telemetry sends much of it.
//
// Neither net/http nor fasthttp serves here: the one writes to Go's log, the other takes requests that have more than one
// reading, and both would need the limits, the drain and the tests that the proxy's server has.
package intake

import (
	"bytes"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/piiproxy/piiproxy/proxy/internal/http1"
	"github.com/piiproxy/piiproxy/proxy/internal/receive"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
)

// Handler takes what is sent to one path. Its methods are called at the same time.
type Handler interface {
	// Source is what its requests are counted as.
	Source() telemetry.Source
	// Take takes the telemetry in body, which is inflated and valid until it returns. It answers by [Request.Answer], or returns
	// why it took nothing; [telemetry.ReasonNone] if it took all.
	Take(r *Request, body []byte) telemetry.Reason
	// AppendProblem appends what the answer to a request that is not taken says, made of constants, and returns its media type.
	AppendProblem(dst []byte, r *Request, reason telemetry.Reason) (body []byte, mediaType string)
}

// Limits bound what may be sent.
type Limits struct {
	Body     int64 // bytes of a body as it comes
	Inflated int64 // bytes of a body that was compressed
	InFlight int   // requests at once
}

// Memory is what bodies may take of it at once.
type Memory interface {
	Reserve(n int64) bool
	Release(n int64)
}

// Options are those of an [Intake]. All are needed.
type Options struct {
	Limits   func() Limits // asked for each request
	Memory   Memory
	Draining func() bool // no more requests are wanted on a connection
	Paths    map[string]Handler
	Metrics  *telemetry.Metrics
}

// Intake hands requests to handlers. Its methods may be called at the same time.
type Intake struct {
	options   Options
	inFlight  atomic.Int64
	requests  sync.Pool
	inflaters *receive.Inflaters
}

// New returns an intake of those options, which it keeps.
func New(o Options) *Intake {
	k := &Intake{options: o, inflaters: receive.NewInflaters()}
	k.requests.New = func() any { return new(Request) }
	return k
}

// Handle answers one request.
func (k *Intake) Handle(in *http1.Incoming) {
	r := k.requests.Get().(*Request)
	r.in, r.intake = in, k
	k.inFlight.Add(1)
	defer r.close()
	defer r.recovered()
	if reason := r.take(); reason != telemetry.ReasonNone {
		r.refuse(reason)
	}
	r.send()
}

// Request is one request. It belongs to its handler until Take returns.
type Request struct {
	in       *http1.Incoming
	intake   *Intake
	handler  Handler // nil if the path is not known
	reserved int64   // bytes
	reply    http1.Reply
	answered bool
	sent     bool
	inflated []byte       // room
	source   bytes.Reader // of what is inflated
	text     []byte       // room
}

// take runs the request along its path, and returns why it is not taken.
func (r *Request) take() telemetry.Reason {
	path, _, _ := bytes.Cut(r.in.Target, []byte{'?'})
	r.handler = r.intake.options.Paths[string(path)]
	if class, flaw := r.in.Failed(); class != 0 {
		return receive.Reason(class, flaw)
	}
	limits := r.intake.options.Limits()
	switch {
	case r.handler == nil:
		return telemetry.ReasonNoRoute
	case string(r.in.Method) != http.MethodPost:
		return telemetry.ReasonMethod
	case r.intake.inFlight.Load() > int64(limits.InFlight):
		return telemetry.ReasonInFlight
	}
	body, reason := r.read(&limits)
	if reason != telemetry.ReasonNone {
		return reason
	}
	return r.handler.Take(r, body)
}

// read reads the body, and inflates it if it is compressed.
func (r *Request) read(limits *Limits) ([]byte, telemetry.Reason) {
	name, n := r.in.Fields.Lookup("content-encoding")
	coding := receive.ParseCoding(name)
	if n > 1 || coding == receive.Unknown {
		return nil, telemetry.ReasonEncoding
	}
	size := min(max(r.in.Fields.ContentLength, 0), limits.Body)
	if r.in.Fields.Chunked {
		size = min(limits.Body, firstBytes)
	}
	if !r.Reserve(size) { // what cannot fit is not waited for
		return nil, telemetry.ReasonMemory
	}
	r.giveBack(max(size-firstBytes, 0))
	r.in.Room = r
	body, ok := r.in.Body(limits.Body)
	if !ok {
		return nil, receive.Reason(r.in.Failed())
	}
	if coding == receive.Identity {
		return body, telemetry.ReasonNone
	}
	if !r.Reserve(limits.Inflated) {
		return nil, telemetry.ReasonMemory
	}
	r.source.Reset(body)
	r.inflated, ok = r.intake.inflaters.Append(r.inflated[:0], coding, &r.source, int(limits.Inflated))
	switch {
	case !ok:
		return nil, telemetry.ReasonMalformedData
	case int64(len(r.inflated)) > limits.Inflated:
		return nil, telemetry.ReasonBodyTooLarge
	}
	r.giveBack(limits.Inflated - int64(len(r.inflated)))
	return r.inflated, telemetry.ReasonNone
}

// firstBytes is what a body counts for before any of it has come. The rest counts when it comes, so that nobody holds memory by
// what was announced.
const firstBytes = 64 << 10

// Take is part of [http1.Room].
func (r *Request) Take(n int64) bool { return r.Reserve(n) }

// Reserve takes memory for the rest of the request, and reports false if there is none.
func (r *Request) Reserve(n int64) bool {
	ok := r.intake.options.Memory.Reserve(n)
	if ok {
		r.reserved += n
	}
	return ok
}

func (r *Request) giveBack(n int64) {
	r.reserved -= n
	r.intake.options.Memory.Release(n)
}

// HasMediaType reports whether the body is of that media type, whatever its parameters. It is of none if the request names
// several.
func (r *Request) HasMediaType(name string) bool {
	value, n := r.in.Fields.Lookup("content-type")
	essence, _, _ := bytes.Cut(value, []byte{';'})
	return n == 1 && bytes.EqualFold(bytes.TrimSpace(essence), []byte(name))
}

// Answer answers the request, once. The body must be made of constants and numbers; it is copied.
func (r *Request) Answer(status int, mediaType string, body []byte) {
	if r.intake.options.Draining() {
		r.in.Close()
	}
	r.answered = true
	r.text = append(r.text[:0], http.StatusText(status)...)
	r.reply.Begin(r.in, status, r.text)
	if len(mediaType) > 0 {
		r.text = append(r.text[:0], mediaType...)
		r.reply.Field("Content-Type", r.text)
	}
	r.end(body)
}

// end ends the head of an answer, and adds its body.
func (r *Request) end(body []byte) {
	r.text = append(r.text[:0], body...)
	r.reply.Whole(r.text, false)
}

// refuse answers a request that is not taken.
func (r *Request) refuse(reason telemetry.Reason) {
	source := telemetry.SourceNone
	if r.handler != nil {
		source = r.handler.Source()
	}
	r.intake.options.Metrics.Intake().Refused(source, reason)
	if reason == telemetry.ReasonMalformedRequest || r.intake.options.Draining() {
		r.in.Close()
	}
	p := problemOf(reason)
	var body []byte
	mediaType := "text/plain; charset=utf-8"
	if r.handler != nil {
		body, mediaType = r.handler.AppendProblem(nil, r, reason)
	} else {
		body = append(append(body, p.title...), '\n')
	}
	r.answered = true
	r.reply.Begin(r.in, p.status, []byte(http.StatusText(p.status)))
	r.reply.Field("Content-Type", []byte(mediaType))
	if reason == telemetry.ReasonMethod {
		r.reply.Field("Allow", []byte(http.MethodPost))
	}
	if p.retry > 0 {
		r.reply.Field("Retry-After", strconv.AppendInt(nil, int64(p.retry), 10))
	}
	r.end(body)
}

func (r *Request) send() {
	r.sent = true
	r.reply.Send()
}

// recovered ends a request whose handler panicked. What it says may quote the request, and is dropped. It must be deferred as
// it is.
func (r *Request) recovered() {
	if recover() == nil {
		return
	}
	r.intake.options.Metrics.Panicked()
	if r.sent {
		r.in.Cut()
		return
	}
	defer func() { _ = recover() }() // else the connection is cut
	r.refuse(telemetry.ReasonPanic)
	r.send()
}

// keepBytes is how much memory a request may leave to the next one.
const keepBytes = 256 << 10

// close gives back what the request holds.
func (r *Request) close() {
	k := r.intake
	k.inFlight.Add(-1)
	r.giveBack(r.reserved)
	r.reply.Reset()
	r.source.Reset(nil)
	next := Request{reply: r.reply}
	if http1.Release(r.inflated); cap(r.inflated) <= keepBytes {
		next.inflated = r.inflated[:0]
	}
	if http1.Release(r.text); cap(r.text) <= keepBytes {
		next.text = r.text[:0]
	}
	*r = next
	k.requests.Put(r)
}
