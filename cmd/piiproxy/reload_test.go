package main

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/piiproxy/piiproxy/proxy/config"
	"github.com/piiproxy/piiproxy/redact"
)

// changes is what somebody may write over a part of the example, and where a reload says that it needs a restart.
var changes = []struct{ old, changed, want string }{
	{"", "", ""},
	{`api: {address: "127.0.0.1:8080"}`, `api: {address: "127.0.0.1:8079"}`, "listeners.api"},
	{`api: {address: "127.0.0.1:8080"}`, `API: {address: "127.0.0.1:8080"}`, "listeners.API,listeners"},
	{`kind: admin}`, `kind: proxy}`, "listeners.admin"},
	{`8093"}`, `8094"}`, "simulators.customer-app"},
	{"output: stdout", "output: access.log", "telemetry.access_log.output"},
	{"full: block", "full: drop", "telemetry.access_log.full"},
	{"full: block", "queue: 9", "telemetry.access_log.queue"},
	{"access_log: {", "export: {endpoints: [{url: \"http://127.0.0.1:4318\"}]}\n  access_log: {", "telemetry.export"},
	{"access_log: {", "traces: {own: true, ratio: 0.5}\n  access_log: {", ""},
	{"limits:", "canary: {routes: [sms]}\nlimits:", "canary"},
	{"body: 4MiB", "headers: 8KiB", ""},
	{"body: 4MiB", "read: 8s\n  write: 8s\n  idle: 8s", ""},
	{"body: 4MiB", "body: 1MiB", ""},
	{"drain: 20s", "drain: 1s", ""},
	{"regions: [GR, GB]", "regions: [DE]", ""},
	{"timeout: 5s", "timeout: 6s", ""},
	{"path: /lookup,", "path: /look-up,", ""},
}

// TestFrozen changes the example in one place at a time.
func TestFrozen(t *testing.T) {
	before := readExample(t, string(exampleConfig))
	for _, c := range changes {
		if !strings.Contains(string(exampleConfig), c.old) {
			t.Errorf("the example has no %s", c.old)
		}
		after := readExample(t, strings.Replace(string(exampleConfig), c.old, c.changed, 1))
		var got []string
		if joined, ok := frozen(before, after).(interface{ Unwrap() []error }); ok {
			for _, err := range joined.Unwrap() {
				var p *redact.Problem
				if errors.As(err, &p) && !slices.Contains(got, p.Path) {
					got = append(got, p.Path)
				}
			}
		}
		if strings.Join(got, ",") != c.want {
			t.Errorf("%s to %s: got %v, want %s", c.old, c.changed, got, c.want)
		}
	}
}

func readExample(t *testing.T, text string) *config.Config {
	t.Helper()
	c, _ := config.Read("example.yaml", []byte(text), config.Options{Lookup: lookupExample})
	if c == nil {
		t.Fatal("the example cannot be read")
	}
	return c
}

// TestKeyring makes keys in memory once, and keeps them over reloads.
func TestKeyring(t *testing.T) {
	c := readExample(t, string(exampleConfig))
	first, err := keyring(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := keyring(c, first); err != nil || again != first {
		t.Errorf("made anew: %v %v", again, err)
	}
	c.Spec.Entity = "gr"
	other, err := keyring(c, first)
	if err != nil || !slices.Equal(other.Entities(), []string{"default", "gr"}) {
		t.Errorf("another entity: %v %v", other, err)
	}
	c.Ephemeral = false
	if none, err := keyring(c, first); none != nil || err != nil {
		t.Errorf("without keys: %v %v", none, err)
	}
	c.Spec.KeysFile = "/nowhere/keys"
	var p *redact.Problem
	if stand, err := keyring(c, nil); !errors.As(err, &p) || stand == nil || p.Path != "keysfile" {
		t.Errorf("a keyring that is not there: %v %v", stand, err)
	}
}
