package redact

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// mustProject compiles rules that must be right.
func mustProject(t testing.TB, spec ProjectionSpec) *Projection {
	t.Helper()
	return compileProjection("x", spec, func(place, what, hint string) { t.Fatalf("%s: %s (%s)", place, what, hint) })
}

// allowJSON makes an allow-list of paths; a path that ends with ! is a destination, and with ? required.
func allowJSON(paths ...string) ProjectionSpec {
	var spec ProjectionSpec
	for _, p := range paths {
		name := strings.TrimRight(p, "!?")
		spec.Allow = append(spec.Allow, AllowSpec{JSON: name, Destination: strings.HasSuffix(p, "!"), Required: strings.HasSuffix(p, "?")})
	}
	return spec
}

const refused = "refused: "

// outcome is what a body became, or why it was refused.
func outcome(body []byte, err error) string {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return fmt.Sprint(refused, r.Reason, " ", r.Field, " ", r.Offset)
	}
	return string(body)
}

var allowCases = []struct {
	name  string
	allow []string
	in    string
	want  string
	flow  Flow
}{
	{"no body", []string{"$.to"}, ``, ``, Flow{}},
	{"nothing there", []string{"$.to"}, `{}`, `{}`, Flow{}},
	{"order of the input", []string{"$.to", "$.body"}, `{"body":"x","label":"y","to":"1"}`, `{"body":"x","to":"1"}`, Flow{2, 1, 0}},
	{"values as they came", []string{"$.a", "$.b", "$.c", "$.d"}, " { \"a\" : 1.50e+3 , \"b\" :\t\"\\u0041\\/\" , \"c\":true,\"d\":null } ",
		`{"a":1.50e+3,"b":"\u0041\/","c":true,"d":null}`, Flow{4, 0, 0}},
	{"escaped key", []string{"$.to"}, `{"t\u006f":"1","T\u006f":"2"}`, `{"to":"1"}`, Flow{1, 1, 0}},
	{"key with a quote", []string{`$["a\"b"]`}, `{"a\u0022b":1}`, `{"a\"b":1}`, Flow{1, 0, 0}},
	{"parents", []string{"$.a.b.c", "$.x.y"}, `{"a":{"b":{"c":1,"d":2},"e":3},"x":{"z":[1,2]}}`, `{"a":{"b":{"c":1}}}`, Flow{1, 3, 0}},
	{"array", []string{"$.to[*]"}, `{"to":["1",2,null],"n":[3]}`, `{"to":["1",2,null]}`, Flow{3, 1, 0}},
	{"empty array", []string{"$.to[*]"}, `{"to":[]}`, `{}`, Flow{}},
	{"array of objects", []string{"$.to[*].address"}, `{"to":[{"name":"A","address":"a"},{"name":"B"},7,{"address":"c"}]}`,
		`{"to":[{"address":"a"},{},null,{"address":"c"}]}`, Flow{2, 3, 0}},
	{"array of arrays", []string{"$[*][*]"}, `[[],[1],{"a":1},[[2]]]`, `[[],[1],{},[]]`, Flow{1, 2, 0}},
	{"container at a scalar's place", []string{"$.to", "$.body"}, `{"to":{"phone":"1"},"body":["x"]}`, `{}`, Flow{0, 2, 0}},
	{"container in an array of scalars", []string{"$.to[*]"}, `{"to":["1",{"phone":"2"}]}`, `{"to":["1",{}]}`, Flow{1, 1, 0}},
	{"scalar at a container's place", []string{"$.to.phone"}, `{"to":"1"}`, `{}`, Flow{0, 1, 0}},
	{"scalar or object", []string{"$.flow[*].to", "$.flow[*].to.phone"}, `{"flow":[{"to":"1"},{"to":{"phone":"2","sip":"a@b"}}]}`,
		`{"flow":[{"to":"1"},{"to":{"phone":"2"}}]}`, Flow{2, 1, 0}},
	{"whole", []string{"$.a.**"}, `{"a": {"x" : [1, {"y":2}]}, "b":1}`, `{"a":{"x" : [1, {"y":2}]}}`, Flow{1, 1, 0}},
	{"whole scalar", []string{"$.a.**"}, `{"a":1}`, `{"a":1}`, Flow{1, 0, 0}},
	{"whole elements", []string{"$.a[*].**"}, `{"a":[{"x":1},2]}`, `{"a":[{"x":1},2]}`, Flow{2, 0, 0}},
	{"whole document", []string{"$.**"}, ` [1, 2] `, `[1, 2]`, Flow{1, 0, 0}},
	{"wildcard", []string{"$.*.to"}, `{"a":{"to":1,"x":2},"b":{"to":3}}`, `{"a":{"to":1},"b":{"to":3}}`, Flow{2, 1, 0}},
	{"key like a step", []string{"$.a.*"}, `{"a":{"#":0,"[*]":1}}`, `{"a":{"#":0,"[*]":1}}`, Flow{2, 0, 0}},
	{"wildcard beside exact", []string{"$.*.to", "$.a.x"}, `{"a":{"to":1,"x":2},"b":{"to":3,"x":4}}`, `{"a":{"to":1,"x":2},"b":{"to":3}}`, Flow{3, 1, 0}},
	{"wildcard keys as they came", []string{"$.*"}, `{"t\u006f" : 1}`, `{"t\u006f":1}`, Flow{1, 0, 0}},
	{"scalar document", []string{"$.a"}, `"x"`, `null`, Flow{0, 1, 0}},
	{"allowed scalar document", []string{"$"}, `"x"`, `"x"`, Flow{1, 0, 0}},

	{"duplicate", []string{"$.to"}, `{"to":"1","to":"1"}`, refused + `duplicate $.to 10`, Flow{0, 0, 1}},
	{"duplicate by escape", []string{"$.to"}, `{"to":"1","t\u006f":"2"}`, refused + `duplicate $.to 10`, Flow{0, 0, 1}},
	{"duplicate parent", []string{"$.a.to"}, `{"a":{},"a":{"to":1}}`, refused + `duplicate $.a.to 8`, Flow{0, 0, 1}},
	{"duplicate that is no parent", []string{"$.a.to"}, `{"a":1,"a":{"to":1}}`, refused + `duplicate $.a.to 7`, Flow{0, 0, 1}},
	{"duplicate in elements is none", []string{"$[*].to"}, `[{"to":1},{"to":2}]`, `[{"to":1},{"to":2}]`, Flow{2, 0, 0}},
	{"duplicate of what is dropped", []string{"$.to"}, `{"x":1,"x":2,"y":{"to":1,"to":2},"to":3}`, `{"to":3}`, Flow{1, 3, 0}},
	{"duplicate in the whole", []string{"$.a.**"}, `{"a":[{"x":1,"y":{"x":2,"\u0078":3}}]}`, refused + `duplicate $.a.** 24`, Flow{0, 0, 1}},
	{"same keys in other objects of the whole", []string{"$.a.**"}, `{"a":[{"x":{"x":1}},{"x":2}]}`, `{"a":[{"x":{"x":1}},{"x":2}]}`, Flow{1, 0, 0}},
	{"duplicate under a wildcard", []string{"$.*.to"}, `{"a":{"to":1},"a":{}}`, refused + `duplicate $.*.to 14`, Flow{0, 0, 1}},

	{"required", []string{"$.to?"}, `{"to":1}`, `{"to":1}`, Flow{1, 0, 0}},
	{"required and missing", []string{"$.to?"}, `{"To":1}`, refused + `missing $.to -1`, Flow{0, 0, 1}},
	{"required and null", []string{"$.to?"}, `{"to":null}`, refused + `missing $.to -1`, Flow{0, 0, 1}},
	{"required and an object", []string{"$.to?"}, `{"to":{}}`, refused + `type $.to 6`, Flow{0, 0, 1}},
	{"required in an array", []string{"$.to[*]?"}, `{"to":[]}`, refused + `missing $.to[*] -1`, Flow{0, 0, 1}},
	{"destination", []string{"$.to!"}, `{"to":"+306912345678"}`, `{"to":"+306912345678"}`, Flow{1, 0, 0}},
	{"destination in digits", []string{"$.to!"}, `{"to":306912345678}`, `{"to":306912345678}`, Flow{1, 0, 0}},
	{"destination escaped", []string{"$.to!"}, `{"to":"\u002b306912345678"}`, `{"to":"\u002b306912345678"}`, Flow{1, 0, 0}},
	{"two destinations", []string{"$.to!"}, `{"to":"+306912345678,+306912345679"}`, refused + `separator $.to 7`, Flow{0, 0, 1}},
	{"two destinations by escape", []string{"$.to!"}, `{"to":"+306912345678\u0020306912345679"}`, refused + `separator $.to 7`, Flow{0, 0, 1}},
	{"destinations in an array", []string{"$.to[*]!"}, `{"to":["306912345678","x"]}`, refused + `separator $.to[*] 23`, Flow{0, 0, 1}},
	{"destination in an object", []string{"$.to!"}, `{"to":{"phone":"306912345678"}}`, refused + `type $.to 6`, Flow{0, 0, 1}},
	{"wildcard does not lift a destination", []string{"$.*", "$.to!"}, `{"to":"a b"}`, refused + `separator $.to 7`, Flow{0, 0, 1}},

	{"malformed", []string{"$.to"}, `{"to":1,}`, refused + `malformed  8`, Flow{0, 0, 1}},
	{"malformed in what is dropped", []string{"$.to"}, `{"to":1,"x":[{"y":01}]}`, refused + `malformed  19`, Flow{0, 0, 1}},
	{"malformed behind the end", []string{"$.to"}, `{"to":1} {}`, refused + `malformed  9`, Flow{0, 0, 1}},
	{"cut", []string{"$.to"}, `{"to":1`, refused + `malformed  7`, Flow{0, 0, 1}},
	{"cut in a key", []string{"$.to"}, `{"to`, refused + `malformed  4`, Flow{0, 0, 1}},
	{"cut in a whole", []string{"$.to.**"}, `{"to":[1,{"a":`, refused + `malformed  14`, Flow{0, 0, 1}},
	{"not UTF-8", []string{"$.to"}, "{\"x\":\"\xff\"}", refused + `malformed  6`, Flow{0, 0, 1}},
	{"too deep", []string{"$.to"}, strings.Repeat("[", 65), refused + `depth  64`, Flow{0, 0, 1}},
	{"not JSON", []string{"$.to"}, `to=1`, refused + `malformed  1`, Flow{0, 0, 1}},
}

func TestProjectionAllow(t *testing.T) {
	for _, tc := range allowCases {
		p := mustProject(t, allowJSON(tc.allow...))
		for range 3 { // what is left over from one request must not reach another
			var n Flow
			dst, err := p.AppendJSON([]byte("before "), []byte(tc.in), &n)
			got := strings.TrimPrefix(outcome(dst, err), "before ")
			if got != tc.want || n != tc.flow {
				t.Errorf("%s: %s\n got %s %+v\nwant %s %+v", tc.name, tc.in, got, n, tc.want, tc.flow)
			}
			if err != nil && string(dst) != "before " {
				t.Errorf("%s: refused, and left %q", tc.name, dst)
			}
		}
	}
}

func TestProjectionAllowForm(t *testing.T) {
	spec := ProjectionSpec{Allow: []AllowSpec{
		{Form: "To", Required: true, Destination: true}, {Form: "Body"}, {Form: "a b"}, {Query: "q"},
	}}
	p := mustProject(t, spec)
	for _, tc := range []struct{ in, want string }{
		{"To=%2B12025550123&StatusCallback=x&Body=Hi%20Ada+%2c", "To=%2B12025550123&Body=Hi%20Ada+%2c"},
		{"&&%54o=12025550123&Body", "To=12025550123&Body="},
		{"To=12025550123&a+b=1&q=2", "To=12025550123&a%20b=1"},
		{"Body=x", refused + "missing To -1"},
		{"To=+12025550123", refused + "separator To 3"}, // the plus is a space
		{"To=12025550123&%54o=1", refused + "duplicate To 20"},
		{"To=12025550123&Body=100%", refused + "malformed Body 20"},
		{"To=12025550123&Bo%dy=1", refused + "malformed  17"},
		{"To=12025550123&Body=x;To=1", refused + "malformed Body 20"},
		{"To=12025550123&x=%;To=1", "To=12025550123"},
	} {
		got, err := p.AppendForm(nil, []byte(tc.in), nil)
		if s := outcome(got, err); s != tc.want {
			t.Errorf("%s: %s, want %s", tc.in, s, tc.want)
		}
	}
}

func TestProjectionFormats(t *testing.T) {
	json, form := allowJSON("$.to"), ProjectionSpec{Allow: []AllowSpec{{Form: "to"}}}
	query := ProjectionSpec{Allow: []AllowSpec{{Query: "to"}, {Query: "x"}}}
	for _, tc := range []struct {
		name string
		spec ProjectionSpec
		in   Input
		want string // query, content type and body
	}{
		{"json", json, Input{Format: JSON, Body: []byte(`{"to":1}`)}, `|application/json|{"to":1}`},
		{"form", form, Input{Format: Form, Body: []byte(`to=1`)}, `|application/x-www-form-urlencoded|to=1`},
		{"a form of which nothing is allowed", form, Input{Format: Form, Body: []byte(`x=1`)}, `||`},
		{"form for json", json, Input{Format: Form, Body: []byte(`to=1`)}, refused + "format  -1"},
		{"json for form", form, Input{Format: JSON, Body: []byte(`{"to":1}`)}, refused + "format  -1"},
		{"multipart for json", json, Input{Format: Multipart, Body: []byte(`--b`)}, refused + "format  -1"},
		{"unread for json", json, Input{Body: []byte(`{"to":1}`)}, refused + "format  -1"},
		{"no body", json, Input{Format: NoBody}, `||`},
		{"nothing allowed", ProjectionSpec{}, Input{Format: JSON, Body: []byte(`{"to":1}`), Query: []byte("to=1")}, `||`},
		{"nothing allowed of what cannot be walked", ProjectionSpec{}, Input{Format: JSON, Body: []byte(`{`)}, `||`},
		{"query", query, Input{Format: JSON, Body: []byte(`{"to":1}`), Query: []byte("y=2&to=%2B1&x")}, `to=%2B1&x=||`},
		{"query that is cut", query, Input{Query: []byte("to=a#b")}, refused + "malformed to -1"},
		{"query in two lines", query, Input{Query: []byte("to=a\r\nx")}, refused + "malformed to -1"},
		{"depth", json, Input{Format: JSON, Body: []byte(`{"to":[[1]]}`), Depth: 2}, refused + "depth  7"},
		{"members", json, Input{Format: JSON, Body: []byte(`[1,2,3]`), Members: 3}, refused + "depth  5"},
		{"everything", ProjectionSpec{Pass: "everything"}, Input{Body: []byte("\xff{"), Query: []byte("a=%")}, "a=%||\xff{"},
	} {
		var out Outbound
		err := mustProject(t, tc.spec).Project(&out, &tc.in, nil)
		got := outcome(fmt.Appendf(nil, "%s|%s|%s", out.Query, out.ContentType, out.Body), err)
		if got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}

func TestProjectionObserves(t *testing.T) {
	spec := allowJSON("$.to?")
	spec.Pass, spec.Observe = "everything", true
	p := mustProject(t, spec)
	for in, want := range map[string]Flow{
		`{"to":1,"label":2}`: {1, 1, 0},
		`{"label":2}`:        {0, 0, 1},
		`{"to":`:             {0, 0, 1},
	} {
		var n Flow
		var out Outbound
		if err := p.Project(&out, &Input{Format: JSON, Body: []byte(in)}, &n); err != nil || string(out.Body) != in || n != want || out.ContentType != "" {
			t.Errorf("%s: %s %+v %v", in, out.Body, n, err)
		}
	}
	enforced := spec
	enforced.Pass = ""
	if got, _ := mustProject(t, enforced).AppendJSON(nil, []byte(`{"to":1,"label":2}`), nil); string(got) != `{"to":1}` {
		t.Errorf("observing alone passes %s", got)
	}
}

// TestProjectionManyKeys drives the table of keys through its growth, and stays linear on hostile documents.
func TestProjectionManyKeys(t *testing.T) {
	p := mustProject(t, allowJSON("$.a.**"))
	doc := []byte(`{"a":{`)
	for i := range 20_000 {
		doc = fmt.Appendf(doc, `"key%d":{"x":1},`, i)
	}
	whole := append(slices.Clone(doc), `"last":0}}`...)
	if got, err := p.AppendJSON(nil, whole, nil); err != nil || string(got) != string(whole) {
		t.Errorf("a large object: %v", err)
	}
	twice := append(slices.Clone(doc), `"key777":0}}`...)
	if _, err := p.AppendJSON(nil, twice, nil); !strings.HasPrefix(outcome(nil, err), refused+"duplicate") {
		t.Errorf("a duplicate in a large object: %v", err)
	}
}

func TestRefusalHoldsNoValue(t *testing.T) {
	p := mustProject(t, allowJSON("$.to!"))
	_, err := p.AppendJSON(nil, []byte(`{"to":"+306912345678 secret"}`), nil)
	if want := "redact: request refused: separator: field $.to at byte 7"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}
