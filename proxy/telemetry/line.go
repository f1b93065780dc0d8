package telemetry

import (
	"time"

	"github.com/piiproxy/piiproxy/redact"
)

// A line is bounded whatever a client sends, so that it fits into a sink and one client cannot fill the log by itself. A
// view that is longer is left out as a whole, and named under "withheld": a cut through the middle of masked text could
// leave something that reads like more, or like less, than it is. The sum of the bounds, the constant parts and the names
// stays below [MaxLine].
const (
	maxMember = 12 << 10 // of path, query and fields, as it stands in the line
	maxClient = 256
	maxAgent  = 1 << 10
	maxBody   = 24 << 10
)

// AppendLine appends the line of the access log for r: one JSON object and a line break, shorter than [MaxLine]. What is
// empty is left out. It needs nothing but r and allocates nothing if dst has room.
func AppendLine(dst redact.Masked, r *Record) redact.Masked {
	m := dst.AppendConst(`{"time":"`).AppendTime(r.Start).AppendConst(`"`)
	m = appendIDs(m, r)
	m = appendName(m.AppendConst(`,"listener":"`), m, r.Listener)
	m = appendName(m.AppendConst(`,"route":"`), m, r.Route)
	m = appendName(m.AppendConst(`,"connector":"`), m, r.Connector)
	m = m.AppendConst(`,"method":"`).AppendMasked(methodMasked[min(r.Method, numMethods-1)]).AppendConst(`"`)
	var withheld withheld
	m = withheld.view(m.AppendConst(`,"path":`), m, r.Log.Path, maxMember, withheldPath)
	m = withheld.view(m.AppendConst(`,"query":`), m, r.Log.Query, maxMember, withheldQuery)
	m = appendEnd(m, r)
	m = withheld.view(m.AppendConst(`,"client":`), m, r.Log.Client, maxClient, withheldClient)
	m = withheld.view(m.AppendConst(`,"user_agent":`), m, r.Log.Agent, maxAgent, withheldAgent)
	m = appendKinds(m, r.LogTally.Kinds())
	if r.BodyFormat != redact.NoBody && int(r.BodyFormat) < len(formatMasked) {
		m = m.AppendConst(`,"format":"`).AppendMasked(formatMasked[r.BodyFormat]).AppendConst(`"`)
	}
	m = withheld.fields(m, r.Log.Fields)
	m = withheld.view(m.AppendConst(`,"body":`), m, r.Log.Body, maxBody, withheldBody)
	if r.Flow != (redact.Flow{}) {
		m = m.AppendConst(`,"flow":{"passed":`).AppendInt(int64(r.Flow.Passed))
		m = m.AppendConst(`,"dropped":`).AppendInt(int64(r.Flow.Dropped))
		m = m.AppendConst(`,"refused":`).AppendInt(int64(r.Flow.Refused)).AppendConst(`}`)
	}
	return withheld.appendTo(m).AppendConst("}\n")
}

// appendIDs appends the ids that there are.
func appendIDs(m redact.Masked, r *Record) redact.Masked {
	if !r.ID.IsZero() {
		m = m.AppendConst(`,"id":"`).AppendHex(r.ID.Hi).AppendHex(r.ID.Lo).AppendConst(`"`)
	}
	if !r.TraceID.IsZero() {
		m = m.AppendConst(`,"trace_id":"`).AppendHex(r.TraceID.Hi).AppendHex(r.TraceID.Lo).AppendConst(`"`)
	}
	if r.SpanID != 0 {
		m = m.AppendConst(`,"span_id":"`).AppendHex(r.SpanID).AppendConst(`"`)
	}
	return m
}

// appendName finishes a member whose key and opening quote stand in with, or returns without if there is no name.
func appendName(with, without redact.Masked, n redact.Name) redact.Masked {
	if n == (redact.Name{}) {
		return without
	}
	return with.AppendName(n).AppendConst(`"`)
}

// appendEnd appends how the exchange ended, how long it took and how much was carried.
func appendEnd(m redact.Masked, r *Record) redact.Masked {
	if r.Status != 0 {
		m = m.AppendConst(`,"status":`).AppendInt(int64(r.Status))
	}
	if r.Outcome < numOutcomes {
		m = m.AppendConst(`,"outcome":"`).AppendMasked(outcomeMasked[r.Outcome]).AppendConst(`"`)
	}
	if r.Reason != ReasonNone && r.Reason < numReasons {
		m = m.AppendConst(`,"reason":"`).AppendMasked(reasonMasked[r.Reason]).AppendConst(`"`)
	}
	if r.ProjectionReason != redact.RefusedNone && int(r.ProjectionReason) < len(projectionMasked) {
		m = m.AppendConst(`,"projection_reason":"`).AppendMasked(projectionMasked[r.ProjectionReason]).AppendConst(`"`)
	}
	m = appendMillis(m.AppendConst(`,"duration_ms":`), r.Elapsed)
	if r.Upstream > 0 {
		m = appendMillis(m.AppendConst(`,"upstream_ms":`), r.Upstream)
	}
	m = m.AppendConst(`,"bytes_in":`).AppendInt(r.BytesIn)
	return m.AppendConst(`,"bytes_out":`).AppendInt(r.BytesOut)
}

// appendMillis appends d in milliseconds, to the microsecond.
func appendMillis(m redact.Masked, d time.Duration) redact.Masked {
	d = max(d, 0)
	us := int64(d/time.Microsecond) % 1000
	m = m.AppendInt(int64(d / time.Millisecond)).AppendConst(".")
	if us < 100 {
		m = m.AppendConst("0")
	}
	if us < 10 {
		m = m.AppendConst("0")
	}
	return m.AppendInt(us)
}

// appendKinds appends the words of the kinds that were found.
func appendKinds(m redact.Masked, kinds redact.KindSet) redact.Masked {
	if kinds.Len() == 0 {
		return m
	}
	m = m.AppendConst(`,"kinds":[`)
	first := true
	for k := redact.KindPhone; int(k) < len(kindMasked); k++ {
		if !kinds.Has(k) {
			continue
		}
		if !first {
			m = m.AppendConst(`,`)
		}
		first = false
		m = m.AppendConst(`"`).AppendMasked(kindMasked[k]).AppendConst(`"`)
	}
	return m.AppendConst(`]`)
}

// withheld is the set of views that were too long for the line.
type withheld uint8

const (
	withheldPath withheld = 1 << iota
	withheldQuery
	withheldClient
	withheldAgent
	withheldFields
	withheldBody
)

// view appends v as a JSON string to with, which ends in its key. It returns without if v is empty, or if it is longer
// than limit bytes in the line.
func (w *withheld) view(with, without, v redact.Masked, limit int, bit withheld) redact.Masked {
	if v.Len() == 0 {
		return without
	}
	if v.Len() <= limit {
		if m := with.AppendQuoted(v); m.Len()-with.Len() <= limit+len(`""`) {
			return m
		}
	}
	*w |= bit
	return without
}

// fields appends the tagged fields, which are members of a JSON object already.
func (w *withheld) fields(m, v redact.Masked) redact.Masked {
	if v.Len() == 0 {
		return m
	}
	if v.Len() > maxMember {
		*w |= withheldFields
		return m
	}
	return m.AppendConst(`,"fields":{`).AppendMasked(v).AppendConst(`}`)
}

var withheldMasked = [...]redact.Masked{
	redact.Masked{}.AppendConst(`"path"`),
	redact.Masked{}.AppendConst(`"query"`),
	redact.Masked{}.AppendConst(`"client"`),
	redact.Masked{}.AppendConst(`"user_agent"`),
	redact.Masked{}.AppendConst(`"fields"`),
	redact.Masked{}.AppendConst(`"body"`),
}

// appendTo names what was withheld.
func (w withheld) appendTo(m redact.Masked) redact.Masked {
	if w == 0 {
		return m
	}
	m = m.AppendConst(`,"withheld":[`)
	first := true
	for i, name := range withheldMasked {
		if w>>i&1 == 0 {
			continue
		}
		if !first {
			m = m.AppendConst(`,`)
		}
		first = false
		m = m.AppendMasked(name)
	}
	return m.AppendConst(`]`)
}
