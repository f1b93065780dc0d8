package redact

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// nestedForms are forms and queries with fields in the values.
var nestedForms = []surfaceCase{
	{`callback=https%3A%2F%2Fh.example%2Fx%3Faccess_token%3Dabc%26text%3DHi%2BAda%26n%3D1`,
		`callback=https%3A%2F%2Fh.example%2Fx%3Faccess_token%3Dredacted_secret%26text%3Dredacted_text%26n%3D1`},
	{`u=https://h/?pin=1234`, `u=https://h/?pin=redacted_secret`},
	{`u=https://h/?pin=1234&n=1`, `u=https://h/?pin=redacted_secret&n=1`},
	{`u=https%253A%252F%252Fh%253Fpin%253D1234%2526n%253D1&x=2`, `u=https%253A%252F%252Fh%253Fpin%253Dredacted_secret%2526n%253D1&x=2`},
	{`u=h%3Fr%3Dg%253Fpin%253D1234%2526n%253D1%26text%3DHi%2526Ada%26n%3D2`,
		`u=h%3Fr%3Dg%253Fpin%253Dredacted_secret%2526n%253D1%26text%3Dredacted_text%26n%3D2`},
	{`u=https%3A%2F%2Fh%2F%23access_token%3Dabc%26state%3Dx`, `u=https%3A%2F%2Fh%2F%23access_token%3Dredacted_secret%26state%3Dx`},
	{`u=https%3A%2F%2Fh%2F%3Fpin%3D1234%23top`, `u=https%3A%2F%2Fh%2F%3Fpin%3Dredacted_secret%23top`},
	{`q=first_name%3DAda%26n%3D1`, `q=first_name%3Dredacted_name%26n%3D1`},
	{`u=h%3Fuser%255Bpin%255D%3D1234`, `u=h%3Fuser%255Bpin%255D%3Dredacted_secret`},
	{`u=h%3Fpin%3D%26n%3D1`, `u=h%3Fpin%3D%26n%3D1`},
	{`u=h%3Fto%3D306912345678%26page%3D2`, `u=h%3Fto%3Dphone_GR_k1_%26page%3D2`},
	{`data=%7B%22pin%22%3A%221234%22%2C%22n%22%3A1%7D`, `data=%7B%22pin%22%3A%22redacted_secret%22%2C%22n%22%3A1%7D`},
	{`data={"pin":1234,"n":1}`, `data={"pin":"redacted_secret","n":1}`},
	{`data=%7B%22%70in%22%3A%221234%22%2C%22n%22%3A1%7D`, `data=%7B%22%70in%22%3A%22redacted_secret%22%2C%22n%22%3A1%7D`},
	{`data=%7B%22p%5Cu0069n%22%3A%221234%22%7D`, `data=%7B%22p%5Cu0069n%22%3A%22redacted_secret%22%7D`},
	{`u=h%3Fp%25%36%39n%3D1234%26n%3D1`, `u=h%3Fp%25%36%39n%3Dredacted_secret%26n%3D1`},
	{`u=100%25&v=%&w=%3D%3D&x=%25`, `u=100%25&v=%&w=%3D%3D&x=%25`},
}

// nestedJSON are documents with fields in the strings.
var nestedJSON = []surfaceCase{
	{`{"url":"https://h.example/x?access_token=abc&text=Hi&n=1"}`, `{"url":"https://h.example/x?access_token=redacted_secret&text=redacted_text&n=1"}`},
	{`{"url":"https://h.example/x?access_token=abc\u0026text=Hi\u0026n=1"}`,
		`{"url":"https://h.example/x?access_token=redacted_secret\u0026text=redacted_text\u0026n=1"}`},
	{`{"data":"first_name=Ada L&n=1"}`, `{"data":"first_name=redacted_name&n=1"}`},
	{`{"note":"see https://h/?pin=1234 for more"}`, `{"note":"see https://h/?pin=redacted_secret for more"}`},
	{`{"log":"{\"pin\":\"1234\",\"body\":\"Hi Ada\",\"n\":1}"}`, `{"log":"{\"pin\":\"redacted_secret\",\"body\":\"redacted_text\",\"n\":1}"}`},
	{`{"log":"{\"pin\": 1234, \"n\":1}"}`, `{"log":"{\"pin\": \"redacted_secret\", \"n\":1}"}`},
	{`{"log":"{\"body\":\"say \\\"Hi\\\" to\",\"n\":1}"}`, `{"log":"{\"body\":\"redacted_text\",\"n\":1}"}`},
	{`{"log":"{\"body\":\"back\\\\\",\"n\":1}"}`, `{"log":"{\"body\":\"redacted_text\",\"n\":1}"}`},
	{`{"log":"{\"body\":{\"a\":\"}\"},\"pin\":null,\"answer\":[1,2]}"}`, `{"log":"{\"body\":\"redacted_text\",\"pin\":null,\"answer\":\"redacted_secret\"}"}`},
	{`{"log":"{\"u\":\"https://h/?pin=1234\",\"code\":\"482193\"}"}`, `{"log":"{\"u\":\"https://h/?pin=redacted_secret\",\"code\":\"redacted_secret\"}"}`},
	{`{"a":"{\"b\":\"{\\\"pin\\\":\\\"1234\\\",\\\"n\\\":1}\"}"}`, `{"a":"{\"b\":\"{\\\"pin\\\":\\\"redacted_secret\\\",\\\"n\\\":1}\"}"}`},
	{`{"log":"{\"p\u0069n\":\"1234\",\"\u0062\u006f\u0064\u0079\":\"Hi\"}"}`, `{"log":"{\"p\u0069n\":\"redacted_secret\",\"\u0062\u006f\u0064\u0079\":\"redacted_text\"}"}`},
	{`{"a":"{\"b\":\"{\\\"p\\u0069n\\\":\\\"1234\\\"}\"}"}`, `{"a":"{\"b\":\"{\\\"p\\u0069n\\\":\\\"redacted_secret\\\"}\"}"}`},
	{`{"url":"h?p\u0069n=1234\u0026n=1"}`, `{"url":"h?p\u0069n=redacted_secret\u0026n=1"}`},
	{`{"url":"h?\u0025\u0037\u0030in=1234\u0026n=1"}`, `{"url":"h?\u0025\u0037\u0030in=redacted_secret\u0026n=1"}`},
	{`{"log":"{\"code\":\"E_BUSY\",\"body\":\"\",\"n\":\"pin\"}"}`, `{"log":"{\"code\":\"E_BUSY\",\"body\":\"\",\"n\":\"pin\"}"}`},
	{`{"log":"0\"pin\":\"0\":00"}`, `{"log":"0\"pin\":\"redacted_secret\":00"}`},
	{`{"log":"{\"body\":\"cut"}`, `{"log":"{\"body\":\"redacted_text"}`},
}

// nestedLines are lines of a log with fields in the values.
var nestedLines = []surfaceCase{
	{`level=info msg="{\"body\":\"Hi\"}"`, `level=info msg="{\"body\":\"redacted_text\"}"`},
	{`level=info url="https://h/?pin=1234" n=1`, `level=info url="https://h/?pin=redacted_secret" n=1`},
	{`level=info url=https://h/?pin=1234&n=1 n=1`, `level=info url=https://h/?pin=redacted_secret&n=1 n=1`},
	{`{"level":"info","msg":"{\"password\":\"x\",\"msg\":\"hello\"}"}`, `{"level":"info","msg":"{\"password\":\"redacted_secret\",\"msg\":\"hello\"}"}`},
}

func TestNestedForms(t *testing.T) {
	p := testPolicy(t)
	s, f := p.mustSurface(t, "log"), p.Fields("any")
	for _, c := range nestedForms {
		for range 2 {
			if got := shorten(string(s.AppendQuery(Masked{}, f, []byte(c.in), nil).Bytes())); got != c.want {
				t.Errorf("%s\n got  %s\n want %s", c.in, got, c.want)
			}
		}
	}
}

func TestNestedJSON(t *testing.T) {
	p := testPolicy(t)
	s, f := p.mustSurface(t, "log"), p.Fields("any")
	for _, c := range nestedJSON {
		for range 2 {
			got := shorten(string(s.AppendJSON(Masked{}, f, []byte(c.in), nil).Bytes()))
			if got != c.want || !json.Valid([]byte(got)) {
				t.Errorf("%s\n got  %s\n want %s", c.in, got, c.want)
			}
		}
	}
}

func TestNestedLines(t *testing.T) {
	s := testSurface(t, "log")
	for _, c := range nestedLines {
		for range 2 {
			if got, ok := s.AppendLine(Masked{}, []byte(c.in), nil); !ok || string(got.Bytes()) != c.want {
				t.Errorf("%s\n got  %s\n want %s", c.in, got.Bytes(), c.want)
			}
		}
	}
}

// TestNestedAllocates holds the walk through nested values to no memory of its own.
func TestNestedAllocates(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	p := testPolicy(t)
	s, f := p.mustSurface(t, "log"), p.Fields("any")
	src := []byte(nestedForms[0].in + "&" + strings.Repeat("x=%25252525&", 50))
	dst := MakeMasked(4096)
	if n := testing.AllocsPerRun(100, func() { dst = s.AppendQuery(dst.Reset(), f, src, nil) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestNestedIsLinear gives the walk values that would be long to go over more than once for each byte.
func TestNestedIsLinear(t *testing.T) {
	p := testPolicy(t)
	s, f := p.mustSurface(t, "log"), p.Fields("any")
	for _, part := range []string{`"code":{`, `"code":"`, `\"`, `"code":`, `%25`, `?pin`, `?code=`, `\`, `"pin":{"`, `?pin=&`, `%5C`, `"" :`, `{"a":"`} {
		src := []byte("x=" + strings.Repeat(part, (1<<20)/len(part)))
		start := processorTime() // whatever else the machine does
		s.AppendQuery(MakeMasked(2<<20), f, src, nil)
		if d := processorTime() - start; d > 10*time.Second {
			t.Errorf("%s: %v", part, d)
		}
	}
}
