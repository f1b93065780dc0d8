package proxy

import (
	"errors"
	"time"

	"github.com/piiproxy/piiproxy/proxy/internal/http1"
	"github.com/piiproxy/piiproxy/proxy/internal/receive"
	"github.com/piiproxy/piiproxy/proxy/route"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

// Imported is an exchange that somebody else recorded, raw.
type Imported struct {
	Start    time.Time
	Elapsed  time.Duration
	Listener string // where it would come in; empty: where a route is found
	Method   string
	Target   string
	Fields   []byte // field lines, each with its CR LF
	Body     []byte // not compressed, whatever the fields say
	Status   int
	BytesOut int64 // of the answer's body
}

var (
	errImportedFields = errors.New("proxy: headers that HTTP/1.1 does not have")
	errNoCapture      = errors.New("proxy: the configuration captures nothing")
)

// AppendImported appends the line that a capture under g would have of e: it goes through the same routes and the same surface as a
// request of a client. Errors say nothing of e.
func (g *Generation) AppendImported(dst redact.Masked, e *Imported, started time.Time) (redact.Masked, error) {
	if g.capture == nil {
		return dst, errNoCapture
	}
	var fields http1.Fields
	if fields.Parse(e.Fields, 1000) != http1.NoFlaw {
		return dst, errImportedFields
	}
	fields.ContentLength = plausible(fields.ContentLength, mostWithheld)
	x := &exchange{proxy: &Proxy{inflaters: receive.NewInflaters()}}
	x.gen, x.fields = g, &fields
	x.setTarget([]byte(e.Method), []byte(e.Target))
	x.raw, x.plain = e.Body, e.Body
	x.findListener(e.Listener)
	x.understand()
	tags := g.unrouted
	if x.destination != nil {
		tags = x.destination.fields
	}
	x.captureView(tags)
	r := &x.record
	r.ID, r.Start, r.BytesIn = newID(), e.Start, int64(len(e.Body))
	r.Elapsed, r.Status, r.BytesOut = plausible(e.Elapsed, time.Hour), plausible(e.Status, 599), plausible(e.BytesOut, 1<<30)
	if r.Status < 100 {
		r.Status = 0
	}
	r.Listener, r.Outcome = x.listener, telemetry.Answered
	return telemetry.AppendCapture(dst, r, started), nil
}

// plausible returns n, or 0 if it is more than it can be: what somebody else recorded may have any number anywhere.
func plausible[N int | int64 | time.Duration](n, most N) N {
	if n < 0 || n > most {
		return 0
	}
	return n
}

// findListener lets the exchange come in at the listener of that name or, if it is empty, at the first that has a route for it.
func (x *exchange) findListener(name string) {
	listeners, readable := x.gen.listeners, x.normal.Parse(x.path)
	for _, l := range listeners {
		if name != "" && l.String() != name {
			continue
		}
		x.listener = l
		if readable && x.findRoute() == route.Found {
			return
		}
	}
	switch {
	case name == "" && len(listeners) > 0:
		x.listener = listeners[0]
	case name != "" && x.listener.String() == "":
		x.findListener("") // the name is one of another configuration
	}
}

// understand finds out how the body of an imported exchange is to be read.
func (x *exchange) understand() {
	if len(x.raw) == 0 {
		return
	}
	kind, n := x.fields.Lookup("content-type")
	if n < 2 {
		x.format, x.boundary = parseMediaType(kind)
		x.guess(n == 0)
	}
}
