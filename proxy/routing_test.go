package proxy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/piiproxy/piiproxy/redact"
)

// A routing is what one kind of connector gets of one fixture.
type routing struct {
	fixture, kind string
	method        string
	rules         redact.ProjectionSpec
	want          map[string]string // of a query: name to value; of JSON: name to raw value
}

// kannel is the part of a Kannel-like gateway's request that does not depend on the message.
func kannel(to, from, text redact.FieldMap, more ...redact.FieldMap) redact.ProjectionSpec {
	to.To, from.To, text.To = "to", "from", "text"
	to.Required, to.Destination, text.Required = true, true, true
	return redact.ProjectionSpec{Request: &redact.RequestSpec{Path: "/cgi-bin/sendsms", Query: append([]redact.FieldMap{to, from, text}, more...)}}
}

func jsonRequest(fields ...redact.FieldMap) redact.ProjectionSpec {
	return redact.ProjectionSpec{Request: &redact.RequestSpec{Path: "/v1/send", JSON: fields}}
}

// at is a field filled from a path of the incoming body.
func at(to, path string) redact.FieldMap { return redact.FieldMap{To: to, JSON: path} }

var routings = []routing{
	{"02-sms-single", "sms.kannel", "GET", kannel(at("", "$.to"), at("", "$.from"), at("", "$.body"), at("validity", "$.ttl"),
		redact.FieldMap{To: "mclass", Const: "0", When: "$.flash"}, redact.FieldMap{To: "dlr-mask", Const: "31"},
		redact.FieldMap{To: "dlr-url", ID: "http://p/dlr/{id}?s=%d"}, redact.FieldMap{To: "smsc", Const: "gr-1"}), map[string]string{
		"to": "+12025550123", "from": "ACME", "validity": "60", "dlr-mask": "31", "dlr-url": "*", "smsc": "gr-1",
		"text": "Hi Ada, your code is 482193. Not you? Write to ada.lovelace@example.com or call +447700900123"}},
	{"02-sms-single", "smpp.submit_sm", "POST", jsonRequest(at("destination_addr", "$.to"), at("source_addr", "$.from"),
		at("short_message", "$.body"), at("validity_period", "$.ttl"), redact.FieldMap{To: "registered_delivery", Const: "1"}), map[string]string{
		"destination_addr": `"+12025550123"`, "source_addr": `"ACME"`, "validity_period": "60", "registered_delivery": `"1"`,
		"short_message": `"Hi Ada, your code is 482193. Not you? Write to ada.lovelace@example.com or call +447700900123"`}},
	{"10-2step-start", "sms.kannel", "GET", kannel(at("", "$.recipient"), at("", "$.originator"), at("", "$.template"),
		redact.FieldMap{To: "validity", JSON: "$.lifetimeInSeconds", Scale: "seconds_to_minutes"}), map[string]string{
		"to": "+12025550123", "from": "ACME", "text": "@@name your ACME code is @@pin", "validity": "3"}},
	{"10-2step-start", "voice", "POST", jsonRequest(at("to", "$.recipient"), at("from", "$.originator"), at("tts", "$.template")), map[string]string{
		"to": `"+12025550123"`, "from": `"ACME"`, "tts": `"@@name your ACME code is @@pin"`}},
	{"12-viber-single", "viber.business", "POST", jsonRequest(at("dest", "$.to"), at("service_id", "$.senderInfoTrackingId"), at("text", "$.body.text"),
		at("img", "$.body.imageURL"), at("action", "$.body.action.**"), at("ttl", "$.ttl"), redact.FieldMap{To: "label", Const: "transaction"}), map[string]string{
		"dest": `"+447700900123"`, "service_id": `"3b0b4a2e-9c1d-4f6e-8a7b-5c4d3e2f1a0b"`, "text": `"Hi Ada, order A-20261123-07 shipped"`,
		"img": `"https://img.example.com/p.png"`, "action": `{"caption":"Track","targetUrl":"https://shop.example.com/t?e=ada%40example.org"}`,
		"ttl": "3600", "label": `"transaction"`}},
	{"14-viber-otp", "viber.business", "POST", jsonRequest(at("dest", "$.to[0]"), at("service_id", "$.senderInfoTrackingId"), at("template_id", "$.templateId"),
		at("template_params", "$.templateParams.**"), at("template_lang", "$.templateLang"), at("ttl", "$.ttl"), redact.FieldMap{To: "seq", ID: "{id}"}), map[string]string{
		"dest": `"+447700900123"`, "service_id": `"3b0b4a2e-9c1d-4f6e-8a7b-5c4d3e2f1a0b"`, "template_id": `"8c7e6d5f-1234-4abc-9def-0123456789ab"`,
		"template_params": `{"pin":"482193","businessPlatformName":"ACME","codeValidityTime":"5"}`, "template_lang": `"en"`, "ttl": "120", "seq": "*"}},
	{"15-failover", "viber.business", "POST", jsonRequest(at("dest", "$.flow[0].to"), at("text", "$.flow[0].message.text"),
		redact.FieldMap{To: "ttl", JSON: "$.flow[0].ttl", Scale: "minutes_to_seconds"}), map[string]string{
		"dest": `"+447700900123"`, "text": `"Your table is ready, Ada"`, "ttl": "30"}},
	{"15-failover", "sms.kannel", "GET", kannel(at("", "$.flow[1].to"), at("", "$.flow[1].from"), at("", "$.flow[1].message.body"), at("validity", "$.flow[1].ttl")), map[string]string{
		"to": "+447700900123", "from": "ACME", "text": "Your table is ready, Ada", "validity": "15"}},
	{"15-failover", "voice", "POST", jsonRequest(at("to", "$.flow[2].to.phone"), at("from", "$.flow[2].from"), at("dialplan", "$.flow[2].dialPlans.**")), map[string]string{
		"to": `"+447700900123"`, "from": `"+12025550100"`,
		"dialplan": `{"verbs":[{"type":"SAY","message":{"text":"Your table is ready","language":"en-GB","gender":"female"}}]}`}},
	{"20-lookup", "hlr", "POST", jsonRequest(at("msisdn", "$.to")), map[string]string{"msisdn": `"+12025550123"`}},
	{"22-number-validator", "mnp/hlr", "POST", jsonRequest(at("msisdn", "$.to")), map[string]string{"msisdn": `"+447700900123"`}},
	{"36-twilio-message-create", "sms.kannel", "GET", kannel(redact.FieldMap{Form: "To"}, redact.FieldMap{Form: "From"}, redact.FieldMap{Form: "Body"}), map[string]string{
		"to": "+12025550123", "from": "+15005550006", "text": "Hi Ada, mail ada@example.com"}},
	{"23-transactional-email", "smtp", "POST", redact.ProjectionSpec{Allow: allow("$.from.address", "$.to[*].address", "$.cc[*].address", "$.bcc[*].address", "$.subject", "$.content.**", "$.attachments.**")}, map[string]string{
		"from": `{"address":"no-reply@shop.example.com"}`, "to": `[{"address":"ada.lovelace@example.com"}]`, "cc": `[{"address":"bob@example.org"}]`,
		"bcc": `[{"address":"audit@example.net"}]`, "subject": `"Your order PO-20261123-JD-41526"`,
		"content":     `{"text":"Call us on +1 (202) 555-0187","html":"<p>Dear Ada, mail <a href=\"mailto:ada.lovelace@example.com\">you</a></p>"}`,
		"attachments": `[{"filename":"a.txt","type":"text/plain","content":"UmVjaXBpZW50IHBob25lICsxMjAyNTU1MDEyMw=="}]`}},
	{"27-sendgrid-compat", "smtp", "POST", redact.ProjectionSpec{Allow: allow("$.personalizations[*].to[*].email", "$.personalizations[*].cc[*].email", "$.from.email")}, map[string]string{
		"personalizations": `[{"to":[{"email":"ada@example.com"}],"cc":[{"email":"bob@example.org"}]}]`, "from": `{"email":"no-reply@shop.example.com"}`}},
}

func allow(paths ...string) []redact.AllowSpec {
	specs := make([]redact.AllowSpec, len(paths))
	for i, p := range paths {
		specs[i].JSON = p
	}
	return specs
}

// perRecipient are fixtures with several recipients and a connector that takes one: the API sends one request for each.
var perRecipient = []routing{
	{"04-sms-campaign", "sms.kannel (one call per recipient)", "GET", kannel(at("", "$.to[*]"), at("", "$.from"), at("", "$.body"), at("validity", "$.ttl")), map[string]string{
		"to": "each", "from": "ACME", "text": "Hello [~firstName], 20% off until 30.11.2026", "validity": "1440"}},
	{"17-voice-campaign", "voice/sip (per recipient)", "POST", jsonRequest(redact.FieldMap{To: "to", JSON: "$.to[*]", Destination: true}, at("caller_id", "$.from"), at("tts", "$.message.**"), at("ring_timeout", "$.hangupDelay")), map[string]string{
		"to": "each", "caller_id": `"+12025550100"`, "tts": `{"text":"Appointment tomorrow at 10:30","language":"en-US","gender":"male"}`, "ring_timeout": "20"}},
}

// TestRoutingFields holds the request of every kind of connector to the fields that it needs, and to nothing else.
func TestRoutingFields(t *testing.T) {
	fixtures := map[string]fixture{}
	need := map[string]bool{}
	for _, f := range loadFixtures(t) {
		fixtures[f.Name] = f
		for kind := range f.Routing {
			need[f.Name+" "+kind] = true
		}
	}
	for _, r := range routings {
		delete(need, r.fixture+" "+r.kind)
		f := fixtures[r.fixture]
		body, kind := f.body()
		checkRouting(t, &f, r, compact(t, body, kind), kind)
	}
	for _, r := range perRecipient {
		delete(need, r.fixture+" "+r.kind)
		f := fixtures[r.fixture]
		checkRecipients(t, &f, r)
	}
	for missing := range need {
		t.Errorf("no connector for %s", missing)
	}
}

// checkRecipients sends a request for each recipient, as the API does; one for all of them is refused.
func checkRecipients(t *testing.T, f *fixture, r routing) {
	t.Helper()
	var whole map[string]json.RawMessage
	var recipients []string
	if json.Unmarshal(f.Body, &whole) != nil || json.Unmarshal(whole["to"], &recipients) != nil || len(recipients) < 2 {
		t.Fatalf("%s: no recipients", f.Name)
	}
	if status, sent := throughConnector(t, r, f.Body, "application/json"); status != 422 || len(sent) != 0 {
		t.Errorf("%s: several recipients: status %d, %d requests sent", f.Name, status, len(sent))
	}
	for _, to := range recipients {
		whole["to"], _ = json.Marshal([]string{to})
		body, err := json.Marshal(whole)
		if err != nil {
			t.Fatal(err)
		}
		one := r
		one.want = map[string]string{}
		for name, value := range r.want {
			if value == "each" {
				if value = to; r.method == "POST" {
					value = `"` + to + `"`
				}
			}
			one.want[name] = value
		}
		checkRouting(t, f, one, body, "application/json")
		for _, other := range recipients {
			_, sent := throughConnector(t, r, body, "application/json")
			if other != to && strings.Contains(strings.Join(sent, ""), strings.TrimPrefix(other, "+")) {
				t.Errorf("%s: another recipient left", f.Name)
			}
		}
	}
}

func checkRouting(t *testing.T, f *fixture, r routing, body []byte, mediaType string) {
	t.Helper()
	status, sent := throughConnector(t, r, body, mediaType)
	if status != 200 || len(sent) != 1 {
		t.Errorf("%s to %s: status %d, %d requests sent", f.Name, r.kind, status, len(sent))
		return
	}
	got := takeApart(t, r.method, sent[0])
	for name, want := range r.want {
		if value, ok := got[name]; !ok || want != "*" && value != want {
			t.Errorf("%s to %s: %s is %q, want %q", f.Name, r.kind, name, value, want)
		}
		delete(got, name)
	}
	for name := range got {
		t.Errorf("%s to %s: %s was sent too", f.Name, r.kind, name)
	}
	for _, path := range f.NeverNeeded {
		for _, value := range valuesAt(body, path) {
			if len(value) > 4 && strings.Contains(sent[0], value) && !slices.ContainsFunc(slices.Collect(maps.Values(r.want)), func(w string) bool { return strings.Contains(w, value) }) {
				t.Errorf("%s to %s: a value of %s left", f.Name, r.kind, path)
			}
		}
	}
}

// throughConnector sends a request with a client's headers to a connector, and returns what left.
func throughConnector(t *testing.T, r routing, body []byte, mediaType string) (status int, sent []string) {
	t.Helper()
	spec := testSpec()
	spec.Connectors = map[string]ConnectorSpec{"it": {Upstream: "api", Method: r.method}}
	spec.Redact.Projections = map[string]redact.ProjectionSpec{"it": r.rules}
	spec.Routes = map[string]RouteSpec{"it": {Listener: "api", Path: "/it", Connector: "it"}}
	rig := start(t, spec, answering(200, "OK", "", ""))
	got := rig.send(fmt.Sprintf("POST /it?secret=1 HTTP/1.1\r\nHost: api.internal\r\nConnection: close\r\nContent-Type: %s\r\nContent-Length: %d\r\n"+
		"User-Agent: acme-shop/2.4.1\r\nX-Forwarded-For: 203.0.113.77\r\nCookie: c=1\r\nAuthorization: Bearer x\r\nReferer: http://r\r\n"+
		"Traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\nBaggage: a=b\r\n\r\n%s", mediaType, len(body), body))
	return got.status, rig.upstream.take()
}

// takeApart takes a connector's request apart, and holds its head to what HTTP needs.
func takeApart(t *testing.T, method, raw string) map[string]string {
	t.Helper()
	head, body, _ := strings.Cut(raw, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	parts := strings.Split(lines[0], " ")
	if parts[0] != method {
		t.Errorf("the method is %s, want %s", parts[0], method)
	}
	for _, line := range lines[1:] {
		name, _, _ := strings.Cut(line, ":")
		if !slices.Contains([]string{"Host", "Content-Length", "Content-Type"}, http.CanonicalHeaderKey(name)) {
			t.Errorf("the header %s was sent", name)
		}
	}
	fields := map[string]string{}
	target, err := url.Parse(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range target.Query() {
		fields[name] = strings.Join(values, "|")
	}
	if body != "" {
		var members map[string]json.RawMessage
		if err := json.Unmarshal([]byte(body), &members); err != nil {
			t.Fatalf("not JSON: %v", err)
		}
		for name, value := range members {
			fields[name] = string(value)
		}
	}
	return fields
}

// compact takes the blanks out of a JSON body, so that raw values can be compared.
func compact(t *testing.T, body []byte, kind string) []byte {
	t.Helper()
	if kind != "application/json" {
		return body
	}
	var b bytes.Buffer
	if err := json.Compact(&b, body); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// valuesAt returns the texts under a path of a fixture such as $.callback, $.flow[0].inboundUrl or a form field's name.
func valuesAt(body []byte, path string) []string {
	if !strings.HasPrefix(path, "$.") {
		form, _ := url.ParseQuery(string(body))
		return form[path]
	}
	var v any
	if json.Unmarshal(body, &v) != nil {
		return nil
	}
	steps := strings.FieldsFunc(strings.TrimPrefix(path, "$."), func(r rune) bool { return strings.ContainsRune(".[]", r) })
	return texts(v, steps)
}

// texts returns the texts in v under steps; "*" is every element.
func texts(v any, steps []string) []string {
	var all []string
	switch v := v.(type) {
	case string:
		if len(steps) == 0 {
			return []string{v}
		}
	case map[string]any:
		for name, member := range v {
			if len(steps) == 0 {
				all = append(all, texts(member, nil)...)
			} else if name == steps[0] {
				all = append(all, texts(member, steps[1:])...)
			}
		}
	case []any:
		for i, element := range v {
			if len(steps) == 0 {
				all = append(all, texts(element, nil)...)
			} else if steps[0] == "*" || steps[0] == fmt.Sprint(i) {
				all = append(all, texts(element, steps[1:])...)
			}
		}
	}
	return all
}
