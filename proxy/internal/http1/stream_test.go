package http1

import (
	"errors"
	"net"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// TestStreamedAnswers reads every answer part by part as well: that must come to the same body, the same fault and the same
// verdict on the connection as reading it whole.
func TestStreamedAnswers(t *testing.T) {
	for _, c := range answers {
		for _, stream := range []int{1, 4, 700} {
			var resp Response
			a := newAnswer(iotest.OneByteReader(strings.NewReader(c.raw)), &resp, testLimits, c.noBody)
			f := a.begin(stream)
			status, body := resp.Status, string(resp.Body)
			for !f.is() && resp.Partial() {
				f = a.next()
				body += string(resp.Body)
			}
			if f != c.fault {
				t.Errorf("%s, from %d: %v, want %v", c.name, stream, f, c.fault)
				continue
			}
			if f.is() {
				continue
			}
			if status != c.status || body != c.body || resp.UntilClose != c.untilClose {
				t.Errorf("%s, from %d: %d %q", c.name, stream, status, body)
			}
			// Surplus that has not come yet cannot show.
			if surplus := strings.HasPrefix(c.name, "surplus") || strings.HasSuffix(c.name, "with a body"); a.reusable() != c.reusable && !surplus {
				t.Errorf("%s, from %d: reusable %t", c.name, stream, a.reusable())
			}
		}
	}
}

// startStreams serves each connection with one answer after the other, and counts connections.
func startStreams(t *testing.T, answers ...string) (*Pool, func() int) {
	t.Helper()
	accepted := make(chan net.Conn, 8)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			accepted <- c
			go func() {
				defer func() { _ = c.Close() }()
				buf := make([]byte, 4<<10)
				for _, a := range answers {
					if _, err := c.Read(buf); err != nil {
						return
					}
					if _, err := c.Write([]byte(a)); err != nil {
						return
					}
				}
			}()
		}
	}()
	return newPool(t, Options{Address: ln.Addr().String(), MaxConns: 1}), func() int { return len(accepted) }
}

func readStream(t *testing.T, resp *Response) (string, error) {
	t.Helper()
	body := string(resp.Body)
	for resp.Partial() {
		if err := resp.Next(soon()); err != nil {
			return body, err
		}
		if cap(resp.buf) > 2*pieceSize {
			t.Fatalf("holds %d bytes", cap(resp.buf))
		}
		body += string(resp.Body)
	}
	return body, nil
}

func TestStreamLeavesItsConnection(t *testing.T) {
	large := strings.Repeat("0123456789abcdef", 1<<15)
	byLength := "HTTP/1.1 200 OK\r\nContent-Length: 524288\r\n\r\n" + large
	byChunks := "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n80000\r\n" + large + "\r\n0\r\nX: y\r\n\r\n"
	pool, connections := startStreams(t, byLength, byChunks, byLength, "HTTP/1.1 204 No Content\r\n\r\n")
	req, resp := request("GET", "/", ""), Response{}
	req.Stream = 1000
	for i := range 3 {
		if err := pool.Do(req, &resp, soon()); err != nil || !resp.Partial() {
			t.Fatalf("answer %d: %v, partial %t", i, err, resp.Partial())
		}
		head := string(resp.Fields.block)
		if body, err := readStream(t, &resp); err != nil || body != large {
			t.Fatalf("answer %d: %d bytes, %v", i, len(body), err)
		}
		if string(resp.Fields.block) != head {
			t.Errorf("answer %d: the head became %q", i, resp.Fields.block)
		}
	}
	if err := pool.Do(req, &resp, soon()); err != nil || resp.Status != 204 || connections() != 1 {
		t.Errorf("%v, status %d, %d connections", err, resp.Status, connections())
	}
}

func TestStreamGivenUp(t *testing.T) {
	pool, connections := startStreams(t, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nabc")
	req, resp := request("GET", "/", ""), Response{}
	req.Stream = 1000
	for i := range 3 { // there is room for one connection: each must be given back
		if err := pool.Do(req, &resp, soon()); err != nil || !resp.Partial() {
			t.Fatalf("answer %d: %v", i, err)
		}
		resp.Reset()
	}
	if connections() != 3 {
		t.Errorf("%d connections", connections())
	}
}

var brokenStreams = []struct {
	name, answer string
	class        Class
}{
	{"length", "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + strings.Repeat("x", 50000), Truncated},
	{"chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfff0\r\n" + strings.Repeat("x", 50000), Truncated},
	{"no last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n800\r\n" + strings.Repeat("x", 2048) + "\r\n", Truncated},
	{"chunk line", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n800\r\n" + strings.Repeat("x", 2048) + "\r\nx\r\n", Malformed},
	{"trailer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n800\r\n" + strings.Repeat("x", 2048) + "\r\n0\r\nx\r\n\r\n", Malformed},
	{"too large", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n800\r\n" + strings.Repeat("x", 2048) + "\r\nfffffff\r\n", Oversize},
}

func TestStreamBreaks(t *testing.T) {
	for _, c := range brokenStreams {
		pool, _ := startStreams(t, c.answer)
		req, resp := request("GET", "/", ""), Response{}
		req.Stream = 1000
		for range 2 {
			err := pool.Do(req, &resp, soon()) // may see it already
			if err == nil {
				_, err = readStream(t, &resp)
			}
			var broken *Error
			if !errors.As(err, &broken) || broken.Class != c.class || !broken.Written {
				t.Errorf("%s: %v", c.name, err)
			}
			if resp.Partial() || resp.Body != nil {
				t.Errorf("%s: goes on", c.name)
			}
		}
	}
}

func TestStreamTimesOut(t *testing.T) {
	release := make(chan struct{})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	go func() {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		_, _ = c.Read(make([]byte, 4<<10))
		_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nabc"))
		<-release
		_ = c.Close()
	}()
	defer close(release)
	pool := newPool(t, Options{Address: ln.Addr().String()})
	req, resp := request("GET", "/", ""), Response{}
	req.Stream = 1000
	if err := pool.Do(req, &resp, soon()); err != nil {
		t.Fatal(err)
	}
	var broken *Error
	if err := resp.Next(time.Now().Add(-time.Second)); !errors.As(err, &broken) || broken.Class != Timeout {
		t.Errorf("%v", err)
	}
}
