package config

import (
	"strings"
	"testing"
)

// TestDeepNestingIsRefused holds damaged files to an error: the library would take gigabytes for them.
func TestDeepNestingIsRefused(t *testing.T) {
	for _, c := range []struct {
		text string
		line int
	}{
		{"listeners:\n  " + strings.Repeat("[", 100_000), 2},
		{strings.Repeat("{a: ", 100_000), 1},
		{strings.Repeat("- ", 100_000) + "x", 1},
		{strings.Repeat("? ", 100_000) + "x", 1},
	} {
		_, problem := parse("file", []byte(c.text))
		if problem == nil || problem.What != "nested too deeply" || problem.Line != c.line {
			t.Errorf("%.20q: %+v", c.text, problem)
		}
	}
	if line := tooDeep([]byte(strings.Repeat("a: {b: [c]} # - - -\n", 1000))); line != 0 {
		t.Errorf("a long file is too deep on line %d", line)
	}
}
