package proxy

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/piiproxy/piiproxy/redact"
)

// leastTexts is how many texts there must be.
const leastTexts = 318

// conformanceSpec leads /operator and /built to connectors that get a whole value of the client's, at its place and at another.
func conformanceSpec() Spec {
	spec := testSpec()
	spec.Redact.Projections["operator"] = redact.ProjectionSpec{Allow: []redact.AllowSpec{
		{JSON: "$.to", Required: true, Destination: true}, {JSON: "$.body"}, {JSON: "$.data.**"},
	}}
	spec.Connectors["built"] = ConnectorSpec{Upstream: "api"}
	spec.Redact.Projections["built"] = redact.ProjectionSpec{Request: &redact.RequestSpec{Path: "/send", JSON: []redact.FieldMap{
		{To: "messages[].to", JSON: "$.to", Required: true, Destination: true}, {To: "messages[].text", JSON: "$.body"},
		{To: "messages[].extra", JSON: "$.data.**"},
	}}}
	spec.Routes["built"] = RouteSpec{Listener: "egress", Path: "/built", Connector: "built"}
	return spec
}

// places are the documents that a value is put into: where it is allowed, where it is dropped, and under an allowed name where
// only single values are.
var places = []struct {
	name, before, after string
	allowed             bool
}{
	{"allowed", `{"to":"306912345678","data":`, `,"body":"Hi"}`, true},
	{"dropped", `{"to":"306912345678","other":`, `,"body":"Hi"}`, false},
	{"dropped first", `{"x":[`, `],"to":"306912345678"}`, false},
}

// TestConformance sends texts of all classes towards connectors. What RFC 8259 refuses is refused with 422, and nothing of it goes
// out; what it takes arrives, if the projection allows it, with its meaning; and all that goes out is strict JSON.
func TestConformance(t *testing.T) {
	r := start(t, conformanceSpec(), ok())
	r.ln = r.listen("egress")
	all := allTexts()
	names, counts := map[string]bool{}, map[byte]int{}
	sent, arrived := 0, 0
	for _, c := range all {
		if names[c.name] {
			t.Errorf("two texts are called %s", c.name)
		}
		names[c.name] = true
		counts[c.class]++
		for _, doc := range c.documents() {
			for _, path := range []string{"/operator", "/built"} {
				sent++
				status, got := r.project(path, doc.text)
				if status == 200 {
					arrived++
				}
				if err := c.judge(doc, status, got); err != nil {
					t.Errorf("%s, %s, %s: status %d, sent %.200q: %v", c.name, doc.place, path, status, got, err)
				}
			}
		}
	}
	t.Logf("%d texts (%d y, %d n, %d i), %d requests, %d arrived", len(all), counts['y'], counts['n'], counts['i'], sent, arrived)
	if len(all) < leastTexts || counts['y'] < 90 || counts['n'] < 180 || counts['i'] < 30 {
		t.Errorf("too few texts")
	}
}

// document is a text as it is sent.
type document struct {
	place, text string
	value       string // that is allowed out, as JSON; empty: none is
}

func (c *text) documents() (all []document) {
	if c.whole {
		const doc = `{"to":"306912345678","data":[1],"body":"Hi"}`
		return []document{{"whole", strings.ReplaceAll(c.json, "DOC", doc), "[1]"}}
	}
	for _, p := range places {
		d := document{p.name, p.before + c.json + p.after, ""}
		if p.allowed {
			d.value = c.json
		}
		all = append(all, d)
	}
	return all
}

// project sends a body and returns what the client was told and what the connector got.
func (r *rig) project(path, body string) (status int, got string) {
	r.t.Helper()
	a := r.send(withLength("POST "+path, "Host: api\nContent-Type: application/json\n", body))
	requests := r.upstream.take()
	lines := r.log.take()
	if len(requests) > 1 || (a.status == 200) != (len(requests) == 1) || len(lines) != 1 || !json.Valid([]byte(lines[0])) {
		r.t.Errorf("%.100q: status %d, %d requests, logged %q", body, a.status, len(requests), lines)
	}
	if a.status != 200 && (!json.Valid([]byte(a.body)) || strings.Contains(a.body, "6912345678")) {
		r.t.Errorf("%.100q: told %q", body, a.body)
	}
	for _, raw := range requests {
		req, err := http.ReadRequest(bufio.NewReader(strings.NewReader(raw)))
		if err != nil {
			r.t.Fatal(err)
		}
		b, _ := io.ReadAll(req.Body)
		got = string(b)
	}
	return a.status, got
}

// judge says what is wrong with what became of a text.
func (c *text) judge(d document, status int, got string) error {
	valid := json.Valid([]byte(d.text))
	switch {
	case c.class == 'y' && !valid, c.class == 'n' && valid:
		return errors.New("the suite is wrong: encoding/json says otherwise")
	case status != 200 && status != 422:
		return errors.New("neither sent nor refused")
	case c.class == 'n' && status != 422:
		return errors.New("it was passed on")
	case c.class == 'y' && status != 200:
		return errors.New("it was refused")
	case status == 422:
		return nil
	}
	sent, err := strictJSON(got)
	if err != nil {
		return err
	}
	return c.means(d, sent)
}

// means holds that what is allowed arrived with its meaning, and nothing else did.
func (c *text) means(d document, sent any) error {
	object := sent.(map[string]any)
	if list, ok := object["messages"].([]any); ok && len(list) == 1 && len(object) == 1 {
		object = list[0].(map[string]any)
	}
	if to := object["to"]; to != "306912345678" {
		return fmt.Errorf("to is %v", to)
	}
	value, there := object["data"]
	if v, ok := object["extra"]; ok {
		value, there = v, true
	}
	if allowed := d.value != "" && d.value != "null"; !there || d.value == "" {
		if there != allowed {
			return fmt.Errorf("a value was sent: %v", there)
		}
		return nil
	}
	want, err := strictJSON(d.value)
	if err == nil && !reflect.DeepEqual(value, want) {
		err = errors.New("it has another meaning")
	}
	return err
}

// strictJSON reads text as encoding/json does, and refuses what that forgives: bytes that are no UTF-8, halves of surrogate
// pairs, and keys that stand twice.
func strictJSON(text string) (any, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	switch {
	case !utf8.ValidString(text):
		return nil, errors.New("no UTF-8")
	case !json.Valid([]byte(text)):
		return nil, errors.New("no JSON")
	}
	value, err := strictValue(d)
	if err != nil {
		return nil, err
	}
	var plain bytes.Buffer
	again := json.NewEncoder(&plain)
	again.SetEscapeHTML(false)
	if strings.Contains(text, "\ufffd") || strings.Contains(strings.ToLower(text), `\ufffd`) {
		return value, nil
	}
	if err := again.Encode(value); err != nil || strings.Contains(plain.String(), "\ufffd") || strings.Contains(plain.String(), `\ufffd`) {
		return nil, errors.New("half of a surrogate pair")
	}
	return value, nil
}

func strictValue(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := strictValue(d)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = d.Token()
		return list, err
	case json.Delim('{'):
		object := map[string]any{}
		for d.More() {
			key, _ := d.Token()
			v, err := strictValue(d)
			if err != nil {
				return nil, err
			}
			if _, twice := object[key.(string)]; twice {
				return nil, errors.New("a key stands twice")
			}
			object[key.(string)] = v
		}
		_, err = d.Token()
		return object, err
	}
	return token, nil
}
