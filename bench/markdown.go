package bench

import (
	"fmt"
	"os"
	"strings"
)

// Table writes a table as Markdown.
func Table(head []string, lines [][]string) string {
	var out strings.Builder
	fmt.Fprintf(&out, "| %s |\n|%s\n", strings.Join(head, " | "), strings.Repeat(" --- |", len(head)))
	for _, line := range lines {
		fmt.Fprintf(&out, "| %s |\n", strings.Join(line, " | "))
	}
	return out.String()
}

// Marked returns what stands in a file between `<!-- mark -->` and `<!-- end of mark -->`, each on a line of its own, and
// what replaces it.
func Marked(file, mark string) (have string, replace func(by string) error, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", nil, err
	}
	begin, end := "<!-- "+mark+" -->\n", "<!-- end of "+mark+" -->\n"
	before, rest, ok1 := strings.Cut(string(text), begin)
	have, after, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		return "", nil, fmt.Errorf("%s has no place for the %s", file, mark)
	}
	return have, func(by string) error {
		return os.WriteFile(file, []byte(before+begin+by+end+after), 0o644)
	}, nil
}
