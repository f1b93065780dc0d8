// Package unmasked must not compile: every line with the comment "no" tries to show text that is not masked.
package unmasked

import (
	"errors"
	"log/slog"

	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

func try(text string, bytes []byte, m *telemetry.Metrics, o *telemetry.Ops, s *telemetry.Sink) {
	var r telemetry.Record
	r.Route = text                                   // no
	r.Log.Path = text                                // no
	r.Log.Path = bytes                               // no
	r.Log.Query = redact.Masked{}.AppendConst(text)  // no
	r.Log.Body = redact.Masked{bytes}                // no
	r.Reason = text                                  // no
	s.Write(bytes)                                   // no
	o.Info(text)                                     // no
	o.Error("failed", slog.String("error", text))    // no
	o.Error("failed", telemetry.Word("error", text)) // no
	o.Error("failed", telemetry.Text("error", text)) // no
	o.Error("failed", telemetry.Name("name", text))  // no
	o.Error("failed", errors.New(text))              // no
	_ = telemetry.Attr{slog.String("error", text)}   // no
	_ = m.Suppressor(text)                           // no
	o.Error("failed", telemetry.Word("error", "constant"))
	r.Log.Path = redact.Masked{}.AppendConst("constant")
}
