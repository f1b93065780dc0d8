package proxy

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/piiproxy/piiproxy/redact"
)

// connectorSpec leads /operator to a connector of the same shape, /kannel/{number} to a gateway that takes GET, and /all to
// one that gets everything and is watched.
func connectorSpec() Spec {
	spec := testSpec()
	spec.Upstreams["gateway"] = UpstreamSpec{Address: "http://gateway.internal:13013"}
	spec.Connectors["kannel"] = ConnectorSpec{Upstream: "gateway"}
	spec.Redact.Projections["kannel"] = redact.ProjectionSpec{Request: &redact.RequestSpec{
		Path: "/cgi-bin/sendsms",
		Query: []redact.FieldMap{
			{To: "username", Const: "tester"},
			{To: "to", Param: "number", Required: true, Destination: true},
			{To: "text", JSON: "$.body"},
			{To: "dlr-url", ID: "http://proxy/dlr/{id}?d=%d"},
		},
		Header: []redact.FieldMap{{To: "X-Key", Secret: []byte("hush")}},
	}}
	spec.Redact.Projections["all"] = redact.ProjectionSpec{Pass: "everything", Observe: true, Allow: []redact.AllowSpec{{JSON: "$.to"}}}
	spec.Redact.Fields = map[string]redact.FieldsSpec{"kannel": {Fields: []redact.FieldSpec{{Path: "number", Kind: "phone"}}}}
	spec.Routes["kannel"] = RouteSpec{Listener: "egress", Path: "/kannel/{number}", Connector: "kannel"}
	return spec
}

const clientHead = "Host: api\nUser-Agent: secret-agent\nCookie: a=b\nAuthorization: Bearer x\nReferer: http://x/306999999999\n" +
	"X-Forwarded-For: 203.0.113.9\nForwarded: for=203.0.113.9\ntraceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\nbaggage: a=b\n" +
	"Content-Type: application/json\n"

func withLength(line, fields, body string) string {
	b, _ := json.Marshal(len(body))
	return crlf(line+" HTTP/1.1\n"+fields+"Content-Length: "+string(b)+"\n\n") + body
}

var projected = []struct {
	name, line, fields, body string
	want                     string // a regular expression
}{
	{
		"same shape", "POST /operator?to=1", clientHead, `{"to":"+306912345678","label":"x","body":"Hi","from":"ACME"}`,
		`POST /operator HTTP/1\.1\r\nHost: api\.internal:8080\r\nContent-Type: application/json\r\nContent-Length: 34\r\n\r\n` +
			`\{"to":"\+306912345678","body":"Hi"\}`,
	},
	{
		"mapped", "POST /kannel/%2B306912345678", clientHead, `{"body":"Hi & bye","to":"+1"}`,
		`GET /cgi-bin/sendsms\?username=tester&to=%2B306912345678&text=Hi(%20|\+)%26(%20|\+)bye&dlr-url=http%3A%2F%2Fproxy%2Fdlr%2F[0-9a-f]{32}%3Fd%3D%25d HTTP/1\.1\r\n` +
			`Host: gateway\.internal:13013\r\nX-Key: hush\r\n\r\n`,
	},
	{
		"compressed", "POST /operator", clientHead + "Content-Encoding: gzip\n", gzipped(`{"to":"+306912345678","x":1}`),
		`POST /operator HTTP/1\.1\r\nHost: api\.internal:8080\r\nContent-Type: application/json\r\nContent-Length: 22\r\n\r\n\{"to":"\+306912345678"\}`,
	},
	{
		"pass", "PUT /all?x=1", "Host: api\nX-A: b\nContent-Type: application/json\n", `{"to":"+306912345678","x":1}`,
		`PUT /all\?x=1 HTTP/1\.1\r\nHost: api\r\nX-A: b\r\nContent-Type: application/json\r\nContent-Length: 28\r\n\r\n\{"to":"\+306912345678","x":1\}`,
	},
}

func TestProjected(t *testing.T) {
	r := start(t, connectorSpec(), ok())
	r.ln = r.listen("egress")
	for range 2 {
		for _, c := range projected {
			if got := r.send(withLength(c.line, c.fields, c.body)); got.status != 200 {
				t.Errorf("%s: status %d: %s", c.name, got.status, got.body)
			}
			got := r.upstream.take()
			if len(got) != 1 || !regexp.MustCompile("^"+c.want+"$").MatchString(got[0]) {
				t.Errorf("%s: the connector got\n%q, want\n%s", c.name, got, c.want)
			}
		}
	}
	if log := strings.Join(r.log.take(), ""); !strings.Contains(log, `"flow":{"passed":1,"dropped":1,`) || strings.Contains(log, "6912345678") {
		t.Errorf("logged %s", log)
	}
}

var notProjected = []struct {
	name, line, fields, body string
	status                   int
	want                     string
}{
	{"malformed", "POST /operator", clientHead, `{"to":"+306912345678"`, 422, `"projection_reason":"malformed"`},
	{"missing", "POST /operator", clientHead, `{"body":"306912345678"}`, 422, `"projection_reason":"missing","field":"$.to"`},
	{"separator", "POST /operator", clientHead, `{"to":"306912345678 306912345679"}`, 422, `"projection_reason":"separator","field":"$.to","offset":`},
	{"duplicate", "POST /operator", clientHead, `{"to":"306912345678","to":"306912345679"}`, 422, `"projection_reason":"duplicate"`},
	{"type", "POST /operator", clientHead, `{"to":["306912345678"]}`, 422, `"projection_reason":"type"`},
	{"no body", "POST /operator", clientHead, ``, 422, `"projection_reason":"missing"`},
	{"format", "POST /operator", "Host: api\nContent-Type: text/plain\n", `306912345678`, 422, `"projection_reason":"format"`},
	{"encoding", "POST /operator", clientHead + "Content-Encoding: br\n", `306912345678`, 415, `"reason":"encoding"`},
	{"not gzip", "POST /operator", clientHead + "Content-Encoding: gzip\n", `306912345678`, 415, `"reason":"encoding"`},
	{"gzip bomb", "POST /operator", clientHead + "Content-Encoding: gzip\n", gzipped(strings.Repeat("306912345678", 400_000)), 413, `"reason":"body_too_large"`},
	{"parameter", "POST /kannel/306912345678%2C306912345679", clientHead, `{}`, 422, `"projection_reason":"separator"`},
}

func TestNotProjected(t *testing.T) {
	r := start(t, connectorSpec(), ok())
	r.ln = r.listen("egress")
	for _, c := range notProjected {
		got := r.send(withLength(c.line, c.fields, c.body))
		if got.status != c.status || !strings.Contains(got.body, c.want) || !json.Valid([]byte(got.body)) {
			t.Errorf("%s: status %d: %s", c.name, got.status, got.body)
		}
		log := r.log.take()
		if len(log) != 1 || !strings.Contains(log[0], `"outcome":"refused"`) || strings.Contains(log[0]+got.body, "30691234567") {
			t.Errorf("%s: logged %q, answered %q", c.name, log, got.body)
		}
		if sent := r.upstream.take(); len(sent) != 0 {
			t.Errorf("%s: the connector got %q", c.name, sent)
		}
	}
}
