package canary

import (
	"testing"

	"github.com/piiproxy/piiproxy/proxy/telemetry"
)

// BenchmarkWatch is what a write of 128 KiB of log lines costs: without a canary on its way, and searched in full and as it is.
func BenchmarkWatch(b *testing.B) {
	line := `{"time":"2026-11-23T13:04:00.494582Z","id":"1eec10120e4e69d0d8c58222eb9ddc65","listener":"api","route":"sms","method":"POST","path":"/sms","status":200,"outcome":"answered","duration_ms":0.582,"bytes_in":97,"client":"127.0.0.1","kinds":["phone","ip","text"],"fields":{"to":"phone_GR_k1_inaklmogjghejapojgfmacep","from":"ACME","body":"redacted_text"}}` + "\n"
	var batch []byte
	for len(batch)+len(line) <= 128<<10 {
		batch = append(batch, line...)
	}
	s, _ := newSearch(make([]Message, 5), &Exits{})
	for name, run := range map[string]func(w *Watch){
		"idle":  func(*Watch) {},
		"full":  func(w *Watch) { w.armed.Store(s); s.full[telemetry.ExitAccessLog].Store(0) },
		"as-is": func(w *Watch) { w.armed.Store(s); s.full[telemetry.ExitAccessLog].Store(fullBytes) },
	} {
		b.Run(name, func(b *testing.B) {
			var w Watch
			b.SetBytes(int64(len(batch)))
			b.ReportAllocs()
			for b.Loop() {
				run(&w)
				w.Observe(telemetry.ExitAccessLog, batch)
			}
		})
	}
}
