package proxy

import (
	"bytes"

	"github.com/piiproxy/piiproxy/proxy/internal/http1"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
)

// takeHead takes over what is known of the head: all of it, unless it is refused.
func (x *exchange) takeHead() {
	x.fields = &x.in.Fields
	x.setTarget(x.in.Method, x.in.Target)
}

// setTarget takes over what stands in the request line.
func (x *exchange) setTarget(method, target []byte) {
	x.method, x.target = method, target
	x.path, x.query = x.target, nil
	if mark := bytes.IndexByte(x.target, '?'); mark >= 0 {
		x.path, x.query = x.target[:mark:mark], x.target[mark+1:]
	}
	x.record.Method = telemetry.ParseMethod(x.method)
}

// appendPassed appends the field lines of the request that go on to an upstream, as they came and in their order, with one
// framing. The expectation stays behind, because the body is here already; of where the request came from the upstream learns
// what it is to learn.
func (x *exchange) appendPassed(dst []byte) []byte {
	framed := false
	for c := x.fields.All(); c.Next(); {
		switch {
		case equalName(c.Name, "content-length"):
			dst, framed = c.AppendLength(dst), true
		case x.gen.tracing != nil && carriesTrace(c.Name):
		case equalName(c.Name, "expect"), x.fields.HopByHop(c.Name), !x.destination.forwarding.passes(traceOf(c.Name)):
		default:
			dst = append(dst, c.Line...)
		}
	}
	dst = x.appendTraceContext(x.appendTraces(dst))
	if !framed && x.fields.Chunked {
		dst = http1.AppendContentLength(dst, len(x.raw))
	}
	return dst
}

// equalName reports whether a field's name is lower, which is in lower case, whatever its own case.
func equalName(name []byte, lower string) bool {
	if len(name) != len(lower) {
		return false
	}
	for i := range name {
		c := name[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
