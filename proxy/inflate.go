package proxy

import (
	"github.com/piiproxy/piiproxy/proxy/internal/receive"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
)

// inflate makes plain of a compressed body, up to the limit. It says why it could not.
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
	x.source.Reset(x.raw)
	var ok bool
	if x.inflated, ok = x.proxy.inflaters.Append(x.inflated[:0], coding, &x.source, limit); !ok {
		return telemetry.ReasonEncoding
	}
	if len(x.inflated) > limit {
		return telemetry.ReasonBodyTooLarge
	}
	x.plain = x.inflated
	return telemetry.ReasonNone
}
