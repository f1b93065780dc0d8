package canary

import (
	"bytes"
	"sync"
	"sync/atomic"
	"time"

	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

const (
	auditPause = time.Second
	auditBytes = 64 << 10 // of one look
)

// Auditor looks at a share of the lines of real traffic as they leave: masking what is masked changes nothing, so a line that
// masking would change holds what it should not. It looks once a second at an exit, at so many bytes, where they are written.
type Auditor struct {
	surface func(telemetry.Exit) *redact.Surface
	series  *telemetry.AuditSeries
	exits   [telemetry.NumExits]audit
}

type audit struct {
	last atomic.Int64
	mu   sync.Mutex // of out; nobody waits for it
	out  redact.Masked
}

// NewAuditor returns an auditor. surface says what masks the lines of an exit; of one for which that is nil none is looked at.
func NewAuditor(surface func(telemetry.Exit) *redact.Surface, m *telemetry.Metrics) *Auditor {
	return &Auditor{surface: surface, series: m.Audits()}
}

// look looks at whole lines, if it is time to.
func (a *Auditor) look(exit telemetry.Exit, b []byte) {
	e := &a.exits[exit]
	now, last := time.Now().UnixNano(), e.last.Load()
	if now-last < int64(auditPause) || !e.last.CompareAndSwap(last, now) {
		return
	}
	s := a.surface(exit)
	if s == nil || !e.mu.TryLock() {
		return
	}
	defer e.mu.Unlock()
	size := 0
	for line := range bytes.Lines(b) {
		if size += len(line); size > auditBytes {
			return
		}
		line = bytes.TrimSuffix(line, []byte("\n"))
		out, ok := s.AppendLine(e.out.Reset(), line, nil)
		if e.out = out; !ok || !bytes.Equal(out.Bytes(), line) {
			a.series.Found(exit)
		}
		a.series.Audited(exit)
	}
}
