package edge

import (
	"fmt"
	"maps"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/piiproxy/piiproxy/bench"
)

const readme = "../../README.md"

// row is one line of the comparison: how many cases of a class each subject passed.
type row struct {
	name    string
	tallies []tally // by subject
}

// TestCompare runs the suites against every subject that is installed, side by side. Ours must pass every case; how many
// the others pass is told and not held, since it depends on their version.
func TestCompare(t *testing.T) {
	if testing.Short() {
		t.Skip("the others take their time")
	}
	var compared []*subject
	for i := range subjects {
		if subjects[i].installed() {
			compared = append(compared, &subjects[i])
		}
	}
	if len(compared) < len(subjects) && *update {
		t.Skip("the table needs nginx and haproxy")
	}
	rows := compare(t, compared, hostileNames(), runHostile)
	rows = append(rows, compare(t, compared, faultNames(), runFaults)...)
	got := renderTable(compared, rows)
	t.Logf("\n%s", got)
	holdTable(t, got)
}

// compare runs one suite, of those classes, against every subject.
func compare(t *testing.T, compared []*subject, names []string, run func(*testing.T, *subject) (map[string]tally, map[string]error)) []row {
	rows := make([]row, len(names))
	for _, s := range compared {
		tallies, failures := run(t, s)
		t.Logf("%s: %d fail", s.name, len(failures))
		for _, name := range slices.Sorted(maps.Keys(failures)) {
			t.Logf("%s: %s: %.120v", s.name, name, strings.ReplaceAll(failures[name].Error(), "\n", "; "))
		}
		for i, name := range names {
			rows[i].name = name
			rows[i].tallies = append(rows[i].tallies, tallies[name])
		}
	}
	return rows
}

func hostileNames() (names []string) {
	for _, c := range classes {
		names = append(names, c.name)
	}
	return names
}

func faultNames() (names []string) {
	for _, c := range faults {
		names = append(names, c.name)
	}
	return names
}

func (s *subject) installed() bool {
	_, err := s.find()
	return err == nil
}

var versionNumber = regexp.MustCompile(`[0-9]+\.[0-9]+\.[0-9]+`)

// title is the subject's name with its version.
func (s *subject) title() string {
	if s.ours {
		return s.name
	}
	program, _ := s.find()
	out, _ := exec.Command(program, "-v").CombinedOutput()
	return s.name + " " + string(versionNumber.Find(out))
}

func renderTable(compared []*subject, rows []row) string {
	var b strings.Builder
	b.WriteString("| class | cases |")
	line := "| --- | --- |"
	for _, s := range compared {
		fmt.Fprintf(&b, " %s |", s.title())
		line += " --- |"
	}
	b.WriteString("\n" + line + "\n")
	sum := row{name: "all", tallies: make([]tally, len(compared))}
	for _, r := range rows {
		b.WriteString(r.String())
		for i, n := range r.tallies {
			sum.tallies[i].passed += n.passed
			sum.tallies[i].all += n.all
		}
	}
	return b.String() + sum.String()
}

func (r row) String() string {
	text := fmt.Sprintf("| %s | %d |", r.name, r.tallies[0].all)
	for _, n := range r.tallies {
		text += fmt.Sprintf(" %d |", n.passed)
	}
	return text + "\n"
}

// holdTable holds what README.md says of us, or writes the whole table there.
func holdTable(t *testing.T, got string) {
	t.Helper()
	have, replace, err := bench.Marked(readme, "edge table")
	if err != nil {
		t.Fatal(err)
	}
	if have == got || !*update && ourColumns(have) == ourColumns(got) {
		return
	}
	if !*update {
		t.Errorf("the table in %s is not what was measured; go test ./bench/edge -run Compare -update writes it", readme)
		return
	}
	if err := replace(got); err != nil {
		t.Fatal(err)
	}
}

// ourColumns returns the first three columns.
func ourColumns(table string) string {
	var b strings.Builder
	for line := range strings.Lines(table) {
		if cells := strings.Split(line, "|"); len(cells) > 3 {
			b.WriteString(strings.Join(cells[1:4], "|") + "\n")
		}
	}
	return b.String()
}
