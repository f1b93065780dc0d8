package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/piiproxy/piiproxy/bench/replay"
	"github.com/piiproxy/piiproxy/redact"
)

// labelled is a request of the trade in which every personal value is labelled.
type labelled struct {
	Name, Kind, Method, Path string
	Headers                  map[string]string
	Body                     json.RawMessage
	RawBody                  *string                  `json:"raw_body"`
	PII                      []struct{ Match string } `json:"end_user_pii"`
	Secrets                  []string
}

// undocumented puts addresses that may be somebody's in place of those of documentation, out of which surrogates are taken: that of one
// may be any other.
var undocumented = strings.NewReplacer("192.0.2.", "94.71.2.", "198.51.100.", "185.51.100.", "203.0.113.", "193.92.113.", "2001:db8:", "2a02:587:")

func labelledRequests(t *testing.T) (all []labelled) {
	t.Helper()
	files, _ := filepath.Glob("../../proxy/testdata/fixtures/*.json")
	for _, file := range files {
		data, err := os.ReadFile(file)
		var f labelled
		if err == nil {
			err = json.Unmarshal([]byte(undocumented.Replace(string(data))), &f)
		}
		if err != nil {
			t.Fatal(err)
		}
		if f.Method != "" {
			all = append(all, f)
		}
	}
	if len(all) < 20 {
		t.Fatalf("only %d requests", len(all))
	}
	return all
}

// send sends the request to the listener that it belongs to.
func (f *labelled) send(t *testing.T, p *runningProxy) {
	t.Helper()
	body, listener := string(f.Body), "api"
	if f.RawBody != nil {
		body = *f.RawBody
	} else if body == "null" {
		body = ""
	}
	if f.Kind == "webhook" {
		listener = "egress"
	}
	req, err := http.NewRequest(f.Method, "http://"+p.addr[listener]+f.Path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range f.Headers {
		if name != "Host" {
			req.Header.Set(name, value)
		}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
}

// capturing runs the example with a capture of everything.
func capturing(t *testing.T) (p *runningProxy, capture string) {
	t.Helper()
	dir := t.TempDir()
	config := filepath.Join(dir, "piiproxy.yaml")
	text := regexp.MustCompile(`127\.0\.0\.1:[0-9]+`).ReplaceAllString(string(exampleConfig), "127.0.0.1:0")
	text = strings.Replace(text, "telemetry:\n", "telemetry:\n  capture: {file: capture.jsonl, share: 1}\n", 1)
	if err := os.WriteFile(config, []byte(withKeys(t, dir, text)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range exampleSecrets {
		t.Setenv(name, value)
	}
	return serveFor(t, "--config", config), filepath.Join(dir, "capture.jsonl")
}

// withKeys returns the example with keys that are always the same. Under random ones a surrogate may be another value of the
// fixtures by chance: those have addresses of the same few ranges for documentation.
func withKeys(t *testing.T, dir, text string) string {
	t.Helper()
	ring, err := redact.NewKeyring(redact.DefaultEntity, time.Unix(1764110000, 0), []byte("01234567890123456789012345678901"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "ring.json"), ring.Marshal(), 0o600); err != nil {
		t.Fatal(err)
	}
	before := "\n  ephemeral: true\n"
	if !strings.Contains(text, before) {
		t.Fatal("the example has other keys")
	}
	return strings.Replace(text, before, "\n  file: ring.json\n", 1)
}

func (p *runningProxy) stop(t *testing.T) {
	t.Helper()
	p.signal(syscall.SIGTERM)
	if code := p.wait(); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, p.stderr())
	}
}

// sum is what a capture adds up to.
type sum struct {
	lines           int
	routes          map[string]int // by listener, route, method and status
	request, answer int64          // bytes of bodies
}

func sumOf(t *testing.T, capture string) sum {
	t.Helper()
	text, err := os.ReadFile(capture)
	if err != nil {
		t.Fatal(err)
	}
	s := sum{routes: map[string]int{}}
	for line := range bytes.Lines(text) {
		var e replay.Exchange
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatal(err)
		}
		if e.Method == "" {
			continue // the first line
		}
		s.lines++
		s.routes[fmt.Sprint(e.Listener, " ", e.Route, " ", e.Method, " ", e.Status)]++
		s.request += e.RequestBytes
		s.answer += *e.ResponseBytes
	}
	return s
}

// TestCaptureOfFixtures captures every request of the trade with the example as it is, searches the capture for every labelled value,
// replays it, and holds what is replayed to the same routes, statuses and sizes.
func TestCaptureOfFixtures(t *testing.T) {
	p, capture := capturing(t)
	requests := labelledRequests(t)
	for i := range requests {
		requests[i].send(t, p)
	}
	p.stop(t)
	was := sumOf(t, capture)
	if was.lines != len(requests) {
		t.Fatalf("%d lines of %d requests", was.lines, len(requests))
	}
	searchCapture(t, capture, requests)

	again, replayed := capturing(t)
	c, err := replay.Open([]string{capture}, replay.CaptureOptions{Targets: replayTargets(t, again)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	result, err := replay.Run(t.Context(), c, replay.Plan{Closed: 1})
	if err != nil {
		t.Fatal(err)
	}
	again.stop(t)
	is := sumOf(t, replayed)
	t.Logf("%d exchanges, %d routes and statuses; request bodies of %d bytes, replayed %d; answers of %d, replayed %d; same status %d of %d",
		was.lines, len(was.routes), was.request, is.request, was.answer, is.answer, result.Fidelity.SameStatus, result.Fidelity.Compared)
	if result.Fidelity.Compared != int64(was.lines) || result.Fidelity.SameStatus != result.Fidelity.Compared {
		t.Errorf("another mix of statuses: %+v", result.Fidelity)
	}
	for key, n := range was.routes {
		if is.routes[key] != n {
			t.Errorf("%s: captured %d times, and %d times when it was replayed", key, n, is.routes[key])
		}
	}
	for _, size := range [][2]int64{{was.request, is.request}, {was.answer, is.answer}} {
		if d := size[1] - size[0]; d*100 > size[0] || d*-100 > size[0] {
			t.Errorf("%d bytes became %d", size[0], size[1])
		}
	}
}

// searchCapture looks for every labelled value, as it is and with the escapes of the capture undone.
func searchCapture(t *testing.T, capture string, requests []labelled) {
	t.Helper()
	text, err := os.ReadFile(capture)
	if err != nil {
		t.Fatal(err)
	}
	own := regexp.MustCompile(`"(id|at_us|elapsed_us|response_bytes|request_bytes|body_bytes)":("[0-9a-f]{32}"|[0-9]+)`)
	plain := own.ReplaceAllString(string(text), "")
	hay := []string{plain, unescapedJSON(plain), unescapedJSON(unescapedJSON(plain))}
	for _, h := range hay[:3] {
		once := strings.ReplaceAll(h, "+", " ")
		for range 3 {
			once = percentDecoded(once)
			hay = append(hay, once)
		}
	}
	for i, h := range hay {
		hay[i] = strings.ToLower(h)
	}
	values := 0
	for _, f := range requests {
		all := f.Secrets
		for _, p := range f.PII {
			all = append(all, p.Match, strings.TrimPrefix(percentDecoded(percentDecoded(p.Match)), "+"))
		}
		for _, value := range all {
			values++
			if value != "" && holdsWord(hay, strings.ToLower(value)) {
				t.Errorf("%s: a value of %d bytes is in the capture: %s", f.Name, len(value), value)
			}
		}
	}
	t.Logf("searched for %d values in %d bytes", values, len(text))
}

// holdsWord reports whether a value stands in one of the texts with neither a letter nor a digit beside it.
func holdsWord(hay []string, value string) bool {
	word := func(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' }
	for _, h := range hay {
		for at := strings.Index(h, value); at >= 0; {
			end := at + len(value)
			if (at == 0 || !word(h[at-1])) && (end == len(h) || !word(h[end])) {
				return true
			}
			next := strings.Index(h[end:], value)
			if next < 0 {
				break
			}
			at = end + next
		}
	}
	return false
}

var (
	percentCode = regexp.MustCompile(`%[0-9a-fA-F]{2}`)
	unicodeCode = regexp.MustCompile(`\\u[0-9a-fA-F]{4}`)
)

func percentDecoded(s string) string {
	return percentCode.ReplaceAllStringFunc(s, func(m string) string {
		b, _ := strconv.ParseUint(m[1:], 16, 8)
		return string([]byte{byte(b)})
	})
}

func unescapedJSON(s string) string {
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`, `\/`, `/`).Replace(unicodeCode.ReplaceAllStringFunc(s, func(m string) string {
		r, _ := strconv.ParseUint(m[2:], 16, 16)
		return string(rune(r))
	}))
}

// replayTargets leads what came in at a listener to that of the same name.
func replayTargets(t *testing.T, p *runningProxy) *replay.Targets {
	t.Helper()
	targets, err := replay.NewTargets("", map[string]string{"api": "http://" + p.addr["api"], "egress": "http://" + p.addr["egress"]})
	if err != nil {
		t.Fatal(err)
	}
	return targets
}

// TestHAR turns the trade's requests, as some tool recorded them, into a capture, searches it, and turns it into HAR and back.
func TestHAR(t *testing.T) {
	dir := t.TempDir()
	requests := labelledRequests(t)
	var raw harFile
	for i := range requests {
		f := &requests[i]
		e := harEntry{Time: 1.5, Request: harRequest{Method: f.Method, URL: "https://ada.example.com" + f.Path}}
		for name, value := range f.Headers {
			e.Request.Headers = append(e.Request.Headers, harNVP{name, value})
		}
		e.Request.Headers = append(e.Request.Headers, harNVP{":authority", "ada.example.com"})
		if f.RawBody != nil {
			e.Request.PostData = &harPost{Text: *f.RawBody}
		} else if string(f.Body) != "null" {
			e.Request.PostData = &harPost{Text: string(f.Body)}
		}
		e.Response.Status = 200
		e.Response.Content.Size = 99
		raw.Log.Entries = append(raw.Log.Entries, e)
	}
	text, _ := json.Marshal(raw)
	har, config := filepath.Join(dir, "raw.har"), filepath.Join(dir, "piiproxy.yaml")
	first, second := filepath.Join(dir, "1.jsonl"), filepath.Join(dir, "2.jsonl")
	for name, text := range map[string][]byte{har: text, config: []byte(withKeys(t, dir, string(exampleConfig)))} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, value := range exampleSecrets {
		t.Setenv(name, value)
	}
	command(t, first, "capture", "--from-har", har, "--config", config)
	searchCapture(t, first, requests)
	clean := filepath.Join(dir, "clean.har")
	command(t, clean, "capture", "--to-har", first)
	command(t, second, "capture", "--from-har", clean, "--config", config)
	a, b := sumOf(t, first), sumOf(t, second)
	if a.lines != len(requests) || b.lines != a.lines || fmt.Sprint(a.routes) != fmt.Sprint(b.routes) || a.answer != b.answer ||
		b.request-a.request > a.request/100 || a.request-b.request > a.request/100 {
		t.Errorf("%+v became %+v", a, b)
	}
}

// command runs the program with its output in a file.
func command(t *testing.T, file string, args ...string) {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(args, strings.NewReader(""), &out, &errs); code != 0 {
		t.Fatalf("%s: exit code %d: %s", args, code, errs.String())
	}
	if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}
