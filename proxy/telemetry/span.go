package telemetry

import (
	"encoding/binary"
	"net/http"
	"strconv"
	"time"

	"github.com/piiproxy/piiproxy/redact"
)

// Trace is what spans show of an exchange besides what the access log knows too. Its zero value shows nothing.
type Trace struct {
	View           // through the surface of traces
	Host           redact.Masked
	Port           uint16 // of Host; 0 if it names none
	State          redact.Masked
	Route          redact.Masked // the route's path, as the configuration has it
	Upstream       redact.Masked // scheme and host of the upstream; its path, and nothing of a query, if the proxy builds the request
	Template       redact.Masked // of the path that the upstream gets
	UpstreamName   redact.Name
	UpstreamHost   redact.Masked
	UpstreamPort   uint16
	UpstreamMethod Method // that the upstream gets
	Secure         bool   // the client speaks TLS
	HTTP10         bool   // the client speaks HTTP/1.0
	Built          bool   // the proxy builds the request: nothing of the client's path and query is shown of it
}

// Span attributes are those of the semantic conventions for HTTP, 1.44, and what only this program knows. The names of the
// latter begin with its own.
var (
	attrMethod       = newAttribute("http.request.method")
	attrRoute        = newAttribute("http.route")
	attrPath         = newAttribute("url.path")
	attrQuery        = newAttribute("url.query")
	attrScheme       = newAttribute("url.scheme")
	attrFull         = newAttribute("url.full")
	attrTemplate     = newAttribute("url.template")
	attrServer       = newAttribute("server.address")
	attrServerPort   = newAttribute("server.port")
	attrClient       = newAttribute("client.address")
	attrAgent        = newAttribute("user_agent.original")
	attrVersion      = newAttribute("network.protocol.version")
	attrStatus       = newAttribute("http.response.status_code")
	attrErrorType    = newAttribute("error.type")
	attrRequestSize  = newAttribute("http.request.body.size")
	attrResponseSize = newAttribute("http.response.body.size")
	attrRequestID    = newAttribute("piiproxy.request_id")
	attrListener     = newAttribute("piiproxy.listener")
	attrRouteName    = newAttribute("piiproxy.route")
	attrUpstream     = newAttribute("piiproxy.upstream")
	attrConnector    = newAttribute("piiproxy.connector")
	attrOutcome      = newAttribute("piiproxy.outcome")
	attrReason       = newAttribute("piiproxy.reason")
)

// Attributes whose values are words of the program, whole.
var (
	spanMethods  = attrMethod.constants(methodNames)
	spanOutcomes = attrOutcome.constants(outcomeNames)
	spanReasons  = attrReason.constants(reasonNames)
	spanErrors   = attrErrorType.constants(reasonNames)
	spanHTTP     = attrScheme.constant("http")
	spanHTTPS    = attrScheme.constant("https")
	spanHTTP10   = attrVersion.constant("1.0")
	spanHTTP11   = attrVersion.constant("1.1")
	spanCodes    = makeSpanCodes()
)

// makeSpanCodes makes error.type of the statuses that are errors.
func makeSpanCodes() (all [200]string) {
	for i := range all {
		all[i] = attrErrorType.constant(strconv.Itoa(400 + i))
	}
	return all
}

// Numbers of the fields of a span, and its enums.
const (
	tagSpan       = 2<<3 | wireBytes // within ScopeSpans
	tagTraceID    = 1<<3 | wireBytes
	tagSpanID     = 2<<3 | wireBytes
	tagTraceState = 3<<3 | wireBytes
	tagParentID   = 4<<3 | wireBytes
	tagSpanName   = 5<<3 | wireBytes
	tagSpanKind   = 6<<3 | wireVarint
	tagSpanStart  = 7<<3 | wireFixed64
	tagSpanEnd    = 8<<3 | wireFixed64
	tagSpanStatus = 15<<3 | wireBytes
	tagStatusCode = 3<<3 | wireVarint
	tagSpanFlags  = 16<<3 | wireFixed32 // of two bytes

	kindServer  = 2
	kindClient  = 3
	statusError = 2

	flagSampled     = 1
	flagKnowsRemote = 1 << 8
	flagRemote      = 1 << 9
)

// Of spans, too, views are bounded whatever a client sends, and what is longer is left out whole.
const (
	maxSpanView  = 4 << 10
	maxSpanState = 512 // as W3C wants it to be carried at least
)

// AppendSpans appends the server's span of r, and the client's if an upstream was asked: fields of an OTLP ScopeSpans. It
// allocates nothing if dst has room.
func AppendSpans(dst []byte, r *Record) []byte {
	b, at := openMessage(dst, tagSpan)
	flags := uint32(flagSampled)
	if r.ParentID != 0 {
		flags |= flagKnowsRemote | flagRemote
	}
	b = appendSpanHead(b, r, r.SpanID, r.ParentID)
	b = appendSpanTail(b, r.Method, r.Trace.Route, kindServer, flags, r.Start, r.Elapsed)
	b = closeMessage(appendServer(b, r), at)
	if r.Upstream <= 0 {
		return b
	}
	b, at = openMessage(b, tagSpan)
	b = appendSpanHead(b, r, r.ClientSpanID, r.SpanID)
	b = appendSpanTail(b, r.Trace.UpstreamMethod, r.Trace.Template, kindClient, flagSampled|flagKnowsRemote, r.Start.Add(r.Asked), r.Upstream)
	return closeMessage(appendClient(b, r), at)
}

// appendSpanHead appends the ids.
func appendSpanHead(b []byte, r *Record, id, parent uint64) []byte {
	b = append(b, tagTraceID, 16)
	b = binary.BigEndian.AppendUint64(b, r.TraceID.Hi)
	b = binary.BigEndian.AppendUint64(b, r.TraceID.Lo)
	b = binary.BigEndian.AppendUint64(append(b, tagSpanID, 8), id)
	if state := r.Trace.State.Bytes(); len(state) > 0 && len(state) <= maxSpanState && isASCII(state) {
		b = append(appendVarint(append(b, tagTraceState), len(state)), state...)
	}
	if parent != 0 {
		b = binary.BigEndian.AppendUint64(append(b, tagParentID, 8), parent)
	}
	return b
}

// appendSpanTail appends name, kind, flags and times. A name is the method and, if it is known, the route.
func appendSpanTail(b []byte, m Method, route redact.Masked, kind byte, flags uint32, start time.Time, took time.Duration) []byte {
	name := "HTTP" // of a method that is not known
	if m != MethodOther {
		name = m.String()
	}
	text := route.Bytes()
	if len(text) > maxSpanView || !isASCII(text) {
		text = nil
	}
	if len(text) == 0 {
		b = append(appendVarint(append(b, tagSpanName), len(name)), name...)
	} else {
		b = append(appendVarint(append(b, tagSpanName), len(name)+1+len(text)), name...)
		b = append(append(b, ' '), text...)
	}
	begin := uint64(start.UnixNano())
	b = appendFixed64(append(b, tagSpanKind, kind), tagSpanStart, begin)
	b = appendFixed64(b, tagSpanEnd, begin+uint64(max(took, 0)))
	b = binary.AppendUvarint(b, tagSpanFlags)
	return binary.LittleEndian.AppendUint32(b, flags)
}

// appendServer appends what the server's span shows.
func appendServer(b []byte, r *Record) []byte {
	t := &r.Trace
	b = append(b, spanMethods[min(r.Method, numMethods)]...)
	b = appendView(b, attrRoute, t.Route)
	b = appendView(b, attrPath, t.Path)
	b = appendView(b, attrQuery, t.Query)
	b = append(b, either(t.Secure, spanHTTPS, spanHTTP)...)
	b = appendView(b, attrServer, t.Host)
	if t.Port != 0 {
		b = attrServerPort.appendInt(b, int(t.Port))
	}
	b = appendView(b, attrClient, t.Client)
	b = appendView(b, attrAgent, t.Agent)
	b = append(b, either(t.HTTP10, spanHTTP10, spanHTTP11)...)
	if r.Status > 0 {
		b = attrStatus.appendInt(b, r.Status)
	}
	b = attrRequestSize.appendInt(b, int(max(r.BytesIn, 0)))
	b = attrResponseSize.appendInt(b, int(max(r.BytesOut, 0)))
	b = appendHexID(b, attrRequestID, r.ID)
	b = appendNameAttribute(b, attrListener, r.Listener)
	b = appendNameAttribute(b, attrRouteName, r.Route)
	b = append(b, spanOutcomes[min(r.Outcome, numOutcomes)]...)
	if r.Reason != ReasonNone {
		b = append(b, spanReasons[min(r.Reason, numReasons)]...)
	}
	if r.Status >= http.StatusInternalServerError || r.Outcome > Failed {
		b = appendError(b, r.Reason, r.Status)
	}
	return b
}

// appendClient appends what the span towards the upstream shows.
func appendClient(b []byte, r *Record) []byte {
	t := &r.Trace
	b = append(b, spanMethods[min(t.UpstreamMethod, numMethods)]...)
	b = appendFull(b, t)
	b = appendView(b, attrTemplate, t.Template)
	b = appendView(b, attrServer, t.UpstreamHost)
	b = attrServerPort.appendInt(b, int(t.UpstreamPort))
	b = append(b, spanHTTP11...)
	b = appendNameAttribute(b, attrUpstream, t.UpstreamName)
	b = appendNameAttribute(b, attrConnector, r.Connector)
	if r.UpstreamStatus > 0 {
		b = attrStatus.appendInt(b, r.UpstreamStatus)
	}
	if r.UpstreamStatus == 0 || r.UpstreamStatus >= http.StatusBadRequest || r.Outcome == Unknown {
		b = appendError(b, r.Reason, r.UpstreamStatus)
	}
	return b
}

// appendFull appends the URL that the upstream was asked for: what the proxy builds itself is shown without anything of the
// request in it.
func appendFull(b []byte, t *Trace) []byte {
	base, path, query := t.Upstream.Bytes(), t.Path.Bytes(), t.Query.Bytes()
	if t.Built {
		path, query = t.Template.Bytes(), nil
	}
	n := len(base) + len(path)
	if len(query) > 0 {
		n += 1 + len(query)
	}
	if n == 0 || n > 2*maxSpanView || !isASCII(base) || !isASCII(path) || !isASCII(query) {
		return b
	}
	b = append(append(attrFull.begin(b, n), base...), path...)
	if len(query) > 0 {
		b = append(append(b, '?'), query...)
	}
	return b
}

// appendError appends that a span ended in an error, and what kind of error.
func appendError(b []byte, reason Reason, status int) []byte {
	b = append(b, tagSpanStatus, 2, tagStatusCode, statusError)
	if reason != ReasonNone {
		return append(b, spanErrors[min(reason, numReasons)]...)
	}
	if i := status - 400; i >= 0 && i < len(spanCodes) {
		b = append(b, spanCodes[i]...)
	}
	return b
}

// appendView appends masked text, unless it is empty or too long.
func appendView(b []byte, a attribute, v redact.Masked) []byte {
	if v.Len() == 0 || v.Len() > maxSpanView {
		return b
	}
	return a.appendString(b, v.Bytes())
}

func appendNameAttribute(b []byte, a attribute, n redact.Name) []byte {
	text := n.String()
	if text == "" {
		return b
	}
	return append(a.begin(b, len(text)), text...)
}

func appendHexID(b []byte, a attribute, id ID) []byte {
	return appendHex(appendHex(a.begin(b, 32), id.Hi), id.Lo)
}

// appendHex appends v as 16 hexadecimal digits.
func appendHex(b []byte, v uint64) []byte {
	const digits = "0123456789abcdef"
	for shift := 60; shift >= 0; shift -= 4 {
		b = append(b, digits[v>>shift&15])
	}
	return b
}

func either(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}

func isASCII(text []byte) bool {
	for _, c := range text {
		if c >= 0x80 {
			return false
		}
	}
	return true
}
