package http1

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

var clientLimits = ServerLimits{
	Head: 2 << 10, Target: 1 << 10, Fields: 20,
	HeadTime: time.Minute, RequestTime: time.Minute, WriteTime: time.Minute, IdleTime: time.Minute,
}

const (
	postHead    = "POST /sms HTTP/1.1\r\nHost: api\r\n"
	chunkedHead = postHead + "Transfer-Encoding: chunked\r\n\r\n"
	nextRequest = "GET /next HTTP/1.1\r\nHost: api\r\n\r\n"
	nextSeen    = "GET /next []"
)

// inputs are what clients send, and what is seen of it: requests, and at last why the connection ends, unless the client
// closes it.
var inputs = []struct{ name, raw, seen string }{
	{"nothing", "", ""},
	{"no body", nextRequest + nextRequest, nextSeen + nextSeen},
	{"an empty line before", "\r\n" + nextRequest + "\r\n" + nextRequest, nextSeen + nextSeen},
	{"an empty line only", "\r\n", ""},
	{"an empty line at the end", nextRequest + "\r\n", nextSeen},
	{"half an empty line", nextRequest + "\r", nextSeen + "truncated answer"},
	{"two empty lines before", "\r\n\r\n" + nextRequest, "request line"},
	{"length", postHead + "content-length:  3\r\n\r\n\n\n\n" + nextRequest, "POST /sms [\n\n\n]" + nextSeen},
	{"length 0", postHead + "Content-Length: 0\r\n\r\n" + nextRequest, "POST /sms []" + nextSeen},
	{"large", postHead + "Content-Length: 20000\r\n\r\n" + strings.Repeat("x", 20000) + nextRequest, "POST /sms [" + strings.Repeat("x", 20000) + "]" + nextSeen},
	{"chunks", chunkedHead + "3\r\n\n\n\n\r\nA;a=b\r\n0123456789\r\n0\r\nX: y\r\n\r\n" + nextRequest, "POST /sms [\n\n\n0123456789]" + nextSeen},
	{"no chunk", chunkedHead + "0\r\n\r\n" + nextRequest, "POST /sms []" + nextSeen},
	{"close", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + nextRequest, "GET / []"},
	{"HTTP/1.0", "GET / HTTP/1.0\r\n\r\n" + nextRequest, "GET / []"},
	{"HTTP/1.0 that goes on", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + nextRequest, "GET / []" + nextSeen},
	{"expectation", postHead + "Expect: 100-Continue\r\nContent-Length: 2\r\n\r\n{}" + nextRequest, "POST /sms [{}]" + nextSeen},
	{"offer of HTTP/2", postHead + "Upgrade: h2c\r\nConnection: upgrade\r\n\r\n" + nextRequest, "POST /sms []" + nextSeen},
	{"refused with a body", "PUT /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" + nextRequest, "PUT /refuse refused" + nextSeen},
	{"refused with chunks", "PUT /refuse HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" + nextRequest, "PUT /refuse refused" + nextSeen},
	{"refused with a large body", "PUT /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n" + strings.Repeat("x", 70000) + nextRequest, "PUT /refuse refused"},
	{"refused with doubtful chunks", "PUT /refuse HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3 \r\nabc\r\n0\r\n\r\n" + nextRequest, "PUT /refuse refused"},
	{"refused while it expects", "PUT /refuse HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 40\r\n\r\n" + nextRequest, "PUT /refuse refused"},

	{"line feed before", "\n" + nextRequest, "line break"},
	{"line feed behind the request line", "GET / HTTP/1.1\nHost: api\r\n\r\n", "line break"},
	{"line feed behind a field", postHead + "X: y\nContent-Length: 3\r\n\r\nabc", "line break"},
	{"line feed ends the head", postHead + "\n" + nextRequest, "line break"},
	{"line feed behind a body", postHead + "Content-Length: 1\r\n\r\na\n" + nextRequest, "POST /sms [a]line break"},
	{"line feed behind a size", chunkedHead + "3\nabc\r\n0\r\n\r\n", "line break"},
	{"line feed behind an extension", chunkedHead + "3;a\nabc\r\n0\r\n\r\n", "line break"},
	{"space behind a size", chunkedHead + "3 \r\nabc\r\n0\r\n\r\n", "chunk"},
	{"sign before a size", chunkedHead + "+3\r\nabc\r\n0\r\n\r\n", "chunk"},
	{"0x before a size", chunkedHead + "0x3\r\nabc\r\n0\r\n\r\n", "chunk"},
	{"empty size", chunkedHead + "\r\nabc\r\n0\r\n\r\n", "chunk"},
	{"size of 64 bits", chunkedHead + "10000000000000003\r\nabc\r\n0\r\n\r\n", "chunk"},
	{"control byte in an extension", chunkedHead + "3;\x01\r\nabc\r\n0\r\n\r\n", "chunk"},
	{"long extension", chunkedHead + "3;" + strings.Repeat("x", maxChunkLine) + "\r\nabc\r\n0\r\n\r\n", "chunk"},
	{"line feed behind a chunk", chunkedHead + "3\r\nabc\n0\r\n\r\n", "line break"},
	{"more than a chunk", chunkedHead + "3\r\nabcd\r\n0\r\n\r\n", "chunk"},
	{"line feed ends the trailers", chunkedHead + "0\r\n\n" + nextRequest, "line break"},
	{"line feed behind a trailer", chunkedHead + "0\r\nX: y\n\r\n" + nextRequest, "line break"},
	{"folded trailer", chunkedHead + "0\r\nX: y\r\n z\r\n\r\n" + nextRequest, "trailer"},
	{"trailer that is no field", chunkedHead + "0\r\nGET /next HTTP/1.1\r\n\r\n", "trailer"},
	{"endless trailers", chunkedHead + "0\r\n" + strings.Repeat("X: y\r\n", 2000), "trailer"},

	{"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "request line"},
	{"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "version"},
	{"HTTP/0.9", "GET /\r\n\r\n", "request line"},
	{"HTTP/9.9", "GET / HTTP/9.9\r\nHost: a\r\n\r\n", "version"},
	{"http/1.1", "GET / http/1.1\r\nHost: a\r\n\r\n", "request line"},
	{"two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "request line"},
	{"space at the end", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", "request line"},
	{"tab", "GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n", "request line"},
	{"fragment", "GET /#a HTTP/1.1\r\nHost: a\r\n\r\n", "request line"},
	{"not ASCII", "GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", "request line"},
	{"absolute form", "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "request line"},
	{"authority with a user", "GET //u:p@a/ HTTP/1.1\r\nHost: u:p@a\r\n\r\n", "host field"},
	{"CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", "unsupported"},
	{"upgrade", "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n", "unsupported"},
	{"another expectation", postHead + "Expect: x\r\nContent-Length: 2\r\n\r\n{}", "expectation"},
	{"long target", "GET /" + strings.Repeat("x", 1<<10) + " HTTP/1.1\r\nHost: a\r\n\r\n", "target size"},
	{"endless target", "GET /" + strings.Repeat("x", 1<<20), "target size"},
	{"endless field", postHead + "X: " + strings.Repeat("x", 1<<20), "head size"},
	{"endless fields", postHead + strings.Repeat("X: y\r\n", 1<<15), "head size"},
	{"many fields", postHead + strings.Repeat("X: y\r\n", 30) + "\r\n", "field count"},
	{"large body by length", postHead + "Content-Length: 30001\r\n\r\n", "body size"},
	{"large body by chunks", chunkedHead + "3\r\nabc\r\n7530\r\n", "body size"},
	{"half a head", "GET / HTTP/1.1\r\nHo", "truncated answer"},
	{"half a body", postHead + "Content-Length: 3\r\n\r\nab", "truncated answer"},
}

// pieces is a connection that delivers a text in pieces, and keeps what was written.
type pieces struct {
	net.Conn
	text string
	size int
	out  strings.Builder
}

func (c *pieces) Read(p []byte) (int, error) {
	if len(c.text) == 0 {
		return 0, io.EOF
	}
	n := copy(p, c.text[:min(c.size, len(c.text))])
	c.text = c.text[n:]
	return n, nil
}

func (c *pieces) Write(p []byte) (int, error) { return c.out.Write(p) }
func (c *pieces) Close() error                { return nil }
func (c *pieces) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort("192.0.2.7:5"))
}
func (c *pieces) SetReadDeadline(time.Time) error  { return nil }
func (c *pieces) SetWriteDeadline(time.Time) error { return nil }

// watch returns a server that notes what it sees, and refuses PUT before it reads the body.
func watch(seen *strings.Builder, most int64) *Server {
	return NewServer(ServerOptions{
		Limits: func() ServerLimits { return clientLimits },
		Handle: func(in *Incoming) {
			var r Reply
			body, ok := []byte(nil), false
			if class, _ := in.Failed(); class == 0 && string(in.Method) != "PUT" {
				body, ok = in.Body(most)
			}
			switch class, flaw := in.Failed(); {
			case flaw != NoFlaw:
				seen.WriteString(flaw.String())
			case class != 0:
				seen.WriteString(class.String())
			case ok:
				fmt.Fprintf(seen, "%s %s [%s]", in.Method, in.Target, body)
			default:
				fmt.Fprintf(seen, "%s %s refused", in.Method, in.Target)
			}
			r.Begin(in, 200, nil)
			r.Whole(nil, false)
			r.Send()
		},
	})
}

// TestNoAllocationOfClients serves the same requests again and again, with bodies that fit behind their heads and that do not.
func TestNoAllocationOfClients(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector drops what pools hold")
	}
	for name, raw := range map[string]string{
		"small":   postHead + "Content-Length: 200\r\n\r\n" + strings.Repeat("x", 200),
		"large":   postHead + "Content-Length: 50000\r\n\r\n" + strings.Repeat("x", 50000),
		"chunked": chunkedHead + "7d0\r\n" + strings.Repeat("x", 2000) + "\r\n0\r\n\r\n",
	} {
		var r Reply
		served := make(chan int)
		s := NewServer(ServerOptions{
			Limits: func() ServerLimits { return clientLimits },
			Handle: func(in *Incoming) {
				body, _ := in.Body(1 << 20)
				r.Begin(in, 200, nil)
				r.Whole(body, false)
				r.Send()
				served <- len(body)
			},
		})
		nc := &endless{text: raw}
		go s.ServeConn(nc)
		once := func() {
			if <-served < 200 {
				t.Fatalf("%s: no body", name)
			}
		}
		for range 10 {
			once()
		}
		// The garbage collector may empty a pool in between.
		if n := testing.AllocsPerRun(100, once); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
		nc.over.Store(true)
		for done := false; !done; {
			select {
			case <-served:
			default:
				s.mu.Lock()
				done = len(s.clients) == 0
				s.mu.Unlock()
			}
		}
	}
}

// endless is a connection that brings the same text again and again.
type endless struct {
	pieces
	text string
	at   int
	over atomic.Bool
}

func (c *endless) Read(p []byte) (int, error) {
	if c.over.Load() {
		return 0, io.EOF
	}
	if c.at == len(c.text) {
		c.at = 0
	}
	n := copy(p, c.text[c.at:])
	c.at += n
	return n, nil
}

func (c *endless) Write(p []byte) (int, error) { return len(p), nil }

func TestInputs(t *testing.T) {
	for _, c := range inputs {
		for _, size := range []int{1, 2, 3, 7, 64, 1 << 20} {
			if size < 7 && len(c.raw) > 1<<17 {
				continue
			}
			var seen strings.Builder
			nc := &pieces{text: c.raw, size: size}
			watch(&seen, 30000).ServeConn(nc)
			if seen.String() != c.seen {
				t.Errorf("%s, in pieces of %d: saw %.200q", c.name, size, seen.String())
			}
			if told := strings.Contains(nc.out.String(), "100 Continue"); told && c.name != "expectation" {
				t.Errorf("%s: told to go on", c.name)
			}
		}
	}
}
