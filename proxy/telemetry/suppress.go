package telemetry

import "github.com/prometheus/client_golang/prometheus"

// constant is the type of text that is part of the program: callers outside this package can only pass untyped constants.
type constant string

// Suppressor stands wherever a library or Go's log package wants to write text. Libraries quote what they were given, so
// the text is dropped unseen and only counted. It has the methods of the loggers of fasthttp and promhttp, and is an
// [io.Writer] for Go's log.
type Suppressor struct{ suppressed prometheus.Counter }

// Suppressor returns a suppressor that counts under the name of its source.
func (m *Metrics) Suppressor(source constant) *Suppressor {
	return &Suppressor{m.muted.WithLabelValues(string(source))}
}

// Printf counts one message.
func (s *Suppressor) Printf(string, ...any) { s.suppressed.Inc() }

// Println counts one message.
func (s *Suppressor) Println(...any) { s.suppressed.Inc() }

// Write counts one message and claims to have written it.
func (s *Suppressor) Write(b []byte) (int, error) {
	s.suppressed.Inc()
	return len(b), nil
}
