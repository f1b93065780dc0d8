package main

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
)

func TestMain(m *testing.M) {
	if asChild() {
		return
	}
	os.Exit(m.Run())
}

// TestRun runs every part with hardly any load, so that the command cannot rot. Nothing is held to a time: what a setting
// has to show before it is timed is what can fail. Caddy is left out, since it takes minutes to build.
func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts some thirty programs")
	}
	var out, progress bytes.Buffer
	args := []string{"-rounds", "1", "-seconds", "0.05", "-rate", "400", "-mb", "1", "-match", "^(piiproxy|nginx|HAProxy|fasthttp|none)"}
	if code := run(t.Context(), args, &out, &progress); code != 0 {
		t.Fatalf("exit %d\n%s", code, progress.String())
	}
	t.Logf("\n%s", out.String())
	for _, want := range []string{
		"| piiproxy | log, every finding a token |", "| piiproxy | body minimised; body in the log, every finding a token |",
		"| piiproxy | body minimised; body in the log, every finding masked |",
		"| none | straight to the upstream |", "| piiproxy redact |", "Masking itself", "Measured on",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in what it says", want)
		}
	}
}

func TestParse(t *testing.T) {
	for _, args := range [][]string{{"-rounds", "0"}, {"-seconds", "-1"}, {"-only", "nothing"}, {"-update", "-only", "sms"}, {"-match", "("}, {"more"}} {
		var said bytes.Buffer
		if code := run(t.Context(), args, &said, &said); code != 2 {
			t.Errorf("%q: exit %d\n%s", args, code, said.String())
		}
	}
}

// TestMessages holds the messages to the sizes that the tables speak of, and each sending to being about somebody else.
func TestMessages(t *testing.T) {
	for _, c := range []struct {
		m    *message
		body int
	}{{sms(), smsBody}, {campaign(), campaignBody}, {large(64 << 10), 64 << 10}} {
		if got := len(c.m.bytes) - c.m.body; got != c.body {
			t.Errorf("a body of %d bytes, want %d", got, c.body)
		}
		for n := range 50 {
			one, other := c.m.planted(n, false), c.m.planted(n+1, false)
			if slices.ContainsFunc(one, func(v string) bool { return slices.Contains(other, v) }) {
				t.Errorf("somebody of %q is there again in %q", one, other)
			}
		}
	}
}

// TestVerifyFindsWhatIsLeft holds the check that stands before every measurement to finding something.
func TestVerifyFindsWhatIsLeft(t *testing.T) {
	m := sms()
	filled := bytes.Clone(m.bytes)
	m.fill(filled, 7)
	if values := m.planted(7, false); countLeft(filled, values) != len(values) {
		t.Errorf("%q are not all found in %q", values, filled)
	}
	if left := countLeft(filled, m.planted(8, true)); left != 0 {
		t.Errorf("%d values of another sending are found", left)
	}
}

func TestWrap(t *testing.T) {
	const long = "some words that are too long for a line\n\n| a table | that is too long | as well |\n"
	const want = "some words that\nare too long\nfor a line\n\n| a table | that is too long | as well |\n"
	if got := wrap(long, 16); got != want {
		t.Errorf("got %q", got)
	}
}
