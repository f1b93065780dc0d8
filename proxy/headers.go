package proxy

import (
	"bytes"
	"errors"
	"io"
	"net"

	"github.com/valyala/fasthttp"

	"github.com/piiproxy/piiproxy/proxy/internal/http1"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
)

// takeRequestLine cuts the request line into its parts. It reports false if the server did not get as far as that.
func (x *exchange) takeRequestLine() bool {
	h := &x.ctx.Request.Header
	if x.failure != nil && len(h.RawHeaders()) == 0 {
		return false
	}
	x.method, x.target = h.Method(), h.RequestURI()
	x.path, x.query = x.target, nil
	if mark := bytes.IndexByte(x.target, '?'); mark >= 0 {
		x.path, x.query = x.target[:mark:mark], x.target[mark+1:]
	}
	x.record.Method = telemetry.ParseMethod(x.method)
	return true
}

// checkHead refuses a head that a server behind the proxy could read in another way.
func (x *exchange) checkHead() bool {
	h := &x.ctx.Request.Header
	x.http10 = !h.IsHTTP11()
	if flaw := x.fields.Parse(h.RawHeaders(), x.gen.limits.HeaderCount); flaw != http1.NoFlaw {
		x.fields = http1.Fields{} // there is no telling what is in them
		if flaw == http1.FieldCount {
			x.closing = true // nor what frames the body
			return x.refuse(telemetry.ReasonHeadersTooLarge)
		}
		return x.refuse(telemetry.ReasonMalformedRequest)
	}
	switch {
	case http1.CheckRequestLine(x.method, x.target, h.Protocol()) != http1.NoFlaw,
		x.fields.RequestFlaw(x.http10) != http1.NoFlaw,
		x.upgrades():
		return x.refuse(telemetry.ReasonMalformedRequest)
	case x.expects():
		return x.refuseWith(telemetry.ReasonMalformedRequest, fasthttp.StatusExpectationFailed)
	}
	return true
}

// upgrades reports whether the client asks for a protocol that it could not go on without. The offer of HTTP/2 that some
// clients make with every request can be ignored, and the field is not passed on.
func (x *exchange) upgrades() bool {
	value, n := x.fields.Lookup("upgrade")
	return n > 1 || n == 1 && !bytes.EqualFold(value, []byte("h2c"))
}

// expects reports whether the client expects something that the server did not give it already.
func (x *exchange) expects() bool {
	value, n := x.fields.Lookup("expect")
	return n > 1 || n == 1 && (x.http10 || !bytes.EqualFold(value, []byte("100-continue")))
}

// appendPassed appends the field lines of the request that go on to an upstream, as they came and in their order, with one
// framing. The expectation stays behind, because the body is here already.
func (x *exchange) appendPassed(dst []byte) []byte {
	framed := false
	for c := x.fields.All(); c.Next(); {
		switch {
		case equalName(c.Name, "content-length"):
			dst, framed = append(dst, c.Line...), true
		case equalName(c.Name, "expect"), x.fields.HopByHop(c.Name):
		default:
			dst = append(dst, c.Line...)
		}
	}
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

// readReason tells apart why the server could not read a request. The errors quote what they could not read, so nothing
// else of them goes on.
func readReason(err error) telemetry.Reason {
	var small *fasthttp.ErrSmallBuffer
	var network net.Error
	var operation *net.OpError
	switch {
	case errors.As(err, &small):
		return telemetry.ReasonHeadersTooLarge
	case errors.Is(err, fasthttp.ErrBodyTooLarge):
		return telemetry.ReasonBodyTooLarge
	case errors.As(err, &network) && network.Timeout(), errors.Is(err, fasthttp.ErrTimeout):
		return telemetry.ReasonRequestTimeout
	case errors.As(err, &operation), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return telemetry.ReasonClientClosed
	}
	return telemetry.ReasonMalformedRequest
}
