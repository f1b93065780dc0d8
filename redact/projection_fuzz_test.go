package redact

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// fuzzAllow is the allow-lists of FuzzProjection, each path as its steps: * is a wildcard member and ** all that is
// below.
var fuzzAllow = [][][]string{
	{{"to"}, {"body"}},
	{{"a", "to"}, {"to"}, {"to", "phone"}},
	{{"to", element}, {"flow", element, "to"}, {"flow", element, "to", "phone"}},
	{{"*"}, {"a", "**"}},
	{{"*", "to"}, {"a", "*"}, {"a", "b", "c"}},
	{{element}, {element, element}, {element, "to"}},
	{{"**"}},
	{{"a", element, "**"}, {"b", "*", element, "to"}},
	{},
	{{}},
}

// element is the step to every element of an array. No key is like it, because it is not UTF-8.
const element = "\xff"

// pathOf writes steps as a configuration does.
func pathOf(steps []string) string {
	p := "$"
	for _, s := range steps {
		if s == element {
			p += "[*]"
		} else {
			p += "." + s
		}
	}
	return p
}

// leaf is a scalar or an empty container of a document, as encoding/json reads it.
type leaf struct {
	path  []string // keys, and element
	at    string   // the path with indexes
	value any      // string, json.Number, bool, nil, or "{}" and "[]" as json.Delim
}

// oracle reads a document with encoding/json, and finds the duplicates that it lets through.
type oracle struct {
	dec    *json.Decoder
	leaves []leaf
	twice  [][]string // paths of members that stand twice in an object
}

func readOracle(t *testing.T, src []byte) *oracle {
	o := &oracle{dec: json.NewDecoder(bytes.NewReader(src))}
	o.dec.UseNumber()
	o.value(t, nil, "")
	return o
}

func (o *oracle) token(t *testing.T) json.Token {
	tok, err := o.dec.Token()
	if err != nil {
		t.Fatalf("encoding/json: %v", err)
	}
	return tok
}

func (o *oracle) value(t *testing.T, path []string, at string) {
	path = path[:len(path):len(path)]
	switch tok := o.token(t); tok {
	case json.Delim('{'):
		seen := map[string]bool{}
		for o.dec.More() {
			key := o.token(t).(string)
			if seen[key] {
				o.twice = append(o.twice, append(path, key))
			}
			seen[key] = true
			o.value(t, append(path, key), fmt.Sprintf("%s.%q", at, key))
		}
		o.token(t)
		if len(seen) == 0 {
			o.leaves = append(o.leaves, leaf{path, at, tok})
		}
	case json.Delim('['):
		n := 0
		for ; o.dec.More(); n++ {
			o.value(t, append(path, element), fmt.Sprintf("%s[%d]", at, n))
		}
		o.token(t)
		if n == 0 {
			o.leaves = append(o.leaves, leaf{path, at, tok})
		}
	default:
		o.leaves = append(o.leaves, leaf{path, at, tok})
	}
}

// covers reports whether an allowed path leads exactly to path, and, on the way, whether it leads through it or beyond.
func covers(allowed, path []string) (exact, way bool) {
	for i, step := range allowed {
		switch {
		case step == "**":
			return true, true
		case i >= len(path):
			return false, true
		case step != path[i] && (step != "*" || path[i] == element):
			return false, false
		}
	}
	return len(path) == len(allowed), len(path) == len(allowed)
}

// FuzzProjection holds what passes an allow-list to what encoding/json reads: the output is valid, holds every allowed value
// at its place and nothing else, and projecting it once more changes nothing.
func FuzzProjection(f *testing.F) {
	for _, tc := range allowCases {
		for i := range fuzzAllow {
			f.Add(uint8(i), []byte(tc.in))
		}
	}
	projections := make([]*Projection, len(fuzzAllow))
	for i, paths := range fuzzAllow {
		var spec ProjectionSpec
		for _, p := range paths {
			spec.Allow = append(spec.Allow, AllowSpec{JSON: pathOf(p)})
		}
		projections[i] = mustProject(f, spec)
	}
	f.Fuzz(func(t *testing.T, which uint8, src []byte) {
		i := int(which) % len(fuzzAllow)
		p, paths := projections[i], fuzzAllow[i]
		got, err := p.AppendJSON(nil, src, nil)
		if r, ok := errors.AsType[*Refusal](err); ok {
			checkRefusal(t, r, paths, src)
			return
		}
		if len(paths) == 0 || len(src) == 0 {
			if len(got) != 0 {
				t.Fatalf("nothing can pass, and %q did", got)
			}
			return
		}
		if !json.Valid(src) || !utf8.Valid(src) || !json.Valid(got) {
			t.Fatalf("%q became %q", src, got)
		}
		checkAllowed(t, paths, readOracle(t, src), readOracle(t, got), src, got)
		if again, err := p.AppendJSON(nil, got, nil); err != nil || !bytes.Equal(again, got) {
			t.Fatalf("%q became %q, and that %q (%v)", src, got, again, err)
		}
	})
}

func checkRefusal(t *testing.T, r *Refusal, paths [][]string, src []byte) {
	t.Helper()
	switch r.Reason {
	case RefusedMalformed:
		if json.Valid(src) && utf8.Valid(src) && !bytes.Contains(src, []byte(`\u`)) {
			t.Fatalf("%q: %v", src, r)
		}
	case RefusedDuplicate:
		if json.Valid(src) && !onTheWay(paths, readOracle(t, src).twice) {
			t.Fatalf("%q: %v", src, r)
		}
	case RefusedDepth:
	default:
		t.Fatalf("%q: %v", src, r)
	}
}

func onTheWay(paths, twice [][]string) bool {
	for _, member := range twice {
		for _, p := range paths {
			if _, way := covers(p, member); way {
				return true
			}
		}
	}
	return false
}

func checkAllowed(t *testing.T, paths [][]string, in, out *oracle, src, got []byte) {
	t.Helper()
	if onTheWay(paths, in.twice) {
		t.Fatalf("%q: a duplicate passed: %q", src, got)
	}
	allowed := map[string]any{}
	for _, l := range in.leaves {
		for _, p := range paths {
			exact, _ := covers(p, l.path)
			_, container := l.value.(json.Delim)
			if exact && (!container || len(p) > 0 && p[len(p)-1] == "**") {
				allowed[l.at] = l.value
			}
		}
	}
	for _, l := range out.leaves {
		want, ok := allowed[l.at]
		_, container := l.value.(json.Delim)
		placeholder := (l.value == nil || container) && (len(l.path) == 0 || l.path[len(l.path)-1] == element)
		if ok && want != l.value || !ok && !placeholder {
			t.Fatalf("%q: %s holds %v in %q", src, l.at, l.value, got)
		}
		delete(allowed, l.at)
	}
	if len(allowed) > 0 {
		t.Fatalf("%q: %v did not pass: %q", src, allowed, got)
	}
}

var naiveNumber = regexp.MustCompile(`^(\+|00)?[0-9]{5,15}$`)

// FuzzProjectionRequest holds a query that was built from a JSON body to what net/url and encoding/json read.
func FuzzProjectionRequest(f *testing.F) {
	for _, in := range []string{
		`{"to":"+12025550123","body":"Hi & 1+1=2 Γειά","from":"A;B","ttl":61,"flash":true}`,
		`{"to":306912345678,"body":"\u0000\ud83d\ude00","from":1e5}`,
		`{"to":"1 2","body":""}`, `{"to":"12345","body":null}`, `{"t\u006f":"0012345","body":true,"ttl":"0.5"}`,
	} {
		f.Add([]byte(in))
	}
	p := mustProject(f, kannelSpec())
	f.Fuzz(func(t *testing.T, src []byte) {
		var out Outbound
		if p.Project(&out, &Input{Format: JSON, Body: src, ID: []byte("7f3a")}, nil) != nil {
			if len(out.Query)+len(out.Path)+len(out.Body)+len(out.Header) > 0 {
				t.Fatalf("%q: refused, and left something", src)
			}
			return
		}
		dec := json.NewDecoder(bytes.NewReader(src))
		dec.UseNumber()
		var doc map[string]any
		if err := dec.Decode(&doc); err != nil {
			t.Fatalf("%q passed: %v", src, err)
		}
		values, err := url.ParseQuery(string(out.Query))
		if err != nil {
			t.Fatalf("%q became %q: %v", src, out.Query, err)
		}
		want := url.Values{
			"username": {"us er"}, "password": {"p&=+%"}, "dlr-url": {"http://127.0.0.1/dlr/7f3a?status=%d"},
		}
		for name, key := range map[string]string{"to": "to", "text": "body", "from": "from"} {
			if v := doc[key]; v != nil {
				want[name] = []string{fmt.Sprint(v)}
			}
		}
		if !naiveNumber.MatchString(want.Get("to")) {
			t.Fatalf("%q is a destination", want.Get("to"))
		}
		for _, name := range []string{"charset", "coding", "mclass", "validity"} { // tables of their own have these
			delete(values, name)
		}
		if values.Encode() != want.Encode() {
			t.Fatalf("%q became %q, want %q", src, values, want)
		}
	})
}

// FuzzProjectionForm builds every place but a query from a form, and holds each to its decoder.
func FuzzProjectionForm(f *testing.F) {
	p := mustProject(f, ProjectionSpec{Request: &RequestSpec{
		Path:    "/v1/{to}/x",
		Segment: []FieldMap{{To: "to", Form: "To"}},
		JSON:    []FieldMap{{To: "a.to", Form: "To"}, {To: "b.c[]", Form: "Body"}, {To: "a.id", ID: "{id}."}},
		Header:  []FieldMap{{To: "X-To", Form: "To"}},
	}})
	for _, in := range []string{"To=%2B1&Body=a+b", "To=..&Body=x", "To=a%2fb", "To=a%0d%0aX:y", "%54o=%C3%A9&Body=%22%5c", "To=%FF", "To=1&To=2"} {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		src = bytes.ReplaceAll(src, []byte(";"), nil)
		var out Outbound
		if p.Project(&out, &Input{Format: Form, Body: src, ID: []byte("7f3a")}, nil) != nil {
			return
		}
		form, _ := url.ParseQuery(string(src)) // the valid pairs; those of others are dropped
		to := form.Get("To")
		segment, err := url.PathUnescape(strings.TrimSuffix(strings.TrimPrefix(string(out.Path), "/v1/"), "/x"))
		if err != nil || segment != to || strings.ContainsAny(to, "/\\\r\n\x00") || to == "" || to == "." || to == ".." {
			t.Fatalf("%q: path %q", src, out.Path)
		}
		if len(out.Header) != 1 || string(out.HeaderText) != to {
			t.Fatalf("%q: header %q", src, out.HeaderText)
		}
		var doc struct {
			A struct{ To, ID string }
			B struct{ C []string }
		}
		dec := json.NewDecoder(bytes.NewReader(out.Body))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&doc); err != nil || doc.A.To != to || doc.A.ID != "7f3a." || strings.Join(doc.B.C, "") != form.Get("Body") {
			t.Fatalf("%q: body %q (%v)", src, out.Body, err)
		}
	})
}
