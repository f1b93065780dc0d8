package replay

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func generated(t *testing.T, n int, seed uint64) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Generate(&out, "routee", n, seed); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestGenerateIsDeterministic(t *testing.T) {
	a, again, other := generated(t, 500, 1), generated(t, 500, 1), generated(t, 500, 2)
	if !bytes.Equal(a, again) {
		t.Error("the same seed gives other bytes")
	}
	if bytes.Equal(a, other) {
		t.Error("another seed gives the same bytes")
	}
	if !bytes.HasPrefix(generated(t, 1000, 1), a) {
		t.Error("more exchanges begin otherwise than fewer")
	}
}

// TestGenerated reads a corpus as a capture, and holds every shape to being there, with a body that its type announces.
func TestGenerated(t *testing.T) {
	file := writeCapture(t, strings.TrimSuffix(string(generated(t, 3000, 7)), "\n"))
	in := ordered{reader: reader{parts: []string{file}}}
	defer in.close()
	routes := map[string]int{}
	for n := 0; ; n++ {
		e, err := in.next()
		if err != nil {
			if n != 3000 {
				t.Errorf("%d exchanges, then %v", n, err)
			}
			break
		}
		routes[e.Route]++
		contentType, _ := find(e.Headers, "Content-Type")
		if (contentType == "application/json") != json.Valid([]byte(e.Body)) {
			t.Errorf("%s: body of type %q: %s", e.Route, contentType, e.Body)
		}
		if e.RequestBytes != int64(len(e.Body)) {
			t.Errorf("%s: %d bytes, said to be %d", e.Route, len(e.Body), e.RequestBytes)
		}
	}
	for _, s := range shapes {
		if routes[s.route] == 0 {
			t.Errorf("no request of route %s", s.route)
		}
	}
}

// fictional are the ranges that regulators publish, written once more and in another way.
var fictional = regexp.MustCompile(`^\+(1(202|212|415)55501\d\d|447700900\d{3}|442079460\d{3}|33639980\d{3}|33199000\d{3}|4917139200\d\d|` +
	`49176040690\d\d|493023125\d{3}|467017406(0[5-9]|[1-9]\d)|6149157015[6-9]|61255501\d{3}|3532091\d{5}|12025550100)$`)

// TestGeneratedNumbersAreFiction holds every number to the ranges that nobody gets, and every address to documentation.
func TestGeneratedNumbersAreFiction(t *testing.T) {
	corpus := string(generated(t, 3000, 3))
	corpus = strings.ReplaceAll(corpus, "%2B", "+")
	numbers := regexp.MustCompile(`\+\d{7,}`).FindAllString(corpus, -1)
	if len(numbers) < 3000 {
		t.Errorf("only %d numbers", len(numbers))
	}
	for _, n := range numbers {
		if !fictional.MatchString(n) && n != "+447700900999" {
			t.Errorf("%s may be somebody's", n)
		}
	}
	for _, m := range regexp.MustCompile(`[a-z0-9]@([a-z.-]+)`).FindAllStringSubmatch(corpus, -1) {
		if d := m[1]; !strings.HasPrefix(d, "example.") && d != "shop.example.com" {
			t.Errorf("an address at %s", d)
		}
	}
}

func TestNoSuchCorpus(t *testing.T) {
	if Generate(bufio.NewWriter(new(bytes.Buffer)), "nosuch", 1, 1) == nil {
		t.Error("a corpus that there is not was made")
	}
}

// TestGeneratedShapes holds the members of each generated body to those of the project's labelled requests of the same path, so
// that a route that tags them finds them.
func TestGeneratedShapes(t *testing.T) {
	labelled := labelledMembers(t)
	file := writeCapture(t, strings.TrimSuffix(string(generated(t, 2000, 5)), "\n"))
	in := ordered{reader: reader{parts: []string{file}}}
	defer in.close()
	compared := map[string]bool{}
	for e, err := in.next(); err == nil; e, err = in.next() {
		known, there := labelled[e.Method+" "+e.Target]
		var body map[string]any
		if !there || json.Unmarshal([]byte(e.Body), &body) != nil {
			continue
		}
		compared[e.Target] = true
		for member := range body {
			if !known[member] {
				t.Errorf("%s: member %q is in no labelled request", e.Target, member)
			}
		}
	}
	if len(compared) < 8 {
		t.Errorf("only %d paths are both generated and labelled", len(compared))
	}
}

// labelledMembers returns the members of the bodies of labelled requests, by method and path.
func labelledMembers(t *testing.T) map[string]map[string]bool {
	t.Helper()
	files, _ := filepath.Glob("../../../shared/fixtures/*.json")
	if len(files) == 0 {
		t.Skip("../shared/fixtures is not here")
	}
	all := map[string]map[string]bool{}
	for _, file := range files {
		var f struct {
			Kind, Method, Path string
			Body               any
		}
		if b, err := os.ReadFile(file); err != nil || json.Unmarshal(b, &f) != nil {
			t.Fatalf("%s cannot be read", file)
		}
		body, isObject := f.Body.(map[string]any)
		if f.Kind != "request" || !isObject {
			continue
		}
		members := map[string]bool{}
		for member := range body {
			members[member] = true
		}
		all[f.Method+" "+f.Path] = members
	}
	return all
}
