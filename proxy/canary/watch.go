package canary

import (
	"bytes"
	"io"
	"sync/atomic"

	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

// fullBytes is how much of what one exit writes during a run is searched in full. What comes after it is searched for values as
// they are, which costs no more than reading it.
const fullBytes = 1 << 20

// Watch looks at what leaves. Its zero value is ready, and sees nothing until a canary is on its way, or an auditor looks. It may be used by any
// number of goroutines.
type Watch struct {
	armed   atomic.Pointer[search]
	auditor atomic.Pointer[Auditor]
}

// Audit lets an auditor look at lines from now on.
func (w *Watch) Audit(a *Auditor) { w.auditor.Store(a) }

// Observe is handed what is about to leave at an exit. It keeps nothing of it.
func (w *Watch) Observe(exit telemetry.Exit, b []byte) {
	if s := w.armed.Load(); s != nil {
		s.observe(exit, b)
	}
	if a := w.auditor.Load(); a != nil {
		a.look(exit, b)
	}
}

// Writer returns a writer whose bytes are observed on their way to w.
func (w *Watch) Writer(exit telemetry.Exit, to io.Writer) io.Writer { return observed{to, w, exit} }

// Target returns a target whose lines are observed on their way.
func (w *Watch) Target(exit telemetry.Exit, to telemetry.Target) telemetry.Target {
	return observedTarget{to, observed{to, w, exit}}
}

type observed struct {
	io.Writer
	watch *Watch
	exit  telemetry.Exit
}

// Write writes what was observed.
func (o observed) Write(b []byte) (int, error) {
	o.watch.Observe(o.exit, b)
	return o.Writer.Write(b)
}

type observedTarget struct {
	telemetry.Target
	observed observed
}

// Write writes what was observed.
func (t observedTarget) Write(b []byte) (int, error) { return t.observed.Write(b) }

// search is what is looked for during one run.
type search struct {
	heads   []needle // what needles have in common
	needles []needle
	private []needle // what must not reach a connector
	marks   []*mark
	full    [telemetry.NumExits]atomic.Int64 // bytes searched in full
	found   [telemetry.NumExits]atomic.Uint32
	left    atomic.Int32 // marks that were not seen yet
	seen    chan struct{}
}

// mark is what shows at an exit that a message left its traces there.
type mark struct {
	exit telemetry.Exit
	text []byte
	seen atomic.Bool
}

// observe looks for the values and for the marks.
func (s *search) observe(exit telemetry.Exit, b []byte) {
	needles := s.needles
	if exit == telemetry.ExitConnector {
		needles = s.private
	}
	found := func(n *needle) {
		if exit != telemetry.ExitCapture || n.kind != redact.KindPhone { // a surrogate may well be another planted number: there are few
			s.found[exit].Or(1 << n.kind)
		}
	}
	h := haystack{s.heads, needles, found}
	if s.full[exit].Add(int64(len(b))) <= fullBytes {
		h.inFull(b)
	} else {
		h.look(b, asItIs)
	}
	for i := range s.marks {
		m := s.marks[i]
		if m.exit == exit && bytes.Contains(b, m.text) && !m.seen.Swap(true) && s.left.Add(-1) == 0 {
			close(s.seen)
		}
	}
}

// leaks calls each for every exit and kind of which a value was found.
func (s *search) leaks(kinds []redact.Kind, each func(telemetry.Exit, redact.Kind)) {
	for exit := range telemetry.Exit(telemetry.NumExits) {
		for _, k := range kinds {
			if s.found[exit].Load()>>k&1 == 1 {
				each(exit, k)
			}
		}
	}
}
