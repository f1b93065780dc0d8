package proxy

import (
	"net/netip"
	"strings"

	"github.com/piiproxy/piiproxy/proxy/internal/http1"
)

// ForwardingSpec is what an upstream learns of where a request came from, along a route that passes everything. A connector
// learns nothing of it.
type ForwardingSpec struct {
	Forwarded string // Forwarded, X-Forwarded-*, X-Real-IP: "drop" (the default), "replace", "append" or "keep"
	Via       string // "drop" (the default), "replace", "append" or "keep"
	RequestID string // X-Request-Id: "keep" (the default), "replace" or "drop"
}

// passing is what happens to header fields that were made on the way of a request. The zero passing withholds.
type passing uint8

const (
	dropField passing = iota
	replaceField
	appendToField
	keepField
)

// forwarding is a compiled ForwardingSpec.
type forwarding struct{ forwarded, via, requestID passing }

var passings = map[string]passing{"drop": dropField, "replace": replaceField, "append": appendToField, "keep": keepField}

// forwarding compiles what upstreams learn: what s does not say is as in otherwise.
func (b *builder) forwarding(path string, s ForwardingSpec, otherwise forwarding) forwarding {
	return forwarding{
		forwarded: b.passing(path+".forwarded", s.Forwarded, otherwise.forwarded),
		via:       b.passing(path+".via", s.Via, otherwise.via),
		requestID: b.passing(path+".requestid", s.RequestID, otherwise.requestID),
	}
}

func (b *builder) passing(path, word string, otherwise passing) passing {
	if word == "" {
		return otherwise
	}
	p, ok := passings[word]
	if list := !strings.HasSuffix(path, ".requestid"); !ok || p == appendToField && !list {
		b.problem(path, "not what can happen to such a header", "drop, replace, keep, and for a list append")
	}
	return p
}

// traceField is a header field that says where a request came from.
type traceField uint8

const (
	noTrace traceField = iota
	forwardedList
	forwardedFor
	forwardedProto
	forwardedHost
	forwardedOther
	viaList
	requestID
)

// traceOf returns which of these fields has the name, or one that some programs take for it.
func traceOf(name []byte) traceField {
	switch name[0] | 0x20 {
	case 'f':
		if equalName(name, "forwarded") {
			return forwardedList
		}
	case 'v':
		if equalName(name, "via") {
			return viaList
		}
	case 'x':
		return traceOfX(name)
	}
	return noTrace
}

func traceOfX(name []byte) traceField {
	const prefix = "x-forwarded-"
	switch {
	case http1.SameVariable(name, "x-forwarded-for"):
		return forwardedFor
	case http1.SameVariable(name, "x-forwarded-proto"):
		return forwardedProto
	case http1.SameVariable(name, "x-forwarded-host"):
		return forwardedHost
	case len(name) >= len(prefix) && http1.SameVariable(name[:len(prefix)], prefix), http1.SameVariable(name, "x-real-ip"):
		return forwardedOther
	case http1.SameVariable(name, "x-request-id"):
		return requestID
	}
	return noTrace
}

// passes reports whether a line of the field goes on as it came. A list that is added to is written anew, in one line.
func (f forwarding) passes(t traceField) bool {
	switch t {
	case noTrace:
		return true
	case viaList:
		return f.via == keepField
	case requestID:
		return f.requestID == keepField
	case forwardedList, forwardedFor:
		return f.forwarded == keepField
	}
	return f.forwarded >= appendToField
}

// appendTraces appends the fields that say where the request came from, as far as the upstream is to learn it.
func (x *exchange) appendTraces(dst []byte) []byte {
	f := x.destination.forwarding
	if f.forwarded == replaceField || f.forwarded == appendToField {
		dst = x.appendForwarded(dst, f.forwarded == appendToField)
	}
	if f.via == replaceField || f.via == appendToField {
		dst = x.appendList(dst, "Via", "via", f.via == appendToField)
		version := "1.1 piiproxy\r\n"
		if x.in.HTTP10 {
			version = "1.0 piiproxy\r\n"
		}
		dst = append(dst, version...)
	}
	if f.requestID == replaceField {
		dst = appendID(append(dst, "X-Request-Id: "...), x.record.ID)
		dst = append(dst, "\r\n"...)
	}
	return dst
}

// appendForwarded appends what the proxy knows of the client: behind what the client says itself, if that is believed.
func (x *exchange) appendForwarded(dst []byte, believed bool) []byte {
	dst = x.appendList(dst, "X-Forwarded-For", "x-forwarded-for", believed)
	dst = append(appendPeer(dst, x.peer(), false), "\r\n"...)
	proto := "http"
	if x.in.Secure() {
		proto = "https"
	}
	if _, n := x.fields.Lookup("forwarded"); n > 0 && believed {
		dst = x.appendList(dst, "Forwarded", "forwarded", true)
		dst = append(appendPeer(append(dst, `for="`...), x.peer(), true), `";proto=`...)
		dst = append(append(dst, proto...), "\r\n"...)
	}
	if _, n := x.fields.Lookup("x-forwarded-proto"); n == 0 || !believed {
		dst = append(append(append(dst, "X-Forwarded-Proto: "...), proto...), "\r\n"...)
	}
	if _, n := x.fields.Lookup("x-forwarded-host"); (n == 0 || !believed) && x.fields.Hosts == 1 {
		dst = append(append(append(dst, "X-Forwarded-Host: "...), x.fields.Host()...), "\r\n"...)
	}
	return dst
}

// appendList begins a field with the values that came in fields of its name, if they are believed, and a comma.
func (x *exchange) appendList(dst []byte, name, lower string, believed bool) []byte {
	dst = append(append(dst, name...), ": "...)
	if !believed {
		return dst
	}
	for c := x.fields.All(); c.Next(); {
		if len(c.Value) > 0 && equalName(c.Name, lower) {
			dst = append(append(dst, c.Value...), ", "...)
		}
	}
	return dst
}

// appendPeer appends an address: within quotes as Forwarded writes it, else as X-Forwarded-For does.
func appendPeer(dst []byte, peer netip.Addr, quoted bool) []byte {
	switch {
	case !peer.IsValid():
		return append(dst, "unknown"...)
	case peer.Is6() && quoted:
		return append(peer.WithZone("").AppendTo(append(dst, '[')), ']')
	}
	return peer.WithZone("").AppendTo(dst)
}
