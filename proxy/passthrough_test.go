package proxy

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/piiproxy/piiproxy/proxy/internal/http1"
)

// passAll leads everything to the API.
func passAll() Spec {
	spec := testSpec()
	spec.Routes = map[string]RouteSpec{"all": {Listener: "api", Path: "/{rest...}", Upstream: "api", Pass: "everything"}}
	spec.Telemetry.AccessLog.Body = true
	spec.Forwarding = ForwardingSpec{Forwarded: "keep", Via: "keep"}
	return spec
}

// wire returns a fixture as its client sends it, its header fields in the order of their names.
func (f *fixture) wire() string {
	body, contentType := f.body()
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\n", f.Method, f.Path)
	names := make([]string, 0, len(f.Headers))
	for name := range f.Headers {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(&b, "%s: %s\r\n", name, f.Headers[name])
	}
	if f.Headers["Content-Type"] == "" && contentType != "" {
		fmt.Fprintf(&b, "Content-Type: %s\r\n", contentType)
	}
	if len(body) > 0 {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(body))
	}
	return b.String() + "\r\n" + string(body)
}

// TestFixturesAreForwardedToTheByte sends every request and webhook of the trade, and what official clients were seen to
// send, and holds what the API gets to what was sent.
func TestFixturesAreForwardedToTheByte(t *testing.T) {
	r := start(t, passAll(), ok())
	for _, f := range loadFixtures(t) {
		if f.Kind != "response" {
			r.checkForwarded(f.Name, f.wire(), f.wire())
		}
	}
	files, _ := filepath.Glob("testdata/captured/*.http")
	if len(files) == 0 {
		t.Fatal("nothing captured")
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		r.checkForwarded(file, string(data), strings.Replace(string(data), "Connection: keep-alive\r\n", "", 1))
	}
}

func (r *rig) checkForwarded(name, in, want string) {
	r.t.Helper()
	if got := r.send(in); got.status != 200 {
		r.t.Errorf("%s: status %d: %s", name, got.status, got.body)
	}
	if got := r.upstream.take(); len(got) != 1 || got[0] != want {
		r.t.Errorf("%s: the upstream got\n%q, want\n%q", name, got, want)
	}
}

// TestFixturesAreAnsweredToTheByte relays every response of the trade.
func TestFixturesAreAnsweredToTheByte(t *testing.T) {
	for _, f := range loadFixtures(t) {
		body, contentType := f.body()
		if f.Kind != "response" {
			continue
		}
		for _, text := range []string{string(body), gzipped(string(body))} {
			r := start(t, passAll(), answering(200, "OK", "Content-Type: "+contentType+"\r\n", text))
			raw := r.raw(crlf("GET /x HTTP/1.1\nHost: api\nConnection: close\n\n"))
			if _, got, _ := strings.Cut(raw, "\r\n\r\n"); got != text {
				t.Errorf("%s: got %q", f.Name, got)
			}
		}
	}
}

// FuzzPass holds whatever the proxy takes to one reading: what it forwards as a request has the method, the target and the
// body that came, one framing, and field lines that came.
func FuzzPass(f *testing.F) {
	for _, c := range passed {
		f.Add([]byte(crlf(c.in)))
	}
	for _, c := range refusedRequests {
		f.Add([]byte(crlf(c.in)))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		up := &fakeUpstream{answer: ok()}
		p := New(build(t, passAll(), nil, up), Options{})
		defer p.current.Load().leave()
		runRaw(p, string(raw))
		for _, sent := range up.take() {
			checkSent(t, raw, sent)
		}
	})
}

// checkSent holds one request that the upstream got to the input.
func checkSent(t *testing.T, raw []byte, sent string) {
	line, rest, _ := strings.Cut(sent, "\r\n")
	head, body, whole := strings.Cut("\r\n"+rest, "\r\n\r\n")
	parts := strings.Split(line, " ")
	if !whole || len(parts) != 3 || !contains(raw, parts[0]+" "+parts[1]+" HTTP/1.") {
		t.Fatalf("%q became %q", raw, sent)
	}
	var fields http1.Fields
	if flaw := fields.Parse([]byte(strings.TrimPrefix(head+"\r\n", "\r\n")), 200); flaw != http1.NoFlaw {
		t.Fatalf("%q became %q: %v", raw, sent, flaw)
	}
	if fields.Chunked || max(fields.ContentLength, 0) != int64(len(body)) || fields.Hosts != 1 {
		t.Errorf("%q became %q", raw, sent)
	}
	for c := fields.All(); c.Next(); {
		if !contains(raw, string(c.Line)) && string(c.Name) != "Content-Length" && string(c.Name) != "Host" {
			t.Errorf("%q became %q: %q did not come", raw, sent, c.Line)
		}
	}
}
