package scan

import (
	"slices"
	"strings"
	"testing"
)

func mustNew(t testing.TB, o Options) *Scanner {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// unmark takes the marks out of a text and returns what they stand around.
func unmark(text string) (raw string, want []string) {
	for rest := text; ; {
		_, after, ok := strings.Cut(rest, "⟦")
		if !ok {
			break
		}
		span, after, _ := strings.Cut(after, "⟧")
		want, rest = append(want, span), after
	}
	return strings.NewReplacer("⟦", "", "⟧", "").Replace(text), want
}

func findings(s *Scanner, text string, key Key) []Finding {
	var found []Finding
	c := s.Scan([]byte(text), key)
	defer c.Close()
	for c.Next() {
		found = append(found, c.Finding)
	}
	return found
}

func TestHardCases(t *testing.T) {
	for _, table := range tables {
		for _, test := range table.cases {
			raw, want := unmark(test.text)
			s := mustNew(t, Options{Profile: test.profile, Regions: test.regions})
			var got []string
			for _, f := range findings(s, raw, KeyNone) {
				if f.Kind == table.kind {
					got = append(got, raw[f.Start:f.End])
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: got %q, want %q", raw, got, want)
			}
		}
	}
}

// TestEscapeFarBeforeAt holds that the cursor gets on where an escape stands so far before an @ that the view around it could
// end between the two.
func TestEscapeFarBeforeAt(t *testing.T) {
	for _, escape := range []string{"%2B", "%C3%A9", `\u002b`, "&amp;", "٣", "\\"} {
		for n := 1; n < 2*maxLocal; n++ {
			text := []byte("a" + escape + strings.Repeat("x", n) + "@example.com b@example.com")
			for _, profile := range []Profile{Log, Message} {
				c := mustNew(t, Options{Profile: profile}).Scan(text, KeyNone)
				found, steps := 0, 0
				for ; c.Next(); steps++ {
					found++
					if c.Finding.End <= c.Finding.Start || steps > len(text) {
						t.Fatalf("%s and %d bytes: no progress", escape, n)
					}
				}
				c.Close()
				if found != 2 {
					t.Errorf("%s and %d bytes: %d findings, want 2", escape, n, found)
				}
			}
		}
	}
}
