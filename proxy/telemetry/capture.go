package telemetry

import (
	"time"

	"github.com/piiproxy/piiproxy/redact"
)

// AppendCapture appends the line of a capture for r: one JSON object and a line break. Times count from started. It needs nothing
// but r and allocates nothing if dst has room.
func AppendCapture(dst redact.Masked, r *Record, started time.Time) redact.Masked {
	m := dst.AppendConst(`{"at_us":`).AppendInt(max(0, r.Start.Sub(started).Microseconds()))
	m = m.AppendConst(`,"id":"`).AppendHex(r.ID.Hi).AppendHex(r.ID.Lo).AppendConst(`"`)
	m = appendName(m.AppendConst(`,"listener":"`), m, r.Listener)
	m = appendName(m.AppendConst(`,"route":"`), m, r.Route)
	m = m.AppendConst(`,`).AppendMasked(r.Capture)
	m = m.AppendConst(`,"status":`).AppendInt(int64(r.Status))
	if r.Outcome < numOutcomes {
		m = m.AppendConst(`,"outcome":"`).AppendMasked(outcomeMasked[r.Outcome]).AppendConst(`"`)
	}
	m = m.AppendConst(`,"elapsed_us":`).AppendInt(r.Elapsed.Microseconds())
	m = m.AppendConst(`,"response_bytes":`).AppendInt(r.BytesOut)
	return m.AppendConst(`,"request_bytes":`).AppendInt(r.BytesIn).AppendConst("}\n")
}
