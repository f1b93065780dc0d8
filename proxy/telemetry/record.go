// Package telemetry turns the record of an exchange into a log line and metrics. It cannot show what it does not get: a
// [Record] has no string and no bytes that are not masked, and neither has anything else that this package takes from the
// path of an exchange.
//
// Its parts, in the order in which a record meets them: [AppendLine] makes the line of the access log, [Sink] takes
// finished lines off the hands of the exchanges, [Spans] does the same with their spans, [Handles.Observe] counts. [Ops] is
// the operational log: starting, reloading, stopping, what went wrong. [Suppressor] stands where a library wants to log
// text: it counts and forgets.
package telemetry

import (
	"time"

	"github.com/piiproxy/piiproxy/redact"
)

// ID is sixteen bytes of an id that this program made, or took over from a configured peer. The zero ID is none.
type ID struct{ Hi, Lo uint64 }

// IsZero reports whether there is no id.
func (id ID) IsZero() bool { return id == ID{} }

// Record is what telemetry may know of an exchange. Every field is a number, a time, an enum, a name of the configuration
// or masked text.
type Record struct {
	ID               ID // the request's
	TraceID          ID
	SpanID           uint64
	ParentID         uint64 // the peer's span, if its trace was adopted; else 0
	ClientSpanID     uint64 // of the span towards the upstream
	Sampled          bool   // there are spans of the exchange
	Start            time.Time
	Elapsed          time.Duration // from the head of the request read to the response ready, or to all but the end of a large one
	Upstream         time.Duration // of it, waiting for the upstream; 0 if it was not asked
	Asked            time.Duration // from the start until the upstream was asked
	Listener         redact.Name
	Route            redact.Name // empty if none was found
	Connector        redact.Name // empty unless the route leads to one
	Method           Method
	Outcome          Outcome
	Reason           Reason
	ProjectionReason redact.Reason // with ReasonProjection: the projection's
	Status           int
	UpstreamStatus   int   // of the upstream's answer; 0 if none came
	BytesIn          int64 // of the request's body
	BytesOut         int64 // of the response's body
	BodyFormat       redact.Format
	Log              View
	Trace            Trace         // filled in if Sampled
	Capture          redact.Masked // what a capture shows of the request, as members of a JSON object; empty if it is not captured
	LogTally         redact.Tally
	Flow             redact.Flow // of fields towards a connector
}

// View is what one surface shows of a request.
type View struct {
	Path   redact.Masked
	Query  redact.Masked
	Client redact.Masked
	Agent  redact.Masked // the User-Agent
	Fields redact.Masked // members of a JSON object, without braces
	Body   redact.Masked // the whole body, if the configuration asks for it
}
