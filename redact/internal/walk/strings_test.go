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
	withRun
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
		case withRun:
			var ends [3]int
			n, gap := j.Run(ends[:])
			if n > 0 && (ends[n-1] != j.End || src[j.End-1] != '"' || src[j.Start] != '"' || n > 1 && j.Start != ends[n-2]+gap-1) {
				return "a run that ends elsewhere", 0, 0
			}
			strings, total = strings+n, total+n
		}
		last = fmt.Sprint(j.Event, j.Start, j.End, j.Escaped, j.Depth)
	}
	return fmt.Sprint(last, j.Err()), strings, total
}

func TestStringsAreThoseOfNext(t *testing.T) {
	items := []string{`"+306912345678"`, `"5f0c1b2e4cedfd000000000000000001"`, `""`, `"a"`, `"caf\u00e9"`, `"café and more"`, `"tab	"`, `1`, `[]`, `{"a":"b"}`, "\"\xff123456789\"", `"\`, `"open`}
	var passed [withRun + 1]int
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
	if passed[withStrings] == 0 || passed[withNextString] <= passed[withStrings] || passed[withRun] == 0 {
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

// sameRun holds the strings that follow src[at] to those that the portable search finds. Behind src there is room for both.
func sameRun(t *testing.T, src []byte, at int) {
	t.Helper()
	src = append(src[:len(src):len(src)], make([]byte, 64)...)
	for _, gap := range []int{2, 3} {
		var got, want [5]int
		n, wantN := stringRun(src, at, gap, got[:]), portableRun(src, at, gap, want[:])
		if n != wantN || got != want {
			t.Fatalf("%q from %d on, %d apart: %d strings to %v, want %d to %v", src, at, gap, n, got, wantN, want)
		}
	}
}

// TestRun has every byte stand at every place of a string that is longer than what is looked at together, and at those around it.
func TestRun(t *testing.T) {
	for _, comma := range []string{`,"`, `, "`} {
		src := []byte(`"a"` + comma + `b"` + comma + strings.Repeat("+3069", 14) + `"` + comma + `c"`)
		for i := 3; i < len(src); i++ {
			kept := src[i]
			for c := range 256 {
				src[i] = byte(c)
				sameRun(t, src, 3)
			}
			src[i] = kept
		}
		for n := range 100 {
			sameRun(t, []byte(`"a"`+comma+strings.Repeat("x", n)+`"`+comma+`b"`+comma+`"`+comma+`c"`), 3)
		}
	}
}

func FuzzRun(f *testing.F) {
	f.Add([]byte(`"+306912345678","+306912345679", "x","","caf\u00e9","é"`), uint(15))
	f.Fuzz(func(t *testing.T, src []byte, at uint) {
		if at < uint(len(src)) {
			sameRun(t, src, int(at))
		}
	})
}
