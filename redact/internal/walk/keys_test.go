package walk

import (
	"fmt"
	"testing"
)

// TestNextKeyIsThatOfNext holds what NextKey does to what Next does, and to nothing where it says so.
func TestNextKeyIsThatOfNext(t *testing.T) {
	state := func(j *JSON) string {
		return fmt.Sprint(j.Event, j.Start, j.End, j.Escaped, j.Depth, j.pos, j.want, j.left, j.inObject, j.err)
	}
	keys := []string{`"to"`, `"from"`, `"to`, `"a b"`, `""`}
	passed := 0
	for _, src := range []string{
		`{"to":1,"from":2}`, `{ "to" : [ { "from" : "x" } , { "from":"x","to":"to"}] , "from":{}}`, `{"to":{"to":{"to":1},"from":2},"from":[1,"from"]}`,
		`["to","from"]`, `{"to"}`, `{"to",1}`, `{"to":1,,"from":2}`, `{"to":1 "from":2}`, `{"to":1,"from"`, `{"to":1,"from"   `, `{"to":1}"from":2`, `{"to":1},"from":2`,
		`{"too":1,"fro":2}`, `{"t\u006f":1,"a b":2,"":3}`, `"to":1`, "{\n\t\"to\":\n1,\n\"from\"\n:2}", `{"to":1,"to":2]`, `[{"to":1],"to":2`,
	} {
		var j JSON
		j.Reset([]byte(src), Limits{})
		for more := true; more; {
			was := j
			more = j.Next()
			for _, key := range keys {
				k := was
				if k.NextKey([]byte(key)) {
					passed++
					if state(&k) != state(&j) {
						t.Errorf("%s, %s: %s, want %s", src, key, state(&k), state(&j))
					}
				} else if state(&k) != state(&was) {
					t.Errorf("%s, %s: %s, was %s", src, key, state(&k), state(&was))
				}
			}
		}
	}
	if passed < 20 {
		t.Errorf("%d keys were passed", passed)
	}
}
