package proxy

import (
	"strconv"

	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

// refused is why an exchange does not end with the upstream's answer. Any stage up to forward may fill it in, once.
type refused struct {
	status  int
	field   string // of the projection, out of the configuration
	offset  int    // into the body, beside field; -1 if it is not known
	closing bool   // the connection cannot go on
	text    []byte // room for the problem and for header values

	answered  bool // respond has done its part
	delivered bool // deliver has begun
}

// problems are the answers to refusals. They are constants: nothing of a request can get into one.
var problems = [...]struct {
	status int
	title  string
}{
	telemetry.ReasonNoRoute:           {404, "no route leads there"},
	telemetry.ReasonMethod:            {405, "the path has no such method"},
	telemetry.ReasonMalformedRequest:  {400, "the request has no single meaning"},
	telemetry.ReasonRequestTimeout:    {408, "the request took too long"},
	telemetry.ReasonClientClosed:      {400, "the request is not whole"},
	telemetry.ReasonVersion:           {505, "the version of HTTP is neither 1.0 nor 1.1"},
	telemetry.ReasonUnsupported:       {501, "the proxy changes to no other protocol and makes no tunnel"},
	telemetry.ReasonExpectation:       {417, "the expectation cannot be met"},
	telemetry.ReasonTargetTooLong:     {414, "the path and the query are too long"},
	telemetry.ReasonHeadersTooLarge:   {431, "the headers are too large or too many"},
	telemetry.ReasonBodyTooLarge:      {413, "the body is too large"},
	telemetry.ReasonMediaType:         {415, "the connector takes no such media type"},
	telemetry.ReasonEncoding:          {415, "the body's content encoding cannot be read"},
	telemetry.ReasonProjection:        {422, "the request cannot be minimised"},
	telemetry.ReasonRate:              {429, "too many requests of one client"},
	telemetry.ReasonConnections:       {503, "too many connections at once"},
	telemetry.ReasonClientConnections: {503, "too many connections of one client"},
	telemetry.ReasonHandshake:         {400, "TLS was not agreed on"}, // in records only: there is nobody to tell
	telemetry.ReasonMemory:            {503, "too many large bodies at once"},
	telemetry.ReasonInFlight:          {503, "too many requests at once"},
	telemetry.ReasonDraining:          {503, "the proxy is shutting down"},
	telemetry.ReasonConnect:           {502, "the upstream cannot be reached"},
	telemetry.ReasonTimeout:           {504, "the upstream did not answer in time"},
	telemetry.ReasonClosed:            {502, "the upstream closed the connection before its answer was whole"},
	telemetry.ReasonMalformedAnswer:   {502, "the upstream's answer is malformed"},
	telemetry.ReasonAnswerTooLarge:    {502, "the upstream's answer is too large"},
	telemetry.ReasonBusy:              {503, "the upstream has no free connection"},
	telemetry.ReasonCircuitOpen:       {503, "the upstream has failed too often"},
	telemetry.ReasonPanic:             {500, "the proxy failed"},
}

// refuse ends the exchange for that reason, and returns false for the stage that does.
func (x *exchange) refuse(reason telemetry.Reason) bool {
	x.record.Reason = reason
	if x.record.Outcome == telemetry.Answered {
		x.record.Outcome = telemetry.Refused
	}
	x.status, x.offset = problems[reason].status, -1
	if x.record.Reason == telemetry.ReasonMalformedRequest {
		x.closing = true // where the next request begins may be in doubt too
	}
	return false
}

// appendProblem appends the body of a refusal as problem+json (RFC 9457).
func (x *exchange) appendProblem(dst []byte) []byte {
	r := &x.record
	dst = append(dst, `{"title":"`...)
	dst = append(dst, problems[r.Reason].title...)
	dst = append(dst, `","status":`...)
	dst = strconv.AppendInt(dst, int64(x.status), 10)
	dst = append(append(append(dst, `,"reason":"`...), r.Reason.String()...), '"')
	if r.ProjectionReason != redact.RefusedNone {
		dst = append(append(append(dst, `,"projection_reason":"`...), r.ProjectionReason.String()...), '"')
		if x.field != "" {
			dst = appendString(append(dst, `,"field":`...), x.field)
		}
		if x.offset >= 0 {
			dst = strconv.AppendInt(append(dst, `,"offset":`...), int64(x.offset), 10)
		}
	}
	if r.Outcome == telemetry.Unknown {
		dst = append(dst, `,"outcome":"unknown"`...)
	}
	dst = append(dst, `,"request_id":"`...)
	return append(appendID(dst, r.ID), "\"}\n"...)
}

// appendString appends s, which is text of the configuration, as a JSON string.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ':
			dst = append(dst, ' ')
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

// appendID appends an id as the access log writes it.
func appendID(dst []byte, id telemetry.ID) []byte {
	return appendHex(appendHex(dst, id.Hi), id.Lo)
}

// appendHex appends v as 16 hexadecimal digits.
func appendHex(dst []byte, v uint64) []byte {
	const digits = "0123456789abcdef"
	for shift := 60; shift >= 0; shift -= 4 {
		dst = append(dst, digits[v>>shift&15])
	}
	return dst
}
