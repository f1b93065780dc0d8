package main

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// canaryLeak is how /metrics shows a planted value that was found.
var canaryLeak = regexp.MustCompile(`(?m)^piiproxy_canary_leaks_total\{exit="(\w+)",kind="(\w+)"\} [1-9]`)

// ran waits until the canary has run, and returns its result, and what it found where.
func ran(t *testing.T, p *runningProxy) (result string, found []string) {
	t.Helper()
	run := regexp.MustCompile(`(?m)^piiproxy_canary_runs_total\{result="(\w+)"\} [1-9]`)
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		metrics := get(t, "http://"+p.addr["admin"]+"/metrics")
		if m := run.FindStringSubmatch(metrics); m != nil {
			all := map[string]bool{}
			for _, leak := range canaryLeak.FindAllStringSubmatch(metrics, -1) {
				all[leak[1]+" "+leak[2]] = true
			}
			return m[1], slices.Sorted(maps.Keys(all))
		}
	}
	t.Fatalf("the canary did not run:\n%s", p.stderr())
	return "", nil
}

// TestCanary runs the canary in a proxy that has every exit, as it should be and with one thing broken at a time.
func TestCanary(t *testing.T) {
	for name, test := range map[string]struct {
		replaced []string // in the configuration
		result   string
		found    string
	}{
		"as it should be":       {nil, "success", ""},
		"a field kept":          {[]string{"log: {kinds: {", "log: {fields: {email: keep}, kinds: {"}, "leak", "access_log email, export email, ingest email"},
		"a kind kept in traces": {[]string{"trace: {kinds: {phone: token", "trace: {kinds: {phone: keep"}, "leak", "export phone"},
		"a kind kept in traces of others": {
			[]string{"trace: {kinds: {phone: token", "trace: {kinds: {phone: keep", "traces: {own: true}", "traces: {own: false}"}, "leak", "export phone"},
		"the client's address kept": {[]string{"log: {kinds: {", "log: {client: keep, kinds: {"}, "leak", "access_log ip"},
		"kept, and not looked for":  {[]string{"log: {kinds: {", "log: {client: keep, kinds: {", "interval: 1m", "interval: 1m, kinds: [phone]"}, "success", ""},
		"a connector that gets all": {[]string{"allow: [", "allow: [$.canaryNote, "}, "leak", "connector text"},
		"a route that refuses":      {[]string{"canary-operator: {", "canary-operator: {methods: [GET], "}, "unproven", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := fullProxy(t, test.replaced...)
			if result, found := ran(t, p); result != test.result || strings.Join(found, ", ") != test.found {
				t.Errorf("%s, found %q\n%s", result, found, p.stderr())
			}
			p.signal(syscall.SIGTERM)
			if code := p.wait(); code != 0 {
				t.Errorf("exit code %d\n%s", code, p.stderr())
			}
		})
	}
}
