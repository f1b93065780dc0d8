package telemetry

import "github.com/prometheus/client_golang/prometheus"

// AuditSeries counts what an audit of exits saw.
type AuditSeries struct{ lines, findings [NumExits]prometheus.Counter } // nil for exits that are not audited

// Audits returns the series of the audit.
func (m *Metrics) Audits() *AuditSeries { return m.audits }

func (m *Metrics) makeAudits() {
	lines := m.counters("exit_audited_lines_total", "Lines of real traffic that were looked at as they left, by exit.", "exit")
	findings := m.counters("exit_findings_total", "Lines of them in which something was left that is to be masked, by exit.", "exit")
	m.audits = &AuditSeries{}
	for _, e := range []Exit{ExitAccessLog, ExitOpsLog} {
		m.audits.lines[e], m.audits.findings[e] = lines.WithLabelValues(e.String()), findings.WithLabelValues(e.String())
	}
}

// Audited counts a line that was looked at.
func (s *AuditSeries) Audited(e Exit) { s.lines[e].Inc() }

// Found counts a line in which something was left.
func (s *AuditSeries) Found(e Exit) { s.findings[e].Inc() }
