package http1

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// slow is limits that differ from each other, so that it shows which one ended a connection.
var slow = ServerLimits{
	Head: 2 << 10, Target: 1 << 10, Fields: 20,
	HeadTime: 10 * time.Second, RequestTime: 30 * time.Second, WriteTime: 20 * time.Second, IdleTime: 75 * time.Second,
}

// answerAll answers every request with its fault, or with ok.
func answerAll(in *Incoming) {
	var r Reply
	text := "ok"
	if class, _ := in.Failed(); class == 0 {
		in.Body(1 << 20)
	}
	if class, _ := in.Failed(); class != 0 {
		text = class.String()
	}
	r.Begin(in, 200, []byte("OK"))
	r.Whole([]byte(text), false)
	r.Send()
}

// piped serves one end of a pipe under the limits slow, and returns the other.
func piped(t *testing.T, handle func(*Incoming)) (net.Conn, *Server) {
	t.Helper()
	ours, theirs := net.Pipe()
	s := NewServer(ServerOptions{Limits: func() ServerLimits { return slow }, Handle: handle})
	go s.ServeConn(theirs)
	return ours, s
}

// drips is clients that send something at once and then a byte a second, and after how long they are told what.
var drips = []struct {
	name, start, drip string
	want              string
	after             time.Duration
}{
	{"nothing", "", "", "", slow.RequestTime},
	{"an empty line", "\r\n", "", "", slow.HeadTime},
	{"half a head", "GET / HT", "", "timeout", slow.HeadTime},
	{"a head by the byte", "GET / HTTP/1.1\r\nX: ", "x", "timeout", slow.HeadTime},
	{"half a body", postHead + "Content-Length: 900\r\n\r\nx", "", "timeout", progressTime},
	{"a body by the byte", postHead + "Content-Length: 900\r\n\r\n", "x", "timeout", progressTime},
	{"chunks by the byte", chunkedHead, "1\r\nx\r\n", "timeout", progressTime},
	{"a body that makes progress", postHead + "Content-Length: 90000\r\n\r\n", strings.Repeat("x", 200), "timeout", slow.RequestTime},
	{"a body that is done in time", postHead + "Content-Length: 4000\r\n\r\n", strings.Repeat("x", 200), "ok", 19 * time.Second},
}

func TestSlowRequests(t *testing.T) {
	for _, c := range drips {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				nc, _ := piped(t, answerAll)
				var dripping sync.WaitGroup
				defer dripping.Wait()
				defer func() { _ = nc.Close() }()
				start := time.Now()
				dripping.Go(func() {
					_, err := io.WriteString(nc, c.start)
					for ; err == nil && c.drip != ""; time.Sleep(time.Second) {
						_, err = io.WriteString(nc, c.drip)
					}
				})
				got, err := http.ReadResponse(bufio.NewReader(nc), nil)
				if c.want == "" {
					if err == nil {
						t.Error("answered")
					}
				} else if err != nil {
					t.Fatal(err)
				} else if body, _ := io.ReadAll(got.Body); string(body) != c.want {
					t.Errorf("answered %q", body)
				}
				if after := time.Since(start); after < c.after || after > c.after+time.Second {
					t.Errorf("after %v, want %v", after, c.after)
				}
			})
		})
	}
}

func TestIdleConnectionEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nc, _ := piped(t, answerAll)
		defer func() { _ = nc.Close() }()
		in := bufio.NewReader(nc)
		for range 3 {
			time.Sleep(slow.RequestTime - time.Second)
			_, _ = io.WriteString(nc, nextRequest)
			if resp, err := http.ReadResponse(in, nil); err != nil || resp.StatusCode != 200 {
				t.Fatal(err)
			} else if _, err := io.Copy(io.Discard, resp.Body); err != nil {
				t.Fatal(err)
			}
		}
		start := time.Now()
		if _, err := in.ReadByte(); err != io.EOF || time.Since(start) < slow.IdleTime-time.Second || time.Since(start) > slow.IdleTime {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

// TestSlowReader holds a client that does not read to the time for a whole answer, in however many parts that is written.
func TestSlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan struct{})
		nc, _ := piped(t, func(in *Incoming) {
			defer close(ended)
			var r Reply
			r.Begin(in, 200, nil)
			r.Stream(-1)
			for range 1000 {
				if !r.Pass([]byte("0123456789")) {
					return
				}
			}
			t.Error("written")
		})
		var reading sync.WaitGroup
		defer reading.Wait()
		defer func() { _ = nc.Close() }()
		start := time.Now()
		_, _ = io.WriteString(nc, nextRequest)
		reading.Go(func() {
			for b := make([]byte, 1); ; time.Sleep(time.Second) {
				if _, err := nc.Read(b); err != nil {
					return
				}
			}
		})
		<-ended
		if after := time.Since(start); after < slow.WriteTime-time.Second || after > slow.WriteTime {
			t.Errorf("after %v", after)
		}
	})
}

func TestShutdownEndsIdleConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		entered, release := make(chan struct{}), make(chan struct{})
		busy, s := piped(t, func(in *Incoming) {
			close(entered)
			<-release
			in.Close()
			answerAll(in)
		})
		ours, theirs := net.Pipe()
		go s.ServeConn(theirs)
		_, _ = io.WriteString(busy, nextRequest)
		<-entered
		synctest.Wait()
		start, down := time.Now(), make(chan error)
		go func() { down <- s.Shutdown(t.Context()) }()
		if _, err := ours.Read(make([]byte, 1)); err != io.EOF || time.Since(start) > drainGrace {
			t.Errorf("idle: %v after %v", err, time.Since(start))
		}
		time.Sleep(time.Minute)
		close(release)
		if resp, err := http.ReadResponse(bufio.NewReader(busy), nil); err != nil || !resp.Close {
			t.Errorf("busy: %v", err)
		}
		if err := <-down; err != nil {
			t.Error(err)
		}
		late, theirs := net.Pipe()
		s.ServeConn(theirs)
		if _, err := late.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("late: %v", err)
		}
	})
}

// TestShutdownAnswersWhatIsOnItsWay sends a request in the moment in which the server begins to drain.
func TestShutdownAnswersWhatIsOnItsWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nc, s := piped(t, answerAll)
		synctest.Wait()
		down := make(chan error)
		go func() { down <- s.Shutdown(t.Context()) }()
		synctest.Wait()
		_, _ = io.WriteString(nc, nextRequest)
		if resp, err := http.ReadResponse(bufio.NewReader(nc), nil); err != nil || resp.StatusCode != 200 {
			t.Errorf("%v", err)
		}
		if err := <-down; err != nil {
			t.Error(err)
		}
	})
}

func TestShutdownGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nc, s := piped(t, answerAll)
		_, _ = io.WriteString(nc, "GET / HT")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != context.DeadlineExceeded {
			t.Error(err)
		}
		if _, err := io.Copy(io.Discard, nc); err != nil {
			t.Error(err)
		}
		if err := s.Shutdown(t.Context()); err != nil { // now that all have gone
			t.Error(err)
		}
	})
}

// short is a listener that fails a few times for want of files.
type short struct {
	fails int
	conns chan net.Conn
	once  sync.Once
}

func (l *short) Accept() (net.Conn, error) {
	if l.fails--; l.fails >= 0 {
		return nil, &net.OpError{Op: "accept", Err: syscall.EMFILE}
	}
	if c, ok := <-l.conns; ok {
		return c, nil
	}
	return nil, errors.New("closed")
}

func (l *short) Close() error {
	l.once.Do(func() { close(l.conns) })
	return nil
}
func (l *short) Addr() net.Addr { return &net.TCPAddr{} }

func TestShortageIsWaitedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		l := &short{fails: 20, conns: make(chan net.Conn, 1)}
		l.conns <- theirs
		s := NewServer(ServerOptions{Limits: func() ServerLimits { return slow }, Handle: answerAll})
		served := make(chan error)
		go func() { served <- s.Serve(l) }()
		start := time.Now()
		_, _ = io.WriteString(ours, nextRequest)
		if _, err := http.ReadResponse(bufio.NewReader(ours), nil); err != nil || time.Since(start) < time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		_ = s.Shutdown(t.Context())
		if err := <-served; err != ErrDraining {
			t.Error(err)
		}
		if err := s.Serve(&short{conns: make(chan net.Conn)}); err != ErrDraining {
			t.Error(err)
		}
	})
}

// listenTCP serves sockets.
func listenTCP(t testing.TB, handle func(*Incoming)) (dial func() net.Conn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skip("no loopback: " + err.Error())
	}
	s := NewServer(ServerOptions{Limits: func() ServerLimits { return slow }, Handle: handle})
	served := make(chan error)
	go func() { served <- s.Serve(ln) }()
	t.Cleanup(func() {
		_ = s.Shutdown(context.Background())
		<-served
	})
	return func() net.Conn {
		c, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
}

// TestRefusalArrives sends far more than is read: the answer must arrive all the same, and nothing after it.
func TestRefusalArrives(t *testing.T) {
	dial := listenTCP(t, answerAll)
	for _, raw := range []string{
		postHead + "Content-Length: 2000000\r\n\r\n" + strings.Repeat("x", 200_000),
		chunkedHead + "zz\r\n" + strings.Repeat("x", 200_000),
		"GET / HTTP/1.1\nHost: a\r\n\r\n" + strings.Repeat(nextRequest, 4000),
		"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + strings.Repeat(nextRequest, 4000),
	} {
		for range 5 {
			c := dial()
			go func() { _, _ = io.WriteString(c, raw) }()
			got, err := io.ReadAll(c)
			if err != nil || strings.Count(string(got), "HTTP/1.1 200 ") != 1 || !strings.Contains(string(got), "Connection: close") {
				t.Errorf("%.60q: got %q, %v", raw, got, err)
			}
			_ = c.Close()
		}
	}
}

// TestCutAnswerIsNoAnswer ends an answer early, in each framing.
func TestCutAnswerIsNoAnswer(t *testing.T) {
	for raw, length := range map[string]int64{
		nextRequest: -1,
		"GET /length HTTP/1.1\r\nHost: a\r\n\r\n": 100_000, "GET / HTTP/1.0\r\n\r\n": -1, "GET /length HTTP/1.0\r\n\r\n": 100_000,
	} {
		dial := listenTCP(t, func(in *Incoming) {
			var r Reply
			r.Begin(in, 200, []byte("OK"))
			if length >= 0 {
				r.Line([]byte("Content-Length: 100000\r\n"))
			}
			r.Stream(length)
			r.Pass([]byte("some"))
			r.Pass(nil)
			in.Cut()
			r.Last()
			r.Send()
		})
		c := dial()
		_, _ = io.WriteString(c, raw)
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			continue // reset before it was read
		}
		if body, err := io.ReadAll(resp.Body); err == nil {
			t.Errorf("%q: whole: %q", raw, body)
		}
	}
}

func TestPanicOutsideOfAnExchange(t *testing.T) {
	told := false
	ours, theirs := net.Pipe()
	s := NewServer(ServerOptions{
		Limits:   func() ServerLimits { panic("+306912345678") },
		Panicked: func() { told = true },
	})
	s.ServeConn(theirs)
	if _, err := ours.Read(make([]byte, 1)); err != io.EOF || !told || len(s.clients) != 0 {
		t.Errorf("%v, told %t, %d clients", err, told, len(s.clients))
	}
}
