package route

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

var rules = []Rule{
	0:  {Listener: "api", Methods: []string{"POST"}, Path: "/sms"},
	1:  {Listener: "api", Methods: []string{"GET", "PUT"}, Path: "/sms/{id}"},
	2:  {Listener: "api", Methods: []string{"GET"}, Path: "/sms/tracking"},
	3:  {Listener: "api", Path: "/emails/{email}/parts/{part}"},
	4:  {Listener: "api", Methods: []string{"GET"}, Path: "/files/{rest...}"},
	5:  {Listener: "api", Path: "/"},
	6:  {Listener: "api", Hosts: []string{"auth.example.com"}, Methods: []string{"POST"}, Path: "/oauth/token"},
	7:  {Listener: "api", Hosts: []string{"auth.example.com"}, Methods: []string{"GET"}, Path: "/{rest...}"},
	8:  {Listener: "egress", Path: "/{rest...}"},
	9:  {Listener: "api", Methods: []string{"DELETE"}, Path: "/{a}/x"},
	10: {Listener: "api", Methods: []string{"POST"}, Path: "/dir/"},
}

var requests = []struct {
	listener, host, method, path string
	result                       Result
	rule                         int
	params                       string // name=raw,…
	allow                        string
}{
	{listener: "api", method: "POST", path: "/sms", result: Found, rule: 0},
	{listener: "api", method: "POST", path: "/%73m%73", result: Found, rule: 0},
	{listener: "api", method: "GET", path: "/sms", result: WrongMethod, allow: "POST"},
	{listener: "api", method: "POST", path: "/sms/", result: NotFound},
	{listener: "api", method: "GET", path: "/sms/17", result: Found, rule: 1, params: "id=17"},
	{listener: "api", method: "GET", path: "/%73ms/%2B30%2f1", result: Found, rule: 1, params: "id=%2B30%2f1"},
	{listener: "api", method: "GET", path: "/sms/tracking", result: Found, rule: 2},
	{listener: "api", method: "PUT", path: "/sms/tracking", result: Found, rule: 1, params: "id=tracking"},
	{listener: "api", method: "DELETE", path: "/sms/tracking", result: WrongMethod, allow: "GET, PUT"},
	{listener: "api", method: "DELETE", path: "/sms/x", result: Found, rule: 9, params: "a=sms"},
	{listener: "api", method: "PATCH", path: "/emails/a%40b.co/parts/2", result: Found, rule: 3, params: "email=a%40b.co,part=2"},
	{listener: "api", method: "GET", path: "/emails//parts/2", result: NotFound},
	{listener: "api", method: "GET", path: "/files/", result: Found, rule: 4, params: "rest="},
	{listener: "api", method: "GET", path: "/files", result: NotFound},
	{listener: "api", method: "GET", path: "/files/a/b%20c/", result: Found, rule: 4, params: "rest=a/b%20c/"},
	{listener: "api", method: "OPTIONS", path: "/", result: Found, rule: 5},
	{listener: "api", host: "auth.example.com", method: "POST", path: "/oauth/token", result: Found, rule: 6},
	{listener: "api", host: "AUTH.example.com.:8443", method: "POST", path: "/oauth/token", result: Found, rule: 6},
	{listener: "api", host: "other.example.com", method: "POST", path: "/oauth/token", result: NotFound},
	{listener: "api", host: "auth.example.com", method: "GET", path: "/sms/17", result: Found, rule: 7, params: "rest=sms/17"},
	{listener: "api", host: "auth.example.com", method: "POST", path: "/sms", result: Found, rule: 0},
	{listener: "api", host: strings.Repeat("a", 300), method: "POST", path: "/sms", result: Found, rule: 0},
	{listener: "api", host: "[::1]:80", method: "POST", path: "/sms", result: Found, rule: 0},
	{listener: "egress", method: "POST", path: "/sms", result: Found, rule: 8, params: "rest=sms"},
	{listener: "api", method: "POST", path: "/dir/", result: Found, rule: 10},
	{listener: "none", method: "POST", path: "/sms", result: NotFound},
}

func TestFind(t *testing.T) {
	table, problems := Compile(rules)
	if len(problems) != 0 {
		t.Fatalf("problems: %v", problems)
	}
	var m Match
	for _, r := range requests {
		var p Path
		if !p.Parse([]byte(r.path)) {
			if r.result != NotFound {
				t.Errorf("%s: refused", r.path)
			}
			continue
		}
		got := table.Find(&m, r.listener, []byte(r.host), ParseMethod([]byte(r.method)), &p)
		var params []string
		for _, q := range m.Params {
			params = append(params, q.Name.String()+"="+r.path[q.Start:q.End])
		}
		allow := string(m.Allow.AppendAllow(nil))
		if got != r.result || got == Found && m.Rule != r.rule || strings.Join(params, ",") != r.params || allow != r.allow {
			t.Errorf("%s %s%s: result %d, rule %d, params %q, allow %q", r.method, r.host, r.path, got, m.Rule, params, allow)
		}
	}
}

var paths = []struct {
	raw, normal string // normal is empty if the path is refused
}{
	{"/", "/"},
	{"/a/b", "/a/b"},
	{"/a/", "/a/"},
	{"/%61%2d%7E/%c3%a9", "/a-~/%C3%A9"},
	{"/a%2Fb", "/a%2Fb"},
	{"/a.b/..c/d..", "/a.b/..c/d.."},
	{"/...", "/..."},
	{"/a;v=1.2/b", "/a;v=1.2/b"},
	{"", ""},
	{"a", ""},
	{"*", ""},
	{"//", ""},
	{"//a", ""},
	{"/a//b", ""},
	{"/a/../b", ""},
	{"/a/./b", ""},
	{"/..", ""},
	{"/.", ""},
	{"/%2e%2e/b", ""},
	{"/%2E/b", ""},
	{"/a/.%2e", ""},
	{"/a/..%2fb", ""},
	{"/a%2f..", ""},
	{"/a%5c..%5Cb", ""},
	{"/a/..;x=1/b", ""},
	{"/a/..%3bx/b", ""},
	{`/a\..\b`, ""},
	{"/a%", ""},
	{"/a%2", ""},
	{"/a%zz", ""},
	{"/a%00", ""},
	{"/a b", ""},
	{"/a#b", ""},
	{"/é", ""},
	{"/a\x7f", ""},
}

func TestPath(t *testing.T) {
	var p Path
	for _, c := range paths {
		raw := []byte(c.raw)
		ok := p.Parse(raw)
		if ok != (c.normal != "") || ok && string(p.normal) != c.normal || string(p.Raw()) != c.raw {
			t.Errorf("%q: %v, %q", c.raw, ok, p.normal)
		}
		p.Reset()
		if p.raw != nil || p.normal != nil {
			t.Errorf("%q: something was left", c.raw)
		}
	}
}

// FuzzPath holds paths to what their segments promise to every server behind the proxy.
func FuzzPath(f *testing.F) {
	for _, c := range paths {
		f.Add([]byte(c.raw))
	}
	table, _ := Compile(rules)
	f.Fuzz(func(t *testing.T, raw []byte) {
		var p, again Path
		if !p.Parse(raw) {
			return
		}
		if strings.Count(string(raw), "/") != strings.Count(string(p.normal), "/") {
			t.Errorf("%q became %q: a slash was made or lost", raw, p.normal)
		}
		if !again.Parse(slices.Clone(p.normal)) || string(again.normal) != string(p.normal) {
			t.Errorf("%q became %q and then %q", raw, p.normal, again.normal)
		}
		for _, s := range strings.Split(string(p.normal), "/") {
			if s == "." || s == ".." {
				t.Errorf("%q has a dot segment", raw)
			}
		}
		var m Match
		if table.Find(&m, "api", nil, Methods, &p) == Found {
			for _, q := range m.Params {
				if q.Start < 1 || q.Start > q.End || q.End > len(raw) || raw[q.Start-1] != '/' {
					t.Errorf("%q: parameter at %d–%d", raw, q.Start, q.End)
				}
			}
		}
	})
}

func TestCompileProblems(t *testing.T) {
	tests := []struct {
		rule  Rule
		field string
	}{
		{Rule{Path: "sms"}, "path"},
		{Rule{Path: "/a/{rest...}/b"}, "path"},
		{Rule{Path: "/a//b"}, "path"},
		{Rule{Path: "/a/../b"}, "path"},
		{Rule{Path: "/a?b=c"}, "path"},
		{Rule{Path: "/%73ms"}, "path"},
		{Rule{Path: "/a/{Id}"}, "path"},
		{Rule{Path: "/a/{}"}, "path"},
		{Rule{Path: "/a/x{id}"}, "path"},
		{Rule{Path: "/{id}/{id}"}, "path"},
		{Rule{Path: "/a", Methods: []string{"GET", "TRACE"}}, "methods[1]"},
		{Rule{Path: "/a", Methods: []string{"get"}}, "methods[0]"},
		{Rule{Path: "/a", Hosts: []string{"*.example.com"}}, "hosts[0]"},
		{Rule{Path: "/a", Hosts: []string{"OK.example", "a b"}}, "hosts[1]"},
		{Rule{Path: "/a", Hosts: []string{"example.com:80"}}, "hosts[0]"},
		{Rule{Path: "/" + strings.Repeat("{a}/", 3)}, "path"},
	}
	for _, c := range tests {
		_, problems := Compile([]Rule{c.rule})
		if len(problems) == 0 || problems[0].Field != c.field || problems[0].Other != -1 {
			t.Errorf("%+v: %+v", c.rule, problems)
		}
	}
}

func TestCompileConflicts(t *testing.T) {
	base := Rule{Listener: "api", Methods: []string{"GET", "POST"}, Path: "/a/{id}"}
	tests := []struct {
		rule     Rule
		conflict bool
	}{
		{Rule{Listener: "api", Path: "/a/{other}"}, true},
		{Rule{Listener: "api", Methods: []string{"POST"}, Path: "/a/{id}"}, true},
		{Rule{Listener: "api", Methods: []string{"PUT"}, Path: "/a/{id}"}, false},
		{Rule{Listener: "egress", Path: "/a/{id}"}, false},
		{Rule{Listener: "api", Hosts: []string{"a.example"}, Path: "/a/{id}"}, false},
		{Rule{Listener: "api", Path: "/a/{id...}"}, false},
		{Rule{Listener: "api", Path: "/a/b"}, false},
	}
	for _, c := range tests {
		_, problems := Compile([]Rule{base, c.rule})
		if got := len(problems) != 0; got != c.conflict {
			t.Errorf("%+v: %+v", c.rule, problems)
		} else if got && (problems[0].Rule != 1 || problems[0].Other != 0) {
			t.Errorf("%+v: between %d and %d", c.rule, problems[0].Rule, problems[0].Other)
		}
	}
}

// manyRules is n rules of the shapes that an API has.
func manyRules(n int) []Rule {
	all := make([]Rule, n)
	for i := range all {
		all[i] = Rule{Listener: "api", Methods: []string{"GET"}, Path: fmt.Sprintf("/v%d/things-%d/{id}/parts/{part}", i%7, i)}
	}
	return all
}

func TestManyRules(t *testing.T) {
	const n = 10_000
	table, problems := Compile(manyRules(n))
	if len(problems) != 0 {
		t.Fatal(problems[0])
	}
	var m Match
	for _, i := range []int{0, 1, 4711, n - 1} {
		var p Path
		p.Parse(fmt.Appendf(nil, "/v%d/things-%d/a/parts/b", i%7, i))
		if table.Find(&m, "api", nil, ParseMethod([]byte("GET")), &p) != Found || m.Rule != i {
			t.Errorf("rule %d was not found", i)
		}
	}
}

func TestFindAllocates(t *testing.T) {
	table, _ := Compile(manyRules(100))
	raw, host := []byte("/v3/things-3/%61/parts/%2B30"), []byte("API.example.com:80")
	var p Path
	var m Match
	if n := testing.AllocsPerRun(100, func() {
		p.Reset()
		if !p.Parse(raw) || table.Find(&m, "api", host, 1, &p) != Found {
			t.Fatal("not found")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkFind(b *testing.B) {
	for _, n := range []int{10, 10_000} {
		table, _ := Compile(manyRules(n))
		raw := []byte("/v3/things-3/306912345678/parts/2")
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var p Path
			var m Match
			b.ReportAllocs()
			for b.Loop() {
				p.Parse(raw)
				if table.Find(&m, "api", nil, 1, &p) != Found {
					b.Fatal("not found")
				}
			}
		})
	}
}
