package proxy

import (
	"bufio"
	"bytes"

	"github.com/valyala/fasthttp"

	"github.com/piiproxy/piiproxy/proxy/internal/http1"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
)

// respond gives the client the upstream's answer, or a problem.
func (x *exchange) respond(ok bool) {
	if ok {
		x.status = x.response.Status
		x.relay()
	} else {
		x.explain()
	}
	x.record.Status = x.status
	x.record.BytesOut = int64(len(x.ctx.Response.Body()))
	if x.closing || x.proxy.draining.Load() {
		x.ctx.SetConnectionClose()
	}
	x.answered = true
}

// relay hands the upstream's answer over to the server. The body is not copied: it stays in the exchange, which stays with
// the request until the server has written it.
func (x *exchange) relay() {
	in, out := &x.response, &x.ctx.Response.Header
	x.relayDate(in)
	out.SetStatusCode(in.Status)
	if len(in.Reason) > 0 {
		out.SetStatusMessage(in.Reason)
	}
	bodiless := x.request.NoBody || in.Status == fasthttp.StatusNotModified
	for c := in.Fields.All(); c.Next(); {
		switch {
		case equalName(c.Name, "content-length"):
			if bodiless { // it tells the length that another request's answer would have
				out.AddBytesKV(c.Name, c.Value)
			}
		case equalName(c.Name, "date"), in.Fields.HopByHop(c.Name):
		case equalName(c.Name, "content-encoding") && len(out.ContentEncoding()) > 0:
			// The server keeps the last of them only; a list says the same as they all.
			out.SetContentEncodingBytes(bytes.Join([][]byte{out.ContentEncoding(), c.Value}, []byte(", ")))
		default:
			out.AddBytesKV(c.Name, c.Value)
		}
	}
	x.ctx.Response.SetBodyRaw(in.Body)
}

// maxDate bounds the Date that an answer may have; an HTTP date has 29 bytes.
const maxDate = 64

// relayDate hands over the Date of an answer. The server's header takes a Date only from an answer that it read itself, so
// it gets one to read that has nothing else.
func (x *exchange) relayDate(in *http1.Response) {
	date, n := in.Fields.Lookup("date")
	if n == 0 || len(date) > maxDate {
		return
	}
	r := x.proxy.dateReaders.Get().(*dateReader)
	defer x.proxy.dateReaders.Put(r)
	text := append(r.text[:0], "HTTP/1.1 200 OK\r\nDate: "...)
	text = append(append(text, date...), "\r\n\r\n"...)
	r.bytes.Reset(text)
	r.buffer.Reset(&r.bytes)
	out := &x.ctx.Response.Header
	if out.Read(r.buffer) == nil {
		out.ResetConnectionClose() // for want of a framing, which comes later
	}
}

// dateReader is the memory of relayDate.
type dateReader struct {
	text   [maxDate + 32]byte
	bytes  bytes.Reader
	buffer *bufio.Reader
}

func newDateReader() any { return &dateReader{buffer: bufio.NewReaderSize(nil, maxDate+32)} }

// explain answers a refusal, with nothing of the request.
func (x *exchange) explain() {
	r := &x.ctx.Response
	x.text = appendID(x.text[:0], x.record.ID)
	r.Header.SetStatusCode(x.status)
	r.Header.SetContentType("application/problem+json")
	r.Header.AddBytesV("X-Request-Id", x.text)
	r.Header.Add("Cache-Control", "no-store")
	switch x.record.Reason {
	case telemetry.ReasonMethod:
		x.text = x.match.Allow.AppendAllow(x.text[:0])
		r.Header.AddBytesV("Allow", x.text)
	case telemetry.ReasonInFlight, telemetry.ReasonDraining, telemetry.ReasonBusy:
		r.Header.Add("Retry-After", "1")
	}
	if x.record.Outcome == telemetry.Unknown {
		r.Header.Add("X-Piiproxy-Outcome", "unknown")
	}
	x.text = x.appendProblem(x.text[:0])
	r.SetBodyRaw(x.text)
}
