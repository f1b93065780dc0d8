package walk

import (
	"fmt"
	"strings"
	"testing"
)

// way is how a document is gone through.
type way uint8

const (
	withNext way = iota
	withStrings
	withNextString
)

// steps goes through a document token by token, or as how says wherever it can, and tells where it was and how it ended.
func steps(src string, how way, members int) (last string, strings, total int) {
	var j JSON
	for j.Reset([]byte(src), Limits{Members: members}); j.Next(); {
		if j.Event == String {
			total++
		}
		switch how {
		case withStrings:
			n := j.Strings()
			strings, total = strings+n, total+n
		case withNextString:
			for j.NextString() {
				strings, total = strings+1, total+1
			}
		}
		last = fmt.Sprint(j.Event, j.Start, j.End, j.Escaped, j.Depth)
	}
	return fmt.Sprint(last, j.Err()), strings, total
}

func TestStringsAreThoseOfNext(t *testing.T) {
	items := []string{`"+306912345678"`, `"5f0c1b2e4cedfd000000000000000001"`, `""`, `"a"`, `"caf\u00e9"`, `"café and more"`, `"tab	"`, `1`, `[]`, `{"a":"b"}`, "\"\xff123456789\"", `"\`, `"open`}
	var passed [withNextString + 1]int
	for _, a := range items {
		for _, b := range items {
			for _, comma := range []string{",", " ,", ", ", ",,", ""} {
				doc := "[" + strings.Join([]string{items[0], a, b, items[0], items[1]}, comma) + `]`
				for _, src := range []string{doc, `{"x":` + doc + `,"y":"a","z":"b"}`, doc[:len(doc)/2], doc + "        "} {
					for _, members := range []int{0, 3, 5, 7} {
						want, _, wantTotal := steps(src, withNext, members)
						for how := range passed {
							got, n, total := steps(src, way(how), members)
							if passed[how] += n; got != want || total != wantTotal {
								t.Fatalf("%s, %d members: %s, %d strings, want %s, %d", src, members, got, total, want, wantTotal)
							}
						}
					}
				}
			}
		}
	}
	if passed[withStrings] == 0 || passed[withNextString] <= passed[withStrings] {
		t.Errorf("%d strings were gone over", passed)
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
