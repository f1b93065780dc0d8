package balance

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/piiproxy/piiproxy/proxy/internal/http1"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// peer is an upstream on loopback that does what its behaviour says with each connection, after having read a request.
type peer struct {
	address string
	got     atomic.Int64
	do      atomic.Pointer[func(net.Conn)]
}

const fine = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

func answer(text string) func(net.Conn) { return func(c net.Conn) { _, _ = io.WriteString(c, text) } }

func hangUp(c net.Conn) { _ = c.Close() }

func newPeer(t *testing.T, do func(net.Conn)) *peer {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{address: ln.Addr().String()}
	p.do.Store(&do)
	var all sync.WaitGroup
	var mu sync.Mutex
	open := map[net.Conn]bool{}
	all.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open[c] = true
			mu.Unlock()
			all.Go(func() {
				defer c.Close()
				r := bufio.NewReader(c)
				for {
					req, err := http.ReadRequest(r)
					if err != nil {
						return
					}
					_, _ = io.Copy(io.Discard, req.Body)
					p.got.Add(1)
					(*p.do.Load())(c)
				}
			})
		}
	})
	t.Cleanup(func() {
		ln.Close()
		mu.Lock()
		for c := range open {
			c.Close()
		}
		mu.Unlock()
		all.Wait()
	})
	return p
}

// dead are addresses at which nobody listens: a port that was free a moment ago need not be.
var dead = []string{"127.0.0.1:1", "127.0.0.2:1", "127.0.0.3:1", "127.0.0.4:1"}

func newCluster(t *testing.T, o Options) *Cluster {
	t.Helper()
	c := New(o)
	c.Start()
	c.Start()
	t.Cleanup(func() {
		c.Close()
		c.done.Wait()
	})
	return c
}

var message = []byte("POST /sms HTTP/1.1\r\nHost: api\r\nContent-Length: 2\r\n\r\n")

func ask(c *Cluster, repeatable bool) error {
	var resp http1.Response
	return c.Do(&http1.Request{Head: message, Body: []byte("hi"), Repeatable: repeatable}, &resp, time.Now().Add(30*time.Second))
}

func classOf(t *testing.T, err error) (http1.Class, bool) {
	t.Helper()
	var failure *http1.Error
	if !errors.As(err, &failure) {
		t.Fatalf("got %v", err)
	}
	return failure.Class, failure.Written
}

func TestLeastRequests(t *testing.T) {
	release := make(chan struct{})
	slow := newPeer(t, func(c net.Conn) { <-release; answer(fine)(c) })
	fast := newPeer(t, answer(fine))
	c := newCluster(t, Options{Addresses: []string{slow.address, fast.address}})
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			if err := ask(c, false); err != nil {
				t.Error(err)
			}
		})
	}
	defer all.Wait()
	await(t, func() bool { return fast.got.Load()+slow.got.Load() == 40 && c.Stats().InFlight[1] == 0 })
	for range 100 {
		if err := ask(c, false); err != nil {
			t.Error(err)
		}
	}
	close(release)
	if fast.got.Load() < 100 || slow.got.Load()+fast.got.Load() != 140 {
		t.Errorf("the slow address got %d, the fast one %d", slow.got.Load(), fast.got.Load())
	}
}

func TestUnwrittenGoesToAnotherAddress(t *testing.T) {
	good := newPeer(t, answer(fine))
	c := newCluster(t, Options{Addresses: []string{dead[0], good.address}, Repeats: 1000})
	for range 50 {
		if err := ask(c, false); err != nil {
			t.Fatal(err)
		}
	}
	s := c.Stats()
	if good.got.Load() != 50 || s.Moved == 0 || s.Repeated != 0 || s.Ejections != 1 || s.Ejected != 1 {
		t.Errorf("%d arrived, %+v", good.got.Load(), s)
	}
}

func TestWrittenIsNotRepeated(t *testing.T) {
	a, b := newPeer(t, hangUp), newPeer(t, hangUp)
	c := newCluster(t, Options{Addresses: []string{a.address, b.address}})
	if class, written := classOf(t, ask(c, false)); class != http1.Closed || !written {
		t.Errorf("%v, written %v", class, written)
	}
	if n := a.got.Load() + b.got.Load(); n != 1 {
		t.Errorf("sent %d times", n)
	}
	if class, written := classOf(t, ask(c, true)); class != http1.Closed || !written {
		t.Errorf("%v, written %v", class, written)
	}
	if n := a.got.Load() + b.got.Load(); n != 4 {
		t.Errorf("sent %d times, and it may be repeated twice", n-1)
	}
}

// TestWrittenStaysWritten holds that what may have arrived at one address is not called unsent because another one refused it.
func TestWrittenStaysWritten(t *testing.T) {
	a := newPeer(t, hangUp)
	c := newCluster(t, Options{Addresses: []string{a.address, dead[0]}, Ejection: Ejection{Failures: -1}, Repeats: 1000})
	for range 20 {
		before := a.got.Load()
		_, written := classOf(t, ask(c, true))
		if arrived := a.got.Load() > before; written != arrived {
			t.Fatalf("written %v, arrived %v", written, arrived)
		}
	}
}

func TestBudget(t *testing.T) {
	c := newCluster(t, Options{Addresses: dead[:3], Repeats: 4, Ejection: Ejection{Failures: -1}})
	began := time.Now()
	for range 20 {
		if class, written := classOf(t, ask(c, false)); class != http1.Dial || written {
			t.Fatalf("%v, written %v", class, written)
		}
	}
	if n, most := c.Stats().Moved, 5+4*time.Since(began).Seconds(); n < 4 || float64(n) > most {
		t.Errorf("%d repeats, want %v at most", n, most)
	}
}

func TestEjectionLeavesHalf(t *testing.T) {
	c := newCluster(t, Options{Addresses: dead, Ejection: Ejection{Failures: 1, Time: time.Hour}, Repeats: 1})
	for range 50 {
		_ = ask(c, false)
	}
	if s := c.Stats(); s.Ejected != 2 {
		t.Errorf("%+v", s)
	}
}

func TestEjectionEnds(t *testing.T) {
	bad, good := newPeer(t, hangUp), newPeer(t, answer(fine))
	c := newCluster(t, Options{Addresses: []string{bad.address, good.address}, Ejection: Ejection{Failures: 1, Time: 50 * time.Millisecond}})
	for c.Stats().Ejected == 0 {
		_ = ask(c, false)
	}
	well := answer(fine)
	bad.do.Store(&well)
	before := bad.got.Load()
	for deadline := time.Now().Add(30 * time.Second); bad.got.Load() == before; {
		if err := ask(c, false); err != nil || time.Now().After(deadline) {
			t.Fatalf("it did not come back: %v", err)
		}
	}
}

// TestBrokenAnswerCounts holds that an answer that breaks off while it is handed on counts as a failure of its address.
func TestBrokenAnswerCounts(t *testing.T) {
	bad := newPeer(t, func(c net.Conn) {
		_, _ = fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n%s", strings.Repeat("x", 100_000))
		_ = c.Close()
	})
	c := newCluster(t, Options{Addresses: []string{bad.address, dead[0]}, Ejection: Ejection{Failures: 1, Time: time.Hour}, Repeats: 1000})
	for range 100 {
		var resp http1.Response
		if c.Do(&http1.Request{Head: message, Body: []byte("hi"), Stream: 1000}, &resp, time.Now().Add(30*time.Second)) != nil {
			continue
		}
		for resp.Partial() {
			if resp.Next(time.Now().Add(30*time.Second)) != nil {
				break
			}
		}
		resp.Reset()
		if e := find(*c.active.Load(), bad.address, ""); e.ejected.Load() != 0 || e.failures.Load() != 0 {
			return
		}
	}
	t.Error("the address is thought to be well")
}

func TestBreaker(t *testing.T) {
	p := newPeer(t, hangUp)
	c := newCluster(t, Options{Addresses: []string{p.address}, Breaker: Breaker{Failures: 3, Open: time.Hour}})
	wait := func() { c.breaker.until.Store(nanotime()) }
	for range 3 {
		_ = ask(c, false)
	}
	if err := ask(c, false); !errors.Is(err, ErrOpen) || p.got.Load() != 3 || !c.Stats().Open {
		t.Fatalf("%v after %d", err, p.got.Load())
	}
	wait()
	_ = ask(c, false) // lets one through, which fails
	if err := ask(c, false); !errors.Is(err, ErrOpen) || p.got.Load() != 4 {
		t.Fatalf("%v after %d", err, p.got.Load())
	}
	well := answer(fine)
	p.do.Store(&well)
	wait()
	for range 3 {
		if err := ask(c, false); err != nil {
			t.Fatal(err)
		}
	}
	if s := c.Stats(); s.Open || s.Opened != 1 {
		t.Errorf("%+v", s)
	}
}

func TestBreakerLetsOneThrough(t *testing.T) {
	b := breaker{options: Breaker{Failures: 1, Open: time.Nanosecond}}
	b.failed()
	var through atomic.Int64
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			if b.allow() {
				through.Add(1)
			}
		})
	}
	all.Wait()
	if through.Load() != 1 {
		t.Errorf("%d were let through", through.Load())
	}
	b.undecided()
	if !b.allow() {
		t.Error("a request that said nothing holds the breaker open")
	}
}

func TestHealth(t *testing.T) {
	sick, well := newPeer(t, answer("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")), newPeer(t, answer(fine))
	c := newCluster(t, Options{
		Addresses: []string{sick.address, well.address},
		Health:    Health{Head: []byte("GET /health HTTP/1.1\r\nHost: api\r\n\r\n"), Interval: 5 * time.Millisecond, Healthy: 2, Unhealthy: 2},
	})
	await(t, func() bool { return c.Stats().Unhealthy == 1 })
	before := well.got.Load()
	for range 20 {
		if err := ask(c, false); err != nil {
			t.Fatal(err)
		}
	}
	if well.got.Load() < before+20 {
		t.Error("a sick address got requests")
	}
	good := answer(fine)
	sick.do.Store(&good)
	await(t, func() bool { return c.Stats().Unhealthy == 0 })
}

func await(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it did not come to that")
		}
	}
}

// TestFirstByte leaves an answer that has begun the time it takes. A machine may be so busy that it does not begin in time.
func TestFirstByte(t *testing.T) {
	var err error
	for _, firstByte := range []time.Duration{time.Second, 10 * time.Second} {
		if err = askSlowly(t, firstByte); err == nil {
			return
		}
	}
	t.Error(err)
}

// askSlowly asks for an answer that takes longer than its first byte may, and for one that does not begin.
func askSlowly(t *testing.T, firstByte time.Duration) error {
	t.Helper()
	asked := make(chan struct{})
	late := newPeer(t, func(net.Conn) { <-asked })
	drip := newPeer(t, func(c net.Conn) {
		for _, b := range []byte(fine) { // which takes longer
			_, _ = c.Write([]byte{b})
			time.Sleep(firstByte / time.Duration(len(fine)-5))
		}
	})
	o := http1.Options{FirstByte: firstByte}
	if class, written := classOf(t, ask(newCluster(t, Options{Addresses: []string{late.address}, Pool: o}), false)); class != http1.Timeout || !written {
		t.Errorf("%v, written %v", class, written)
	}
	close(asked)
	return ask(newCluster(t, Options{Addresses: []string{drip.address}, Pool: o}), false)
}

func TestCloseEndsDo(t *testing.T) {
	p := newPeer(t, answer(fine))
	c := newCluster(t, Options{Addresses: []string{p.address, dead[0]}})
	c.Close()
	c.Close()
	if class, written := classOf(t, ask(c, true)); class != http1.Canceled || written {
		t.Errorf("%v, written %v", class, written)
	}
}

func TestAllocates(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	a, b := newPeer(t, answer(fine)), newPeer(t, answer(fine))
	c := newCluster(t, Options{Addresses: []string{a.address, b.address}})
	var resp http1.Response
	req := &http1.Request{Head: message, Body: []byte("hi")}
	least := 1e9
	for range 5 {
		least = min(least, testing.AllocsPerRun(50, func() {
			var tried attempts
			if c.pick(&tried) == nil || !c.breaker.allow() {
				t.Error("nobody is there")
			}
			c.breaker.succeeded()
		}))
	}
	if err := c.Do(req, &resp, time.Now().Add(30*time.Second)); err != nil {
		t.Fatal(err)
	}
	if least > 0 {
		t.Errorf("%v allocations", least)
	}
}
