package redact

import (
	"slices"
	"strings"
	"testing"
)

// requestSpec makes rules of one kind of field.
func requestSpec(change func(r *RequestSpec)) ProjectionSpec {
	r := &RequestSpec{}
	change(r)
	return ProjectionSpec{Request: r}
}

func query(fields ...FieldMap) ProjectionSpec {
	return requestSpec(func(r *RequestSpec) { r.Query = fields })
}

func header(fields ...FieldMap) ProjectionSpec {
	return requestSpec(func(r *RequestSpec) { r.Header = fields })
}

func members(fields ...FieldMap) ProjectionSpec {
	return requestSpec(func(r *RequestSpec) { r.JSON = fields })
}

func targetSpec(path string, segments ...FieldMap) ProjectionSpec {
	return requestSpec(func(r *RequestSpec) { r.Path, r.Segment = path, segments })
}

func TestProjectionProblems(t *testing.T) {
	for _, tc := range []struct {
		name string
		spec ProjectionSpec
		want []string // places
	}{
		{"nothing", ProjectionSpec{}, nil},
		{"everything", ProjectionSpec{Pass: "everything"}, nil},
		{"another word", ProjectionSpec{Pass: "all"}, []string{"pass"}},
		{"rules that do nothing", ProjectionSpec{Pass: "everything", Allow: []AllowSpec{{JSON: "$.to"}}}, []string{"pass"}},
		{"rules to observe", ProjectionSpec{Pass: "everything", Observe: true, Allow: []AllowSpec{{JSON: "$.to"}}}, nil},
		{"no rules to observe", ProjectionSpec{Pass: "everything", Observe: true}, []string{"observe"}},

		{"allow nothing", ProjectionSpec{Allow: []AllowSpec{{}, {JSON: "$", Query: "a"}}}, []string{"allow[0]", "allow[1]"}},
		{"allow no path", allowJSON("to", "$.a..b", "$.a.**.b"), []string{"allow[0].json", "allow[1].json", "allow[2].json"}},
		{"allow twice", allowJSON("$.to", `$["to"]`, "$.to.**"), []string{"allow[1].json", "allow[2].json"}},
		{"allow one element", allowJSON("$.to[0]"), []string{"allow[0].json"}},
		{"a whole as destination", allowJSON("$.to.**!"), []string{"allow[0].destination"}},
		{"a name twice", ProjectionSpec{Allow: []AllowSpec{{Form: "a"}, {Query: "a"}, {Form: "a"}, {Query: "a"}}}, []string{"allow[2].form", "allow[3].query"}},

		{"no source", query(FieldMap{To: "a"}), []string{"request.query[0]"}},
		{"two sources", query(FieldMap{To: "a", Const: "b", Secret: []byte("c")}), []string{"request.query[0]"}},
		{"no name", query(FieldMap{Const: "b"}), []string{"request.query[0].to"}},
		{"the same name", query(FieldMap{To: "a", Const: "b"}, FieldMap{To: "a", Const: "c"}), []string{"request.query[1].to"}},
		{"no path", query(FieldMap{To: "a", JSON: "to"}), []string{"request.query[0].json"}},
		{"no parameter", query(FieldMap{To: "a", Param: "A b"}), []string{"request.query[0].param"}},
		{"a whole in a query", query(FieldMap{To: "a", JSON: "$.a.**"}), []string{"request.query[0].json"}},
		{"an id without id", query(FieldMap{To: "a", ID: "x"}), []string{"request.query[0].id"}},
		{"an unknown unit", query(FieldMap{To: "a", JSON: "$.a", Scale: "hours"}), []string{"request.query[0].scale"}},
		{"a scaled constant", query(FieldMap{To: "a", Const: "1", Scale: "minutes_to_seconds"}), []string{"request.query[0]"}},
		{"a constant destination", query(FieldMap{To: "a", Const: "1", Destination: true}), []string{"request.query[0]"}},
		{"no condition", query(FieldMap{To: "a", Const: "1", When: "flash"}), []string{"request.query[0].when"}},
		{"conditions", query(FieldMap{To: "a", Const: "1", When: "form:"}, FieldMap{To: "b", Const: "1", When: "query:x"}), []string{"request.query[0].when"}},
		{"coding of nothing", query(FieldMap{To: "a", Coding: "body"}), []string{"request.query[0].coding"}},
		{"coding of a whole", query(FieldMap{To: "a", Coding: "$.a.**"}), []string{"request.query[0].coding"}},

		{"no header", header(FieldMap{To: "a b", Const: "1"}), []string{"request.header[0].to"}},
		{"framing", header(FieldMap{To: "content-LENGTH", Const: "1"}, FieldMap{To: "Host", Const: "1"}), []string{"request.header[0].to", "request.header[1].to"}},
		{"the same header", header(FieldMap{To: "X-A", Const: "1"}, FieldMap{To: "x-a", Const: "1"}), []string{"request.header[1].to"}},
		{"a header in two lines", header(FieldMap{To: "a", Secret: []byte("hush\r\nX: y")}), []string{"request.header[0].secret"}},

		{"members", members(FieldMap{To: "a.b", Const: "1"}, FieldMap{To: "a.c", Const: "1"}, FieldMap{To: "d[].e", Const: "1"}), nil},
		{"no member", members(FieldMap{To: "a..b", Const: "1"}, FieldMap{To: "a[0]", Const: "1"}), []string{"request.json[0].to", "request.json[1].to"}},
		{"a member in a value", members(FieldMap{To: "a", Const: "1"}, FieldMap{To: "a.b", Const: "1"}), []string{"request.json[1].to"}},
		{"a value for an object", members(FieldMap{To: "a.b", Const: "1"}, FieldMap{To: "a", Const: "1"}), []string{"request.json[1].to"}},
		{"an object that is an array", members(FieldMap{To: "a.b", Const: "1"}, FieldMap{To: "a[].c", Const: "1"}), []string{"request.json[1].to"}},

		{"paths", targetSpec("/a/{to}/b%20c", FieldMap{To: "to", Param: "to"}), nil},
		{"no segment", targetSpec("/a/{to}"), []string{"request.path"}},
		{"an unused segment", targetSpec("/a", FieldMap{To: "to", Param: "to"}), []string{"request.segment[0].to"}},
		{"part of a segment", targetSpec("/a-{to}", FieldMap{To: "to", Param: "to"}), []string{"request.path"}},
		{"a relative path", targetSpec("a"), []string{"request.path"}},
		{"a path with a query", targetSpec("/a?b"), []string{"request.path"}},
		{"a path upwards", targetSpec("/a/%2e%2E/b"), []string{"request.path"}},
		{"a constant upwards", targetSpec("/{to}", FieldMap{To: "to", Const: ".."}), []string{"request.segment[0].const"}},

		{"two bodies", requestSpec(func(r *RequestSpec) {
			r.JSON, r.Form = []FieldMap{{To: "a", Const: "1"}}, []FieldMap{{To: "a", Const: "1"}}
		}), []string{"request.form"}},
		{"two bodies with an allow-list", ProjectionSpec{Allow: []AllowSpec{{JSON: "$.a"}}, Request: &RequestSpec{JSON: []FieldMap{{To: "a", Const: "1"}}}}, []string{"request"}},
		{"two queries", ProjectionSpec{Allow: []AllowSpec{{Query: "a"}}, Request: &RequestSpec{Query: []FieldMap{{To: "a", Const: "1"}}}}, []string{"request.query"}},
	} {
		var got []string
		compileProjection("x", tc.spec, func(place, what, hint string) {
			got = append(got, strings.TrimPrefix(place, "projections.x."))
			if strings.Contains(what+hint, "hush") {
				t.Errorf("%s: a secret is shown: %s", tc.name, what)
			}
		})
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}
