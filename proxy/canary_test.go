package proxy

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/piiproxy/piiproxy/proxy/internal/http1"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

// canarySpec is a proxy that shows all it may: the whole masked body in the log, tokens for everything that has them.
func canarySpec(f *fixture) Spec {
	spec := testSpec()
	spec.Telemetry.AccessLog.Body = true
	spec.Telemetry.Traces.Own = true
	spec.Redact.Regions = []string{"GB", "US"}
	spec.Redact.Surfaces = map[string]redact.SurfaceSpec{"log": {Kinds: map[string]string{"phone": "token", "email": "token", "ip": "token"}}}
	spec.Redact.Projections["operator"] = redact.ProjectionSpec{Allow: []redact.AllowSpec{{JSON: "$.allowed"}}}
	path, _, _ := strings.Cut(f.Path, "?")
	route := RouteSpec{Listener: "api", Path: path, Upstream: "api", Pass: "everything", Inbound: inbound(f)}
	fields := redact.FieldsSpec{Inbound: route.Inbound}
	for _, p := range f.PII {
		if p.Detect != "structured-only" && p.Format == "" && p.Type != "sip_uri" {
			continue
		}
		field := fieldOf(&p) // nothing but the route can tell
		inner := field
		inner.JSON = "$.fixture" + strings.TrimPrefix(field.JSON, "$") // as toConnector wraps it
		fields.Fields = append(fields.Fields, field, inner)
	}
	if f.Name == "24-email-erase" {
		route.Path = "/emails/{email}"
	}
	delete(spec.Routes, "sms")
	spec.Routes["fixture"] = route
	spec.Redact.Fields = map[string]redact.FieldsSpec{"fixture": fields, "operator": fields}
	return spec
}

// inbound reports whether the request carries what an end user sent.
func inbound(f *fixture) bool {
	return bytes.Contains(f.Body, []byte(`"Inbound"`)) || f.Name == "37-twilio-inbound-signed"
}

func fieldOf(p *pii) redact.FieldSpec {
	kind := map[string]string{"phone": "phone", "email": "email", "ip": "ip", "name": "name", "sip_uri": "id"}[p.Type]
	if kind == "" {
		kind = "text"
	}
	if p.Path == "$.message" || p.Path == "$.body" {
		kind = "text"
	}
	return redact.FieldSpec{JSON: p.Path, Kind: kind}
}

// TestCanary runs every fixture, with every labelled value planted at every place, through success, refusal, failure of
// the upstream and panic, and searches every exit for every value in every encoding.
func TestCanary(t *testing.T) {
	for _, f := range loadFixtures(t) {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			c := newCanary(t, &f)
			c.runFixture()
			for i := range f.PII {
				c.plant(&f.PII[i])
			}
			c.toConnector()
			c.search()
		})
	}
}

// canary is a proxy whose exits are all watched.
type canary struct {
	*rig         // its listener for clients
	egress  *rig // its listener for the API, towards a connector
	f       *fixture
	metrics *telemetry.Metrics
	spans   *exported
	capture *captured
	exits   []haystack
	ends    int // exchanges that were run
}

// The ends that an exchange can come to at the upstream, one after the other.
var canaryEnds = []func(f *fixture) func(*http1.Request, *http1.Response) error{
	func(f *fixture) func(*http1.Request, *http1.Response) error {
		body, kind := f.body()
		return answering(200, "OK", "Content-Type: "+kind+"\r\n", string(body))
	},
	func(*fixture) func(*http1.Request, *http1.Response) error {
		return func(*http1.Request, *http1.Response) error { return &http1.Error{Class: http1.Dial} }
	},
	func(*fixture) func(*http1.Request, *http1.Response) error {
		return func(*http1.Request, *http1.Response) error {
			return &http1.Error{Class: http1.Malformed, Written: true}
		}
	},
	func(*fixture) func(*http1.Request, *http1.Response) error {
		return func(*http1.Request, *http1.Response) error { return &http1.Error{Class: http1.Timeout, Written: true} }
	},
	func(*fixture) func(*http1.Request, *http1.Response) error {
		return func(req *http1.Request, _ *http1.Response) error { panic(string(req.Head) + string(req.Body)) }
	},
}

func newCanary(t *testing.T, f *fixture) *canary {
	c := &canary{f: f, metrics: telemetry.NewMetrics(telemetry.Build{}), spans: newExported(t), capture: &captured{}}
	spec, all := canarySpec(f), 1.0
	spec.Telemetry.Capture = CaptureSpec{File: "capture", Share: &all}
	g, err := Build(spec, testKeys(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	c.rig = &rig{t: t, log: &lines{}, upstream: &fakeUpstream{answer: ok()}}
	for _, u := range g.upstreams {
		u.transport = c.rig.upstream
	}
	c.rig.Proxy = New(g, Options{Log: c.rig.log, Metrics: c.metrics, Spans: c.spans, Capture: c.capture})
	c.rig.ln = c.rig.listen("api")
	c.egress = &rig{Proxy: c.rig.Proxy, t: t, log: c.rig.log, upstream: c.rig.upstream}
	c.egress.ln = c.egress.listen("egress")
	t.Cleanup(func() {
		if err := c.rig.Shutdown(t.Context()); err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
	})
	return c
}

// runFixture sends the fixture as it is, and spoiled in ways that are refused.
func (c *canary) runFixture() {
	body, kind := c.f.body()
	head := c.f.Method + " " + c.f.Path + " HTTP/1.1\r\nHost: x\r\n"
	for name, value := range c.f.Headers {
		if name != "Host" && name != "Content-Type" {
			head += name + ": " + value + "\r\n"
		}
	}
	if kind != "" {
		head += "Content-Type: " + kind + "\r\n"
	}
	c.run(head, body)
	c.run(head, escapedThroughout(body))
	c.run(head, append(bytes.Clone(body), "}{"...))                         // malformed for JSON
	c.run(strings.Replace(head, c.f.Path, "/nowhere"+c.f.Path, 1), body)    // no such route
	c.run(strings.Replace(head, c.f.Method+" ", "PROPFIND ", 1), body)      // no such method
	c.run(head+"Bad Name: "+c.f.Path+"\r\n", body)                          // malformed
	c.run(strings.Replace(head, "HTTP/1.1", "HTTP/1.1 "+c.f.Path, 1), body) // malformed
	c.run(strings.Replace(head, " "+c.f.Path+" ", " /operator ", 1), body)  // not on this listener
	c.run(head+"Content-Encoding: gzip\r\n", body)                          // not what it says
	c.run(strings.Replace(head, "application/json", "text/"+string(c.f.Path[1:]), 1), body)
}

// escapedThroughout returns a JSON document in which every letter and digit within a string is an escape; what is none stays.
func escapedThroughout(body []byte) []byte {
	if !json.Valid(body) {
		return body
	}
	var out []byte
	inside := false
	for i := 0; i < len(body); i++ {
		switch b := body[i]; {
		case b == '"':
			inside = !inside
			out = append(out, b)
		case b == '\\' && body[i+1] == 'u':
			out = append(out, body[i:i+6]...)
			i += 5
		case b == '\\':
			out = append(out, b, body[i+1])
			i++
		case inside && isAlnum(b):
			out = fmt.Appendf(out, `\u%04x`, b)
		default:
			out = append(out, b)
		}
	}
	return out
}

// plant sends a request to each place with the value there, in every writing. A value that only its field tells is left
// where the fixture has it.
func (c *canary) plant(p *pii) {
	if !p.detectable() {
		return
	}
	for _, written := range writings(p.plain()) {
		if strings.ContainsAny(written, " \\") {
			continue // not in a head; in a body below
		}
		for _, head := range []string{
			"GET /files/" + written + " HTTP/1.1\r\nHost: x\r\n",
			"GET /nowhere/" + written + "/a HTTP/1.1\r\nHost: x\r\n",
			"GET /files/a?ref=" + written + " HTTP/1.1\r\nHost: x\r\n",
			"GET /files/a?" + written + "=1 HTTP/1.1\r\nHost: x\r\n",
			"GET /files/a;v=" + written + "?a=" + written + "&b HTTP/1.1\r\nHost: x\r\n",
		} {
			c.run(head, nil)
		}
		headers := []string{"X-Custom", "Referer", "User-Agent", "X-Forwarded-For", "Forwarded", "Cookie", "X-Request-Id", "Traceparent",
			"Tracestate", "Baggage", "Accept", "X-" + strings.Trim(strings.NewReplacer("@", "-", ":", "-", "%", "-").Replace(written), "+")}
		for _, name := range headers {
			c.run("GET /files/a HTTP/1.1\r\nHost: x\r\n"+name+": "+written+"\r\n", nil)
		}
		c.run("GET /files/a HTTP/1.1\r\nHost: "+written+"\r\n", nil)
	}
	digits := strings.Trim(p.plain(), "+")
	if p.Type == "phone" {
		trace := fmt.Sprintf("%032s", digits)
		c.run("GET /files/a HTTP/1.1\r\nHost: x\r\nTraceparent: 00-"+trace+"-00f067aa0ba902b7-01\r\n", nil)
	}
	c.plantBodies(p.plain())
}

func (c *canary) plantBodies(value string) {
	quoted, _ := json.Marshal(value)
	nested, _ := json.Marshal(`{"email":` + string(quoted) + `}`)
	encoded := base64.StdEncoding.EncodeToString([]byte("value " + value))
	post := "POST /files/a HTTP/1.1\r\nHost: x\r\nContent-Type: "
	for _, written := range writings(value) {
		c.run(post+"application/json\r\n", []byte(`{"x":["`+written+`"],"`+written+`":1,"nested":`+string(nested)+`}`))
		c.run(post+"application/json\r\n", []byte(`{"x":"`+written+`"`))
		c.run(post+"application/x-www-form-urlencoded\r\n", []byte("a="+url.QueryEscape(written)+"&"+url.QueryEscape(written)+"=1"))
		c.run(post+"multipart/form-data; boundary=b\r\n", []byte("--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n"+written+"\r\n--b--\r\n"))
		c.run(post+"text/plain\r\n", []byte(written))
		c.run(post+"application/json\r\nContent-Encoding: "+"gzip\r\n", []byte(written))
	}
	c.run(post+"application/json\r\n", []byte(`{"content":"`+encoded+`","password":`+string(quoted)+`}`))
	if digits, ok := strings.CutPrefix(value, "+"); ok {
		c.run(post+"application/json\r\n", []byte(`{"to":`+digits+`,"recipient":["`+digits+`"],"a":{"msisdn":"00`+digits+`"}}`))
	}
}

// run sends a request to each end, and keeps what left the process. What the client gets as the upstream's answer, and what
// the API gets, are as they were by design, and no exits of telemetry.
func (c *canary) run(head string, body []byte) {
	if body != nil {
		head += fmt.Sprintf("Content-Length: %d\r\n", len(body))
	}
	raw := head + "Connection: close\r\n\r\n" + string(body)
	for _, end := range canaryEnds {
		c.rig.upstream.answer = end(c.f)
		got := c.rig.send(raw)
		c.ends++
		if asked := len(c.rig.upstream.take()) > 0; asked && got.status == 200 {
			continue
		}
		c.keep("error body", got.body)
		for name, values := range got.header {
			c.keep("error header", name+": "+strings.Join(values, ","))
		}
	}
}

// toConnector sends the fixture, with all its headers, to a connector that may receive none of its fields. What the
// connector gets is an exit.
func (c *canary) toConnector() {
	body, kind := c.f.body()
	head := "POST /operator?" + url.QueryEscape(c.f.Path) + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: " + kind + "\r\n"
	for name, value := range c.f.Headers {
		if name != "Host" && name != "Content-Type" {
			head += name + ": " + value + "\r\n"
		}
	}
	for _, body := range [][]byte{body, []byte(`{"allowed":1,"fixture":` + string(c.f.Body) + `}`), append(bytes.Clone(body), "}{"...)} {
		for _, end := range canaryEnds {
			c.rig.upstream.answer = end(c.f)
			got := c.egress.send(fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(body), body))
			c.keep("connector's request", strings.Join(c.rig.upstream.take(), "\n"))
			if got.status != 200 {
				c.keep("error body", got.body)
			}
		}
	}
}

func (c *canary) keep(exit, text string) {
	if len(c.exits) > 0 && c.exits[len(c.exits)-1].exit == exit {
		last := &c.exits[len(c.exits)-1]
		last.text = append(append(last.text, '\n'), text...)
		return
	}
	c.exits = append(c.exits, haystack{exit: exit, text: []byte(text)})
}

// search looks through all that left for every value of the fixture.
func (c *canary) search() {
	c.waitForLines()
	logged := strings.Join(c.rig.log.take(), "")
	page := httptest.NewRecorder()
	c.metrics.Handler().ServeHTTP(page, httptest.NewRequest("GET", "/metrics", nil))
	spans := c.spans.text(c.t)
	stacks := append(merged(c.exits), haystack{exit: "spans", text: spans}, haystack{exit: "access log", text: []byte(logged)},
		haystack{exit: "bodies in the access log", text: bodiesIn(logged)}, haystack{exit: "capture", text: c.capturedText()}, haystack{exit: "metrics", text: page.Body.Bytes()})
	values := c.f.Secrets
	for i := range c.f.PII {
		values = append(values, c.f.PII[i].plain(), c.f.PII[i].Match)
	}
	for _, value := range values {
		if found := leaks(value, stacks); len(found) > 0 {
			c.t.Errorf("a value of %d bytes left at %v\n%s", len(value), found, lineWith(logged, value))
		}
	}
	for _, line := range strings.SplitAfter(logged, "\n") {
		if line != "" && !json.Valid([]byte(line)) {
			c.t.Errorf("not JSON: %s", line)
		}
	}
	if n := bytes.Count(spans, []byte(`"spanId"`)); n < c.ends {
		c.t.Errorf("%d spans of %d exchanges", n, c.ends)
	}
	c.t.Logf("%d exchanges, %d values, %d bytes of log, %d of spans", c.ends, len(values), len(logged), len(spans))
}

// bodiesIn returns the bodies in the lines of a log as who reads the lines as JSON gets them.
func bodiesIn(logged string) (bodies []byte) {
	for line := range strings.Lines(logged) {
		var v struct{ Body string }
		if json.Unmarshal([]byte(line), &v) == nil {
			bodies = append(append(bodies, v.Body...), '\n')
		}
	}
	return bodies
}

// capturedText returns what was captured, less the times, which may look like a code.
func (c *canary) capturedText() []byte {
	all := c.capture.take()
	if len(all) < c.ends/2 {
		c.t.Errorf("%d lines of %d exchanges were captured", len(all), c.ends)
	}
	text := strings.Join(all, "")
	for _, line := range all {
		var v capturedLine
		if err := json.Unmarshal([]byte(line), &v); err != nil || v.Target == "" || v.Headers == nil || v.Status == 0 {
			c.t.Errorf("no line of a capture: %s", line)
		}
		if v.Body != nil { // in the line its escapes are escaped
			text += *v.Body + "\n"
		}
	}
	return capturedTimes.ReplaceAll([]byte(text), nil)
}

var capturedTimes = regexp.MustCompile(`"(at_us|elapsed_us|response_bytes|request_bytes|body_bytes)":[0-9]+`)

// captured keeps the lines of a capture.
type captured struct{ lines }

func (*captured) Started() time.Time { return time.Now().Add(-time.Second) }

// waitForLines waits until every exchange has left its line: the last one may still be on its way.
func (c *canary) waitForLines() {
	for end := time.Now().Add(30 * time.Second); c.rig.inFlight.Load() != 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			c.t.Fatal("exchanges that do not end")
		}
	}
}

// merged joins what left at the same exit.
func merged(exits []haystack) []haystack {
	var all []haystack
	at := map[string]int{}
	for _, h := range exits {
		i, ok := at[h.exit]
		if !ok {
			i = len(all)
			at[h.exit] = i
			all = append(all, haystack{exit: h.exit})
		}
		all[i].text = append(append(all[i].text, '\n'), h.text...)
	}
	return all
}

// lineWith returns the first line of the log that value stands in.
func lineWith(logged, value string) string {
	for line := range strings.SplitSeq(logged, "\n") {
		if len(leaks(value, []haystack{{text: []byte(line)}})) > 0 {
			return line[:min(len(line), 1500)]
		}
	}
	return ""
}

// TestCanaryProcessOutput holds the process's own outputs to silence while a fixture meets every end.
func TestCanaryProcessOutput(t *testing.T) {
	var captured bytes.Buffer
	var mu sync.Mutex
	log.SetOutput(writerFunc(func(b []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return captured.Write(b)
	}))
	defer log.SetOutput(os.Stderr)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, stderr := os.Stdout, os.Stderr
	os.Stdout, os.Stderr = w, w
	printed := make(chan []byte)
	go func() {
		b, _ := io.ReadAll(r)
		printed <- b
	}()
	f := loadFixtures(t)[1]
	newCanary(t, &f).runFixture()
	os.Stdout, os.Stderr = stdout, stderr
	w.Close()
	if b := <-printed; len(b) > 0 || captured.Len() > 0 {
		t.Errorf("%d bytes printed, %d logged", len(b), captured.Len())
	}
}

type writerFunc func(b []byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// TestMustNotFlag holds what is no personal data to staying readable.
func TestMustNotFlag(t *testing.T) {
	for _, f := range loadFixtures(t) {
		for _, value := range f.MustNotFlag {
			line := logged(t, canarySpecWithoutTokens(&f), "GET /files/"+url.PathEscape(value)+"?ref="+url.QueryEscape(value)+" HTTP/1.1\r\nHost: x\r\nUser-Agent: "+value+"\r\n\r\n")
			if n := strings.Count(string(unpercent([]byte(line))), value); n != 3 {
				t.Errorf("%s: stands in the line %d times, want 3: %s", value, n, line)
			}
		}
	}
}

func canarySpecWithoutTokens(f *fixture) Spec {
	spec := canarySpec(f)
	spec.Redact.Surfaces = nil
	return spec
}
