package canary

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

// TestAudit counts lines that hold what they should not, once a second.
func TestAudit(t *testing.T) {
	policy, err := redact.Compile(redact.Spec{Surfaces: map[string]redact.SurfaceSpec{"log": {Kinds: map[string]string{"ip": "keep"}}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	surface, err := policy.Surface("log")
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		m := telemetry.NewMetrics(telemetry.Build{})
		var w Watch
		w.Audit(NewAuditor(func(e telemetry.Exit) *redact.Surface {
			if e == telemetry.ExitExport {
				return nil
			}
			return surface
		}, m))
		raw := []byte("{\"to\":\"redacted_phone\",\"client\":\"203.0.113.7\"}\n{\"to\":\"+306912345678\"}\nsent to ada@example.com\n")
		w.Observe(telemetry.ExitAccessLog, raw)
		w.Observe(telemetry.ExitAccessLog, raw) // too early
		w.Observe(telemetry.ExitExport, raw)    // not looked at
		time.Sleep(auditPause)
		w.Observe(telemetry.ExitAccessLog, raw[:strings.Index(string(raw), "\n")+1])
		time.Sleep(auditPause)
		w.Observe(telemetry.ExitOpsLog, []byte(strings.Repeat("x", auditBytes)+"\nto ada@example.com\n"))
		r := httptest.NewRecorder()
		m.Handler().ServeHTTP(r, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		for _, want := range []string{
			`piiproxy_exit_audited_lines_total{exit="access_log"} 4`, `piiproxy_exit_findings_total{exit="access_log"} 2`,
			`piiproxy_exit_audited_lines_total{exit="operational_log"} 0`, `piiproxy_exit_findings_total{exit="operational_log"} 0`,
		} {
			if !strings.Contains(r.Body.String(), want+"\n") {
				t.Errorf("no %s", want)
			}
		}
	})
}
