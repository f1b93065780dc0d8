package replay

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
)

// FuzzLine holds every line to the law of captures: it is refused without a word of it, or it is one request, which another
// program reads as it was meant and behind which nothing is left.
func FuzzLine(f *testing.F) {
	for _, line := range []string{
		get(0, "/sms?x=1"),
		`{"method":"POST","target":"/2step","headers":[["Content-Type","application/json"],["X-A","b"]],"body":"{\"to\":\"+447700900123\"}"}`,
		`{"method":"PUT","target":"/","headers":[["Host","a"],["Connection","close"]],"body_base64":"AAEC","encoding":"gzip"}`,
		`{"method":"DELETE","target":"/emails/a%40example.com","body_bytes":7,"status":204}`,
		`{"method":"GET","target":"/ HTTP/1.1\r\n\r\nGET /"}`,
		`{"method":"GET","target":"/","headers":[["A\r\nB","c"],["D","e\nF: g"]]}`,
		`{"at_us":"x"}`, `[`, ``, `{"piiproxy_capture":7}`,
	} {
		f.Add(line)
	}
	targets, err := NewTargets("http://127.0.0.1:1", nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, line string) {
		r := reader{name: "file", begun: true}
		var e Exchange
		ok, err := r.parse([]byte(line), &e)
		if err != nil {
			if text := err.Error(); len(line) > 40 && strings.Contains(text, line[10:20]) {
				t.Errorf("the error %q quotes the line", text)
			}
			return
		}
		if !ok || e.BodyBytes > 1<<16 {
			return
		}
		p := preparer{targets: targets, mix: newMix()}
		var req request
		if err := p.prepare(&req, &e); err != nil {
			t.Fatal(err)
		}
		readBack(t, &e, req.bytes)
	})
}

// readBack lets net/http read what is sent.
func readBack(t *testing.T, e *Exchange, sent []byte) {
	t.Helper()
	in := bufio.NewReader(bytes.NewReader(sent))
	got, err := http.ReadRequest(in)
	if err != nil {
		return // net/http takes less, such as hosts and escapes that we leave to the target
	}
	if got.Method != e.Method || got.RequestURI != e.Target {
		t.Errorf("%q %q is read as %q %q", e.Method, e.Target, got.Method, got.RequestURI)
	}
	body, err := io.ReadAll(got.Body)
	if err != nil || e.Encoding == "" && e.BodyBytes == 0 && string(body) != e.Body+string(e.BodyBase64) {
		t.Errorf("body %q is read as %q, %v", e.Body, body, err)
	}
	if rest, _ := io.ReadAll(in); len(rest) > 0 {
		t.Errorf("%d bytes follow the request", len(rest))
	}
}
