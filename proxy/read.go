package proxy

import (
	"bytes"

	"github.com/piiproxy/piiproxy/proxy/internal/receive"
	"github.com/piiproxy/piiproxy/proxy/route"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

// route finds where the request goes.
func (x *exchange) route() bool {
	if !x.normal.Parse(x.path) {
		return x.refuse(telemetry.ReasonMalformedRequest)
	}
	switch x.findRoute() {
	case route.NotFound:
		return x.refuse(telemetry.ReasonNoRoute)
	case route.WrongMethod:
		return x.refuse(telemetry.ReasonMethod)
	}
	return true
}

// findRoute finds the destination of a request whose path was parsed.
func (x *exchange) findRoute() route.Result {
	found := x.gen.table.Find(&x.match, x.listener.String(), x.fields.Host(), route.ParseMethod(x.method), &x.normal)
	if found == route.Found {
		x.destination = &x.gen.destinations[x.match.Rule]
		x.record.Route, x.record.Connector = x.destination.name, x.destination.connector
	}
	return found
}

// read reads the body, and finds out how it is to be understood. A body towards the API is read for its tags only, so whatever cannot be read
// passes unread; one towards a connector must be readable.
func (x *exchange) read() bool {
	if !x.fits() {
		return x.refuse(telemetry.ReasonMemory)
	}
	x.in.Room = x
	raw, ok := x.in.Body(x.gen.limits.Body)
	if !ok {
		return x.refuse(receive.Reason(x.in.Failed()))
	}
	x.raw, x.plain = raw, raw
	if len(x.raw) == 0 {
		return true
	}
	kind, kinds := x.fields.Lookup("content-type")
	if kinds > 1 {
		return x.refuse(telemetry.ReasonMalformedRequest)
	}
	x.format, x.boundary = parseMediaType(kind)
	if reason := x.inflate(); reason != telemetry.ReasonNone {
		x.format, x.plain = redact.Unread, nil
		if x.destination.projection != nil || reason == telemetry.ReasonMemory {
			x.record.BodyFormat = redact.Unread
			return x.refuse(reason)
		}
	}
	if x.destination.projection == nil {
		x.guess(len(kind) == 0)
	}
	x.record.BodyFormat = x.format
	return true
}

// guess corrects the format of a body that is read for its tags only. Clients that name no type, or keep the one that
// their tool puts there for a form, do send JSON, and servers do take it.
func (x *exchange) guess(unnamed bool) {
	if !unnamed && x.format != redact.Form {
		return
	}
	if start := bytes.TrimLeft(x.plain, " \t\r\n"); len(start) > 0 && (start[0] == '{' || start[0] == '[') {
		x.format = redact.JSON
	}
}

// parseMediaType returns the format of a body of that Content-Type.
func parseMediaType(value []byte) (f redact.Format, boundary []byte) {
	essence, params, _ := bytes.Cut(value, []byte{';'})
	essence = bytes.TrimSpace(essence)
	switch {
	case equalName(essence, "application/json"), hasSuffixFold(essence, "+json"), equalName(essence, "text/json"):
		return redact.JSON, nil
	case equalName(essence, "application/x-www-form-urlencoded"):
		return redact.Form, nil
	case equalName(essence, "multipart/form-data"):
		if boundary = parseBoundary(params); len(boundary) > 0 {
			return redact.Multipart, boundary
		}
	}
	return redact.Unread, nil
}

func hasSuffixFold(b []byte, lower string) bool {
	return len(b) > len(lower) && equalName(b[len(b)-len(lower):], lower)
}

// parseBoundary returns the boundary among the parameters of a media type, and none if there are two.
func parseBoundary(params []byte) []byte {
	var boundary []byte
	for len(params) > 0 {
		var name, value []byte
		name, value, params = cutParam(params)
		if !equalName(name, "boundary") {
			continue
		}
		if boundary != nil || len(value) > 70 {
			return nil
		}
		boundary = value
	}
	return boundary
}

// cutParam cuts one name=value off a list with semicolons. A quoted value loses its quotes; one with escapes in it is not
// any boundary that a client makes, and stays as it is.
func cutParam(params []byte) (name, value, rest []byte) {
	end := len(params)
	quoted := false
	for i, c := range params {
		if c == '"' {
			quoted = !quoted
		}
		if c == ';' && !quoted {
			end = i
			break
		}
	}
	name, value, _ = bytes.Cut(params[:end], []byte{'='})
	name, value = bytes.TrimSpace(name), bytes.TrimSpace(value)
	if n := len(value); n >= 2 && value[0] == '"' && value[n-1] == '"' {
		value = value[1 : n-1]
	}
	return name, value, params[min(end+1, len(params)):]
}
