package bench

import (
	"flag"
	"fmt"
	"regexp"
	"slices"
	"testing"

	"github.com/nyaruka/phonenumbers/v2"

	"github.com/piiproxy/piiproxy/redact"
)

var update = flag.Bool("update", false, "write the quality table into the README")

const readme = "../README.md"

// A detector finds spans in a row.
type detector struct {
	name string
	find func(r row) []Span
}

// gates are what the detector must reach on the corpus: F1 by overlap, exact F1, and false alarms per 1,000 rows.
var gates = map[string]struct{ f1, exact, alarms float64 }{
	"phone in prose, international": {0.995, 0.98, 5},
	"phone in prose, national":      {0.97, 0.95, 10},
	"phone in JSON":                 {0.999, 0.999, 0},
	"phone in logfmt and logs":      {0.999, 0.999, 0},
	"phone in a URL":                {0.999, 0.999, 0},
	"e-mail":                        {0.999, 0.995, 0},
	"IP":                            {0.999, 0.995, 0},
	"traps in logs":                 {0, 0, 0.5},
	"traps in prose":                {0, 0, 15},
}

// TestQuality measures the detectors on the seeded corpus, holds ours to the gates and the README's table to the figures.
func TestQuality(t *testing.T) {
	perFamily := 1016
	if testing.Short() {
		perFamily = 254
	}
	rows := makeCorpus(1, perFamily)
	detectors := []detector{{"piiproxy", ours(t)}, {"Go regexps", naive}, {"libphonenumber FindNumbers", library}}
	lines := [][]string{}
	for _, family := range families(rows) {
		for _, d := range detectors {
			s := measure(rows, family, d)
			if s == nil {
				continue
			}
			lines = append(lines, []string{family, d.name, f3(s.precision()), f3(s.recall()), f3(s.f1()), f3(s.exactF1()), fmt.Sprintf("%.1f", s.falseAlarms())})
			if d.name == "piiproxy" {
				holdGate(t, family, s)
			}
		}
	}
	head := []string{"rows", "detector", "precision", "recall", "F1", "exact F1", "false alarms / 1,000 rows"}
	got := Table(head, lines)
	t.Logf("\n%s", got)
	if !testing.Short() {
		holdReadme(t, got)
	}
}

func holdGate(t *testing.T, family string, s *score) {
	t.Helper()
	gate, ok := gates[family]
	if !ok {
		t.Errorf("%s: no gate", family)
		return
	}
	if s.gold > 0 && (s.f1() < gate.f1 || s.exactF1() < gate.exact) || s.falseAlarms() > gate.alarms {
		t.Errorf("%s: F1 %.4f, exact %.4f, false alarms %.2f; want at least %.3f, %.3f and at most %.1f",
			family, s.f1(), s.exactF1(), s.falseAlarms(), gate.f1, gate.exact, gate.alarms)
	}
}

func holdReadme(t *testing.T, want string) {
	t.Helper()
	have, replace, err := Marked(readme, "quality table")
	if err != nil {
		t.Fatal(err)
	}
	if have == want {
		return
	}
	if !*update {
		t.Errorf("the table in %s is not what was measured; go test ./bench -run Quality -update writes it", readme)
		return
	}
	if err := replace(want); err != nil {
		t.Fatal(err)
	}
}

func families(rows []row) []string {
	var names []string
	for _, r := range rows {
		if !slices.Contains(names, r.family) {
			names = append(names, r.family)
		}
	}
	return names
}

// measure scores one detector on one family, or returns nil if the detector does not know the family's kind.
func measure(rows []row, family string, d detector) *score {
	var s score
	for _, r := range rows {
		if r.family != family {
			continue
		}
		kind := "phone"
		if len(r.spans) > 0 {
			kind = r.spans[0].Kind
		}
		if kind != "phone" && d.name == "libphonenumber FindNumbers" {
			return nil
		}
		s.add(r.spans, d.find(r), kind)
	}
	return &s
}

// ours returns piiproxy's detector: the message profile with the row's region for what people wrote, else the log profile.
func ours(t *testing.T) func(r row) []Span {
	detectors := map[string]*redact.Detector{}
	get := func(profile, region string) *redact.Detector {
		if d := detectors[profile+region]; d != nil {
			return d
		}
		var regions []string
		if region != "" {
			regions = []string{region}
		}
		d, err := redact.NewDetector(profile, regions)
		if err != nil {
			t.Fatal(err)
		}
		detectors[profile+region] = d
		return d
	}
	return func(r row) []Span {
		d := get("log", "")
		if r.prose {
			d = get("message", r.region)
		}
		var spans []Span
		for _, f := range d.Find(nil, []byte(r.text)) {
			spans = append(spans, Span{f.Start, f.End, f.Kind.String()})
		}
		return spans
	}
}

var (
	naivePhone = regexp.MustCompile(`\+?[0-9][0-9 ().-]{5,18}[0-9]`)
	naiveEmail = regexp.MustCompile(`[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}`)
	naiveIPv4  = regexp.MustCompile(`\b(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b`)
	naiveIPv6  = regexp.MustCompile(`\b(?:[0-9A-Fa-f]{1,4}:){2,7}:?[0-9A-Fa-f:]{0,39}\b`)
)

// naive is what most log maskers run.
func naive(r row) []Span {
	var spans []Span
	for kind, shapes := range map[string][]*regexp.Regexp{"phone": {naivePhone}, "email": {naiveEmail}, "ip": {naiveIPv4, naiveIPv6}} {
		for _, shape := range shapes {
			for _, at := range shape.FindAllStringIndex(r.text, -1) {
				spans = append(spans, Span{at[0], at[1], kind})
			}
		}
	}
	return spans
}

// library is libphonenumber's own search, given the row's region.
func library(r row) []Span {
	region := r.region
	if region == "" || !r.prose {
		region = "ZZ"
	}
	var spans []Span
	for match := range phonenumbers.FindNumbers(r.text, region) {
		spans = append(spans, Span{match.Start(), match.End(), "phone"})
	}
	return spans
}

func f3(v float64) string { return fmt.Sprintf("%.3f", v) }
