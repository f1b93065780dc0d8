package proxy

import (
	"bufio"
	"io"
	"strings"
	"testing"

	"github.com/piiproxy/piiproxy/proxy/internal/http1"
)

func ok() func(*http1.Request, *http1.Response) error {
	return answering(200, "OK", "Content-Type: application/json\r\n", `{"ok":true}`)
}

// passed is requests towards the API and what the API gets of them. Where the second is empty it is the same.
var passed = []struct{ in, out string }{
	{in: "POST /sms HTTP/1.1\nHost: api\nContent-Length: 2\n\n{}"},
	{in: "POST /%73ms?to=%2B30&to=+30;x=%zz HTTP/1.1\nhost: API:8080\ncontent-LENGTH: 2\nx-A:  b\t \nX-a:\n\n{}"},
	{in: "GET /sms/%2B306912345678?a=%2540 HTTP/1.1\nHost: api\nUser-Agent: x\nAuthorization: Basic eDp5\nCookie: a=b\nCookie: c=d\n\n"},
	{in: "HEAD /sms/1 HTTP/1.1\nHost: api\n\n"},
	{in: "OPTIONS /files/ HTTP/1.1\nHost: api\n\n"},
	{in: "DELETE /sms/1 HTTP/1.1\nHost: api\nContent-Length: 0\n\n"},
	{in: "PUT /files/a/b%20c HTTP/1.1\nHost: api\nContent-Type: image/png\nContent-Length: 4\n\n\x00\xff\r\n"},
	{
		in:  "POST /sms HTTP/1.1\nHost: api\nConnection: keep-alive, X-Hop\nKeep-Alive: 5\nX-Hop: 1\nTE: trailers\nProxy-Authorization: x\nX-B: 2\n\n",
		out: "POST /sms HTTP/1.1\nHost: api\nX-B: 2\n\n",
	},
	{
		in:  "POST /sms HTTP/1.1\nHost: api\nTransfer-Encoding: chunked\nTrailer: X-T\nX-B: 2\n\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-T: 1\r\n\r\n",
		out: "POST /sms HTTP/1.1\nHost: api\nX-B: 2\nContent-Length: 5\n\nabcde",
	},
	{
		in:  "POST /sms HTTP/1.1\nHost: api\nConnection: Upgrade, HTTP2-Settings\nUpgrade: h2c\nHTTP2-Settings: AAM\nContent-Length: 1\n\nx",
		out: "POST /sms HTTP/1.1\nHost: api\nContent-Length: 1\n\nx",
	},
	{
		in:  "GET /sms/1 HTTP/1.0\n\n",
		out: "GET /sms/1 HTTP/1.1\nHost: api.internal:8080\n\n",
	},
	{
		in:  "GET /sms/1 HTTP/1.0\nHost: api\nX-A: 1\n\n",
		out: "GET /sms/1 HTTP/1.1\nHost: api\nX-A: 1\n\n",
	},
}

func TestPassedAsItCame(t *testing.T) {
	r := start(t, testSpec(), ok())
	for range 3 { // what is left in pools must not show
		for _, c := range passed {
			want := crlf(c.in)
			if c.out != "" {
				want = crlf(c.out)
			}
			if got := r.send(crlf(c.in)); got.status != 200 {
				t.Errorf("%q: status %d: %s", c.in, got.status, got.body)
			}
			if got := r.upstream.take(); len(got) != 1 || got[0] != want {
				t.Errorf("%q: the upstream got\n%q, want\n%q", c.in, got, want)
			}
		}
	}
}

func TestExpectIsAnsweredHere(t *testing.T) {
	r := start(t, testSpec(), ok())
	c := r.dial()
	in := bufio.NewReader(c)
	io.WriteString(c, crlf("POST /sms HTTP/1.1\nHost: api\nExpect: 100-continue\nContent-Length: 2\n\n"))
	if line, err := in.ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 100 ") {
		t.Fatalf("%q, %v", line, err)
	}
	in.ReadString('\n')
	io.WriteString(c, "{}")
	if got := read(t, in, "POST"); got.status != 200 {
		t.Errorf("status %d", got.status)
	}
	want := crlf("POST /sms HTTP/1.1\nHost: api\nContent-Length: 2\n\n{}")
	if got := r.upstream.take(); len(got) != 1 || got[0] != want {
		t.Errorf("the upstream got %q", got)
	}
}

// refusedRequests is requests that do not reach an upstream.
var refusedRequests = []struct {
	in     string
	status int
	reason string
}{
	{"GET /nothing HTTP/1.1\nHost: api\n\n", 404, "no_route"},
	{"GET /sms HTTP/1.1\nHost: api\n\n", 405, "method"},
	{"TRACE /sms/1 HTTP/1.1\nHost: api\n\n", 405, "method"},
	{"BREW /sms/1 HTTP/1.1\nHost: api\n\n", 405, "method"},
	{"CONNECT api:443 HTTP/1.1\nHost: api\n\n", 501, "unsupported"},
	{"GET /sms/../files/x HTTP/1.1\nHost: api\n\n", 400, "malformed_request"},
	{"GET /files/%2e%2e/x HTTP/1.1\nHost: api\n\n", 400, "malformed_request"},
	{"GET //sms HTTP/1.1\nHost: api\n\n", 400, "malformed_request"},
	{"GET /files/%zz HTTP/1.1\nHost: api\n\n", 400, "malformed_request"},
	{"GET /files/a#b HTTP/1.1\nHost: api\n\n", 400, "malformed_request"},
	{"GET http://api/sms/1 HTTP/1.1\nHost: api\n\n", 400, "malformed_request"},
	{"OPTIONS * HTTP/1.1\nHost: api\n\n", 400, "malformed_request"},
	{"GET /sms/1 HTTP/1.1\n\n", 400, "malformed_request"},
	{"GET /sms/1 HTTP/1.1\nHost: a\nHost: b\n\n", 400, "malformed_request"},
	{"GET /sms/1 HTTP/1.1\nHost: a/b\n\n", 400, "malformed_request"},
	{"GET /sms/1 HTTP/9.9\nHost: api\n\n", 505, "version"},
	{"GET /sms/1 HTTP/2.0\nHost: api\n\n", 505, "version"},
	{"POST /sms HTTP/1.1\nHost: api\nContent-Length: 2\nContent-Length: 2\n\n{}", 400, "malformed_request"},
	{"POST /sms HTTP/1.1\nHost: api\nContent-Length: +2\n\n{}", 400, "malformed_request"},
	{"POST /sms HTTP/1.1\nHost: api\nContent-Length: 5\nTransfer-Encoding: chunked\n\n0\r\n\r\n", 400, "malformed_request"},
	{"POST /sms HTTP/1.1\nHost: api\nTransfer-Encoding: identity\nContent-Length: 2\n\n{}", 400, "malformed_request"},
	{"POST /sms HTTP/1.1\nHost: api\nTransfer-Encoding: gzip, chunked\n\n0\r\n\r\n", 400, "malformed_request"},
	{"POST /sms HTTP/1.1\nHost: api\nTransfer-Encoding: chunked\n\nzz\r\n\r\n", 400, "malformed_request"},
	{"POST /sms HTTP/1.0\nHost: api\nTransfer-Encoding: chunked\n\n0\r\n\r\n", 400, "malformed_request"},
	{"POST /sms HTTP/1.1\nHost: api\nX-A: b\n c\nContent-Length: 0\n\n", 400, "malformed_request"},
	{"POST /sms HTTP/1.1\nHost: api\nX-A : b\nContent-Length: 0\n\n", 400, "malformed_request"},
	{"POST /sms HTTP/1.1\nHost: api\nX A: b\nContent-Length: 0\n\n", 400, "malformed_request"},
	{"POST /sms HTTP/1.1\nHost: api\nX-A: \x01\nContent-Length: 0\n\n", 400, "malformed_request"},
	{"POST /sms HTTP/1.1\nHost: api\nConnection: Host\nContent-Length: 0\n\n", 400, "malformed_request"},
	{"POST /sms HTTP/1.1\nHost: api\nContent-Type: a/b\nContent-Type: application/json\nContent-Length: 2\n\n{}", 400, "malformed_request"},
	{"GET /sms/1 HTTP/1.1\nHost: api\nConnection: Upgrade\nUpgrade: websocket\n\n", 501, "unsupported"},
	{"POST /sms HTTP/1.1\nHost: api\nExpect: the-unexpected\nContent-Length: 0\n\n", 417, "expectation"},
	{"GET /sms/" + strings.Repeat("a", 8<<10) + " HTTP/1.1\nHost: api\n\n", 414, "target_too_long"},
	{"GET /sms/" + strings.Repeat("a", 20_000) + " HTTP/1.1\nHost: api\n\n", 414, "target_too_long"},
	{"POST /sms HTTP/1.1\nHost: api\nContent-Length: 99999999\n\n", 413, "body_too_large"},
	{"POST /sms HTTP/1.1\nHost: api\nTransfer-Encoding: chunked\n\nfffffff\r\n", 413, "body_too_large"},
	{"GET /sms/1 HTTP/1.1\nHost: api\n" + strings.Repeat("X-A: 1\n", 101) + "\n", 431, "headers_too_large"},
	{"GET /sms/1 HTTP/1.1\nHost: api\nX-A: " + strings.Repeat("a", 20_000) + "\n\n", 431, "headers_too_large"},
	{"\x16\x03\x01\x02\x00\x01\n\n", 400, "malformed_request"},
	{"GET /sms/1\n\n", 400, "malformed_request"},
}

func TestRefused(t *testing.T) {
	r := start(t, testSpec(), ok())
	for _, c := range refusedRequests {
		got := r.send(crlf(c.in))
		if got.status != c.status || !strings.Contains(got.body, `"reason":"`+c.reason+`"`) {
			t.Errorf("%.80q: status %d, %s", c.in, got.status, got.body)
		}
		if got.header.Get("Content-Type") != "application/problem+json" || len(got.header.Get("X-Request-Id")) != 32 {
			t.Errorf("%.80q: header %v", c.in, got.header)
		}
		if got.status != 404 && got.status != 405 && !got.close {
			t.Errorf("%.80q: the connection goes on", c.in)
		}
		if sent := r.upstream.take(); len(sent) != 0 {
			t.Errorf("%.80q: the upstream got %q", c.in, sent)
		}
		if log := r.log.take(); len(log) != 1 || !strings.Contains(log[0], `"reason":"`+c.reason+`"`) || !strings.Contains(log[0], `"outcome":"refused"`) {
			t.Errorf("%.80q: logged %q", c.in, log)
		}
	}
}

// doubtfulRequests is requests with a part that the server takes and others read differently: each is followed by what would
// be the next request.
var doubtfulRequests = []string{
	"POST /sms HTTP/1.1\nHost: api\r\nContent-Length: 0\r\n\r\n",
	"POST /sms HTTP/1.1\r\nHost: api\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\n",
	"POST /sms HTTP/1.1\r\nHost: api\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\nZ: w\r\n\r\n",
	"POST /sms HTTP/1.1\r\nHost: api\r\nTransfer-Encoding: chunked\r\n\r\n2 \r\n{}\r\n0\r\n\r\n",
	"POST /sms HTTP/1.1\r\nHost: api\r\nTransfer-Encoding: chunked\r\n\r\n2;\x00\r\n{}\r\n0\r\n\r\n",
}

func TestDoubtfulFramingEndsTheConnection(t *testing.T) {
	r := start(t, testSpec(), ok())
	for _, in := range doubtfulRequests {
		c := r.dial()
		go io.WriteString(c, in+crlf("GET /sms/1 HTTP/1.1\nHost: api\n\n"))
		from := bufio.NewReader(c)
		if got := read(t, from, "POST"); got.status != 400 || !strings.Contains(got.body, "malformed_request") || !got.close {
			t.Errorf("%q: status %d, %s", in, got.status, got.body)
		}
		if rest, _ := io.ReadAll(from); len(rest) != 0 {
			t.Errorf("%q: then %q", in, rest)
		}
		if sent := r.upstream.take(); len(sent) != 0 {
			t.Errorf("%q: the upstream got %q", in, sent)
		}
		if log := r.log.take(); len(log) != 1 || !strings.Contains(log[0], `"reason":"malformed_request"`) {
			t.Errorf("%q: logged %q", in, log)
		}
	}
}

func TestAllowIsNamed(t *testing.T) {
	r := start(t, testSpec(), ok())
	if got := r.send(crlf("GET /sms HTTP/1.1\nHost: api\n\n")); got.header.Get("Allow") != "POST" {
		t.Errorf("Allow: %q", got.header.Get("Allow"))
	}
}
