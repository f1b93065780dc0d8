package http1

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// serveTCP serves sockets, and ends when the test does.
func serveTCP(t *testing.T, o ServerOptions) (*Server, func() (*net.TCPConn, *bufio.Reader)) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skip("no loopback: " + err.Error())
	}
	if o.Limits == nil {
		o.Limits = func() ServerLimits { return slow }
	}
	s := NewServer(o)
	served := make(chan error)
	go func() { served <- s.Serve(ln) }()
	t.Cleanup(func() {
		_ = s.Shutdown(context.Background())
		<-served
	})
	return s, func() (*net.TCPConn, *bufio.Reader) {
		c, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c.(*net.TCPConn), bufio.NewReader(c)
	}
}

// sendText writes a request, or a part of one.
func sendText(t *testing.T, c io.Writer, raw string) {
	t.Helper()
	if _, err := io.WriteString(c, raw); err != nil {
		t.Fatal(err)
	}
}

// wantOK reads one answer.
func wantOK(t *testing.T, r *bufio.Reader) {
	t.Helper()
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "ok" {
		t.Fatalf("%q, %v", body, err)
	}
}

// inPieces is requests of which some come with one read and some do not, in the pieces in which they are sent.
var inPieces = [][]string{
	{nextRequest},
	{postHead + "Content-Length: 2\r\n\r\nab"},
	{postHead + "Content-Length: 2\r\n\r\n", "ab"},
	{postHead + "Content-Length: 3\r\nExpect: 100-continue\r\n\r\nabc"},
	{chunkedHead + "2\r\nab\r\n0\r\n\r\n"},
	{chunkedHead + "2\r\na", "b\r\n0\r\n\r\n"},
	{"GET /ne", "xt HTTP/1.1\r\nHost: api\r\n", "\r\n"},
	{"\r\n" + nextRequest},
	{postHead + "Content-Length: 5000\r\n\r\n" + strings.Repeat("x", 5000)},
	{postHead + "Content-Length: 40000\r\n\r\n" + strings.Repeat("x", 20_000), strings.Repeat("x", 20_000)},
	{postHead + "X: " + strings.Repeat("x", 1500) + "\r\nContent-Length: 2500\r\n\r\n" + strings.Repeat("x", 2500)},
}

// TestWholeAndInPieces sends one request after the other on the same connection, so that each follows each.
func TestWholeAndInPieces(t *testing.T) {
	_, dial := serveTCP(t, ServerOptions{Handle: answerAll})
	c, r := dial()
	for _, first := range inPieces {
		for _, second := range inPieces {
			for _, pieces := range [][]string{first, second} {
				for i, piece := range pieces {
					if i > 0 {
						time.Sleep(time.Millisecond) // so that mostly it comes alone
					}
					sendText(t, c, piece)
				}
				wantOK(t, r)
			}
			sendText(t, c, strings.Join(first, "")+strings.Join(second, "")+nextRequest)
			for range 3 {
				wantOK(t, r)
			}
		}
	}
}

// TestRequestAsLargeAsItsBuffer fills the buffer to the byte, and to a few more or less, with what follows in it or behind it.
func TestRequestAsLargeAsItsBuffer(t *testing.T) {
	_, dial := serveTCP(t, ServerOptions{Handle: answerAll})
	const head = postHead + "Content-Length: 4000\r\nX: "
	for over := -3; over <= 3; over++ {
		c, r := dial()
		raw := head + strings.Repeat("x", minBuffer+over-4000-len(head)-4) + "\r\n\r\n" + strings.Repeat("b", 4000)
		for range 3 {
			sendText(t, c, raw)
			wantOK(t, r)
			sendText(t, c, raw+raw+nextRequest)
			for range 3 {
				wantOK(t, r)
			}
		}
	}
}

// TestEndComesWithARequest closes one side of the connection at once behind the last request: the other must be closed as soon as
// that is answered if it is the only one, and soon otherwise.
func TestEndComesWithARequest(t *testing.T) {
	t.Parallel()
	_, dial := serveTCP(t, ServerOptions{Handle: func(in *Incoming) {
		time.Sleep(time.Millisecond) // the end has come
		answerAll(in)
	}})
	for n, within := range []time.Duration{lookTime, 10 * lookTime} {
		c, r := dial()
		for range n {
			sendText(t, c, nextRequest)
			wantOK(t, r)
		}
		sendText(t, c, nextRequest)
		_ = c.CloseWrite()
		start := time.Now()
		wantOK(t, r)
		if _, err := r.ReadByte(); err != io.EOF || time.Since(start) > within {
			t.Errorf("after %d others: %v after %v", n, err, time.Since(start))
		}
	}
}

// TestIdleSocketEnds holds a socket to the time that it may rest, also if that is shorter than the time until it is looked at, and
// lets it be used again after a look.
func TestIdleSocketEnds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ idle, rest time.Duration }{{lookTime / 2, 0}, {2 * lookTime, lookTime + lookTime/4}} {
		limits := slow
		limits.IdleTime = tt.idle
		_, dial := serveTCP(t, ServerOptions{Handle: answerAll, Limits: func() ServerLimits { return limits }})
		c, r := dial()
		for _, rest := range []time.Duration{0, 0, tt.rest} {
			time.Sleep(rest)
			sendText(t, c, nextRequest)
			wantOK(t, r)
		}
		start := time.Now()
		if _, err := r.ReadByte(); err != io.EOF || time.Since(start) < tt.idle*3/4 {
			t.Errorf("%v: %v after %v", tt.idle, err, time.Since(start))
		}
	}
}

// TestShutdownCutsWhatHangs ends a server while an exchange hangs: it must neither wait for that nor leave its client waiting.
func TestShutdownCutsWhatHangs(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	s, dial := serveTCP(t, ServerOptions{Handle: func(in *Incoming) {
		entered <- struct{}{}
		<-release
		answerAll(in)
	}})
	for _, raw := range []string{nextRequest, chunkedHead + "0\r\n\r\n"} {
		c, _ := dial()
		sendText(t, c, raw)
		<-entered
		defer func() {
			if n, err := c.Read(make([]byte, 1)); n > 0 || err == nil {
				t.Errorf("%d bytes, %v", n, err)
			}
		}()
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	down := make(chan error)
	go func() { down <- s.Shutdown(ctx) }()
	select {
	case err := <-down:
		if err != context.DeadlineExceeded {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("Shutdown waits")
	}
	close(release)
}

// TestShutdownOfASocket drains a server while one socket rests, and one is in a request: that is answered.
func TestShutdownOfASocket(t *testing.T) {
	entered, release := make(chan struct{}, 2), make(chan struct{})
	s, dial := serveTCP(t, ServerOptions{Handle: func(in *Incoming) {
		if entered <- struct{}{}; len(in.Target) > 1 {
			<-release
		}
		answerAll(in)
	}})
	idle, r := dial()
	sendText(t, idle, "GET / HTTP/1.1\r\nHost: api\r\n\r\n")
	wantOK(t, r)
	<-entered
	busy, b := dial()
	sendText(t, busy, nextRequest)
	<-entered
	down := make(chan error)
	go func() { down <- s.Shutdown(context.Background()) }()
	if _, err := r.ReadByte(); err != io.EOF {
		t.Error(err)
	}
	close(release)
	wantOK(t, b)
	if _, err := b.ReadByte(); err != io.EOF {
		t.Error(err)
	}
	if err := <-down; err != nil {
		t.Error(err)
	}
}

// TestPanicInAStay ends the connection, and that one only.
func TestPanicInAStay(t *testing.T) {
	told := make(chan struct{}, 1)
	_, dial := serveTCP(t, ServerOptions{Panicked: func() { told <- struct{}{} }, Handle: func(in *Incoming) {
		if string(in.Target) == "/panic" {
			panic("+306912345678")
		}
		answerAll(in)
	}})
	other, o := dial()
	c, r := dial()
	sendText(t, c, nextRequest)
	wantOK(t, r)
	sendText(t, c, strings.Replace(nextRequest, "/next", "/panic", 1))
	if _, err := r.ReadByte(); err == nil || err == io.EOF {
		t.Error(err)
	}
	<-told
	sendText(t, other, nextRequest)
	wantOK(t, o)
}

// TestShutdownTakesNoLeave ends a server under an exchange over TLS: its client must not be told that what it has is whole.
func TestShutdownTakesNoLeave(t *testing.T) {
	borrowed := httptest.NewTLSServer(nil)
	borrowed.Close()
	ln, err := tls.Listen("tcp", "127.0.0.1:0", borrowed.TLS)
	if err != nil {
		t.Skip("no loopback: " + err.Error())
	}
	entered, release, served := make(chan struct{}), make(chan struct{}), make(chan error)
	s := NewServer(ServerOptions{Limits: func() ServerLimits { return slow }, Handle: func(*Incoming) {
		close(entered)
		<-release
	}})
	go func() { served <- s.Serve(ln) }()
	c, err := tls.Dial("tcp", ln.Addr().String(), &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	sendText(t, c, nextRequest)
	<-entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Shutdown(ctx); err != context.Canceled {
		t.Error(err)
	}
	if n, err := c.NetConn().Read(make([]byte, 100)); n > 0 || err == nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	close(release)
	<-served
}

// TestNoAnswerEndsTheConnection leaves requests without an answer, one that came whole and one in pieces: the client must not
// take the next answer for theirs.
func TestNoAnswerEndsTheConnection(t *testing.T) {
	_, dial := serveTCP(t, ServerOptions{Handle: func(in *Incoming) {
		if string(in.Target) == "/next" {
			answerAll(in)
		}
	}})
	for _, raw := range []string{"GET / HTTP/1.1\r\nHost: api\r\n\r\n", chunkedHead + "0\r\n\r\n"} {
		c, r := dial()
		_ = c.SetDeadline(soon())
		sendText(t, c, nextRequest)
		wantOK(t, r)
		sendText(t, c, raw+nextRequest)
		if b, err := io.ReadAll(r); len(b) > 0 || isTimeout(err) {
			t.Errorf("%q, %v", b, err)
		}
	}
}

// TestPanicAmidAnAnswer fails in the midst of an answer that ends with its connection: the client must not take it for whole.
func TestPanicAmidAnAnswer(t *testing.T) {
	_, dial := serveTCP(t, ServerOptions{Handle: func(in *Incoming) {
		var r Reply
		r.Begin(in, 200, nil)
		r.Stream(-1)
		r.Pass([]byte("half"))
		panic("+306912345678")
	}})
	c, r := dial()
	sendText(t, c, "GET / HTTP/1.0\r\n\r\n")
	if b, err := io.ReadAll(r); err == nil {
		t.Errorf("%q", b)
	}
}
