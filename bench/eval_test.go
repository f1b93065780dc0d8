package bench

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/piiproxy/piiproxy/redact"
)

// evalRows are labelled rows that nobody here wrote. They are not part of the project: their licences differ.
const evalRows = "../../shared/eval"

// An evalSet is a file of rows, the kinds that it labels, and the profile that reads it.
type evalSet struct {
	name, profile string
	kinds         []string
	keyed         bool // bare values, which are put under a key
}

var evalSets = []evalSet{
	{"prose", "message", []string{"phone", "email", "ip"}, false},
	{"formats", "message", []string{"phone", "email", "ip"}, false},
	{"cpaas_json", "log", []string{"phone", "email", "ip"}, false},
	{"logs", "log", []string{"phone", "ip"}, false},
	{"values", "log", []string{"phone"}, true},
}

// TestEval prints how the detector does on the labelled rows, where they are.
func TestEval(t *testing.T) {
	if _, err := os.Stat(evalRows); err != nil {
		t.Skip("the labelled rows are not there: " + evalRows)
	}
	var lines [][]string
	for _, set := range evalSets {
		d, err := redact.NewDetector(set.profile, nil)
		if err != nil {
			t.Fatal(err)
		}
		scores := map[string]*score{}
		for _, kind := range set.kinds {
			scores[kind] = &score{}
		}
		for _, r := range readEval(t, set) {
			var found []Span
			for _, f := range d.Find(nil, []byte(r.text)) {
				found = append(found, Span{f.Start, f.End, f.Kind.String()})
			}
			for kind, s := range scores {
				s.add(r.spans, found, kind)
			}
		}
		for _, kind := range set.kinds {
			s := scores[kind]
			lines = append(lines, []string{set.name, kind, f3(s.precision()), f3(s.recall()), f3(s.f1()), f3(s.exactF1()), f3(s.falseAlarms())})
			if set.name == "logs" && kind == "phone" && s.falseAlarms() > 0.5 {
				t.Errorf("%.2f false alarms in 1,000 lines of logs", s.falseAlarms())
			}
			if kind != "phone" && s.f1() < 0.99 {
				t.Errorf("%s: F1 %.3f on %s", kind, s.f1(), set.name)
			}
		}
	}
	t.Logf("\n%s", Table([]string{"rows", "kind", "precision", "recall", "F1", "exact F1", "false alarms / 1,000 rows"}, lines))
}

// readEval reads the rows of a set, with offsets as they are after line breaks became blanks and values got a key.
func readEval(t *testing.T, set evalSet) []row {
	t.Helper()
	file, err := os.Open(filepath.Join(evalRows, set.name+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var rows []row
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<22)
	for lines.Scan() {
		var in struct {
			Text  string
			Spans []struct {
				Start, End int
				Type       string
			}
		}
		if err := json.Unmarshal(lines.Bytes(), &in); err != nil {
			t.Fatal(err)
		}
		r := row{text: strings.NewReplacer("\n", " ", "\r", " ").Replace(in.Text)}
		shift := 0
		if set.keyed {
			quoted, _ := json.Marshal(in.Text)
			r.text, shift = `{"to":`+string(quoted)+"}", len(`{"to":"`)
		}
		for _, s := range in.Spans {
			if kind := strings.ToLower(s.Type); slices.Contains(set.kinds, kind) {
				r.spans = append(r.spans, Span{s.Start + shift, s.End + shift, kind})
			}
		}
		rows = append(rows, r)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}
