package redact

import (
	"fmt"
	"strings"
	"testing"
)

// kannelSpec is the request of a gateway that takes everything in the query of a GET.
func kannelSpec() ProjectionSpec {
	return ProjectionSpec{Request: &RequestSpec{
		Path: "/cgi-bin/sendsms",
		Query: []FieldMap{
			{To: "username", Const: "us er"},
			{To: "password", Secret: []byte("p&=+%")},
			{To: "to", JSON: "$.to", Required: true, Destination: true},
			{To: "from", JSON: "$.from"},
			{To: "text", JSON: "$.body", Required: true},
			{To: "charset", Const: "UTF-8", When: "$.body"},
			{To: "coding", Coding: "$.body"},
			{To: "mclass", Const: "0", When: "$.flash"},
			{To: "validity", JSON: "$.ttl", Scale: "seconds_to_minutes"},
			{To: "dlr-url", ID: "http://127.0.0.1/dlr/{id}?status=%d"},
		},
	}}
}

// requestOf writes an outgoing request in one line.
func requestOf(out *Outbound, err error) string {
	var b []byte
	for _, h := range out.Header {
		b = fmt.Appendf(b, " %s: %s", h.Name, out.HeaderText[h.Start:h.End])
	}
	return outcome(fmt.Appendf(nil, "%s?%s%s|%s|%s", out.Path, out.Query, b, out.ContentType, out.Body), err)
}

func TestProjectionKannel(t *testing.T) {
	p := mustProject(t, kannelSpec())
	const before, after = `/cgi-bin/sendsms?username=us%20er&password=p%26%3D%2B%25`, `&dlr-url=http%3A%2F%2F127.0.0.1%2Fdlr%2F7f3a%3Fstatus%3D%25d||`
	var out Outbound
	for _, tc := range []struct{ in, want string }{
		{`{"body":"Hi Ada, 1+1=2 & so on","to":"+12025550123","from":"ACME","flash":false,"label":"x","ttl":60}`,
			before + `&to=%2B12025550123&from=ACME&text=Hi%20Ada%2C%201%2B1%3D2%20%26%20so%20on&charset=UTF-8&validity=1` + after},
		{`{"t\u006f":"\u002b12025550123","body":"Γειά σου\u00a0\n","flash":true,"ttl":61}`,
			before + `&to=%2B12025550123&text=%CE%93%CE%B5%CE%B9%CE%AC%20%CF%83%CE%BF%CF%85%C2%A0%0A&charset=UTF-8&coding=2&mclass=0&validity=2` + after},
		{`{"to":306912345678,"body":"é€ΓΔ[]","from":null,"flash":0.0}`,
			before + `&to=306912345678&text=%C3%A9%E2%82%AC%CE%93%CE%94%5B%5D&charset=UTF-8` + after},
		{`{"to":"1202555012;3","body":"x"}`, refused + `separator $.to 7`},
		{`{"to":["12025550123"],"body":"x"}`, refused + `type $.to 6`},
		{`{"to":"12025550123","body":"x","to":"12025550124"}`, refused + `duplicate $.to 31`},
		{`{"to":"12025550123","body":"x","flash":true,"flash":false}`, refused + `duplicate $.flash 44`},
		{`{"to":"12025550123"}`, refused + `missing $.body -1`},
		{`{"body":"x"}`, refused + `missing $.to -1`},
		{`{"to":null,"body":"x"}`, refused + `missing $.to -1`},
		{`{"to":"12025550123","body":"x","ttl":"soon"}`, refused + `type $.ttl 38`},
		{`{"to":"12025550123","body":{"text":"x"}}`, refused + `type $.body 27`},
		{`{"to":"12025550123","body":"x"`, refused + `malformed  30`},
	} {
		for range 2 {
			out.Reset()
			err := p.Project(&out, &Input{Format: JSON, Body: []byte(tc.in), ID: []byte("7f3a")}, nil)
			if got := requestOf(&out, err); got != tc.want {
				t.Errorf("%s\n got %s\nwant %s", tc.in, got, tc.want)
			}
		}
	}
}

func TestProjectionRequestOfAForm(t *testing.T) {
	p := mustProject(t, ProjectionSpec{Request: &RequestSpec{
		Path: "/v1/{sender}/messages/{to}",
		Segment: []FieldMap{
			{To: "sender", Param: "account"},
			{To: "to", Form: "To", Destination: true},
		},
		JSON: []FieldMap{
			{To: "message.text", Form: "Body", Required: true},
			{To: "to[]", Form: "To"},
			{To: "message.coding", Coding: "form:Body"},
			{To: "messages[].from.id", ID: "x-{id}-{id}"},
			{To: "ttl", Query: "ttl", Scale: "minutes_to_seconds"},
			{To: "flash", Const: "yes", When: "query:flash"},
		},
		Header: []FieldMap{
			{To: "Authorization", Secret: []byte("Bearer 1")},
			{To: "X-Sender", Form: "From"},
		},
	}})
	account, _ := ParseName("account")
	for _, tc := range []struct{ body, query, param, want string }{
		{"To=%2B12025550123&From=AC+ME&Body=a%22%0A%CE%95&x=1", "ttl=0.5&flash=false", "a b",
			`/v1/a%20b/messages/%2B12025550123? Authorization: Bearer 1 X-Sender: AC ME|application/json|` +
				`{"message":{"text":"a\"\u000aΕ","coding":2},"to":["+12025550123"],"messages":[{"from":{"id":"x-7f3a-7f3a"}}],"ttl":30}`},
		{"To=12025550123&Body=x", "flash=1", "a",
			`/v1/a/messages/12025550123? Authorization: Bearer 1|application/json|` +
				`{"message":{"text":"x"},"to":["12025550123"],"messages":[{"from":{"id":"x-7f3a-7f3a"}}],"flash":"yes"}`},
		{"To=12025550123&Body=x", "", "..", refused + "separator account -1"},
		{"To=12025550123&Body=x", "", "a/b", refused + "separator account -1"},
		{"To=12025550123&Body=x", "", "", refused + "missing account -1"},
		{"To=12025550123&Body=x&From=a%0d%0aX:%20y", "", "a", refused + "separator From 27"},
		{"To=12025550123&Body=%ff", "", "a", refused + "malformed Body 20"},
		{"To=12025550123", "", "a", refused + "missing Body -1"},
		{"Body=x", "", "a", refused + "missing To -1"},
		{"To=+12025550123&Body=x", "", "a", refused + "separator To 3"},
		{"To=12025550123&To=12025550124&Body=x", "", "a", refused + "duplicate To 18"},
		{"To=12025550123&Body=%4&Body=x", "", "a", refused + "malformed Body 20"},
		{"To=12025550123&Body=x", "ttl=1&ttl=2", "a", refused + "duplicate ttl -1"},
		{"To=12025550123&Body=x", "ttl=-1", "a", refused + "type ttl -1"},
	} {
		var out Outbound
		err := p.Project(&out, &Input{
			Format: Form, Body: []byte(tc.body), Query: []byte(tc.query), ID: []byte("7f3a"),
			Params: []ParamValue{{account, []byte(tc.param)}},
		}, nil)
		if got := requestOf(&out, err); got != tc.want {
			t.Errorf("%s\n got %s\nwant %s", tc.body, got, tc.want)
		}
	}
}

func TestProjectionJSONToJSON(t *testing.T) {
	p := mustProject(t, ProjectionSpec{Request: &RequestSpec{JSON: []FieldMap{
		{To: "to", JSON: "$.to[*]", Required: true},
		{To: "text", JSON: "$.message.body"},
		{To: "first", JSON: "$.list[0]"},
		{To: "plan", JSON: "$.plan.**"},
		{To: "verb", JSON: "$.plan.verb"},
		{To: "any", JSON: "$.any.*", When: "$.plan"},
	}}})
	for _, tc := range []struct{ in, want string }{
		{`{"to":["\u002b1"],"message":{"body":"a\/b","x":1},"list":[1.50,2],"plan":{"verb":"SAY", "n":[1]}}`,
			`{"to":"\u002b1","text":"a\/b","first":1.50,"plan":{"verb":"SAY", "n":[1]},"verb":"SAY"}`},
		{`{"to":[true],"plan":[],"any":{"x":1}}`, `{"to":true,"plan":[]}`},
		{`{"to":[true],"plan":[0],"any":{"x":1}}`, `{"to":true,"plan":[0],"any":1}`},
		{`{"to":[true],"plan":{"a":0},"any":{"x":1,"y":2}}`, refused + `several $.any.* 45`},
		{`{"to":["1","2"]}`, refused + `several $.to[*] 12`},
		{`{"to":[]}`, refused + `missing $.to[*] -1`},
		{`{"to":"1"}`, refused + `missing $.to[*] -1`},
		{`{"to":[["1"]]}`, refused + `type $.to[*] 7`},
		{`{"to":["1"],"plan":{"a":1,"a":2}}`, refused + `duplicate $.plan.** 26`},
		{`{"to":["1"],"plan":{"verb":1,"v\u0065rb":2}}`, refused + `duplicate $.plan.verb 29`},
	} {
		var out Outbound
		err := p.Project(&out, &Input{Format: JSON, Body: []byte(tc.in)}, nil)
		if got := outcome(out.Body, err); got != tc.want {
			t.Errorf("%s\n got %s\nwant %s", tc.in, got, tc.want)
		}
	}
}

func TestProjectionAllowWithRequest(t *testing.T) {
	spec := allowJSON("$.to", "$.id")
	spec.Request = &RequestSpec{
		Path:    "/v1/{id}",
		Segment: []FieldMap{{To: "id", JSON: "$.id"}},
		Header:  []FieldMap{{To: "X-Kind", JSON: "$.kind"}},
		Query:   []FieldMap{{To: "whole", Const: "1", When: "$.opt.x"}},
	}
	var out Outbound
	var n Flow
	err := mustProject(t, spec).Project(&out, &Input{Format: JSON, Body: []byte(`{"id":7,"kind":"sms","to":"1","x":{},"opt":{"x":1,"y":2}}`)}, &n)
	if got, want := requestOf(&out, err), `/v1/7?whole=1 X-Kind: sms|application/json|{"id":7,"to":"1"}`; got != want || n != (Flow{4, 2, 0}) {
		t.Errorf("got %s %+v, want %s", got, n, want)
	}
}

func TestScale(t *testing.T) {
	for _, tc := range []struct {
		scale    scale
		in, want string
	}{
		{minutesToSeconds, "0.5", "30"}, {minutesToSeconds, "1", "60"}, {minutesToSeconds, "0.1", "6"}, {minutesToSeconds, "0.33", "20"},
		{minutesToSeconds, "1e2", "6000"}, {minutesToSeconds, "1.05", "63"}, {minutesToSeconds, "0", "0"}, {minutesToSeconds, "0.0e9", "0"},
		{minutesToSeconds, "100.500", "6030"}, {minutesToSeconds, "1440", "86400"}, {minutesToSeconds, "0.05", "3"}, {minutesToSeconds, "5E-1", "30"},
		{minutesToSeconds, "999999999999999", "59999999999999940"},
		{secondsToMinutes, "60", "1"}, {secondsToMinutes, "61", "2"}, {secondsToMinutes, "59.999", "1"}, {secondsToMinutes, "0.001", "1"},
		{secondsToMinutes, "3600", "60"}, {secondsToMinutes, "180", "3"}, {secondsToMinutes, "0", "0"}, {secondsToMinutes, "1e3", "17"},
		{minutesToSeconds, "-1", ""}, {minutesToSeconds, "", ""}, {minutesToSeconds, "x", ""}, {minutesToSeconds, "1 ", ""}, {minutesToSeconds, " 1", ""},
		{minutesToSeconds, "1e99", ""}, {minutesToSeconds, "1e-99", ""}, {minutesToSeconds, "1e99999999999999999999", ""}, {minutesToSeconds, "1e-16", ""},
		{minutesToSeconds, "1000000000000000", ""}, {minutesToSeconds, "0.1234567890123456", ""}, {minutesToSeconds, "01", ""}, {minutesToSeconds, "1.", ""},
		{minutesToSeconds, "1" + strings.Repeat("0", 100) + "1", ""}, {minutesToSeconds, "0." + strings.Repeat("0", 100) + "1", ""},
		{minutesToSeconds, "true", ""}, {minutesToSeconds, "0x10", ""}, {minutesToSeconds, "+1", ""},
	} {
		got := ""
		if n, ok := tc.scale.apply([]byte(tc.in)); ok {
			got = fmt.Sprint(n)
		}
		if got != tc.want {
			t.Errorf("%d of %s: %q, want %q", tc.scale, tc.in, got, tc.want)
		}
	}
}

func TestIsNumber(t *testing.T) {
	for in, want := range map[string]bool{
		"+306912345678": true, "306912345678": true, "00306912345678": true, "12345": true, "+123456789012345": true, "00123456789012345": true,
		"": false, "+": false, "00": false, "1234": false, "1234567890123456": false, "+1234567890123456": false, "+30 6912345678": false,
		"306912345678,": false, "306912345678;306912345679": false, "30/6912345678": false, "30-6912345678": false, "(30)6912345678": false,
		"++306912345678": false, "+30691234567x": false, "306912345678\n": false, "306912345678\x00": false, "３０６９１２３４５６": false, "3.06912e11": false,
		"tel:306912345678": false, "-306912345678": false, "+00306912345678": true, " 306912345678": false, "306912\u00a0345678": false,
	} {
		if got := isNumber([]byte(in)); got != want {
			t.Errorf("%q: %v", in, got)
		}
	}
}

func TestIsOn(t *testing.T) {
	for in, want := range map[string]bool{
		"": false, "false": false, "null": false, "0": false, "-0": false, "0.0": false, "0e5": false, "0.00E-3": false,
		"true": true, "1": true, "0.01": true, "yes": true, "False": true, "-1": true, "00:10": true, " ": true,
	} {
		if got := isOn([]byte(in)); got != want {
			t.Errorf("%q: %v", in, got)
		}
	}
}

func TestIsGSM(t *testing.T) {
	const alphabet = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	if n := len([]rune(alphabet)); n != 127 { // and the escape
		t.Fatalf("%d characters in the table of the standard", n)
	}
	known := alphabet + "\f^{}\\[~]|€"
	for r := rune(0); r < 0x3000; r++ {
		if r >= 0xd800 {
			break
		}
		if got, want := isGSM([]byte(string(r))), strings.ContainsRune(known, r); got != want {
			t.Errorf("%U: %v", r, got)
		}
	}
	for _, in := range []string{"ç", "`", "\x1b", "\t", "Ε", "😀", "\xff"} {
		if isGSM([]byte("abc" + in)) {
			t.Errorf("%q fits into GSM 7 bit", in)
		}
	}
}
