package proxy

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/piiproxy/piiproxy/proxy/internal/http1"
)

// raw sends a request and returns all bytes that come back until the connection ends.
func (r *rig) raw(request string) string {
	r.t.Helper()
	c := r.dial()
	defer c.Close()
	go io.WriteString(c, request)
	b, err := io.ReadAll(c)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(b)
}

func gzipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, s)
	w.Close()
	return b.String()
}

var relayed = []struct {
	name          string
	method        string
	status        int
	reason        string
	fields, body  string
	line          string
	want, without []string // field lines that the client gets, and names that it does not
}{
	{
		name: "fields and body", method: "POST", status: 201, reason: "Made it", body: `{"id":1}`,
		fields: "Content-Type: application/json\r\nDate: Mon, 23 Nov 2026 12:00:00 GMT\r\nServer: up/1\r\nX-A: 1\r\nX-a:  2 \r\n" +
			"Set-Cookie: a=1; Path=/\r\nSet-Cookie: a=2\r\nContent-Length: 8\r\nEtag: \"x\"\r\n",
		line: "HTTP/1.1 201 Made it",
		want: []string{"Content-Type: application/json", "Date: Mon, 23 Nov 2026 12:00:00 GMT", "Server: up/1", "X-A: 1", "X-a:  2 ",
			"Set-Cookie: a=1; Path=/", "Set-Cookie: a=2", "Content-Length: 8", `Etag: "x"`},
	},
	{
		name: "no more than there was", method: "POST", status: 200, reason: "OK", body: "x", line: "HTTP/1.1 200 OK",
		want: []string{"Content-Length: 1"}, without: []string{"Content-Type", "Server", "Date"},
	},
	{
		name: "a length that some read as an octal number", method: "POST", status: 200, reason: "OK", fields: "content-length: 010\r\n", body: "0123456789",
		line: "HTTP/1.1 200 OK", want: []string{"Content-Length: 10"},
	},
	{
		name: "hop by hop", method: "POST", status: 200, reason: "OK", body: "abc",
		fields: "Transfer-Encoding: chunked\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nTrailer: X-T\r\n" +
			"Proxy-Authenticate: Basic\r\nUpgrade: h2c\r\nX-B: 2\r\n",
		line: "HTTP/1.1 200 OK", want: []string{"Content-Length: 3", "X-B: 2"},
		without: []string{"Transfer-Encoding", "X-Hop", "Keep-Alive", "Trailer", "Proxy-Authenticate", "Upgrade"},
	},
	{
		name: "compressed", method: "POST", status: 200, reason: "OK", body: gzipped("hello"),
		fields: "Content-Encoding: gzip\r\n", line: "HTTP/1.1 200 OK", want: []string{"Content-Encoding: gzip"},
	},
	{
		name: "compressed twice", method: "POST", status: 200, reason: "OK", body: "x",
		fields: "Content-Encoding: gzip\r\nContent-Encoding: br\r\n", line: "HTTP/1.1 200 OK", want: []string{"Content-Encoding: gzip", "Content-Encoding: br"},
	},
	{
		name: "HEAD", method: "HEAD", status: 200, reason: "OK", fields: "Content-Length: 1234\r\nContent-Type: a/b\r\n",
		line: "HTTP/1.1 200 OK", want: []string{"Content-Length: 1234", "Content-Type: a/b"},
	},
	{
		name: "HEAD without length", method: "HEAD", status: 200, reason: "OK", line: "HTTP/1.1 200 OK", without: []string{"Content-Length"},
	},
	{
		name: "no content", method: "POST", status: 204, reason: "No Content", fields: "X-A: 1\r\n", line: "HTTP/1.1 204 No Content",
		want: []string{"X-A: 1"}, without: []string{"Content-Length", "Content-Type"},
	},
	{
		name: "not modified", method: "GET", status: 304, reason: "Not Modified", fields: "Content-Length: 77\r\nEtag: x\r\n",
		line: "HTTP/1.1 304 Not Modified", want: []string{"Content-Length: 77", "Etag: x"},
	},
	{
		name: "an outcome of its own", method: "POST", status: 200, reason: "OK", body: "x", fields: "X-Piiproxy-Outcome: unknown\r\nx-b: 1\r\n",
		line: "HTTP/1.1 200 OK", want: []string{"x-b: 1"}, without: []string{"X-Piiproxy-Outcome"},
	},
	{
		name: "no content with a length", method: "POST", status: 204, reason: "No Content", fields: "Content-Length: 3\r\n", line: "HTTP/1.1 204 No Content",
		without: []string{"Content-Length", "Transfer-Encoding"},
	},
	{name: "an error of the API", method: "POST", status: 503, reason: "Busy", body: "no", line: "HTTP/1.1 503 Busy", want: []string{"Content-Length: 2"}},
	{name: "an unknown status", method: "POST", status: 299, reason: "", body: "no", line: "HTTP/1.1 299 "},
	{name: "redirect", method: "POST", status: 302, reason: "Found", fields: "Location: /a?b=%2B30\r\n", line: "HTTP/1.1 302 Found", want: []string{"Location: /a?b=%2B30"}},
}

func TestRelayed(t *testing.T) {
	for _, c := range relayed {
		t.Run(c.name, func(t *testing.T) {
			r := start(t, testSpec(), answering(c.status, c.reason, c.fields, c.body))
			for range 2 {
				head, body, _ := strings.Cut(r.raw(crlf(c.method+" /sms/1 HTTP/1.1\nHost: api\nConnection: close\n\n")), "\r\n\r\n")
				lines := strings.Split(head, "\r\n")
				if !strings.HasPrefix(lines[0], c.line) {
					t.Errorf("status line %q", lines[0])
				}
				if body != c.body {
					t.Errorf("body %q, want %q", body, c.body)
				}
				for _, want := range c.want {
					if !slices.Contains(lines[1:], want) {
						t.Errorf("no %q in %q", want, lines)
					}
				}
				for _, name := range c.without {
					if strings.Contains(head, "\r\n"+name+":") {
						t.Errorf("%s in %q", name, lines)
					}
				}
			}
		})
	}
}

// failures is what an upstream's failures come to.
var failures = []struct {
	err     error
	status  int
	reason  string
	outcome string
}{
	{&http1.Error{Class: http1.Dial}, 502, "connect", "failed"},
	{&http1.Error{Class: http1.ConnectTimeout}, 502, "connect", "failed"},
	{&http1.Error{Class: http1.TLS}, 502, "connect", "failed"},
	{&http1.Error{Class: http1.Busy}, 503, "busy", "failed"},
	{&http1.Error{Class: http1.Canceled}, 503, "draining", "failed"},
	{&http1.Error{Class: http1.Timeout}, 504, "timeout", "failed"},
	{&http1.Error{Class: http1.Timeout, Written: true}, 504, "timeout", "unknown"},
	{&http1.Error{Class: http1.Closed, Written: true}, 502, "closed", "unknown"},
	{&http1.Error{Class: http1.Truncated, Written: true}, 502, "closed", "unknown"},
	{&http1.Error{Class: http1.Malformed, Written: true}, 502, "malformed_answer", "unknown"},
	{&http1.Error{Class: http1.Oversize, Written: true}, 502, "answer_too_large", "unknown"},
	{errors.New("dial tcp: lookup +306912345678"), 502, "closed", "unknown"},
}

func TestUpstreamFails(t *testing.T) {
	for _, c := range failures {
		r := start(t, testSpec(), func(_ *http1.Request, resp *http1.Response) error {
			resp.Status, resp.Body = 200, []byte("half an answer") // what a failed exchange leaves there is nobody's answer
			return c.err
		})
		got := r.send(crlf("POST /sms HTTP/1.1\nHost: api\nContent-Length: 0\n\n"))
		if got.status != c.status || !strings.Contains(got.body, `"reason":"`+c.reason+`"`) {
			t.Errorf("%v: status %d, %s", c.err, got.status, got.body)
		}
		if unknown := c.outcome == "unknown"; (got.header.Get("X-Piiproxy-Outcome") == "unknown") != unknown {
			t.Errorf("%v: header %v", c.err, got.header)
		}
		if (got.status == 503) != (got.header.Get("Retry-After") != "") {
			t.Errorf("%v: header %v", c.err, got.header)
		}
		log := r.log.take()
		if len(log) != 1 || !strings.Contains(log[0], `"outcome":"`+c.outcome+`"`) || !strings.Contains(log[0], `"reason":"`+c.reason+`"`) {
			t.Errorf("%v: logged %q", c.err, log)
		}
		if sent := r.upstream.take(); len(sent) != 1 {
			t.Errorf("%v: sent %d times", c.err, len(sent))
		}
		if all := got.body + log[0]; strings.Contains(all, "306912345678") || strings.Contains(all, "half") {
			t.Errorf("%v: %s", c.err, all)
		}
	}
}

func TestPipelinedAnswersKeepTheirOrder(t *testing.T) {
	r := start(t, testSpec(), func(req *http1.Request, resp *http1.Response) error {
		target := strings.Fields(string(req.Head))[1]
		return answering(200, "OK", "", target)(req, resp)
	})
	c := r.dial()
	var all strings.Builder
	const n = 20
	for i := range n {
		all.WriteString(crlf("POST /sms/" + string(rune('a'+i)) + " HTTP/1.1\nHost: api\nContent-Length: 1\n\nx"))
	}
	go io.WriteString(c, all.String())
	in := bufio.NewReader(c)
	for i := range n {
		if got := read(t, in, "POST"); got.body != "/sms/"+string(rune('a'+i)) {
			t.Errorf("answer %d is %q", i, got.body)
		}
	}
}

// TestRefusalsLeaveTheConnection sends requests that are refused for what they ask, and one that is not, on one connection.
func TestRefusalsLeaveTheConnection(t *testing.T) {
	r := start(t, testSpec(), ok())
	c := r.dial()
	in := bufio.NewReader(c)
	for _, step := range []struct {
		line   string
		status int
	}{{"GET /nothing", 404}, {"POST /sms", 200}, {"GET /sms", 405}, {"HEAD /nothing", 404}, {"POST /sms", 200}} {
		io.WriteString(c, crlf(step.line+" HTTP/1.1\nHost: api\nContent-Length: 3\n\nabc"))
		method, _, _ := strings.Cut(step.line, " ")
		if got := read(t, in, method); got.status != step.status || got.close {
			t.Errorf("%s: status %d, close %t", step.line, got.status, got.close)
		}
	}
}
