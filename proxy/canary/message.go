package canary

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

// Message is what the canary sends by one way.
type Message struct {
	Route     redact.Name // empty: no route takes it
	Listener  *Listener
	Method    string // POST if empty
	Path      string // as a route has it: what stands in braces is filled in
	Host      string
	Connector bool           // what arrives is held to what a connector has a need for
	Refused   bool           // it asks for another protocol, which the proxy refuses whatever the routes are: it reaches nobody
	Logs      bool           // it is OTLP logs in JSON
	Spans     bool           // it is OTLP traces in JSON
	Lines     bool           // it is lines of a log
	Exit      telemetry.Exit // with Logs, Spans or Lines: where that leaves
}

// attr says which message it is.
func (m *Message) attr() telemetry.Attr {
	switch {
	case m.Refused:
		return telemetry.Text("message", redact.Masked{}.AppendConst("one that the proxy refuses"))
	case m.Logs, m.Spans, m.Lines:
		return telemetry.Text("message", redact.Masked{}.AppendConst("telemetry"))
	}
	return telemetry.Name("route", m.Route)
}

// maxAnswer bounds how much of an answer is read.
const maxAnswer = 1 << 20

// send sends the message, and reports whether it was answered as it should be. What the proxy itself answers is observed.
func (m *Message) send(ctx context.Context, v *values, w *Watch) bool {
	request, err := m.request(v)
	if err != nil {
		return false
	}
	request = request.WithContext(ctx)
	client := http.Client{
		Timeout:       answerTime,
		Transport:     m.Listener.transport(v.client),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()
	answer, err := client.Do(request)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if strings.HasPrefix(answer.Header.Get("Content-Type"), "application/problem+json") { // the proxy's own
		var head bytes.Buffer
		_ = answer.Header.Write(&head) // to memory
		w.Observe(telemetry.ExitAnswer, head.Bytes())
		w.Observe(telemetry.ExitAnswer, body)
	}
	return err == nil && m.Refused == (answer.StatusCode >= http.StatusBadRequest)
}

// request plants the values at every place of a request.
func (m *Message) request(v *values) (*http.Request, error) {
	switch {
	case m.Logs:
		return m.post("application/json", logs(v))
	case m.Spans:
		return m.post("application/json", spans(v))
	case m.Lines:
		return m.post("text/plain", lines(v))
	}
	method := m.Method
	if method == "" {
		method = http.MethodPost
	}
	body := io.Reader(bytes.NewReader(document(map[string]any{
		"to": v.phone, "from": "CANARY", "body": v.text, "text": v.text, "email": v.email, "firstName": v.name, "ip": v.ip.String(),
		"password": v.code, "canaryNote": v.private + " " + v.phone,
	})))
	if method == http.MethodGet || method == http.MethodHead {
		body = nil
	}
	query := url.Values{"to": {v.phone}, "text": {v.text}, "email": {v.email}, "password": {v.code}, "canaryNote": {v.phone + " " + v.email}}
	r, err := http.NewRequest(method, "http://canary"+fillIn(m.Path, v.phone)+"?"+query.Encode(), body)
	if err != nil {
		return nil, err
	}
	if m.Host != "" {
		r.Host = m.Host
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "piiproxy-canary ("+v.email+")")
	r.Header.Set("X-Forwarded-For", v.ip.String())
	r.Header.Set("Authorization", "Bearer "+v.code)
	r.Header.Set("Baggage", "to="+url.QueryEscape(v.phone))
	if m.Refused {
		r.Header.Set("Connection", "Upgrade")
		r.Header.Set("Upgrade", "websocket")
	}
	return r, nil
}

// fillIn puts a value in place of each parameter of a path.
func fillIn(path, value string) string {
	var filled strings.Builder
	for {
		before, after, found := strings.Cut(path, "{")
		filled.WriteString(before)
		if !found {
			return filled.String()
		}
		filled.WriteString(url.QueryEscape(value))
		_, path, _ = strings.Cut(after, "}")
	}
}

func (m *Message) post(mediaType string, body []byte) (*http.Request, error) {
	r, err := http.NewRequest(http.MethodPost, "http://canary"+m.Path, bytes.NewReader(body))
	if err == nil {
		r.Header.Set("Content-Type", mediaType)
	}
	return r, err
}

// The programs whose telemetry the canary sends seem to be. Nothing else of it has their names in it, so that the one is not
// taken for the other.
const (
	logsService  = "canary-of-otlp-logs"
	spansService = "canary-of-otlp-spans"
	linesService = "canary-of-log-lines"
)

// attribute makes an attribute of OTLP.
func attribute(key, value string) map[string]any {
	return map[string]any{"key": key, "value": map[string]any{"stringValue": value}}
}

// attributes make all values attributes of names that tell what they are, and one is a name itself.
func attributes(v *values) []any {
	return []any{
		attribute("sms.to", v.phone), attribute("sms.body", v.text), attribute("user.full_name", v.name), attribute("client.address", v.ip.String()),
		attribute("user.email", v.email), attribute("password", v.code), attribute(v.phone, "sent"),
	}
}

// request makes an OTLP request of a signal, with one item.
func request(signal, items, service string, item map[string]any) []byte {
	return document(map[string]any{"resource" + signal: []any{map[string]any{
		"resource":       map[string]any{"attributes": []any{attribute("service.name", service)}},
		"scope" + signal: []any{map[string]any{items: []any{item}}},
	}}})
}

// logs makes an OTLP request with a log record.
func logs(v *values) []byte {
	return request("Logs", "logRecords", logsService, map[string]any{
		"timeUnixNano": now(),
		"body":         map[string]any{"stringValue": "sent to " + v.phone + " of " + v.email + " at " + v.ip.String()},
		"attributes":   attributes(v),
	})
}

// now returns the time as OTLP has it in JSON.
func now() string { return strconv.FormatInt(time.Now().UnixNano(), 10) }

// spans makes an OTLP request with a span, which is one to any endpoint.
func spans(v *values) []byte {
	var id [16 + 8]byte
	_, _ = rand.Read(id[:]) // it never fails
	return request("Spans", "spans", spansService, map[string]any{
		"traceId": fmt.Sprintf("%x", id[:16]), "spanId": fmt.Sprintf("%x", id[16:]), "kind": 1,
		"startTimeUnixNano": now(), "endTimeUnixNano": now(),
		"name": "send to " + v.phone, "traceState": "to=" + v.phone, "attributes": attributes(v),
		"events": []any{map[string]any{"name": "sent to " + v.email, "attributes": attributes(v)}},
		"status": map[string]any{"message": "refused at " + v.ip.String()},
	})
}

// lines makes lines of a log: text, logfmt and JSON.
func lines(v *values) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s: sent to %s of %s at %s\n", linesService, v.phone, v.email, v.ip)
	fmt.Fprintf(&b, "level=info service=%s to=%s firstName=%q password=%s body=%q\n", linesService, v.phone, v.name, v.code, v.text)
	b.Write(document(map[string]any{"service": linesService, "to": v.phone, "firstName": v.name, "password": v.code, "body": v.text, "email": v.email}))
	return b.Bytes()
}

// document returns v as JSON, which it always is.
func document(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic("canary: a message that is no JSON")
	}
	return text
}

// marks returns what the message leaves at the exits.
func (m *Message) marks(v *values, exits *Exits) (all []*mark) {
	add := func(wanted bool, exit telemetry.Exit, text string) {
		if wanted {
			all = append(all, &mark{exit: exit, text: []byte(text)})
		}
	}
	routed := m.Route != (redact.Name{})
	add(exits.AccessLog && routed, telemetry.ExitAccessLog, `"route":"`+m.Route.String()+`"`)
	add(exits.Spans && routed, telemetry.ExitExport, spanName(m.Route))
	add(m.Logs, m.Exit, logsService)
	add(m.Spans, m.Exit, spansService)
	add(m.Lines, m.Exit, linesService)
	add(m.Connector && !m.Refused, telemetry.ExitConnector, v.phone[len("+44"):])
	return all
}

// spanName returns a route as it stands in spans, as the value of an attribute of that name. Names are short.
func spanName(route redact.Name) string {
	name := route.String()
	return "piiproxy.route\x12" + string([]byte{byte(2 + len(name)), 1<<3 | 2, byte(len(name))}) + name
}

// clientAddress is where a connection seems to come from.
func clientAddress(ip netip.Addr) netip.AddrPort { return netip.AddrPortFrom(ip, 1024) }
