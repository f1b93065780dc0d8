package main

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"testing"

	"github.com/nyaruka/phonenumbers/v2/metadata"
)

// TestGeneratedIsCurrent holds the tables in the repository to the metadata in go.mod.
func TestGeneratedIsCurrent(t *testing.T) {
	files, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile("../" + name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is out of date: run go generate ./redact/internal/numbering", name)
		}
	}
}

func (a *automaton) labelOf(digits string) (label uint16) {
	s := a.root
	for _, d := range digits {
		s = a.states[s].next[d-'0']
	}
	return a.states[s].label
}

// allStrings yields all strings of digits up to n of them.
func allStrings(n int, yield func(string)) {
	yield("")
	for length, count := 1, 10; length <= n; length, count = length+1, count*10 {
		for i := range count {
			yield(fmt.Sprintf("%0*d", length, i))
		}
	}
}

func TestMatcher(t *testing.T) {
	for _, pattern := range []string{"", "0", `\d{2,4}`, "1|12|123", "(?:1[2-5]|[67]{2})0?", "1*2", `0(?:1\d)?`, "(?:)", "[^3]4", "7+?"} {
		for _, prefix := range []bool{false, true} {
			expr := "^(?:" + pattern + ")"
			if !prefix {
				expr += "$"
			}
			re := regexp.MustCompile(expr)
			a, err := matcher(pattern, prefix)
			if err != nil {
				t.Fatal(err)
			}
			allStrings(4, func(s string) {
				if got := a.labelOf(s) == 1; got != re.MatchString(s) {
					t.Errorf("%s, prefix %v: %q: got %v", pattern, prefix, s, got)
				}
			})
		}
	}
}

// cutOf walks a prefix automaton as package numbering does.
func cutOf(a *automaton, digits string) (cut uint16) {
	s := a.root
	for _, d := range digits {
		if here := a.states[s].label & 0xff; here != 0 {
			cut = here
		}
		if s = a.states[s].next[d-'0']; s == dead {
			return cut
		}
	}
	if end := a.states[s].label >> endShift; end != 0 {
		return end
	}
	return cut
}

func TestPrefixAutomaton(t *testing.T) {
	for _, c := range []struct{ pattern, rule string }{
		{"0", ""}, {"0|00", ""}, {"00|0", ""}, {"0?", ""}, {"(?:0|1)?2?", ""}, {"0?(?:(1|12)3)?", "9$1"}, {`([12]\d)$|1`, "77$1"},
		{"0(1[2-4])?", ""}, {"(?:0|90)(?:(1)(2|23))?", "$2"}, {"(0[12]{2,3})$|(?:(?:03)0?)|0", "$1"}, {"0(?:1|12|123)?", ""},
		{"0(?:1|12|123)??", ""}, {"(1)?(2)?", "5$1"},
	} {
		cuts := cuts{list: []cut{{}}}
		a, err := prefixAutomaton(c.pattern, c.rule, &cuts)
		if err != nil {
			t.Fatal(err)
		}
		re := regexp.MustCompile("^(?:" + c.pattern + ")")
		allStrings(5, func(s string) {
			k := cuts.list[cutOf(a, s)]
			got := k.literal + s[k.from:k.to] + s[k.end:]
			if want := replaced(re, c.rule, s); got != want {
				t.Errorf("%s to %q: %q: got %q, want %q", c.pattern, c.rule, s, got, want)
			}
		})
	}
}

// replaced strips or rewrites a prefix by regexp, in the way of the library.
func replaced(re *regexp.Regexp, rule, s string) string {
	m := re.FindStringSubmatchIndex(s)
	switch {
	case m == nil:
		return s
	case rule == "" || m[len(m)-2] < 0:
		return s[m[1]:]
	}
	return re.ReplaceAllString(s, rule)
}

func TestPrefixRefuses(t *testing.T) {
	for _, c := range []struct{ pattern, rule string }{
		{"0", "$1"}, {"(0)", "$1$1"}, {"(0)", "x$1"}, {"(0)", "1"}, {"(0)(1)(2)(3)", ""}, {"0*", ""}, {"(0", ""},
	} {
		if _, err := prefixAutomaton(c.pattern, c.rule, &cuts{list: []cut{{}}}); err == nil {
			t.Errorf("%s to %q is accepted", c.pattern, c.rule)
		}
	}
}

// TestCallingCodes holds calling codes to what makes the first that fits the only one.
func TestCallingCodes(t *testing.T) {
	codes := metadata.CountryCodeToRegion()
	for c := range codes {
		for d := c / 10; d > 0; d /= 10 {
			if _, ok := codes[d]; ok {
				t.Errorf("calling code %d begins with calling code %d", c, d)
			}
		}
		if c < 1 || c > 999 {
			t.Errorf("calling code %d", c)
		}
	}
}
