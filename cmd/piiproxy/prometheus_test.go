package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"
)

// prometheus is a Prometheus that scrapes a proxy beside a test.
type prometheus struct {
	t    *testing.T
	base string
}

// startPrometheus runs Debian's Prometheus, with the rules of deploy/, on a proxy's admin listener. It keeps what it has in a
// folder of the test.
func startPrometheus(t *testing.T, admin string) *prometheus {
	t.Helper()
	program, err := exec.LookPath("prometheus")
	if err != nil {
		t.Skip("prometheus is not installed")
	}
	dir := t.TempDir()
	rules, err := filepath.Abs(filepath.Join(deploy, "prometheus/rules.yml"))
	if err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf(`
global: {scrape_interval: 500ms, evaluation_interval: 500ms}
rule_files: [%q]
scrape_configs: [{job_name: piiproxy, static_configs: [{targets: [%q]}]}]
`, rules, admin)
	if err := os.WriteFile(filepath.Join(dir, "prometheus.yml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("127.0.0.1:%d", freePorts(t, 1)[0]) // it takes no port 0
	cmd := exec.Command(program, "--config.file="+filepath.Join(dir, "prometheus.yml"), "--storage.tsdb.path="+filepath.Join(dir, "data"),
		"--web.listen-address="+address, "--enable-feature=exemplar-storage", "--log.level=error")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may be gone already
		_ = cmd.Wait()
	})
	p := &prometheus{t, "http://" + address}
	p.until("ready", func() bool {
		resp, err := http.Get(p.base + "/-/ready")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	return p
}

// until waits for what should be so soon.
func (p *prometheus) until(what string, so func() bool) {
	p.t.Helper()
	for end := time.Now().Add(patience); !so(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			p.t.Fatalf("it is not so in time: %s", what)
		}
	}
}

// ask asks the API, and reports whether that answered with success.
func (p *prometheus) ask(path string, values url.Values, data any) (problem string, ok bool) {
	p.t.Helper()
	resp, err := http.PostForm(p.base+path, values)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer := struct {
		Status, Error string
		Data          any
	}{Data: data}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		p.t.Fatalf("%s: %v", path, err)
	}
	return answer.Error, answer.Status == "success"
}

// query returns how many series an expression has now.
func (p *prometheus) query(place, expr string) int {
	p.t.Helper()
	var data struct{ Result []any }
	if problem, ok := p.ask("/api/v1/query", url.Values{"query": {expr}}, &data); !ok {
		p.t.Errorf("%s: %q: %s", place, expr, problem)
	}
	return len(data.Result)
}

// get reads the API.
func (p *prometheus) get(path string, data any) {
	p.t.Helper()
	answer := struct{ Data any }{data}
	if err := json.Unmarshal([]byte(get(p.t, p.base+path)), &answer); err != nil {
		p.t.Fatal(err)
	}
}

// TestPrometheus lets Debian's Prometheus scrape a proxy that runs, run the rules of deploy/ on what it got, and answer every
// query of the dashboard and of the runbooks. Nothing fires while all is well; and what goes wrong does.
func TestPrometheus(t *testing.T) {
	proxy := fullProxy(t)
	p := startPrometheus(t, proxy.addr["admin"])
	p.until("a scrape", func() bool { return p.query("a scrape", "piiproxy_build_info") == 1 })
	send := func() {
		sendTraced(t, proxy)
		post(t, "http://"+proxy.addr["api"]+"/sms", `{"to":"+306912345678","from":"ACME","body":"Hi Ada"}`, 200)
		post(t, "http://"+proxy.addr["egress"]+"/operator", `{"to":"+306912345678","body":"Hi Ada","label":"x"}`, 202)
	}
	p.until("traffic in a rule", func() bool {
		send()
		return p.query("a rule", `piiproxy:requests:rate5m{route="sms",outcome="answered"} > 0`) == 1
	})
	p.checkTarget()
	p.checkExemplars()
	p.checkRules()
	for _, q := range slices.Concat(dashboardQueries(t), runbookQueries(t)) {
		p.query(q.place, q.expr)
	}
	for _, expr := range []string{
		`increase(piiproxy_findings_total{surface="log",kind="phone",action="token"}[1m]) > 0`,
		`increase(piiproxy_connector_fields_total{connector="operator",result="dropped"}[1m]) > 0`,
		`piiproxy_otlp_export_up == 1`,
	} {
		p.until(expr, func() bool { return p.query("a query", expr) == 1 })
	}
	proxy.signal(syscall.SIGTERM)
	proxy.wait()
	p.until("an alert once the proxy is gone", func() bool { return p.query("an alert", `ALERTS{alertname="PiiproxyMissing"}`) == 1 })
}

// checkTarget waits until the proxy is scraped without an error: a scrape may run into the interval on a machine that is busy.
func (p *prometheus) checkTarget() {
	p.t.Helper()
	p.until("one target, which is up", func() bool {
		var targets struct {
			ActiveTargets []struct{ Health, LastError string }
		}
		p.get("/api/v1/targets", &targets)
		all := targets.ActiveTargets
		return len(all) == 1 && all[0].Health == "up" && all[0].LastError == ""
	})
}

// checkRules waits until every rule was evaluated without an error, and no alert fires or is about to: the canary's is, until it
// has come through once.
func (p *prometheus) checkRules() {
	p.t.Helper()
	var groups struct {
		Groups []struct {
			Rules []struct{ Name, Health, LastError, State string }
		}
	}
	p.until("all rules evaluated, and all is well", func() bool {
		p.get("/api/v1/rules", &groups)
		for _, g := range groups.Groups {
			for _, r := range g.Rules {
				if r.LastError != "" || r.State == "firing" {
					p.t.Fatalf("%+v", r)
				}
				if r.Health != "ok" || r.State == "pending" {
					return false
				}
			}
		}
		return len(groups.Groups) > 0
	})
}
