// Package gateway takes traces, logs and metrics of other programs as OTLP/HTTP brings them, masks them, and hands them on for
// delivery.
//
// # What it promises
//
//   - Nothing leaves unmasked: what cannot be read whole is refused whole, with 400, and what masking fails on with 500.
//   - A request that is answered with 200 was taken: it will be delivered, or counted as lost. One for which there is no room is
//     answered with 503 and Retry-After, and its sender still has it.
//   - An answer has the type of its request. One that refuses is a google.rpc.Status of constants and numbers, as the
//     specification of OTLP wants it.
//   - Traces and metrics go through the surface of traces, logs through the surface of logs, as the configuration in use has them
//     when the request is read.
//
// What an endpoint says later of a batch, that it took a part only, comes too late for the sender, and is counted by package
// export.
//
// OTLP over gRPC is not served. It needs HTTP/2, whose server would be Go's, which logs what it thinks of clients, and gRPC's
// library decodes a message before anybody can look at its bytes: a second server with other limits, for what every exporter can
// send over HTTP too.
package gateway

import (
	"errors"
	"sync"

	"github.com/piiproxy/piiproxy/proxy/intake"
	"github.com/piiproxy/piiproxy/proxy/otlp"
	"github.com/piiproxy/piiproxy/proxy/otlp/export"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

// Surfaces are what telemetry is masked by.
type Surfaces struct{ Trace, Log *redact.Surface }

// Options are those of a [Gateway]. All are needed.
type Options struct {
	Surfaces func() Surfaces // asked for each request
	// Offer takes a batch that is masked, and copies it. It does not wait.
	Offer   func(signal otlp.Signal, enc otlp.Encoding, batch []byte) error
	Metrics *telemetry.IntakeSeries
}

// Gateway masks requests. Its methods may be called at the same time.
type Gateway struct {
	options Options
	workers sync.Pool
}

// New returns a gateway of those options.
func New(o Options) *Gateway {
	g := &Gateway{options: o}
	g.workers.New = func() any { return new(worker) }
	return g
}

// Paths returns the handlers of the gateway, by path.
func (g *Gateway) Paths() map[string]intake.Handler {
	return map[string]intake.Handler{
		"/v1/traces":  signal{g, otlp.Traces, telemetry.SourceTraces},
		"/v1/logs":    signal{g, otlp.Logs, telemetry.SourceLogs},
		"/v1/metrics": signal{g, otlp.Metrics, telemetry.SourceMetrics},
	}
}

// signal takes the requests of one signal.
type signal struct {
	*Gateway
	signal otlp.Signal
	source telemetry.Source
}

// Source is part of [intake.Handler].
func (s signal) Source() telemetry.Source { return s.source }

// Media types of OTLP/HTTP.
const (
	typeProtobuf = "application/x-protobuf"
	typeJSON     = "application/json"
)

// encodingOf returns the encoding that a request says its body has.
func encodingOf(r *intake.Request) (otlp.Encoding, bool) {
	switch {
	case r.HasMediaType(typeProtobuf):
		return otlp.Protobuf, true
	case r.HasMediaType(typeJSON):
		return otlp.JSON, true
	}
	return 0, false
}

// memoryFactor is how much memory masking takes at most, in bodies: tokens are longer than the shortest values, and stand once
// among the edits and once in what goes out.
const memoryFactor = 8

// Take is part of [intake.Handler]: it masks a request and hands it on.
func (s signal) Take(r *intake.Request, body []byte) telemetry.Reason {
	enc, ok := encodingOf(r)
	if !ok {
		return telemetry.ReasonMediaType
	}
	if !r.Reserve(memoryFactor * int64(len(body))) {
		return telemetry.ReasonMemory
	}
	w := s.workers.Get().(*worker)
	reason := w.take(&s, body, enc)
	w.release()
	s.workers.Put(w)
	if reason != telemetry.ReasonNone {
		return reason
	}
	if enc == otlp.JSON {
		r.Answer(200, typeJSON, emptyJSON)
	} else {
		r.Answer(200, typeProtobuf, nil)
	}
	return telemetry.ReasonNone
}

// emptyJSON is an answer that has nothing to say; in protobuf that is nothing.
var emptyJSON = []byte("{}")

// worker masks one request at a time.
type worker struct {
	surfaces   Surfaces
	trace, log *otlp.Scrubber
	out        []byte
	tally      redact.Tally
}

// keepBytes is how much memory for output a worker keeps from one request to the next.
const keepBytes = 1 << 20

func (w *worker) take(s *signal, body []byte, enc otlp.Encoding) telemetry.Reason {
	out, stats, err := w.scrubber(s).Append(w.out[:0], body, s.signal, enc, &w.tally)
	if err != nil {
		return reasonOf(err)
	}
	w.out = out
	switch err := s.options.Offer(s.signal, enc, out); {
	case errors.Is(err, export.ErrTooLarge):
		return telemetry.ReasonBodyTooLarge
	case err != nil:
		return telemetry.ReasonQueueFull
	}
	s.options.Metrics.Accepted(s.source, telemetry.Taken{
		Items: stats.Items, Bytes: len(body), Changed: stats.Changed, Dropped: stats.Dropped,
	}, &w.tally)
	return telemetry.ReasonNone
}

// reasonOf tells why a request cannot be masked.
func reasonOf(err error) telemetry.Reason {
	var bad *otlp.Error
	if errors.As(err, &bad) && bad.Class != otlp.Failed {
		return telemetry.ReasonMalformedData
	}
	return telemetry.ReasonPanic
}

// scrubber returns the scrubber of a signal, of the surfaces in use now.
func (w *worker) scrubber(s *signal) *otlp.Scrubber {
	if now := s.options.Surfaces(); w.surfaces != now {
		w.surfaces, w.trace, w.log = now, otlp.NewScrubber(now.Trace), otlp.NewScrubber(now.Log)
	}
	if s.signal == otlp.Logs {
		return w.log
	}
	return w.trace
}

// release forgets the request.
func (w *worker) release() {
	w.tally.Reset()
	if cap(w.out) > keepBytes {
		w.out = nil
	}
}
