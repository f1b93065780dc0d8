package edge

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// cutAt is how the bytes of a pipeline come to their end, or go on, at one byte of it.
type cutAt struct {
	name string
	cut  func(c *net.TCPConn, rest string) // the first part was written
	ends bool                              // the rest never comes
}

var cuts = []cutAt{
	{"pause", func(c *net.TCPConn, rest string) {
		time.Sleep(2 * time.Millisecond) // so that mostly it comes alone
		_, _ = io.WriteString(c, rest)
	}, false},
	{"half close", func(c *net.TCPConn, _ string) { _ = c.CloseWrite() }, true},
	{"half close later", func(c *net.TCPConn, _ string) {
		time.Sleep(2 * time.Millisecond)
		_ = c.CloseWrite()
	}, true},
	{"reset", func(c *net.TCPConn, _ string) {
		time.Sleep(2 * time.Millisecond)
		_ = c.SetLinger(0)
		_ = c.Close()
	}, true},
}

// piped is a pipeline: all ways to frame a body, and the last request ends the connection.
var piped = []struct{ raw, body string }{
	{get("X-A: b"), ""},
	{post("hello", length5), "hello"},
	{chunked("3;a=\"b\"\r\nhel\r\n2\r\nlo\r\n0\r\nX-A: b\r\n\r\n"), "hello"},
	{"\r\n" + with("HEAD $T HTTP/1.1", "Host: edge.test"), ""},
	{post("hello", length5, "Expect: 100-continue"), "hello"},
	{with("POST $T HTTP/1.0", "Host: edge.test", length5, "Connection: keep-alive") + "hello", "hello"},
	{get("Connection: close"), ""},
}

// pipeline returns the text of all requests, and where each ends in it. The ids of case n are those from n times their number on.
func pipeline(n int) (text string, ends []int) {
	for i, p := range piped {
		text += expand(p.raw, idOf(n*len(piped)+i))
		ends = append(ends, len(text))
	}
	return text, ends
}

// TestCuts cuts a pipeline at each of its bytes, in each way: what was whole before arrives once, in order and with its own answer,
// what was not arrives never.
func TestCuts(t *testing.T) {
	up := startRecorder(t)
	r := subjects[0].start(t, []backend{{"up", "/", up.ln.Addr().String()}}, times{client: patience, upstream: patience})
	text, _ := pipeline(0)
	step := 1
	if testing.Short() {
		step = 7
	}
	var asking sync.WaitGroup
	slots := make(chan struct{}, 16)
	n := 0
	for at := 1; at < len(text); at += step {
		for _, cut := range cuts {
			slots <- struct{}{}
			of := n
			asking.Go(func() {
				defer func() { <-slots }()
				if err := cut.run(r.address, up, of, at); err != nil {
					t.Errorf("%s at byte %d: %v", cut.name, at, err)
				}
			})
			n++
		}
	}
	asking.Wait()
	t.Logf("%d cuts", n)
	r.end(t, up)
}

// end ends the proxy, which must not have said the number, nor have sent what nobody asked for.
func (r *running) end(t *testing.T, up *recorder) {
	t.Helper()
	if code := r.stop(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if strays := up.strays(); len(strays) > 0 {
		t.Errorf("requests of no case reached the upstream: %.2000q", strays)
	}
	if strings.Contains(string(r.said(t)), secret[2:]) {
		t.Error("the number stands in what the proxy wrote")
	}
}

// run sends case n, cut at that byte, and says what is wrong with what became of it.
func (c cutAt) run(address string, up *recorder, n, at int) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(2 * patience))
	text, ends := pipeline(n)
	whole := len(ends)
	for c.ends && whole > 0 && ends[whole-1] > at {
		whole--
	}
	if _, err := io.WriteString(conn, text[:at]); err != nil {
		return err
	}
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		c.cut(conn.(*net.TCPConn), text[at:])
	}()
	answered, err := c.answered(conn, n)
	<-sent
	switch {
	case err != nil:
		return err
	case c.name != "reset" && answered != whole:
		return fmt.Errorf("%d answers to %d requests", answered, whole)
	}
	return arrivedInOrder(up, n, whole, answered)
}

// answered reads the answers, each of which must be that of its request, and returns how many there are. One that refuses what was
// cut may be the last.
func (c cutAt) answered(conn net.Conn, n int) (int, error) {
	in := bufio.NewReader(conn)
	for i, p := range piped {
		first, _, _ := strings.Cut(strings.TrimLeft(p.raw, "\r\n"), " ")
		resp, err := http.ReadResponse(in, &http.Request{Method: first})
		for err == nil && resp.StatusCode == http.StatusContinue {
			resp, err = http.ReadResponse(in, &http.Request{Method: first})
		}
		if err != nil {
			return i, nil
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		want := expand(first+" $T\n", idOf(n*len(piped)+i)) + p.body
		switch {
		case resp.StatusCode == http.StatusBadRequest && c.ends:
			if strings.Contains(string(body), secret[2:]) {
				return i, fmt.Errorf("the refusal shows the number")
			}
			return i, nil
		case err != nil, resp.StatusCode != http.StatusOK, first != "HEAD" && string(body) != want:
			return i, fmt.Errorf("answer %d is %d %q, %v", i, resp.StatusCode, body, err)
		}
	}
	if _, err := in.ReadByte(); err != io.EOF {
		return len(piped), fmt.Errorf("behind the last answer: %v", err)
	}
	return len(piped), nil
}

// arrivedInOrder says what is wrong with what reached the upstream of case n, of which so many requests are whole: each once, with its
// own body, and of those that were answered none is missing.
func arrivedInOrder(up *recorder, n, whole, answered int) error {
	for i, p := range piped {
		came := up.of(idOf(n*len(piped) + i))
		switch {
		case len(came) > 1, i >= whole && len(came) > 0, i < answered && len(came) == 0:
			return fmt.Errorf("request %d of %d came %d times", i, whole, len(came))
		case len(came) == 0:
			continue
		}
		if came[0].flaw != nil || came[0].body != p.body {
			return fmt.Errorf("request %d came as %q, %v", i, came[0].body, came[0].flaw)
		}
	}
	return nil
}
