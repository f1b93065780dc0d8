package proxy

import (
	"github.com/piiproxy/piiproxy/proxy/internal/receive"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
)

// inflate makes plain of a compressed body, up to the limit. It says why it could not. A few kilobytes may become megabytes: so
// what comes out counts for the memory that bodies may take, before it is there.
func (x *exchange) inflate() telemetry.Reason {
	name, n := x.fields.Lookup("content-encoding")
	coding := receive.ParseCoding(name)
	switch {
	case n > 1 || coding == receive.Unknown:
		return telemetry.ReasonEncoding
	case coding == receive.Identity:
		return telemetry.ReasonNone
	}
	limit := int(x.gen.limits.Inflated)
	ok := x.inflateTo(coding, min(limit, memoryBody))
	if ok && limit > memoryBody && len(x.inflated) > memoryBody {
		if !x.Take(int64(limit)) {
			return telemetry.ReasonMemory
		}
		ok = x.inflateTo(coding, limit)
		x.Take(int64(len(x.inflated) - limit))
	}
	if !ok {
		return telemetry.ReasonEncoding
	}
	if len(x.inflated) > limit {
		return telemetry.ReasonBodyTooLarge
	}
	x.plain = x.inflated
	return telemetry.ReasonNone
}

// inflateTo inflates the body up to one byte more than limit, and reports whether it is of that coding as far as it was read.
func (x *exchange) inflateTo(coding receive.Coding, limit int) (ok bool) {
	x.source.Reset(x.raw)
	x.inflated, ok = x.proxy.inflaters.Append(x.inflated[:0], coding, &x.source, limit)
	return ok
}
