package http1

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// outcome is what a fault of the upstream leads to.
type outcome struct {
	status int // 0: an error
	class  Class
	also   Class // as right, where a reset may overtake what came before it
}

// script is what a faulty upstream does on one connection, which is closed after it.
type script struct {
	name   string
	speak  func(c *net.TCPConn) // runs before the request is read
	answer func(c *net.TCPConn) // runs after it was read whole
	want   outcome              // on a new connection; one that was used before is replaced if speak shows
}

var scripts = []script{
	{name: "whole", answer: say(whole), want: outcome{status: 200}},
	{name: "whole, by byte", answer: drip(whole), want: outcome{status: 200}},
	{name: "whole, then a half close", answer: then(say(whole), halfClose), want: outcome{status: 200}},
	{name: "whole, and trailing bytes", answer: say(whole + "surplus"), want: outcome{status: 200}},
	{name: "whole, and another answer", answer: say(whole + poison), want: outcome{status: 200}},
	{name: "chunked", answer: say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nmine\r\n0\r\n\r\n"), want: outcome{status: 200}},
	{name: "until close", answer: say("HTTP/1.1 200 OK\r\n\r\nmine"), want: outcome{status: 200}},
	{name: "refusal", answer: say("HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nmine"), want: outcome{status: 503}},
	{name: "interim answers", answer: say("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\n\r\n" + whole), want: outcome{status: 200}},
	{name: "interim answers, dripped", answer: drip("HTTP/1.1 100 Continue\r\n\r\n" + whole), want: outcome{status: 200}},

	{name: "close before the request", speak: func(c *net.TCPConn) { _ = c.Close() }, want: outcome{class: Closed}},
	{name: "half close before the request", speak: func(c *net.TCPConn) { _ = c.CloseWrite() }, want: outcome{class: Closed}},
	{name: "reset before the request", speak: reset, want: outcome{class: Closed, also: Dial}},
	{name: "close after the request", answer: func(*net.TCPConn) {}, want: outcome{class: Closed}},
	{name: "reset after the request", answer: reset, want: outcome{class: Closed}},
	{name: "half close after the request", answer: halfClose, want: outcome{class: Closed}},
	{name: "hang", answer: hang, want: outcome{class: Timeout}},
	{name: "hang after the status line", answer: then(say("HTTP/1.1 200 OK\r\n"), hang), want: outcome{class: Timeout}},
	{name: "hang within the head", answer: then(say("HTTP/1.1 200 OK\r\nContent-Le"), hang), want: outcome{class: Timeout}},
	{name: "hang after the head", answer: then(say("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"), hang), want: outcome{class: Timeout}},
	{name: "hang within the body", answer: then(say("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmi"), hang), want: outcome{class: Timeout}},
	{name: "hang within a chunk", answer: then(say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nmi"), hang), want: outcome{class: Timeout}},
	{name: "hang before the last chunk", answer: then(say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nmine\r\n"), hang), want: outcome{class: Timeout}},
	{name: "hang within the trailers", answer: then(say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n"), hang), want: outcome{class: Timeout}},
	{name: "hang until close never comes", answer: then(say("HTTP/1.1 200 OK\r\n\r\nmine"), hang), want: outcome{class: Timeout}},
	{name: "hang after 100", answer: then(say("HTTP/1.1 100 Continue\r\n\r\n"), hang), want: outcome{class: Timeout}},
	{name: "cut within the status line", answer: say("HTTP/1.1 20"), want: outcome{class: Truncated}},
	{name: "cut within the head", answer: say("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n"), want: outcome{class: Truncated}},
	{name: "cut after the head", answer: say("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"), want: outcome{class: Truncated}},
	{name: "cut within the body", answer: say("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmin"), want: outcome{class: Truncated}},
	{name: "cut within a chunk", answer: say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nmin"), want: outcome{class: Truncated}},
	{name: "cut before the last chunk", answer: say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nmine\r\n"), want: outcome{class: Truncated}},
	{name: "cut within the last chunk", answer: say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nmine\r\n0\r\n"), want: outcome{class: Truncated}},
	{name: "cut after 100", answer: say("HTTP/1.1 100 Continue\r\n\r\n"), want: outcome{class: Truncated}},
	{name: "reset within the body", answer: then(say("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmin"), reset), want: outcome{class: Truncated, also: Closed}},
	{name: "reset instead of close", answer: then(say("HTTP/1.1 200 OK\r\n\r\nmine"), reset), want: outcome{class: Truncated, also: Closed}},

	{name: "speak first", speak: say(poison), answer: say(whole), want: outcome{class: Malformed}},
	{name: "speak one byte first", speak: say("H"), answer: say(whole), want: outcome{class: Malformed}},
	{name: "408 before the request", speak: then(say("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"), func(c *net.TCPConn) { _ = c.Close() }), want: outcome{class: Malformed}},
	{name: "garbage", answer: say("220 smtp.example ESMTP\r\n"), want: outcome{class: Malformed}},
	{name: "garbage without an end", answer: then(say("\x00\x01\x02"), hang), want: outcome{class: Malformed}},
	{name: "TLS", answer: then(say("\x15\x03\x01\x00\x02\x02\x16"), hang), want: outcome{class: Malformed}},
	{name: "HTTP/2", answer: then(say("\x00\x00\x12\x04\x00\x00\x00\x00\x00"), hang), want: outcome{class: Malformed}},
	{name: "bare LF", answer: then(say("HTTP/1.1 200 OK\nContent-Length: 4\n\nmine"), hang), want: outcome{class: Malformed}},
	{name: "two lengths", answer: say("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nmine"), want: outcome{class: Malformed}},
	{name: "both framings", answer: say("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), want: outcome{class: Malformed}},
	{name: "bad chunk", answer: say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nmine\r\n0\r\n\r\n"), want: outcome{class: Malformed}},
	{name: "switch of protocols", answer: then(say("HTTP/1.1 101 Switching Protocols\r\n\r\n"), hang), want: outcome{class: Malformed}},
	{name: "storm of interim answers", answer: again("HTTP/1.1 102 Processing\r\n\r\n"), want: outcome{class: Malformed}},
	{name: "endless head", answer: again("X: HTTP/1.1 200 OK\r\n"), want: outcome{class: Malformed}},
	{name: "endless field", answer: then(say("HTTP/1.1 200 OK\r\nX: "), again("endless ")), want: outcome{class: Oversize}},
	{name: "endless fields", answer: then(say("HTTP/1.1 200 OK\r\n"), again("X: y\r\n")), want: outcome{class: Oversize}},
	{name: "endless body", answer: then(say("HTTP/1.1 200 OK\r\n\r\n"), again("endless ")), want: outcome{class: Oversize}},
	{name: "endless chunks", answer: then(say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), again("1\r\na\r\n")), want: outcome{class: Oversize}},
	{name: "oversize length", answer: say("HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n"), want: outcome{class: Oversize}},
}

const (
	whole  = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmine"
	poison = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"
)

func say(text string) func(*net.TCPConn) {
	return func(c *net.TCPConn) { _, _ = io.WriteString(c, text) }
}

func drip(text string) func(*net.TCPConn) {
	return func(c *net.TCPConn) {
		for i := range len(text) {
			_, _ = c.Write([]byte{text[i]})
		}
	}
}

func again(text string) func(*net.TCPConn) {
	return func(c *net.TCPConn) {
		block := []byte(strings.Repeat(text, 100))
		for {
			if _, err := c.Write(block); err != nil {
				return
			}
		}
	}
}

func then(a, b func(*net.TCPConn)) func(*net.TCPConn) {
	return func(c *net.TCPConn) { a(c); b(c) }
}

// hang waits until the client gives up.
func hang(c *net.TCPConn) { _, _ = io.Copy(io.Discard, c) }

func halfClose(c *net.TCPConn) { _ = c.CloseWrite(); hang(c) }

func reset(c *net.TCPConn) { _ = c.SetLinger(0); _ = c.Close() }

// faulty is an upstream that runs a script on its first connection and is honest on all others.
type faulty struct {
	script script
	warm   bool          // the script begins after one honest answer
	spoken chan struct{} // closed when the first connection has spoken
	ln     net.Listener

	mu   sync.Mutex
	seen map[string]int // how often each target came
}

func startFaulty(t *testing.T, s script, warm bool) *faulty {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	u := &faulty{script: s, warm: warm, spoken: make(chan struct{}), ln: ln, seen: map[string]int{}}
	var serving sync.WaitGroup
	serving.Go(func() {
		for first := true; ; first = false {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = c.Close() })
			serving.Go(func() { u.serve(c.(*net.TCPConn), first) })
		}
	})
	t.Cleanup(serving.Wait)
	t.Cleanup(func() { _ = ln.Close() })
	return u
}

func (u *faulty) serve(c *net.TCPConn, script bool) {
	defer func() { _ = c.Close() }()
	r := bufio.NewReader(c)
	for !script {
		if !u.read(r) {
			return
		}
		say(whole)(c)
	}
	if u.warm {
		u.read(r)
		say(whole)(c)
	}
	if u.script.speak != nil {
		u.script.speak(c)
	}
	close(u.spoken)
	if u.read(r) && u.script.answer != nil {
		u.script.answer(c)
	}
}

// read reads a request and counts it as soon as a part of it is there.
func (u *faulty) read(r *bufio.Reader) bool {
	req, err := http.ReadRequest(r)
	if err != nil {
		return false
	}
	u.mu.Lock()
	u.seen[req.RequestURI]++
	u.mu.Unlock()
	_, err = io.Copy(io.Discard, req.Body)
	return err == nil
}

func (u *faulty) count(target string) int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.seen[target]
}

// TestFaults runs every script with every method, on a new connection and on one that was used before: nothing arrives
// twice, nothing is taken for an answer that is none, and what is said about the request is true.
func TestFaults(t *testing.T) {
	for _, s := range scripts {
		for _, method := range []string{"POST", "PUT", "GET"} {
			for _, warm := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%s/warm %v", s.name, method, warm), func(t *testing.T) {
					t.Parallel()
					runFault(t, s, method, warm)
				})
			}
		}
	}
}

// hangTimes are how long a script that hangs is waited for: the next one if the machine was too busy to write a request meanwhile.
var hangTimes = []time.Duration{300 * time.Millisecond, 3 * time.Second, 20 * time.Second}

// tooBusy reports whether err says that the time was over before a request was written that a script wants to leave unanswered.
func (s *script) tooBusy(err error) bool {
	var e *Error
	return s.want.class == Timeout && errors.As(err, &e) && !e.Written && (e.Class == ConnectTimeout || e.Class == Timeout)
}

// askInTime calls ask, which runs the script, with the time that it leaves, and again with more if that was not enough.
func (s *script) askInTime(ask func(wait time.Duration) error) (err error) {
	if s.want.class != Timeout {
		return ask(time.Until(soon()))
	}
	for _, wait := range hangTimes {
		if err = ask(wait); !s.tooBusy(err) {
			break
		}
	}
	return err
}

// startScript starts an upstream that runs the script, and a pool for it, which waits for what the upstream says before a request.
func startScript(t *testing.T, s script, warm bool) (*faulty, *Pool) {
	u := startFaulty(t, s, warm)
	p := newPool(t, Options{Address: u.ln.Addr().String(), MaxHead: 8 << 10, MaxBody: 64 << 10})
	p.options.Dial = func(address string, deadline time.Time) (net.Conn, error) {
		c, err := dialTCP(address, deadline)
		if err == nil && !warm && s.speak != nil {
			<-u.spoken // what was sent on loopback has arrived
		}
		return c, err
	}
	return u, p
}

func runFault(t *testing.T, s script, method string, warm bool) {
	var u *faulty
	var p *Pool
	var resp Response
	body := ""
	if method != "GET" {
		body = "body"
	}
	err := s.askInTime(func(wait time.Duration) error {
		if u, p = startScript(t, s, warm); warm {
			if err := p.Do(request(method, "/warm", body), &resp, soon()); err != nil {
				t.Fatal(err)
			}
			<-u.spoken
		}
		return p.Do(request(method, "/once", body), &resp, time.Now().Add(wait))
	})
	want := s.want
	if warm && s.speak != nil {
		want = outcome{status: 200}
	}
	checkOutcome(t, err, &resp, want)
	if n := u.count("/once"); n > 1 || err == nil && n != 1 {
		t.Errorf("arrived %d times", n)
	}
	if s.speak == nil || warm {
		checkNext(t, u, p, method, body, s.want.status != 0)
	}
}

// checkNext holds that the next request gets the answer of an honest connection, and once. Only where the script's
// connection may still look usable, the upstream's close can cross the request: that must be said, and not be repaired.
func checkNext(t *testing.T, u *faulty, p *Pool, method, body string, mayCross bool) {
	t.Helper()
	var resp Response
	var e *Error
	err := p.Do(request(method, "/next", body), &resp, soon())
	if mayCross && errors.As(err, &e) && e.Class == Closed && e.Written && u.count("/next") <= 1 {
		return
	}
	checkOutcome(t, err, &resp, outcome{status: 200})
	if n := u.count("/next"); n != 1 {
		t.Errorf("the next arrived %d times", n)
	}
}

func checkOutcome(t *testing.T, err error, resp *Response, want outcome) {
	t.Helper()
	if want.status != 0 {
		if err != nil || resp.Status != want.status || string(resp.Body) != "mine" {
			t.Errorf("%v, status %d, body %q; want %d", err, resp.Status, resp.Body, want.status)
		}
		return
	}
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%v, status %d, body %q; want %v", err, resp.Status, resp.Body, want.class)
	}
	if e.Class != want.class && e.Class != want.also {
		t.Errorf("class %v, want %v", e.Class, want.class)
	}
	if resp.Status != 0 || len(resp.Body) > 0 {
		t.Errorf("an error, and status %d with body %q", resp.Status, resp.Body)
	}
	if text, _ := strings.CutPrefix(err.Error(), "http1: "); strings.ContainsAny(text, "0123456789:/") {
		t.Errorf("error text %q", err)
	}
}

// TestWritten holds that Written is false exactly when the upstream cannot have seen a byte.
func TestWritten(t *testing.T) {
	for _, s := range scripts {
		if s.want.status != 0 {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			var u *faulty
			err := s.askInTime(func(wait time.Duration) error {
				var p *Pool
				u, p = startScript(t, s, false)
				return p.Do(request("POST", "/once", "body"), &Response{}, time.Now().Add(wait))
			})
			var e *Error
			if !errors.As(err, &e) {
				t.Fatal(err)
			}
			if e.Written != (s.speak == nil) || !e.Written && u.count("/once") > 0 {
				t.Errorf("written %v, arrived %d times", e.Written, u.count("/once"))
			}
		})
	}
}

// TestEarlyRefusal sends a body that the upstream does not read: an answer that refuses it is its answer, one that claims
// success for half a request is not.
func TestEarlyRefusal(t *testing.T) {
	for _, status := range []int{413, 200} {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		var serving sync.WaitGroup
		serving.Go(func() {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 1<<10))
			say("HTTP/1.1 " + strconv.Itoa(status) + " X\r\nContent-Length: 4\r\n\r\nmine")(c.(*net.TCPConn))
			_ = c.Close()
		})
		p := newPool(t, Options{Address: ln.Addr().String()})
		var resp Response
		err = p.Do(request("POST", "/", strings.Repeat("x", 16<<20)), &resp, soon())
		var e *Error
		if status == 200 && (!errors.As(err, &e) || !e.Written) {
			t.Errorf("success for half a request: %v, status %d", err, resp.Status)
		}
		if err == nil && (resp.Status != 413 || string(resp.Body) != "mine") {
			t.Errorf("status %d, body %q", resp.Status, resp.Body)
		}
		_ = ln.Close()
		serving.Wait()
	}
}
