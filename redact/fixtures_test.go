package redact

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fixture is one labelled exchange of the project's shared material.
type fixture struct {
	Kind    string            `json:"kind"`
	Path    string            `json:"path"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body"`
	RawBody string            `json:"raw_body"`
	PII     []struct {
		Loc   string `json:"loc"`
		Path  string `json:"path"`
		Type  string `json:"type"`
		Match string `json:"match"`
	} `json:"end_user_pii"`
	MustNotFlag []string `json:"must_not_flag"`
	Secrets     []string `json:"secrets"`
}

// TestFixtures masks every labelled exchange with the shipped dictionary alone, and looks for what must be gone and what must
// still be there.
func TestFixtures(t *testing.T) {
	files, _ := filepath.Glob("../../shared/fixtures/*.json")
	if len(files) == 0 {
		t.Skip("the labelled exchanges are not here")
	}
	p := testPolicy(t)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var x fixture
		if err := json.Unmarshal(data, &x); err != nil {
			t.Fatal(err)
		}
		shown := showFixture(p, &x)
		for _, pii := range x.PII {
			if pii.Type == "date_of_birth" {
				continue // a label's value of which nothing tells what it is
			}
			if strings.Contains(shown, pii.Match) {
				t.Errorf("%s: %s at %s is shown:\n%s", filepath.Base(file), pii.Type, pii.Path, shown)
			}
		}
		for _, secret := range x.Secrets {
			if strings.Contains(shown, secret) {
				t.Errorf("%s: a secret is shown:\n%s", filepath.Base(file), shown)
			}
		}
		for _, id := range x.MustNotFlag {
			if strings.Contains(shown, id) || hiddenWithText(&x, id) {
				continue
			}
			t.Errorf("%s: %s is not shown:\n%s", filepath.Base(file), id, shown)
		}
	}
}

// showFixture returns all that a surface may show of an exchange.
func showFixture(p *Policy, x *fixture) string {
	s, f := p.surfaces["log"], p.Fields("any")
	path, query, _ := strings.Cut(x.Path, "?")
	out := MakeMasked(4096)
	out = s.AppendPath(out, f, []byte(path), nil, nil).AppendConst("\n")
	out = s.AppendQuery(out, f, []byte(query), nil).AppendConst("\n")
	for name, value := range x.Headers {
		out = s.AppendHeader(out, f, []byte(name), []byte(value), nil).AppendConst("\n")
	}
	if x.RawBody != "" {
		out = s.AppendForm(out, f, []byte(x.RawBody), nil).AppendConst("\n")
		out = s.AppendFields(out, f, Form, nil, []byte(x.RawBody), nil)
		return string(out.Bytes())
	}
	out = s.AppendJSON(out, f, x.Body, nil).AppendConst("\n")
	out = s.AppendFields(out, f, JSON, nil, x.Body, nil)
	return string(out.Bytes())
}

// hiddenWithText reports whether an id stands in a message text only, all of which is masked.
func hiddenWithText(x *fixture, id string) bool {
	for _, text := range []string{`"body": "`, `"subject": "`, `"text": "`} {
		body := string(x.Body)
		if i := strings.Index(body, text); i >= 0 {
			rest := body[i+len(text):]
			if end := strings.IndexByte(rest, '"'); end >= 0 && strings.Contains(rest[:end], id) {
				return true
			}
		}
	}
	return false
}
