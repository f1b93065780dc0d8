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

// TestPhoneField looks at values of fields whose names promise a phone number and mean other things in logs.
func TestPhoneField(t *testing.T) {
	for text, want := range map[string]bool{
		"main.go:1234567": false, "shard-1234567": false, "/var/data/1234567890.bin": false, "1764130900000": false, "00-11-22-33-44-55": false,
		"tel:2101234567": true, "sip:1234567": true, "mob-1234567": true, "Ada-2101234567": true, "/phones/2101234567": true, "1234567": true,
		"1123456789012": true, "30-69-12-34-56-789": true,
	} {
		if found := findings(mustNew(t, Options{}), text, KeyPhone); len(found) > 0 != want {
			t.Errorf("%s: %+v", text, found)
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
