package proxy

import (
	"bytes"
	"errors"
	"slices"

	"github.com/piiproxy/piiproxy/proxy/internal/http1"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

// minimise builds the outgoing request. After it nothing can reach the original any more.
func (x *exchange) minimise() bool {
	if x.destination.projection != nil {
		return x.project()
	}
	if x.destination.observed != nil {
		in := x.input()
		_ = x.destination.observed.Project(&x.projected, &in, &x.record.Flow)
	}
	return x.pass()
}

// pass takes the request over as it came: method, target and body to the byte, field lines less those that concern this
// connection only.
func (x *exchange) pass() bool {
	head, flaw := http1.AppendRequestLine(x.head[:0], x.method, x.target)
	if flaw != http1.NoFlaw {
		return x.refuse(telemetry.ReasonMalformedRequest)
	}
	if x.fields.Hosts == 0 { // HTTP/1.0
		head, _ = http1.AppendField(head, "Host", x.destination.upstream.host)
	}
	x.head = http1.AppendHeadEnd(x.appendPassed(head))
	x.request = http1.Request{
		Head: x.head, Body: x.raw, NoBody: x.record.Method == telemetry.MethodHead, Stream: streamBytes,
		Repeatable: x.destination.repeat && x.record.Method.Idempotent(),
	}
	return true
}

// project makes the connector's request of what its projection lets through.
func (x *exchange) project() bool {
	in := x.input()
	if len(x.plain) > keepBytes { // what is allowed of a body is hardly longer: room for it at once costs less than to grow
		x.projected.Body = slices.Grow(x.projected.Body[:0], len(x.plain))
	}
	if err := x.destination.projection.Project(&x.projected, &in, &x.record.Flow); err != nil {
		return x.refuseProjection(err)
	}
	head, ok := appendConnectorHead(x.head[:0], x.destination, &x.projected)
	x.head = head
	if !ok {
		x.record.ProjectionReason = redact.RefusedMalformed
		return x.refuse(telemetry.ReasonProjection)
	}
	x.record.Trace.UpstreamMethod = telemetry.ParseMethod(head[:bytes.IndexByte(head, ' ')])
	x.request = http1.Request{Head: x.head, Body: x.projected.Body, NoBody: x.destination.method == "HEAD", Stream: streamBytes}
	return true
}

// input is what a projection may read.
func (x *exchange) input() redact.Input {
	return redact.Input{
		Format:  x.record.BodyFormat,
		Body:    x.plain,
		Query:   x.query,
		Params:  x.decodeParams(),
		ID:      appendID(x.id[:0], x.record.ID),
		Depth:   x.gen.limits.Depth,
		Members: x.gen.limits.Members,
	}
}

// refuseProjection ends the exchange with the projection's reason.
func (x *exchange) refuseProjection(err error) bool {
	x.refuse(telemetry.ReasonProjection)
	x.record.ProjectionReason = redact.RefusedMalformed
	var refusal *redact.Refusal
	if errors.As(err, &refusal) {
		x.record.ProjectionReason = refusal.Reason
		x.field, x.offset = refusal.Field, refusal.Offset
	}
	return false
}

// decodeParams returns the parameters of the path with their escapes decoded.
func (x *exchange) decodeParams() []redact.ParamValue {
	x.params, x.decoded = x.params[:0], x.decoded[:0]
	for _, p := range x.match.Params {
		start := len(x.decoded)
		x.decoded = appendDecoded(x.decoded, x.path[p.Start:p.End])
		value := x.decoded[start:len(x.decoded):len(x.decoded)]
		x.params = append(x.params, redact.ParamValue{Name: p.Name, Value: value})
	}
	return x.params
}

// appendDecoded appends a part of a path whose escapes are known to be whole.
func appendDecoded(dst, raw []byte) []byte {
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c == '%' {
			c = hexValue(raw[i+1])<<4 | hexValue(raw[i+2])
			i += 2
		}
		dst = append(dst, c)
	}
	return dst
}

func hexValue(c byte) byte {
	if c >= 'a' {
		return c - 'a' + 10
	}
	if c >= 'A' {
		return c - 'A' + 10
	}
	return c - '0'
}
