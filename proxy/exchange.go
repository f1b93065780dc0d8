package proxy

import (
	"bytes"
	"time"

	"github.com/piiproxy/piiproxy/proxy/internal/http1"
	"github.com/piiproxy/piiproxy/proxy/internal/receive"
	"github.com/piiproxy/piiproxy/proxy/route"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

// keepBytes is how much memory a buffer may keep from one exchange to the next.
const keepBytes = 64 << 10

// lineSlack is room behind a line for the key of a member that AppendLine begins and then leaves out.
const lineSlack = 1 << 10

// exchange is one request with its response. It belongs to one goroutine, from the head of the request read until the
// response is written: then the memory goes to another exchange.
type exchange struct {
	proxy    *Proxy
	in       *http1.Incoming
	listener redact.Name

	accepted
	routed
	body
	tagged
	outgoing
	forwarded
	responded
	refused
	record telemetry.Record
}

// accepted is what accept fills in. Its bytes belong to the connection and hold until the exchange has ended.
type accepted struct {
	gen     *Generation
	counted bool // among the exchanges in flight

	reserved int64 // bytes of memory for bodies
	method   []byte
	target   []byte
	path     []byte // raw, without the query
	query    []byte // raw, without the question mark
	fields   *http1.Fields
}

// routed is what route fills in.
type routed struct {
	normal      route.Path
	match       route.Match
	destination *destination // nil if no route was found
}

// body is what read fills in.
type body struct {
	raw      []byte // as it came; the connection's
	plain    []byte // raw, or inflated if it was compressed
	format   redact.Format
	boundary []byte // of a multipart body
	inflated []byte // room
	source   bytes.Reader
}

// tagged is the memory of what tag fills in, which is the record.
type tagged struct {
	line    redact.Masked
	shown   telemetry.View // room for what spans show
	host    redact.Masked  // room
	room    redact.Masked  // of a part of what is captured
	state   redact.Masked  // of the trace, if it was adopted
	baggage redact.Masked  // towards an upstream that gets the request as it came
	adopted bool           // the trace is the peer's
}

// outgoing is what minimise fills in: all that forward sends.
type outgoing struct {
	request   http1.Request
	head      []byte // room for the request's head
	projected redact.Outbound
	params    []redact.ParamValue
	decoded   []byte // values of params
	id        [32]byte
}

// forwarded is what forward fills in.
type forwarded struct {
	response http1.Response
	asked    bool // the upstream may have got something
	skimmed  bool // the body was not kept
}

// responded is what respond fills in.
type responded struct {
	reply http1.Reply
	sent  int64 // bytes of the response's body
}

// run takes the exchange along its path.
func (x *exchange) run() {
	ok := x.accept() && x.route() && x.read()
	x.tag()
	ok = ok && x.minimise() && x.forward()
	x.respond(ok)
	x.observe()
	x.deliver()
}

// accept takes the current generation and reads the head of the request.
func (x *exchange) accept() bool {
	x.record.Start = x.proxy.now()
	x.record.ID = newID()
	x.record.Listener = x.listener
	x.record.BodyFormat = redact.NoBody
	x.takeHead()
	x.gen = x.proxy.generation()
	if x.gen == nil {
		return x.refuse(telemetry.ReasonDraining)
	}
	if class, flaw := x.in.Failed(); class != 0 {
		return x.refuse(receive.Reason(class, flaw))
	}
	if x.proxy.draining.Load() {
		return x.refuse(telemetry.ReasonDraining)
	}
	x.counted = true
	if x.proxy.inFlight.Add(1) > int64(x.gen.limits.InFlight) {
		return x.refuse(telemetry.ReasonInFlight)
	}
	if pace := x.gen.pace; pace != nil && !pace.allow(clientOf(x.in.Peer()), x.record.Start.UnixNano()) {
		return x.refuse(telemetry.ReasonRate)
	}
	return true
}

// elapsed returns how long the exchange has been running.
func (x *exchange) elapsed() time.Duration { return time.Since(x.record.Start) }

// observe hands the finished record to telemetry.
func (x *exchange) observe() {
	r := &x.record
	r.Elapsed = x.elapsed()
	r.BytesIn = int64(len(x.raw))
	if x.gen != nil && x.gen.handles != nil {
		x.gen.handles.Observe(r)
	}
	if x.proxy.spans != nil {
		x.proxy.spans.Write(r)
	}
	if x.proxy.log != nil {
		x.line = telemetry.AppendLine(x.line.Reset(), r)
		x.proxy.log.Write(x.line)
		if x.line.Cap() < x.line.Len()+lineSlack {
			x.line = redact.MakeMasked(x.line.Cap() + lineSlack)
		}
	}
	if r.Capture.Len() > 0 {
		x.line = telemetry.AppendCapture(x.line.Reset(), r, x.proxy.capture.Started())
		x.proxy.capture.Write(x.line)
	}
}

// recovered ends an exchange in which a stage panicked. Its memory is not used again, because the stage may have left
// anything in it, and the panic's value is dropped, because it may quote the request. It must be deferred as it is.
func (x *exchange) recovered() {
	if recover() == nil {
		x.close()
		return
	}
	defer x.giveUp() // what is answered may stand in it
	fresh := &exchange{proxy: x.proxy, in: x.in, listener: x.listener}
	fresh.record = telemetry.Record{
		ID: x.record.ID, TraceID: x.record.TraceID, SpanID: x.record.SpanID, ParentID: x.record.ParentID, Sampled: x.record.Sampled,
		Start:    x.record.Start,
		Listener: x.record.Listener, Route: x.record.Route, Connector: x.record.Connector, Method: x.record.Method,
		Outcome: telemetry.Panicked, BodyFormat: redact.Unread,
	}
	if x.destination != nil {
		fresh.record.Trace.Route = x.destination.traced.route
	}
	if x.asked {
		fresh.record.Outcome = telemetry.Unknown
		if x.proxy.metrics != nil {
			x.proxy.metrics.Panicked() // else the outcome tells
		}
	}
	fresh.gen, fresh.counted, fresh.reserved = x.gen, x.counted, x.reserved
	defer fresh.close()
	switch {
	case x.delivered:
		x.in.Cut()
	case x.answered:
		x.reply.Send() // telemetry failed, and that is not the client's concern
	default:
		fresh.end(x.reply.Opened())
	}
}

// giveUp lets go of an answer that was not read to its end.
func (x *exchange) giveUp() {
	defer func() { _ = recover() }()
	x.response.Reset()
}

// end answers for an exchange that panicked, unless a part of another answer has gone out, and leaves its record if telemetry
// is not what panicked.
func (x *exchange) end(opened bool) {
	x.refuse(telemetry.ReasonPanic)
	x.closing = true
	if opened {
		x.in.Cut()
		x.record.Status = x.status
	} else {
		x.respond(false)
	}
	func() {
		defer func() { _ = recover() }()
		x.observe()
	}()
	if !opened {
		x.deliver()
	}
}

// close gives back what the exchange holds, after the response was written.
func (x *exchange) close() {
	p := x.proxy
	if x.reserved > 0 {
		p.buffered.Add(-x.reserved)
	}
	if x.counted {
		p.inFlight.Add(-1)
	}
	if x.gen != nil {
		x.gen.leave()
	}
	x.reset()
	p.exchanges.Put(x)
}

// reset forgets the exchange and keeps its memory, if it is not too much. What is large is emptied where it stands: to build the
// next exchange and copy it took longer than some stages.
func (x *exchange) reset() {
	x.proxy, x.in, x.listener = nil, nil, redact.Name{}
	x.accepted = accepted{}
	x.routed.reset()
	x.body = body{inflated: keep(x.inflated)}
	x.tagged.reset()
	x.outgoing.reset()
	x.forwarded.reset()
	x.responded.reset()
	x.refused = refused{text: keep(x.text)}
	shown, captured := x.record.Log, x.record.Capture
	x.record = telemetry.Record{}
	x.record.Log, x.record.Capture = shown, keepMasked(captured)
	keepView(&x.record.Log)
}

func (r *routed) reset() {
	r.normal.Reset()
	r.match.Reset()
	r.destination = nil
}

func (t *tagged) reset() {
	keepView(&t.shown)
	t.line, t.host, t.room = keepMasked(t.line), keepMasked(t.host), keepMasked(t.room)
	t.state, t.baggage = keepMasked(t.state), keepMasked(t.baggage)
	t.adopted = false
}

func (o *outgoing) reset() {
	o.request = http1.Request{}
	o.head, o.decoded, o.params = keep(o.head), keep(o.decoded), keepParams(o.params)
	o.projected.Reset()
	if tooMuch(&o.projected) {
		o.projected = redact.Outbound{}
	}
	o.id = [32]byte{}
}

func (f *forwarded) reset() {
	f.response.Reset()
	f.asked, f.skimmed = false, false
}

func (r *responded) reset() {
	r.reply.Reset()
	r.sent = 0
}

func keepView(view *telemetry.View) {
	view.Path, view.Query, view.Client = keepMasked(view.Path), keepMasked(view.Query), keepMasked(view.Client)
	view.Agent, view.Fields, view.Body = keepMasked(view.Agent), keepMasked(view.Fields), keepMasked(view.Body)
}

// keep returns an empty slice with b's memory, or none if that is too much.
func keep(b []byte) []byte {
	http1.Release(b)
	if cap(b) > keepBytes {
		return nil
	}
	return b[:0]
}

func keepMasked(m redact.Masked) redact.Masked {
	if m.Cap() > keepBytes {
		return redact.Masked{}
	}
	return m.Reset()
}

// keepParams forgets the values, which point into the memory of the request.
func keepParams(params []redact.ParamValue) []redact.ParamValue {
	clear(params[:cap(params)])
	return params[:0]
}

func tooMuch(o *redact.Outbound) bool {
	return cap(o.Body)+cap(o.Query)+cap(o.Path)+cap(o.HeaderText) > 2*keepBytes
}
