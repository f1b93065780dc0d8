package edge

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// place is a place in a request where any byte may be written, and which of them may stand there: all others refuse the request.
type place struct {
	name   string
	raw    string // with "\x00" where the byte goes
	body   string
	may    string
	beyond bool   // so may bytes beyond ASCII
	other  string // bytes that make another good request of it, of which nothing is said here
}

const (
	digits     = "0123456789"
	hexDigits  = digits + "abcdefABCDEF"
	letters    = digits + "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	visible    = letters + "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
	hostBytes  = letters + "!$&'*+-._~" // and a percent sign with its digits
	valueBytes = visible + " \t"
)

// places are those where a byte decides what a request is.
var places = []place{
	{name: "ahead of the method", raw: with("\x00GET $T HTTP/1.1", "Host: edge.test"), other: tokenBytes},
	{name: "within the method", raw: with("G\x00T $T HTTP/1.1", "Host: edge.test"), may: "E", other: tokenBytes},
	{name: "ahead of the target", raw: with("GET \x00$T HTTP/1.1", "Host: edge.test"), other: "/"},
	{name: "within the path", raw: with("GET /k\x00k/$ID?to=%2B"+secret+" HTTP/1.1", "Host: edge.test"), may: strings.NewReplacer("#", "", "%", "", "\\", "").Replace(visible)},
	{name: "within the query", raw: with("GET $T&a=\x00b HTTP/1.1", "Host: edge.test"), may: strings.Replace(visible, "#", "", 1)},
	{name: "behind the target", raw: with("GET $T\x00 HTTP/1.1", "Host: edge.test"), may: strings.Replace(visible, "#", "", 1)},
	{name: "ahead of the version", raw: with("GET $T \x00HTTP/1.1", "Host: edge.test")},
	{name: "within the version", raw: with("GET $T HTTP\x001.1", "Host: edge.test"), may: "/"},
	{name: "behind the version", raw: with("GET $T HTTP/1.1\x00", "Host: edge.test")},
	{name: "ahead of a name", raw: get("\x00X-A: b"), may: tokenBytes},
	{name: "within a name", raw: get("X\x00A: b"), may: tokenBytes + ":"},
	{name: "behind a name", raw: get("X-A\x00: b"), may: tokenBytes + ":"},
	{name: "ahead of a value", raw: get("X-A:\x00b"), may: valueBytes, beyond: true},
	{name: "within a value", raw: get("X-A: b\x00b"), may: valueBytes, beyond: true},
	{name: "behind a value", raw: get("X-A: b\x00"), may: valueBytes, beyond: true},
	{name: "ahead of Host", raw: with("GET $T HTTP/1.1", "\x00Host: edge.test")},
	{name: "behind Host", raw: with("GET $T HTTP/1.1", "Host\x00: edge.test")},
	{name: "ahead of a host", raw: with("GET $T HTTP/1.1", "Host: \x00edge.test"), may: hostBytes + "% \t"},
	{name: "within a host", raw: with("GET $T HTTP/1.1", "Host: edge\x00test"), may: hostBytes},
	{name: "behind a port", raw: with("GET $T HTTP/1.1", "Host: edge.test:80\x00"), may: digits + " \t"},
	{name: "ahead of a length", raw: post("hello", "Content-Length:\x005"), body: "hello", may: "0 \t", other: digits},
	{name: "behind a length", raw: post("hello", "Content-Length: 5\x00"), body: "hello", may: " \t", other: digits},
	{name: "ahead of an encoding", raw: post("2\r\nhi\r\n0\r\n\r\n", "Transfer-Encoding:\x00chunked"), body: "hi", may: " \t"},
	{name: "behind an encoding", raw: post("2\r\nhi\r\n0\r\n\r\n", "Transfer-Encoding: chunked\x00"), body: "hi", may: " \t"},
	{name: "behind the head", raw: strings.TrimSuffix(get("X-A: b"), "\r\n") + "\x00\r\n"},
	{name: "ahead of a size", raw: chunked("\x005\r\nhello\r\n0\r\n\r\n"), body: "hello", may: "0", other: hexDigits},
	{name: "behind a size", raw: chunked("5\x00\r\nhello\r\n0\r\n\r\n"), body: "hello", other: hexDigits},
	{name: "ahead of an extension", raw: chunked("5;\x00a\r\nhello\r\n0\r\n\r\n"), body: "hello", may: tokenBytes + " \t"},
	{name: "within an extension", raw: chunked("5;a\x00b\r\nhello\r\n0\r\n\r\n"), body: "hello", may: tokenBytes + ";="},
	{name: "within quotes of an extension", raw: chunked("5;a=\"b\x00b\"\r\nhello\r\n0\r\n\r\n"), body: "hello", may: strings.Replace(valueBytes, "\"", "", 1), beyond: true},
	{name: "behind a chunk", raw: chunked("5\r\nhello\x00\r\n0\r\n\r\n"), body: "hello"},
	{name: "behind the last size", raw: chunked("5\r\nhello\r\n0\x00\r\n\r\n"), body: "hello", may: "0"},
	{name: "ahead of a trailer", raw: chunked("5\r\nhello\r\n0\r\n\x00X-A: b\r\n\r\n"), body: "hello", may: tokenBytes},
	{name: "behind the name of a trailer", raw: chunked("5\r\nhello\r\n0\r\nX-A\x00: b\r\n\r\n"), body: "hello", may: tokenBytes + ":"},
	{name: "within a trailer", raw: chunked("5\r\nhello\r\n0\r\nX-A: b\x00b\r\n\r\n"), body: "hello", may: valueBytes, beyond: true},
	{name: "behind the trailers", raw: chunked("5\r\nhello\r\n0\r\nX-A: b\r\n\x00\r\n"), body: "hello"},
	{name: "ahead of a connection option", raw: get("Connection: \x00keep-alive"), may: tokenBytes + ", \t"},
}

// TestEveryByte writes each byte at each of these places: what may stand there passes as it is, and all else is refused, with nothing
// behind it.
func TestEveryByte(t *testing.T) {
	up := startRecorder(t)
	r := subjects[0].start(t, []backend{{"up", "/", up.ln.Addr().String()}}, times{client: patience, upstream: patience})
	var asking sync.WaitGroup
	slots := make(chan struct{}, 16)
	sent := 0
	for n, at := range places {
		for c := range 256 {
			if strings.IndexByte(at.other, byte(c)) >= 0 && strings.IndexByte(at.may, byte(c)) < 0 {
				continue
			}
			sent++
			slots <- struct{}{}
			asking.Go(func() {
				defer func() { <-slots }()
				p, id := at.probe(byte(c)), idOf(n*256+c)
				v, err := p.ask(r.address, id)
				if err == nil {
					err = p.judge(id, v, up.of(id), true)
				}
				if err != nil {
					t.Errorf("%s: byte %02x: %v", at.name, c, err)
				}
			})
		}
	}
	asking.Wait()
	t.Logf("%d requests, %d places", sent, len(places))
	r.end(t, up)
}

// probe is the request with that byte.
func (at *place) probe(c byte) *probe {
	p := &probe{name: fmt.Sprintf("%s %02x", at.name, c), raw: strings.Replace(at.raw, "\x00", string([]byte{c}), 1), body: at.body, want: control}
	if c < 0x80 && strings.IndexByte(at.may, c) < 0 || c >= 0x80 && !at.beyond {
		p.want, p.body, p.status = reject, "", []int{400, 405, 413, 501, 505}
	}
	return p
}
