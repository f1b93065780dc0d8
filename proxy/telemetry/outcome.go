package telemetry

import "github.com/piiproxy/piiproxy/redact"

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

var outcomeMasked = [numOutcomes]redact.Masked{
	Answered: redact.Masked{}.AppendConst("answered"),
	Refused:  redact.Masked{}.AppendConst("refused"),
	Failed:   redact.Masked{}.AppendConst("failed"),
	Unknown:  redact.Masked{}.AppendConst("unknown"),
	Panicked: redact.Masked{}.AppendConst("panicked"),
}

var outcomeNames = words(outcomeMasked[:])

// String returns the word for o that logs and metrics use.
func (o Outcome) String() string { return outcomeNames[min(o, numOutcomes)] }

// Outcomes returns every outcome, for building tables and metrics.
func Outcomes() []Outcome { return values[Outcome](0, numOutcomes) }

// Reason is why an exchange did not end with the upstream's answer. The zero Reason is none.
type Reason uint8

// The reasons: first those for which the proxy refuses a request, then what can go wrong with an upstream.
const (
	ReasonNone              Reason = iota
	ReasonNoRoute                  // no route of the listener fits
	ReasonMethod                   // the path is known and the method is not
	ReasonMalformedRequest         // not HTTP/1.1 without doubt about what it says
	ReasonRequestTimeout           // the client did not finish its request in time
	ReasonClientClosed             // the client went away in the middle of its request
	ReasonVersion                  // of HTTP, which is not 1.0 or 1.1
	ReasonUnsupported              // CONNECT, or an Upgrade to another protocol
	ReasonExpectation              // an Expect of anything but 100-continue
	ReasonTargetTooLong            // path and query
	ReasonHeadersTooLarge          // bytes or number of header fields
	ReasonBodyTooLarge             // as sent, or inflated where it has to be read
	ReasonMediaType                // of a body that the connector's projection does not read
	ReasonEncoding                 // of a body that has to be read and cannot be
	ReasonProjection               // the connector's projection refused: see the redact.Reason beside it
	ReasonRate                     // the client sends more requests than the limits allow
	ReasonConnections              // as many connections as the limits allow are open
	ReasonClientConnections        // as many connections as the limits allow one client are open
	ReasonHandshake                // a connection on which TLS was not agreed on
	ReasonMemory                   // bodies take as much memory as the limits allow
	ReasonInFlight                 // as many exchanges as the limits allow are running
	ReasonDraining                 // the proxy is shutting down
	ReasonConnect                  // the upstream could not be connected to
	ReasonTimeout                  // the upstream did not answer in time
	ReasonClosed                   // the upstream closed the connection before its answer was whole
	ReasonMalformedAnswer          // the upstream's answer is not HTTP/1.1 without doubt about where it ends
	ReasonAnswerTooLarge           // the upstream's answer is larger than configured
	ReasonBusy                     // no connection to the upstream became free in time
	ReasonCircuitOpen              // the upstream failed too often to be asked now
	ReasonPanic                    // a fault of the proxy
	ReasonClientGone               // the client did not take the whole of a large answer
	ReasonMalformedData            // telemetry of another program that is not what its type says
	ReasonQueueFull                // telemetry of another program for which there is no room until some was delivered
	numReasons
)

var reasonMasked = [numReasons]redact.Masked{
	ReasonNone:              redact.Masked{}.AppendConst("none"),
	ReasonNoRoute:           redact.Masked{}.AppendConst("no_route"),
	ReasonMethod:            redact.Masked{}.AppendConst("method"),
	ReasonMalformedRequest:  redact.Masked{}.AppendConst("malformed_request"),
	ReasonRequestTimeout:    redact.Masked{}.AppendConst("request_timeout"),
	ReasonClientClosed:      redact.Masked{}.AppendConst("client_closed"),
	ReasonVersion:           redact.Masked{}.AppendConst("version"),
	ReasonUnsupported:       redact.Masked{}.AppendConst("unsupported"),
	ReasonExpectation:       redact.Masked{}.AppendConst("expectation"),
	ReasonTargetTooLong:     redact.Masked{}.AppendConst("target_too_long"),
	ReasonHeadersTooLarge:   redact.Masked{}.AppendConst("headers_too_large"),
	ReasonBodyTooLarge:      redact.Masked{}.AppendConst("body_too_large"),
	ReasonMediaType:         redact.Masked{}.AppendConst("media_type"),
	ReasonEncoding:          redact.Masked{}.AppendConst("encoding"),
	ReasonProjection:        redact.Masked{}.AppendConst("projection"),
	ReasonRate:              redact.Masked{}.AppendConst("rate"),
	ReasonConnections:       redact.Masked{}.AppendConst("connections"),
	ReasonClientConnections: redact.Masked{}.AppendConst("client_connections"),
	ReasonHandshake:         redact.Masked{}.AppendConst("handshake"),
	ReasonMemory:            redact.Masked{}.AppendConst("memory"),
	ReasonInFlight:          redact.Masked{}.AppendConst("in_flight"),
	ReasonDraining:          redact.Masked{}.AppendConst("draining"),
	ReasonConnect:           redact.Masked{}.AppendConst("connect"),
	ReasonTimeout:           redact.Masked{}.AppendConst("timeout"),
	ReasonClosed:            redact.Masked{}.AppendConst("closed"),
	ReasonMalformedAnswer:   redact.Masked{}.AppendConst("malformed_answer"),
	ReasonAnswerTooLarge:    redact.Masked{}.AppendConst("answer_too_large"),
	ReasonBusy:              redact.Masked{}.AppendConst("busy"),
	ReasonCircuitOpen:       redact.Masked{}.AppendConst("circuit_open"),
	ReasonPanic:             redact.Masked{}.AppendConst("panic"),
	ReasonClientGone:        redact.Masked{}.AppendConst("client_gone"),
	ReasonMalformedData:     redact.Masked{}.AppendConst("malformed_data"),
	ReasonQueueFull:         redact.Masked{}.AppendConst("queue_full"),
}

var reasonNames = words(reasonMasked[:])

// String returns the word for r that logs, metrics and error bodies use.
func (r Reason) String() string { return reasonNames[min(r, numReasons)] }

// Reasons returns every reason but none, for building tables and metrics.
func Reasons() []Reason { return values[Reason](ReasonNone+1, numReasons) }
