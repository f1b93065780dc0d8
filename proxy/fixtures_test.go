package proxy

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A fixture is a request, response or webhook of the trade, with every personal value in it labelled.
type fixture struct {
	Name         string
	Kind         string // request, response or webhook
	Method, Path string
	Headers      map[string]string
	Body         json.RawMessage
	RawBody      *string `json:"raw_body"`
	PII          []pii   `json:"end_user_pii"`
	Secrets      []string
	MustNotFlag  []string       `json:"must_not_flag"`
	Routing      map[string]any `json:"routing_fields"`
	NeverNeeded  []string       `json:"never_needed_by_connector"`
}

// pii is one labelled value. Detect is structured-only where nothing but the field tells what the value is.
type pii struct {
	Loc, Path, Type, Match, Encoding, Format, Detect string
}

func loadFixtures(t testing.TB) []fixture {
	t.Helper()
	files, err := filepath.Glob("testdata/fixtures/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	all := make([]fixture, len(files))
	for i, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &all[i]); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
	}
	return all
}

// body returns the body's bytes and media type.
func (f *fixture) body() ([]byte, string) {
	if f.RawBody != nil {
		return []byte(*f.RawBody), "application/x-www-form-urlencoded"
	}
	if string(f.Body) == "null" {
		return nil, ""
	}
	return f.Body, "application/json"
}

// detectable reports whether the value can be told for what it is wherever it stands.
func (p *pii) detectable() bool {
	switch p.Type {
	case "phone":
		return strings.HasPrefix(p.plain(), "+")
	case "email", "ip":
		return true
	}
	return false
}

// plain returns the value without the encoding that it has in the fixture.
func (p *pii) plain() string {
	r := strings.NewReplacer("%2540", "@", "%40", "@", "%2B", "+")
	return r.Replace(p.Match)
}
