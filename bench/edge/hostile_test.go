package edge

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// least is how many probes there must be.
const leastHostile, leastControls = 250, 30

// tally is how many probes of a class a subject passed.
type tally struct{ passed, all int }

// resetBytes is from how many bytes on a client that sends on after its refusal may lose the answer to a reset: it asks again.
const resetBytes = 256 << 10

// knownFailures are the cases, as class/name, that piiproxy does not pass yet. One that passes must be taken out.
var knownFailures = map[string]bool{}

// TestHostile holds piiproxy to every probe.
func TestHostile(t *testing.T) {
	s := &subjects[0]
	_, failures := runHostile(t, s)
	for name, err := range failures {
		if !knownFailures[name] {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name := range knownFailures {
		if failures[name] == nil {
			t.Errorf("%s passes: take it out of the known failures", name)
		}
	}
}

// TestProbes holds the table itself to what it claims.
func TestProbes(t *testing.T) {
	names, raws := map[string]bool{}, map[string]string{}
	hostile, controls := 0, 0
	for _, c := range classes {
		for _, p := range c.probes {
			name := c.name + "/" + p.name
			if names[name] {
				t.Errorf("two probes are called %s", name)
			}
			if other := raws[p.raw]; other != "" {
				t.Errorf("%s is the same request as %s", name, other)
			}
			names[name], raws[p.raw] = true, name
			if p.want == control {
				controls++
			} else {
				hostile++
			}
			if !strings.Contains(expand(p.raw, "k0000z"), "k0000z") && p.want == control {
				t.Errorf("%s: carries no id", name)
			}
		}
	}
	t.Logf("%d hostile probes, %d controls, %d classes", hostile, controls, len(classes))
	if hostile < leastHostile || controls < leastControls {
		t.Errorf("%d hostile probes and %d controls", hostile, controls)
	}
}

// runHostile runs all probes against a subject, and returns its tally for each class and what failed.
func runHostile(t *testing.T, s *subject) (map[string]tally, map[string]error) {
	t.Helper()
	up := startRecorder(t)
	r := s.start(t, []backend{{"up", "/", up.ln.Addr().String()}}, times{client: clientTimeout, upstream: 5 * time.Second})
	views := askAll(t, r.address)
	code := r.stop(t)
	tallies, failures := map[string]tally{}, map[string]error{}
	n := 0
	for _, c := range classes {
		sum := tally{all: len(c.probes)}
		for i := range c.probes {
			id := idOf(n)
			if err := c.probes[i].judge(id, views[n], up.of(id), s.ours); err != nil {
				failures[c.name+"/"+c.probes[i].name] = err
			} else {
				sum.passed++
			}
			n++
		}
		tallies[c.name] = sum
	}
	if strays := up.strays(); len(strays) > 0 {
		t.Logf("%s: requests of no case reached the upstream: %.2000q", s.name, strays)
		failures["strays"] = fmt.Errorf("%d requests of no case", len(strays))
	}
	if s.ours {
		if code != 0 {
			t.Errorf("exit code %d", code)
		}
		if strings.Contains(string(r.said(t)), secret[2:]) {
			t.Error("the number stands in what the proxy wrote")
		}
	}
	return tallies, failures
}

func idOf(n int) string { return fmt.Sprintf("k%04dz", n) }

// askAll sends all probes, several at once: some wait for a timeout.
func askAll(t *testing.T, address string) []view {
	var all []*probe
	for _, c := range classes {
		for i := range c.probes {
			all = append(all, &c.probes[i])
		}
	}
	views := make([]view, len(all))
	var asking sync.WaitGroup
	slots := make(chan struct{}, 16)
	for n, p := range all {
		slots <- struct{}{}
		asking.Go(func() {
			defer func() { <-slots }()
			for range attempts {
				v, err := p.ask(address, idOf(n))
				if err != nil {
					t.Errorf("%s: %v", p.name, err)
				}
				if views[n] = v; len(v.answers) > 0 || len(p.raw) < resetBytes {
					break
				}
			}
		})
	}
	asking.Wait()
	return views
}
