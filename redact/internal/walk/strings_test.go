package walk

import (
	"fmt"
	"strings"
	"testing"
)

// steps goes through a document token by token, or with Strings wherever it can, and tells where it was and how it ended.
func steps(src string, runs bool, members int) (last string, strings, total int) {
	var j JSON
	for j.Reset([]byte(src), Limits{Members: members}); j.Next(); {
		if j.Event == String {
			total++
		}
		if runs {
			n := j.Strings()
			strings, total = strings+n, total+n
		}
		last = fmt.Sprint(j.Event, j.Start, j.End, j.Escaped, j.Depth)
	}
	return fmt.Sprint(last, j.Err()), strings, total
}

func TestStringsAreThoseOfNext(t *testing.T) {
	items := []string{`"+306912345678"`, `"5f0c1b2e4cedfd000000000000000001"`, `""`, `"a"`, `"caf\u00e9"`, `"café and more"`, `"tab	"`, `1`, `[]`, `{"a":"b"}`, "\"\xff123456789\"", `"\`, `"open`}
	passed := 0
	for _, a := range items {
		for _, b := range items {
			for _, comma := range []string{",", " ,", ", ", ",,", ""} {
				doc := "[" + strings.Join([]string{items[0], a, b, items[0], items[1]}, comma) + `]`
				for _, src := range []string{doc, `{"x":` + doc + `,"y":"a","z":"b"}`, doc[:len(doc)/2], doc + "        "} {
					for _, members := range []int{0, 3, 5, 7} {
						want, _, wantTotal := steps(src, false, members)
						got, n, total := steps(src, true, members)
						if passed += n; got != want || total != wantTotal {
							t.Fatalf("%s, %d members: %s, %d strings, want %s, %d", src, members, got, total, want, wantTotal)
						}
					}
				}
			}
		}
	}
	if passed == 0 {
		t.Error("no string was gone over")
	}
}

func TestSkipsStrings(t *testing.T) {
	var j JSON
	src := `[["abcdefghijkl","b","c\n",["d"],"eeeeeeeeeeeeeeee","f"],1]`
	j.Reset([]byte(src), Limits{})
	if !j.Next() || !j.Next() || !j.Skip() || j.Event != ArrayEnd || j.Start != 1 || !j.Next() || j.Event != Number {
		t.Errorf("%v at %d", j.Event, j.Start)
	}
}
