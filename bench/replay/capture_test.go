package replay

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

const captureHead = `{"piiproxy_capture":1,"started":"2026-11-25T22:30:00.000000Z","version":"test"}`

// writeCapture writes lines to a file of its own.
func writeCapture(t testing.TB, lines ...string) string {
	t.Helper()
	f, err := os.CreateTemp(t.TempDir(), "capture")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(strings.Join(lines, "\n") + "\n"); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

// get is a line of a capture: a GET at that time.
func get(atUS int, target string) string {
	return fmt.Sprintf(`{"at_us":%d,"method":"GET","target":%q,"status":200,"response_bytes":2}`, atUS, target)
}

func testTargets(t testing.TB) *Targets {
	t.Helper()
	targets, err := NewTargets("http://127.0.0.1:1", nil)
	if err != nil {
		t.Fatal(err)
	}
	return targets
}

func TestMalformedLines(t *testing.T) {
	const secret = "306912345678"
	for _, tt := range []struct{ line, want string }{
		{secret + `x`, "not a JSON object"},
		{`"` + secret + `"`, "wrong type"},
		{`{"at_us":"` + secret + `","method":"GET","target":"/"}`, "member at_us: a value of the wrong type"},
		{`{"method":"GET","target":"/","headers":{"` + secret + `":1}}`, "wrong type"},
		{`{"method":"GET","target":"/","body_base64":"` + secret + `!"}`, "not a JSON object"},
		{`{"method":"GET ` + secret + `","target":"/"}`, "member method"},
		{`{"method":"GET","target":"` + secret + `"}`, "member target"},
		{`{"method":"GET","target":"/ HTTP/1.1\r\nX: ` + secret + `"}`, "member target"},
		{`{"method":"GET","target":"/","route":"` + secret + `@x"}`, "member route"},
		{`{"method":"GET","target":"/","listener":"+` + secret + `"}`, "member listener"},
		{`{"method":"GET","target":"/","at_us":-1}`, "member at_us"},
		{`{"method":"GET","target":"/","status":7}`, "member status"},
		{`{"method":"GET","target":"/","body_bytes":-1}`, "member body_bytes"},
		{`{"method":"GET","target":"/","body":"a","body_bytes":1}`, "more than one"},
		{`{"method":"GET","target":"/","headers":[["A` + secret + `:","b"]]}`, "name of a header"},
		{`{"method":"GET","target":"/","headers":[["A","` + secret + `\r\nB: c"]]}`, "control character"},
		{`{"piiproxy_capture":2}`, "does not know"},
		{get(0, "/")[:30], "not a JSON object"},
	} {
		file := writeCapture(t, captureHead, get(0, "/"), "", tt.line)
		_, err := Open([]string{file}, CaptureOptions{Targets: testTargets(t)})
		var malformed *CaptureError
		if !errors.As(err, &malformed) || malformed.Line != 4 || !strings.Contains(malformed.What, tt.want) {
			t.Errorf("%s: error %v, want line 4: %s", tt.line, err, tt.want)
		}
		if err != nil && strings.Contains(strings.ReplaceAll(err.Error(), file, ""), secret) {
			t.Errorf("%s: the error shows it: %v", tt.line, err)
		}
	}
}

func TestNoCapture(t *testing.T) {
	for _, lines := range [][]string{{""}, {get(0, "/")}, {captureHead}} {
		if _, err := Open([]string{writeCapture(t, lines...)}, CaptureOptions{Targets: testTargets(t)}); err == nil {
			t.Errorf("%q is taken for a capture", lines)
		}
	}
	if _, err := Open([]string{filepath.Join(t.TempDir(), "none")}, CaptureOptions{Targets: testTargets(t)}); err == nil {
		t.Error("a file that is not there is taken for a capture")
	}
}

// TestRender holds requests to what goes over the wire.
func TestRender(t *testing.T) {
	for _, tt := range []struct{ name, line, want string }{
		{"text", `{"method":"POST","target":"/sms?x=1","headers":[["Host","api.example.com"],["Content-Length","9"],["X-Foo","bar"],
			["Connection","close"],["Transfer-Encoding","chunked"],["authorization","old"]],"body":"a\"é"}`,
			"POST /sms?x=1 HTTP/1.1\r\nHost: api.example.com\r\nX-Foo: bar\r\nAuthorization: new\r\nContent-Length: 4\r\n\r\na\"é"},
		{"another compression", `{"method":"PUT","target":"/","body":"abc","encoding":"other"}`,
			"PUT / HTTP/1.1\r\nHost: 127.0.0.1:1\r\nAuthorization: new\r\nContent-Length: 3\r\n\r\nabc"},
		{"none", `{"method":"GET","target":"/"}`, "GET / HTTP/1.1\r\nHost: 127.0.0.1:1\r\nAuthorization: new\r\n\r\n"},
		{"empty", `{"method":"POST","target":"/"}`, "POST / HTTP/1.1\r\nHost: 127.0.0.1:1\r\nAuthorization: new\r\nContent-Length: 0\r\n\r\n"},
		{"base64", `{"method":"PUT","target":"/","body_base64":"AAEC"}`,
			"PUT / HTTP/1.1\r\nHost: 127.0.0.1:1\r\nAuthorization: new\r\nContent-Length: 3\r\n\r\n\x00\x01\x02"},
		{"withheld", `{"method":"POST","target":"/","body_bytes":3,"headers":[["Content-Type","text/plain"]]}`,
			"POST / HTTP/1.1\r\nHost: 127.0.0.1:1\r\nContent-Type: text/plain\r\nAuthorization: new\r\nContent-Length: 3\r\n\r\n000"},
		{"withheld JSON", `{"method":"POST","target":"/","body_bytes":5,"headers":[["Content-Type","application/json; charset=utf-8"]]}`,
			"POST / HTTP/1.1\r\nHost: 127.0.0.1:1\r\nContent-Type: application/json; charset=utf-8\r\nAuthorization: new\r\nContent-Length: 5\r\n\r\n\"000\""},
	} {
		var e Exchange
		if err := json.Unmarshal([]byte(tt.line), &e); err != nil {
			t.Fatal(err)
		}
		p := preparer{targets: testTargets(t), set: [][2]string{{"Authorization", "new"}}, mix: newMix()}
		var req request
		for range 2 { // the second time in the memory of the first
			if err := p.prepare(&req, &e); err != nil || string(req.bytes) != tt.want {
				t.Errorf("%s: %q, %v; want %q", tt.name, req.bytes, err, tt.want)
			}
		}
	}
}

// TestCompressed sends bodies as they were compressed when they were captured.
func TestCompressed(t *testing.T) {
	inflate := map[string]func(io.Reader) (io.Reader, error){
		"gzip":    func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		"deflate": func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) },
		"zstd":    func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) },
	}
	p := preparer{targets: testTargets(t), set: [][2]string{{"Host", "other"}}, mix: newMix()}
	for range 2 {
		for encoding, open := range inflate {
			body := strings.Repeat(encoding, 100)
			var req request
			if err := p.prepare(&req, &Exchange{Method: "POST", Target: "/", Body: body, Encoding: encoding}); err != nil {
				t.Fatal(err)
			}
			sent, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(req.bytes)))
			if err != nil || sent.Header.Get("Content-Encoding") != encoding || sent.Host != "other" || sent.ContentLength >= int64(len(body)) {
				t.Fatalf("%s: %v, %v", encoding, sent, err)
			}
			plain, err := open(sent.Body)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(plain); err != nil || string(got) != body {
				t.Errorf("%s: %q, %v", encoding, got, err)
			}
		}
	}
}

// TestOrder reads rotated parts whose lines stand as their exchanges ended, whole and along.
func TestOrder(t *testing.T) {
	files := []string{
		writeCapture(t, captureHead, get(2000, "/c"), get(1000, "/b"), get(500, "/a")),
		writeCapture(t, strings.Replace(captureHead, "30:00.000000", "30:01.000000", 1), get(0, "/d"), get(10, "/e")),
	}
	for _, memory := range []int64{0, 1} {
		c, err := Open(files, CaptureOptions{Targets: testTargets(t), Memory: memory, Repeat: true})
		if err != nil {
			t.Fatal(err)
		}
		if c.streamed != (memory == 1) {
			t.Errorf("memory %d: streamed is %v", memory, c.streamed)
		}
		var got []string
		for range 7 {
			req, at, err := c.source.next()
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprintf("%c@%d", req.bytes[5], at.Microseconds()))
			c.source.release(req)
		}
		// The second pass begins a mean gap, 999.51/4 ms, after the first.
		if want := "a@0 b@500 c@1500 d@999500 e@999510 a@1249387 b@1249887"; strings.Join(got, " ") != want {
			t.Errorf("memory %d:\n%s, want\n%s", memory, strings.Join(got, " "), want)
		}
		c.Close()
	}
}

// TestOnce reads a capture to its end, whole and along.
func TestOnce(t *testing.T) {
	var lines []string
	for i := range 3 * windowLines {
		lines = append(lines, get(i, fmt.Sprintf("/%d", i)))
	}
	file := writeCapture(t, append([]string{captureHead}, lines...)...)
	for _, memory := range []int64{0, 1} {
		c, err := Open([]string{file}, CaptureOptions{Targets: testTargets(t), Memory: memory})
		if err != nil {
			t.Fatal(err)
		}
		for i := range lines {
			req, _, err := c.source.next()
			if err != nil || !strings.HasPrefix(string(req.bytes), fmt.Sprintf("GET /%d ", i)) {
				t.Fatalf("request %d: %v", i, err)
			}
			c.source.release(req)
		}
		for range 2 {
			if _, _, err := c.source.next(); err != io.EOF {
				t.Errorf("memory %d: at the end: %v", memory, err)
			}
		}
		c.Close()
	}
}

// TestStreamedFault gives what stands before a malformed line, and then the error.
func TestStreamedFault(t *testing.T) {
	c, err := Open([]string{writeCapture(t, captureHead, get(0, "/"), "{")}, CaptureOptions{Targets: testTargets(t), Memory: 1})
	if err == nil {
		c.Close()
	}
	var malformed *CaptureError
	if !errors.As(err, &malformed) {
		// It is larger than memory at its first request, so that the fault is found while it is sent.
		_, _, err = c.source.next()
	}
	if !errors.As(err, &malformed) || malformed.Line != 3 {
		t.Errorf("error %v, want line 3", err)
	}
}

func TestTargets(t *testing.T) {
	for _, bad := range []string{"", "127.0.0.1:80", "ftp://a", "http://user:secret@a", "http://a/path", "http://a?q=1", "http://"} {
		if _, err := NewTargets(bad, nil); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	targets, err := NewTargets("", map[string]string{"api": "https://a.example", "egress": "http://[::1]:81"})
	if err != nil {
		t.Fatal(err)
	}
	i, err := targets.of("api")
	if err != nil || targets.list[i].address != "a.example:443" || !targets.list[i].tls {
		t.Errorf("api goes to %+v, %v", targets.list[i], err)
	}
	var missing *NoTargetError
	if _, err := targets.of("other"); !errors.As(err, &missing) {
		t.Errorf("other: %v", err)
	}
}
