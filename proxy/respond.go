package proxy

import (
	"errors"
	"net/http"
	"time"

	"github.com/piiproxy/piiproxy/proxy/internal/http1"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
)

// streamBytes is how large an answer may be to be read whole before the client gets any of it.
const streamBytes = 64 << 10

// respond makes the answer to the client: the upstream's, or a problem. Of a large one all but the end goes out here.
func (x *exchange) respond(ok bool) {
	if x.closing || x.proxy.draining.Load() {
		x.in.Close()
	}
	if ok {
		x.status = x.response.Status
		x.relay()
	} else {
		x.explain()
	}
	x.record.Status = x.status
	x.record.BytesOut = x.sent
	x.answered = true
}

// deliver writes what the client does not have of the answer. The record is made by then: who has a whole answer finds it.
func (x *exchange) deliver() {
	x.delivered = true
	if !x.reply.Send() && x.record.Outcome == telemetry.Answered && x.proxy.metrics != nil {
		x.proxy.metrics.NotTaken()
	}
}

// relay takes the upstream's answer over: its field lines as they came and in their order, less those that concern its
// connection only and what only the proxy may say, with one framing.
func (x *exchange) relay() {
	in, out := &x.response, &x.reply
	bodiless := in.Status == http.StatusNoContent || in.Status == http.StatusNotModified || x.headOnly()
	out.Begin(x.in, in.Status, in.Reason)
	framed := false
	for c := in.Fields.All(); c.Next(); {
		switch {
		case equalName(c.Name, "content-length"):
			// Without a body it tells the length that another request's answer would have.
			if framed = bodiless && in.Status != http.StatusNoContent || !bodiless && x.framesBody(in); framed {
				out.Length(&c)
			}
		case equalName(c.Name, "x-piiproxy-outcome"), in.Fields.HopByHop(c.Name):
		default:
			out.Line(c.Line)
		}
	}
	switch {
	case bodiless:
		out.Bodiless()
	case in.Partial():
		x.stream()
	default:
		x.sent = int64(len(in.Body))
		out.Whole(in.Body, framed)
	}
}

// headOnly reports whether there is no body to hand on, and none to measure either.
func (x *exchange) headOnly() bool {
	return x.skimmed || x.request.NoBody && x.record.Method == telemetry.MethodHead
}

// framesBody reports whether the Content-Length of an answer is that of the body that goes out.
func (x *exchange) framesBody(in *http1.Response) bool {
	return in.Partial() || in.Fields.ContentLength == int64(len(in.Body))
}

// stream hands on the parts of a large answer. The last one stays for deliver: a client that has it has a whole answer. When
// a part does not come, or the client does not take it, the client's connection is cut.
func (x *exchange) stream() {
	out, answer := &x.reply, &x.response
	end := time.Now().Add(x.gen.limits.Write)
	out.Stream(answer.Fields.ContentLength)
	for {
		x.sent += int64(len(answer.Body))
		if !answer.Partial() {
			out.Part(answer.Body)
			out.Last()
			return
		}
		if !out.Pass(answer.Body) {
			x.record.Reason = telemetry.ReasonClientGone
			return
		}
		if err := answer.Next(x.partBy(end)); err != nil {
			x.broken(err)
			return
		}
	}
}

// partBy returns when the next part of an answer must have come, of which all must have by end.
func (x *exchange) partBy(end time.Time) time.Time {
	if by := time.Now().Add(x.destination.upstream.timeout); by.Before(end) {
		return by
	}
	return end
}

// broken notes that the upstream did not finish an answer of which the client has a part: nobody knows what became of the
// request, and the client must not take the part for the whole.
func (x *exchange) broken(err error) {
	x.in.Cut()
	x.record.Outcome, x.record.Reason = telemetry.Unknown, telemetry.ReasonClosed
	var failure *http1.Error
	if errors.As(err, &failure) {
		x.record.Reason = upstreamReason(failure.Class)
	}
}

// explain answers a refusal, with nothing of the request.
func (x *exchange) explain() {
	r := &x.reply
	x.text = append(x.text[:0], http.StatusText(x.status)...)
	r.Begin(x.in, x.status, x.text)
	r.Line(problemType)
	x.text = appendID(x.text[:0], x.record.ID)
	r.Field("X-Request-Id", x.text)
	r.Line(noStore)
	switch x.record.Reason {
	case telemetry.ReasonMethod:
		x.text = x.match.Allow.AppendAllow(x.text[:0])
		r.Field("Allow", x.text)
	case telemetry.ReasonRate, telemetry.ReasonMemory, telemetry.ReasonInFlight, telemetry.ReasonDraining, telemetry.ReasonBusy, telemetry.ReasonCircuitOpen:
		r.Line(retryAfter)
	}
	if x.record.Outcome == telemetry.Unknown {
		r.Line(outcomeUnknown)
	}
	x.text = x.appendProblem(x.text[:0])
	x.sent = int64(len(x.text))
	r.Whole(x.text, false)
}

var (
	problemType    = []byte("Content-Type: application/problem+json\r\n")
	noStore        = []byte("Cache-Control: no-store\r\n")
	retryAfter     = []byte("Retry-After: 1\r\n")
	outcomeUnknown = []byte("X-Piiproxy-Outcome: unknown\r\n")
)
