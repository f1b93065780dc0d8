package telemetry

import (
	"testing"

	"github.com/piiproxy/piiproxy/redact"
)

// checkWords holds an enum to what metrics and logs need of its words: each is there, once, in snake_case.
func checkWords[E interface {
	~uint8
	String() string
}](t *testing.T, all []E) {
	t.Helper()
	seen := map[string]bool{}
	for _, v := range all {
		w := v.String()
		if w == "" || w == "invalid" || seen[w] {
			t.Errorf("%d: word %q", v, w)
		}
		seen[w] = true
		for _, c := range w {
			if (c < 'a' || c > 'z') && c != '_' {
				t.Errorf("%q is not snake_case", w)
			}
		}
	}
}

func TestWords(t *testing.T) {
	checkWords(t, Outcomes())
	checkWords(t, append(Reasons(), ReasonNone))
	if Outcome(200).String() != "invalid" || Reason(200).String() != "invalid" || Method(200).String() != "invalid" {
		t.Error("a value out of range has a word")
	}
}

func TestWordsOfRedact(t *testing.T) {
	for _, k := range redact.Kinds() {
		if int(k) >= len(kindMasked) || string(kindMasked[k].Bytes()) != k.String() {
			t.Errorf("kind %q has another word in words.go", k)
		}
	}
	for r, m := range projectionMasked {
		if w := redact.Reason(r).String(); w != "" && w != string(m.Bytes()) {
			t.Errorf("projection reason %q has the word %q in words.go", w, m.Bytes())
		}
	}
	if w := redact.Reason(len(projectionMasked)).String(); w != "" && w != redact.Reason(255).String() {
		t.Errorf("projection reason %q has no word in words.go", w)
	}
	if len(redact.Actions()) != numActions {
		t.Errorf("%d actions, of which %d are counted", len(redact.Actions()), numActions)
	}
}

func TestMethods(t *testing.T) {
	for _, m := range Methods() {
		if got := ParseMethod([]byte(m.String())); got != m {
			t.Errorf("%s is read as %s", m, got)
		}
	}
	for _, s := range []string{"", "get", "GET ", "TRACE", "CONNECT", "_OTHER", "P0ST", "+306912345678"} {
		if got := ParseMethod([]byte(s)); got != MethodOther {
			t.Errorf("%q is read as %s", s, got)
		}
	}
	if MethodPost.Idempotent() || MethodOther.Idempotent() || MethodPatch.Idempotent() || !MethodPut.Idempotent() {
		t.Error("wrong methods are idempotent")
	}
	b := []byte("OPTIONS")
	if n := testing.AllocsPerRun(100, func() { ParseMethod(b) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
