package http1

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// soon is a deadline that no test reaches unless it fails.
func soon() time.Time { return time.Now().Add(20 * time.Second) }

// request returns a request whose framing fits its body.
func request(method, target, body string) *Request {
	head, _ := AppendRequestLine(nil, []byte(method), []byte(target))
	head, _ = AppendField(head, "Host", "upstream.test")
	if body != "" || method == "POST" || method == "PUT" {
		head = AppendContentLength(head, len(body))
	}
	return &Request{Head: AppendHeadEnd(head), Body: []byte(body), NoBody: method == "HEAD"}
}

// echo answers with the method, the target and the body that came.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("X-Target", r.URL.RequestURI())
	_, _ = w.Write([]byte(r.Method + " " + string(body)))
}

// newPool returns a pool that, if a test says nothing else, connects until the deadline of an exchange: a machine may be busy for
// longer than connecting takes.
func newPool(t testing.TB, o Options) *Pool {
	setDefault(&o.ConnectTimeout, time.Hour)
	p := NewPool(o)
	t.Cleanup(p.Close)
	return p
}

func serve(t testing.TB, h http.HandlerFunc, secure bool) *Pool {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(s.Close)
	o := Options{Address: s.Listener.Addr().String()}
	if secure {
		s.StartTLS()
		roots := s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
		o.TLS = &tls.Config{RootCAs: roots, ServerName: "example.com", MinVersion: tls.VersionTLS12}
	} else {
		s.Start()
	}
	return newPool(t, o)
}

func TestDoAnswersItsRequest(t *testing.T) {
	for _, secure := range []bool{false, true} {
		p := serve(t, echo, secure)
		var resp Response
		for _, body := range []string{"one", "", strings.Repeat("long ", 20000), "two"} {
			for _, method := range []string{"POST", "PUT", "DELETE"} {
				if err := p.Do(request(method, "/a?b="+method, body), &resp, soon()); err != nil {
					t.Fatalf("%s of %d bytes: %v", method, len(body), err)
				}
				if want := method + " " + body; resp.Status != 200 || string(resp.Body) != want {
					t.Fatalf("%s of %d bytes: status %d, %d bytes of body, want %d", method, len(body), resp.Status, len(resp.Body), len(want))
				}
				if v, n := resp.Fields.Lookup("x-target"); n != 1 || string(v) != "/a?b="+method {
					t.Errorf("X-Target: %q, %d times", v, n)
				}
			}
		}
		if p.open != 1 || len(p.idle) != 1 {
			t.Errorf("secure %v: %d connections, %d idle; want one that served all", secure, p.open, len(p.idle))
		}
	}
}

// wantError checks the class of an error before anything was written.
func wantError(t *testing.T, err error, class Class) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Class != class || e.Written {
		t.Errorf("error %v, want %v, and nothing written", err, class)
	}
}

// holding returns a handler that says on entered that a request came, and answers when it is let go.
func holding() (h http.HandlerFunc, entered chan struct{}, letGo chan struct{}) {
	entered, letGo = make(chan struct{}, 100), make(chan struct{})
	return func(w http.ResponseWriter, r *http.Request) {
		entered <- struct{}{}
		<-letGo
		echo(w, r)
	}, entered, letGo
}

func TestWaitIsBounded(t *testing.T) {
	h, entered, letGo := holding()
	p := serve(t, h, false)
	p.options.MaxConns = 1
	var holder sync.WaitGroup
	holder.Go(func() {
		var resp Response
		if err := p.Do(request("POST", "/", "a"), &resp, soon()); err != nil || string(resp.Body) != "POST a" {
			t.Errorf("%v, %q", err, resp.Body)
		}
	})
	<-entered
	var resp Response
	p.options.MaxWait = time.Millisecond
	wantError(t, p.Do(request("POST", "/", "b"), &resp, soon()), Busy)
	p.options.MaxWait = time.Hour
	wantError(t, p.Do(request("POST", "/", "b"), &resp, time.Now().Add(time.Millisecond)), Timeout)
	wantError(t, p.Do(request("POST", "/", "b"), &resp, time.Now().Add(-time.Hour)), Timeout)
	if p.waiting.first != nil || p.waiting.last != nil {
		t.Error("those who gave up are still in the queue")
	}
	close(letGo)
	holder.Wait()
	if err := p.Do(request("POST", "/", "c"), &resp, soon()); err != nil || p.open != 1 {
		t.Errorf("%v, %d connections", err, p.open)
	}
}

// TestConcurrent sends many requests over few connections, some of which the upstream closes: everybody gets the answer to
// their own request, and no connection above the limit is opened.
func TestConcurrent(t *testing.T) {
	var at, most atomic.Int64
	p := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if n := at.Add(1); n > most.Load() {
			most.Store(n)
		}
		if strings.HasSuffix(r.URL.Path, "7") {
			w.Header().Set("Connection", "close")
		}
		echo(w, r)
		at.Add(-1)
	}, false)
	p.options.MaxConns, p.options.MaxWait = 3, time.Hour
	var clients sync.WaitGroup
	for client := range 8 {
		clients.Go(func() {
			var resp Response
			for i := range 100 {
				target := fmt.Sprintf("/%d/%d", client, i)
				if err := p.Do(request("POST", target, target), &resp, soon()); err != nil {
					t.Errorf("%s: %v", target, err)
				} else if v, _ := resp.Fields.Lookup("x-target"); string(v) != target || string(resp.Body) != "POST "+target {
					t.Errorf("%s: the answer to %s", target, v)
				}
			}
		})
	}
	clients.Wait()
	if most.Load() > 3 || p.open > 3 || p.open != len(p.idle) {
		t.Errorf("%d requests at once, %d connections, %d idle; want at most 3, all idle", most.Load(), p.open, len(p.idle))
	}
}

func TestClose(t *testing.T) {
	h, entered, letGo := holding()
	p := serve(t, h, false)
	p.options.MaxConns, p.options.MaxWait = 1, time.Hour
	var running sync.WaitGroup
	running.Go(func() {
		var resp Response
		if err := p.Do(request("POST", "/", "a"), &resp, soon()); err != nil || string(resp.Body) != "POST a" {
			t.Errorf("the exchange that ran: %v, %q", err, resp.Body)
		}
	})
	<-entered
	running.Go(func() {
		var resp Response
		wantError(t, p.Do(request("POST", "/", "b"), &resp, soon()), Canceled)
	})
	for waits := false; !waits; {
		p.mu.Lock()
		waits = p.waiting.first != nil
		p.mu.Unlock()
	}
	p.Close()
	close(letGo)
	running.Wait()
	var resp Response
	wantError(t, p.Do(request("POST", "/", "c"), &resp, soon()), Canceled)
	if p.open != 0 || len(p.idle) != 0 {
		t.Errorf("%d connections, %d idle", p.open, len(p.idle))
	}
	p.Close()
}

func TestDialErrors(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var resp Response
	secret := &tls.Config{ServerName: "other.example", MinVersion: tls.VersionTLS12}
	silent := newPool(t, Options{Address: ln.Addr().String(), TLS: secret, ConnectTimeout: 10 * time.Millisecond})
	wantError(t, silent.Do(request("GET", "/", ""), &resp, soon()), ConnectTimeout)
	_ = ln.Close()
	refused := newPool(t, Options{Address: "127.0.0.1:1"}) // a port that was free a moment ago need not be
	wantError(t, refused.Do(request("GET", "/", ""), &resp, soon()), Dial)
	stranger := serve(t, echo, true)
	stranger.options.TLS = secret
	wantError(t, stranger.Do(request("GET", "/", ""), &resp, soon()), TLS)
	for _, p := range []*Pool{silent, refused, stranger} {
		if p.open != 0 {
			t.Errorf("%d slots are lost", p.open)
		}
	}
}

// TestKeepAliveHint holds that a connection is given up before the upstream, by its own word, closes it.
func TestKeepAliveHint(t *testing.T) {
	for hint, idle := range map[string]int{"timeout=1": 0, "timeout=5, max=10": 1, "max=1": 1, "timeout=x": 1} {
		p := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Keep-Alive", hint) }, false)
		var resp Response
		if err := p.Do(request("POST", "/", ""), &resp, soon()); err != nil {
			t.Fatal(err)
		}
		if len(p.idle) != idle || p.open != idle {
			t.Errorf("%s: %d idle connections, want %d", hint, len(p.idle), idle)
		}
	}
}

// TestExpired holds that a connection whose time is over is not used, even if nobody has closed it yet.
func TestExpired(t *testing.T) {
	p := serve(t, echo, false)
	var resp Response
	for range 2 {
		if err := p.Do(request("POST", "/", ""), &resp, soon()); err != nil {
			t.Fatal(err)
		}
		p.idle[0].expires = now() - 1
	}
	old := p.idle[0]
	if err := p.Do(request("POST", "/", ""), &resp, soon()); err != nil || p.idle[0] == old || p.open != 1 {
		t.Errorf("%v, %d connections; want a new one", err, p.open)
	}
}

// socketless stands for a socket that can be asked.
type socketless struct{ net.Conn }

func (socketless) Control(func(uintptr)) error    { return nil }
func (socketless) Read(func(uintptr) bool) error  { return nil }
func (socketless) Write(func(uintptr) bool) error { return nil }

func TestIdleConnectionsAreClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPool(Options{IdleTimeout: 10 * time.Second})
		var peers []net.Conn
		for range 3 {
			ours, peer := net.Pipe()
			c, _ := newConn(ours, nil, time.Time{})
			c.socket.raw = socketless{}
			p.open++
			p.release(c, true, &Response{})
			peers = append(peers, peer)
			time.Sleep(4 * time.Second)
		}
		for i, left := range []int{2, 1, 0} { // the first is 12 s old, and each is 4 s younger than the one before
			synctest.Wait()
			p.mu.Lock()
			if len(p.idle) != left || p.open != left || p.reaping != (left > 0) {
				t.Errorf("step %d: %d idle, %d open, want %d", i, len(p.idle), p.open, left)
			}
			p.mu.Unlock()
			if _, err := peers[i].Read(make([]byte, 1)); err != io.EOF {
				t.Errorf("connection %d: %v, want it closed", i, err)
			}
			time.Sleep(4 * time.Second)
		}
	})
}

// TestDeadlineIsKept holds the end of an exchange to its deadline, however far that is away.
func TestDeadlineIsKept(t *testing.T) {
	for _, limit := range []time.Duration{time.Second, time.Minute, time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			p := newPool(t, Options{Dial: func(string, time.Time) (net.Conn, error) {
				ours, theirs := net.Pipe()
				go func() { _, _ = io.Copy(io.Discard, theirs) }()
				return ours, nil
			}})
			began := time.Now()
			var failure *Error
			if err := p.Do(request("POST", "/", "x"), &Response{}, began.Add(limit)); !errors.As(err, &failure) || failure.Class != Timeout {
				t.Error(err)
			}
			if late := time.Since(began) - limit; late < 0 || late > latest {
				t.Errorf("%v: %v late", limit, late)
			}
		})
	}
}

// TestOneExchangeForWhatCannotBeAsked dials connections that are no sockets.
func TestOneExchangeForWhatCannotBeAsked(t *testing.T) {
	p := serve(t, echo, false)
	dials := 0
	p.options.Dial = func(address string, deadline time.Time) (net.Conn, error) {
		dials++
		c, err := dialTCP(address, deadline)
		return struct{ net.Conn }{c}, err
	}
	var resp Response
	for range 2 {
		if err := p.Do(request("POST", "/", ""), &resp, soon()); err != nil {
			t.Fatal(err)
		}
	}
	if dials != 2 || p.open != 0 {
		t.Errorf("%d dials, %d connections", dials, p.open)
	}
}
