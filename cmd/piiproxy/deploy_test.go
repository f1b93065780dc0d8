package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/VictoriaMetrics/metricsql"
	"github.com/goccy/go-yaml"
)

// The queries of deploy/ are held to what a running proxy shows: every metric, every label and every value of a label that
// they name must be there. metricsql takes them apart, because Prometheus' own parser comes with all of Prometheus; what it
// takes and Prometheus does not, Prometheus itself finds where it is installed (TestPrometheus).

const (
	deploy      = "../../deploy"
	runbookBase = "https://github.com/piiproxy/piiproxy/blob/main/deploy/runbooks/"
)

type rules struct {
	Groups []struct {
		Name  string
		Rules []rule
	}
}

type rule struct {
	Record, Alert, Expr string
	For                 string
	Labels, Annotations map[string]string
}

func readRules(t *testing.T) (all []rule) {
	t.Helper()
	var r rules
	readYAML(t, "prometheus/rules.yml", &r)
	for _, g := range r.Groups {
		all = append(all, g.Rules...)
	}
	if len(all) < 20 {
		t.Fatalf("%d rules", len(all))
	}
	return all
}

func readYAML(t *testing.T, name string, v any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(deploy, name))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.UnmarshalWithOptions(text, v, yaml.Strict()); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// query is an expression and where it stands.
type query struct{ place, expr string }

// dashboardQueries returns the queries of the dashboard, with values in place of its variables.
func dashboardQueries(t *testing.T) (all []query) {
	t.Helper()
	var d struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
		Templating struct {
			List []struct{ Name, Query string }
		}
		Annotations struct{ List []struct{ Name, Expr string } }
	}
	text, err := os.ReadFile(filepath.Join(deploy, "grafana/piiproxy.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	variables := strings.NewReplacer("$__rate_interval", "5m", "$job", ".*")
	add := func(place, expr string) {
		all = append(all, query{"the dashboard's " + place, variables.Replace(expr)})
	}
	for _, p := range d.Panels {
		for _, target := range p.Targets {
			add(p.Title, target.Expr)
		}
	}
	for _, a := range d.Annotations.List {
		add(a.Name, a.Expr)
	}
	for _, v := range d.Templating.List {
		if m := regexp.MustCompile(`^label_values\((.+), (\w+)\)$`).FindStringSubmatch(v.Query); m != nil {
			add("variable "+v.Name, "count by ("+m[2]+") ("+m[1]+")")
		}
	}
	if len(all) < 30 {
		t.Fatalf("%d queries", len(all))
	}
	return all
}

// runbookQueries returns the queries of the runbooks, one a line.
func runbookQueries(t *testing.T) (all []query) {
	t.Helper()
	for name, text := range runbooks(t) {
		_, block, _ := strings.Cut(text, "```promql\n")
		block, _, found := strings.Cut(block, "```")
		if !found {
			t.Errorf("%s has no query", name)
		}
		for line := range strings.Lines(block) {
			all = append(all, query{name, strings.TrimSpace(line)})
		}
	}
	return all
}

func runbooks(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(deploy, "runbooks/*.md"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(file)] = string(text)
	}
	return all
}

// series is what a proxy shows: metric to label to its values.
type series map[string]map[string][]string

var (
	sample = regexp.MustCompile(`(?m)^(\w+)(?:\{(.*)\})? \S+$`)
	pair   = regexp.MustCompile(`(\w+)="([^"]*)"`)
)

// shown takes the text format of /metrics apart, and adds what Prometheus does: job and instance, and what rules record.
func shown(t *testing.T, metrics string, all []rule) series {
	t.Helper()
	s := series{}
	for _, m := range sample.FindAllStringSubmatch(metrics, -1) {
		if s[m[1]] == nil {
			s[m[1]] = map[string][]string{"job": nil, "instance": nil}
		}
		for _, label := range pair.FindAllStringSubmatch(m[2], -1) {
			s[m[1]][label[1]] = append(s[m[1]][label[1]], label[2])
		}
	}
	for _, r := range all {
		if r.Record == "" {
			continue
		}
		s[r.Record] = map[string][]string{}
		for _, by := range regexp.MustCompile(`by \(([^)]*)\)`).FindAllStringSubmatch(r.Expr, -1) {
			for label := range strings.SplitSeq(by[1], ", ") {
				s[r.Record][label] = nil
			}
		}
	}
	return s
}

// check holds a query to what is shown.
func (s series) check(t *testing.T, q query) {
	t.Helper()
	e, err := metricsql.Parse(q.expr)
	if err != nil {
		t.Errorf("%s: %q: %v", q.place, q.expr, err)
		return
	}
	named := map[string]bool{}
	metricsql.VisitAll(e, func(e metricsql.Expr) {
		if m, ok := e.(*metricsql.MetricExpr); ok {
			for _, filters := range m.LabelFilterss {
				s.checkSelector(t, q, filters, named)
			}
		}
	})
	if len(named) == 0 {
		t.Errorf("%s: %q names no metric", q.place, q.expr)
	}
	metricsql.VisitAll(e, func(e metricsql.Expr) {
		if a, ok := e.(*metricsql.AggrFuncExpr); ok {
			for _, label := range a.Modifier.Args {
				if !named[label] {
					t.Errorf("%s: %q: no series has the label %s", q.place, q.expr, label)
				}
			}
		}
	})
}

// checkSelector adds the labels of the series to those that are named.
func (s series) checkSelector(t *testing.T, q query, filters []metricsql.LabelFilter, named map[string]bool) {
	t.Helper()
	labels, ok := s[filters[0].Value]
	if !ok || filters[0].Label != "__name__" {
		t.Errorf("%s: %q: there is no metric %s", q.place, q.expr, filters[0].Value)
		return
	}
	for label := range labels {
		named[label] = true
	}
	for _, f := range filters[1:] {
		values, ok := labels[f.Label]
		if !ok {
			t.Errorf("%s: %q: %s has no label %s", q.place, q.expr, filters[0].Value, f.Label)
		}
		for value := range strings.SplitSeq(f.Value, "|") {
			if len(values) > 0 && !slices.Contains(values, value) {
				t.Errorf("%s: %q: no series has %s=%q", q.place, q.expr, f.Label, value)
			}
		}
	}
}

// TestQueries holds every query of deploy/, and every metric that a runbook names, to a running proxy.
func TestQueries(t *testing.T) {
	all := readRules(t)
	s := shown(t, get(t, "http://"+fullProxy(t).addr["admin"]+"/metrics"), all)
	for _, r := range all {
		s.check(t, query{r.Record + r.Alert, r.Expr})
	}
	for _, q := range slices.Concat(dashboardQueries(t), runbookQueries(t)) {
		s.check(t, q)
	}
	for name, text := range runbooks(t) {
		for _, metric := range regexp.MustCompile(`\bpiiproxy[:_][a-z0-9_:]+`).FindAllString(text, -1) {
			if s[metric] == nil {
				t.Errorf("%s names %s, which is not there", name, metric)
			}
		}
		for _, page := range regexp.MustCompile(`\bPiiproxy\w+`).FindAllString(text, -1) {
			if _, ok := runbooks(t)[page+".md"]; !ok {
				t.Errorf("%s names the page %s, which is not there", name, page)
			}
		}
	}
}

// TestCheckFindsWhatIsWrong tries the test's own tool.
func TestCheckFindsWhatIsWrong(t *testing.T) {
	s := series{"piiproxy_a_total": {"job": nil, "outcome": {"answered"}}}
	for expr, right := range map[string]bool{
		`sum by (job) (rate(piiproxy_a_total{outcome="answered"}[5m])) > 0`: true,
		`rate(piiproxy_b_total[5m])`:                                        false,
		`rate(piiproxy_a_total{result="x"}[5m])`:                            false,
		`rate(piiproxy_a_total{outcome=~"answered|lost"}[5m])`:              false,
		`sum by (route) (piiproxy_a_total)`:                                 false,
		`rate(piiproxy_a_total[5m]`:                                         false,
		`vector(1)`:                                                         false,
	} {
		probe := &testing.T{}
		s.check(probe, query{"here", expr})
		if probe.Failed() == right {
			t.Errorf("%s: taken for right: %t", expr, !probe.Failed())
		}
	}
}

// TestAlerts holds every alert to have a page, a severity, and tests in which it is silent and in which it fires.
func TestAlerts(t *testing.T) {
	var tests struct {
		RuleFiles          []string `yaml:"rule_files"`
		EvaluationInterval string   `yaml:"evaluation_interval"`
		Tests              []struct {
			Name, Interval string
			InputSeries    []map[string]string `yaml:"input_series"`
			AlertRuleTest  []struct {
				EvalTime  string `yaml:"eval_time"`
				Alertname string
				ExpAlerts []any `yaml:"exp_alerts"`
			} `yaml:"alert_rule_test"`
		}
	}
	readYAML(t, "prometheus/rules_test.yml", &tests)
	fires, silent := map[string]bool{}, map[string]bool{}
	for _, test := range tests.Tests {
		for _, a := range test.AlertRuleTest {
			fires[a.Alertname] = fires[a.Alertname] || len(a.ExpAlerts) > 0
			silent[a.Alertname] = silent[a.Alertname] || len(a.ExpAlerts) == 0
		}
	}
	pages := runbooks(t)
	for _, r := range readRules(t) {
		if r.Alert == "" {
			continue
		}
		page, linked := strings.CutPrefix(r.Annotations["runbook_url"], runbookBase)
		if !linked || page != r.Alert+".md" || !strings.HasPrefix(pages[page], "# "+r.Alert+"\n") {
			t.Errorf("%s has no page of its own", r.Alert)
		}
		delete(pages, page)
		if s := r.Labels["severity"]; s != "page" && s != "ticket" || r.Annotations["summary"] == "" {
			t.Errorf("%s has no severity, or no summary", r.Alert)
		}
		if !fires[r.Alert] || !silent[r.Alert] {
			t.Errorf("%s has no test in which it fires, or none in which it is silent", r.Alert)
		}
	}
	for page := range pages {
		t.Errorf("%s is no alert's", page)
	}
}

// TestPromtool lets Prometheus' own tool check the rules, run their tests and look at the metrics.
func TestPromtool(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not installed")
	}
	metrics := get(t, "http://"+fullProxy(t).addr["admin"]+"/metrics")
	for _, args := range [][]string{
		{"check", "rules", "rules.yml"}, {"test", "rules", "rules_test.yml"}, {"check", "metrics"},
	} {
		cmd := exec.Command(promtool, args...)
		cmd.Dir, cmd.Stdin = filepath.Join(deploy, "prometheus"), strings.NewReader(metrics)
		if out, err := cmd.CombinedOutput(); err != nil || args[1] == "metrics" && strings.Contains(string(out), "piiproxy") {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}
