package redact

import (
	"encoding/json"
	"strings"
	"testing"
)

// namedValues are documents in which a member names another one.
var namedValues = []surfaceCase{
	{`{"name":"password","value":"abc def"}`, `{"name":"password","value":"redacted_secret"}`},
	{`{"value":"abc","name":"password"}`, `{"value":"redacted_secret","name":"password"}`},
	{`{"value":"say \"hi\"","n":1,"x":null,"Key":"body"}`, `{"value":"redacted_text","n":1,"x":null,"Key":"body"}`},
	{"{\n  \"value\" : 1234 ,\n  \"name\" : \"pin\"\n}", "{\n  \"value\" : \"redacted_secret\" ,\n  \"name\" : \"pin\"\n}"},
	{`{"key":"to","value":306912345678}`, `{"key":"to","value":"redacted_phone"}`},
	{`{"value":"6912345678","key":"msisdn"}`, `{"value":"redacted_phone","key":"msisdn"}`},
	{`{"header":"Authorization","value":"Bearer abc"}`, `{"header":"Authorization","value":"redacted_secret"}`},
	{`{"headers":[{"name":"Accept","value":"*/*"},{"name":"X-Api-Key","value":"abc"},{"name":"Cookie","value":"a=b"},{"name":"Host","value":"h"}]}`,
		`{"headers":[{"name":"Accept","value":"*/*"},{"name":"X-Api-Key","value":"redacted_secret"},{"name":"Cookie","value":"redacted_secret"},{"name":"Host","value":"h"}]}`},
	{`{"key":"http.request.header.authorization","value":{"arrayValue":{"values":[{"stringValue":"Bearer x"}]}}}`,
		`{"key":"http.request.header.authorization","value":{"arrayValue":{"values":[{"stringValue":"redacted_secret"}]}}}`},
	{`{"k":"first_name","v":["Ada","Eva"]}`, `{"k":"first_name","v":["redacted_name","redacted_name"]}`},
	{`{"name":"password","description":"a word","value":"x"}`, `{"name":"password","description":"a word","value":"redacted_secret"}`},
	{`{"name":"numeroCelular","value":5512345678,"id":5512345678}`, `{"name":"numeroCelular","value":"redacted_phone","id":5512345678}`},
	{`{"value":"6912345678","key":"phoneNumberPrimary"}`, `{"value":"redacted_phone","key":"phoneNumberPrimary"}`},
	{`{"name":"orderNumber","value":"6912345678"}`, `{"name":"orderNumber","value":"6912345678"}`},
	{`{"name":"status","value":"sent"}`, `{"name":"status","value":"sent"}`},
	{`{"name":"code","value":"E_BUSY"}`, `{"name":"code","value":"E_BUSY"}`},
	{`{"name":"password","type":"string","required":true}`, `{"name":"password","type":"string","required":true}`},
	{`[{"name":"password"},{"value":"x"}]`, `[{"name":"password"},{"value":"x"}]`},
	{`{"name":["password"],"value":"x"}`, `{"name":["password"],"value":"x"}`},
	{`{"name":"reset your password","value":"x"}`, `{"name":"reset your password","value":"x"}`},
	{`{"value":"x","a":{"name":"password"}}`, `{"value":"x","a":{"name":"password"}}`},
	{`{"log":"{\"headers\":[{\"name\":\"Authorization\",\"value\":\"Bearer x\"},{\"name\":\"n\",\"value\":\"y\"}]}"}`,
		`{"log":"{\"headers\":[{\"name\":\"Authorization\",\"value\":\"redacted_secret\"},{\"name\":\"n\",\"value\":\"y\"}]}"}`},
	{`{"log":"[{\"key\":\"pin\",\"value\":1234},{\"value\":1234}]"}`, `{"log":"[{\"key\":\"pin\",\"value\":\"redacted_secret\"},{\"value\":1234}]"}`},
	{`{"value":"x"`, `{"value":"x"`},
}

func TestNamedValues(t *testing.T) {
	s := testSurface(t, "mask")
	for range 2 {
		for _, c := range namedValues {
			got, ok := s.AppendLine(Masked{}, []byte(c.in), nil)
			if !ok || string(got.Bytes()) != c.want || json.Valid([]byte(c.in)) != json.Valid(got.Bytes()) {
				t.Errorf("%s\n got  %s\n want %s", c.in, got.Bytes(), c.want)
			}
		}
	}
}

// TestNamingIsLinear gives documents that would be long to go over more than once for each value without a name.
func TestNamingIsLinear(t *testing.T) {
	s := testSurface(t, "mask")
	for _, unit := range []string{`{"value":"x","a":1},`, `{"value":"x","a":"b`, `{"value":{"value":`, `"value":1,`, `{"value":[`, `{"name":"a","value":`} {
		doc := "[" + strings.Repeat(unit, (1<<20)/len(unit))
		if unit[0] == '"' {
			doc = "{" + doc[1:]
		}
		start := processorTime()
		s.AppendJSON(MakeMasked(4<<20), nil, []byte(doc), nil)
		if d := processorTime() - start; d > linearTime {
			t.Errorf("%s: %v", unit, d)
		}
	}
}
