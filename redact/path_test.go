package redact

import (
	"slices"
	"strings"
	"testing"
)

func TestPathSyntax(t *testing.T) {
	for _, ok := range []string{
		`$`, `$.to`, `$.a.b`, `$.a_b-c`, `$.flow[0].to`, `$[*]`, `$.*`, `$.a.*.b`, `$["a.b"]`, `$["to"][3]`, `$["\u0074o"]`, `$["q\"\\"]`, `$.όνομα`, `$[""]`,
	} {
		if err := new(pathTree).add(ok, 0); err != nil {
			t.Errorf("%s: %v", ok, err)
		}
	}
	for _, bad := range []string{
		``, `to`, `.to`, `$to`, `$.`, `$..a`, `$.a.`, `$[`, `$[]`, `$[a]`, `$[-1]`, `$[01]`, `$[1`, `$[99999999999]`, `$["a]`, `$["a"`, `$['a']`,
		`$.a b`, `$.a]`, `$.**`, `$.*a`, `$.a*`, `$["\q"]`, `$["\"]`, `$ `, `$.a[*`, `$[**]`,
	} {
		if err := new(pathTree).add(bad, 0); err == nil {
			t.Errorf("%s: is taken for a path", bad)
		}
	}
	var tree pathTree
	if tree.add(`$.to`, 0) != nil || tree.add(`$["t\u006f"]`, 1) != errPathTwice {
		t.Error("a path stands twice and nobody says so")
	}
}

// walkTo goes along keys; a key of digits in brackets is an index.
func walkTo(t *pathTree, keys ...string) int32 {
	var node int32
	for _, k := range keys {
		if i, ok := strings.CutPrefix(k, "#"); ok {
			node = t.element(node, int(i[0]-'0'))
		} else {
			node = t.member(node, []byte(k))
		}
	}
	return node
}

func TestPathTree(t *testing.T) {
	var tree pathTree
	for i, p := range []string{"$.to", "$.to.phone", "$.flow[0].to", "$.flow[*].to", "$.flow[*].from", "$.*.phone", "$.to[*]"} {
		if err := tree.add(p, int32(i)); err != nil {
			t.Fatal(err)
		}
	}
	if got := tree.leaf(walkTo(&tree, "flow", "#0", "from")); got != -1 {
		t.Errorf("before the overlay the exact step leads on to %d", got)
	}
	if err := tree.overlay(); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		keys []string
		want []int32
	}{
		{nil, nil},
		{[]string{"to"}, []int32{0}},
		{[]string{"TO"}, nil},
		{[]string{"to", "phone"}, []int32{1, 5}},
		{[]string{"x", "phone"}, []int32{5}},
		{[]string{"to", "#2"}, []int32{6}},
		{[]string{"flow", "#0", "to"}, []int32{2, 3}},
		{[]string{"flow", "#0", "from"}, []int32{4}},
		{[]string{"flow", "#1", "to"}, []int32{3}},
		{[]string{"flow", "phone"}, []int32{5}},
		{[]string{"flow", "to"}, nil},
		{[]string{"to", "phone", "x"}, nil},
	} {
		if got := tree.leaves(walkTo(&tree, tc.keys...)); !slices.Equal(got, tc.want) {
			t.Errorf("%q: %v, want %v", tc.keys, got, tc.want)
		}
	}
}

func TestPathTreeManyMembers(t *testing.T) {
	var tree pathTree
	letters := "abcdefghijklmnopqrstuvwxyz"
	for i := range letters {
		if err := tree.add("$."+letters[i:i+1], int32(i)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range letters {
		if got := tree.leaf(tree.member(0, []byte(letters[i:i+1]))); got != int32(i) {
			t.Errorf("%c: %d", letters[i], got)
		}
	}
	if tree.member(0, []byte("aa")) != -1 {
		t.Error("an unknown key is known")
	}
}

func TestPathTreeOverlayIsBounded(t *testing.T) {
	var tree pathTree
	for i := range 18 { // each path is exact at one step and a wildcard at all others
		p := "$" + strings.Repeat(".*", i) + ".x" + strings.Repeat(".*", 17-i)
		if err := tree.add(p, int32(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := tree.overlay(); err != errPathMany {
		t.Errorf("2^18 combinations: %v", err)
	}
}
