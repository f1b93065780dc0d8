package proxy

import (
	"bytes"
	"math/rand/v2"
	"net/netip"

	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

// tag makes the masked views of the record. What was refused before its body was read has no view of it.
func (x *exchange) tag() {
	x.trace()
	if x.gen == nil {
		return
	}
	fields := x.gen.unrouted
	if x.destination != nil {
		fields = x.destination.fields
	}
	x.record.Log = x.appendViews(x.record.Log, x.gen.log, fields, &x.record.LogTally)
	x.bodyViews(fields)
	x.traceViews(fields)
	if x.captures() {
		x.captureView(fields)
	}
}

// appendViews returns view with what a surface shows of the head of the request.
func (x *exchange) appendViews(view telemetry.View, surface *redact.Surface, fields *redact.Fields, tally *redact.Tally) telemetry.View {
	if x.destination != nil {
		view.Path = surface.AppendPath(view.Path.Reset(), fields, x.path, x.match.Params, tally)
	} else {
		view.Path = appendUnrouted(view.Path.Reset(), surface, fields, x.path, tally)
	}
	if len(x.query) > 0 {
		view.Query = surface.AppendQuery(view.Query.Reset(), fields, x.query, tally)
	}
	if peer := x.peer(); peer.IsValid() {
		view.Client = surface.AppendAddr(view.Client.Reset(), peer, tally)
	}
	if agent, n := x.fields.Lookup("user-agent"); n > 0 {
		view.Agent = surface.AppendAgent(view.Agent.Reset(), fields, agent, tally)
	}
	return view
}

// bodyViews makes what the access log shows of the body.
func (x *exchange) bodyViews(fields *redact.Fields) {
	surface, view := x.gen.log, &x.record.Log
	if len(x.plain) == 0 || x.format == redact.Unread {
		return
	}
	if x.gen.showBody && x.format == redact.JSON && !redact.EscapesWords(x.plain) {
		view.Fields, view.Body = surface.AppendFieldsAndJSON(view.Fields.Reset(), view.Body.Reset(), fields, x.plain, &x.record.LogTally)
		return
	}
	view.Fields = surface.AppendFields(view.Fields.Reset(), fields, x.format, x.boundary, x.plain, &x.record.LogTally)
	if x.gen.showBody {
		view.Body = x.appendBody(view.Body.Reset(), surface, fields)
	}
}

// appendUnrouted appends a path for which there is no route, and so nobody who says what its segments are: one in which
// as many digits stand together as a telephone number has is taken for one.
func appendUnrouted(dst redact.Masked, surface *redact.Surface, fields *redact.Fields, path []byte, t *redact.Tally) redact.Masked {
	done := 0
	for start := 0; start < len(path); {
		end := len(path)
		if n := bytes.IndexByte(path[start:], '/'); n >= 0 {
			end = start + n
		}
		if holdsNumber(path[start:end]) {
			dst = surface.AppendPath(dst, fields, path[done:start], nil, t)
			dst = surface.AppendField(dst, redact.Tag{Kind: redact.KindPhone}, path[start:end], t)
			done = end
		}
		start = end + 1
	}
	return surface.AppendPath(dst, fields, path[done:], nil, t)
}

// holdsNumber reports whether 7 to 15 digits stand together in a segment of a path, escaped or not.
func holdsNumber(segment []byte) bool {
	digits := 0
	for i := 0; i < len(segment); i++ {
		c := segment[i]
		if c == '%' && i+2 < len(segment) && segment[i+1] == '3' {
			c = segment[i+2] // the digits are %30 to %39
			i += 2
		}
		switch {
		case c >= '0' && c <= '9':
			digits++
			continue
		case digits >= 7 && digits <= 15:
			return true
		}
		digits = 0
	}
	return digits >= 7 && digits <= 15
}

// appendBody appends what is shown of a body whose findings are counted already, among the fields.
func (x *exchange) appendBody(dst redact.Masked, surface *redact.Surface, fields *redact.Fields) redact.Masked {
	switch x.format {
	case redact.JSON:
		return dst.AppendConst("redacted_text") // it escapes words, and so hides from us what its reader would see
	case redact.Form:
		return surface.AppendForm(dst, fields, x.plain, nil)
	}
	return dst // files in a multipart body are not text
}

// peer returns the address at the other end of the connection.
func (x *exchange) peer() netip.Addr { return x.in.Peer() }

// adoptsTraces reports whether trace ids of that peer are taken over.
func (g *Generation) adoptsTraces(peer netip.Addr) bool {
	for _, p := range g.tracePeers {
		if p.Contains(peer) {
			return true
		}
	}
	return false
}

// newID returns an id that nobody can foretell: the top-level generator is ChaCha8, seeded by the system.
func newID() telemetry.ID { return telemetry.ID{Hi: rand.Uint64(), Lo: rand.Uint64()} }

// newSpanID returns the id of a span, which is not zero.
func newSpanID() uint64 { return rand.Uint64() | 1 }
