// Package telemetry turns the record of an exchange into a log line and metrics. It cannot show what it does not get: a
// Record has no string and no bytes that are not masked.
package telemetry

import (
	"time"

	"github.com/piiproxy/piiproxy/redact"
)

// ID is sixteen bytes of an id that this program made, or took over from a configured peer.
type ID struct{ Hi, Lo uint64 }

// Record is what telemetry may know of an exchange. Every field is a number, a time, an enum, a name of the configuration
// or masked text.
type Record struct {
	ID         ID // the request's
	TraceID    ID
	SpanID     uint64
	Start      time.Time
	Elapsed    time.Duration // from the last byte of the request read to the response handed to the server
	Upstream   time.Duration // of it, waiting for the upstream; 0 if it was not asked
	Listener   redact.Name
	Route      redact.Name
	Connector  redact.Name // empty unless the route leads to one
	Method     Method
	Outcome    Outcome
	Reason     Reason
	Status     int
	BytesIn    int64 // of the request's body
	BytesOut   int64 // of the response's body
	BodyFormat redact.Format
	Log        View
	LogTally   redact.Tally
	Flow       redact.Flow // of fields towards a connector
}

// View is what one surface shows of a request.
type View struct {
	Path   redact.Masked
	Query  redact.Masked
	Client redact.Masked
	Agent  redact.Masked // the User-Agent
	Fields redact.Masked // members of a JSON object
	Body   redact.Masked // the whole body, if the configuration asks for it
}

// Method is an HTTP method.
type Method uint8

// Outcome is how an exchange ended.
type Outcome uint8

// The outcomes.
const (
	Answered Outcome = iota // by the upstream
	Refused                 // by the proxy, before anything was sent
	Failed                  // the upstream could not be reached, and nothing was sent
	Unknown                 // something was sent and no whole answer came: it may have been accepted
	Panicked                // a fault of the proxy
	numOutcomes
)

// Reason is why an exchange did not end with the upstream's answer.
type Reason uint8
