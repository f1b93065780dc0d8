// Package receive is what all that take requests of clients have in common: why a request that could not be read is refused,
// and how a compressed body is read, up to a limit. What it says of a request is a class, and never anything of its content.
package receive

import (
	"github.com/piiproxy/piiproxy/proxy/internal/http1"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
)

// Reason tells apart why a request could not be read.
func Reason(class http1.Class, flaw http1.Flaw) telemetry.Reason {
	switch class {
	case http1.Timeout:
		return telemetry.ReasonRequestTimeout
	case http1.Busy:
		return telemetry.ReasonMemory
	case http1.Malformed, http1.Oversize:
		return flawReason(flaw)
	}
	return telemetry.ReasonClientClosed
}

func flawReason(flaw http1.Flaw) telemetry.Reason {
	switch flaw {
	case http1.HeadSize, http1.FieldCount:
		return telemetry.ReasonHeadersTooLarge
	case http1.TargetSize:
		return telemetry.ReasonTargetTooLong
	case http1.BodySize:
		return telemetry.ReasonBodyTooLarge
	case http1.Version:
		return telemetry.ReasonVersion
	case http1.Unsupported:
		return telemetry.ReasonUnsupported
	case http1.Expectation:
		return telemetry.ReasonExpectation
	}
	return telemetry.ReasonMalformedRequest
}
