package proxy

import (
	"errors"
	"time"

	"github.com/piiproxy/piiproxy/proxy/internal/balance"
	"github.com/piiproxy/piiproxy/proxy/internal/http1"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
)

// forward asks the upstream, once. If something was sent and no whole answer came, the request may have been carried out:
// that is neither success nor failure, and it is said so.
func (x *exchange) forward() bool {
	u := x.destination.upstream
	x.asked = true
	x.record.Asked = x.elapsed()
	deadline := x.record.Start.Add(x.record.Asked + u.timeout)
	err := u.transport.Do(&x.request, &x.response, deadline)
	if err == nil {
		err = x.skim(deadline)
	}
	x.record.Upstream = x.elapsed() - x.record.Asked
	if err == nil {
		x.record.UpstreamStatus = x.response.Status
		return true
	}
	x.asked = false
	x.record.Outcome = telemetry.Unknown // also for an error that tells nothing
	reason := telemetry.ReasonClosed
	var failure *http1.Error
	switch {
	case errors.Is(err, balance.ErrOpen):
		reason, x.record.Outcome = telemetry.ReasonCircuitOpen, telemetry.Failed
	case errors.As(err, &failure):
		reason = upstreamReason(failure.Class)
		if !failure.Written {
			x.record.Outcome = telemetry.Failed
		}
	}
	return x.refuse(reason)
}

// skim reads a large answer to its end of which the client wants the head only, and keeps nothing of it.
func (x *exchange) skim(deadline time.Time) error {
	for x.record.Method == telemetry.MethodHead && x.response.Partial() {
		x.skimmed = true
		if err := x.response.Next(deadline); err != nil {
			return err
		}
	}
	return nil
}

// upstreamReason returns the reason for a class of failures of an upstream.
func upstreamReason(class http1.Class) telemetry.Reason {
	switch class {
	case http1.Dial, http1.ConnectTimeout, http1.TLS:
		return telemetry.ReasonConnect
	case http1.Busy:
		return telemetry.ReasonBusy
	case http1.Timeout:
		return telemetry.ReasonTimeout
	case http1.Malformed:
		return telemetry.ReasonMalformedAnswer
	case http1.Oversize:
		return telemetry.ReasonAnswerTooLarge
	case http1.Canceled:
		return telemetry.ReasonDraining
	}
	return telemetry.ReasonClosed
}
