package proxy

import (
	"context"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/valyala/fasthttp/fasthttputil"

	"github.com/piiproxy/piiproxy/proxy/internal/http1"
	"github.com/piiproxy/piiproxy/redact"
)

const request = "POST /sms HTTP/1.1\nHost: api\nContent-Type: application/json\nContent-Length: 21\n\n" + `{"to":"306912345678"}`

func TestPanicEndsOneExchange(t *testing.T) {
	var fault atomic.Bool
	r := start(t, testSpec(), func(req *http1.Request, resp *http1.Response) error {
		if fault.Load() {
			panic("at +306912345678")
		}
		return ok()(req, resp)
	})
	for i := range 4 {
		fault.Store(i%2 == 0)
		got := r.send(crlf(request))
		log := r.log.take()
		if i%2 == 1 {
			if got.status != 200 {
				t.Errorf("status %d", got.status)
			}
			continue
		}
		// The upstream was asked, so nobody knows what it did.
		if got.status != 500 || !got.close || got.header.Get("X-Piiproxy-Outcome") != "unknown" || !strings.Contains(got.body, `"reason":"panic"`) {
			t.Errorf("status %d, %v, %s", got.status, got.header, got.body)
		}
		if len(log) != 1 || !strings.Contains(log[0], `"reason":"panic"`) || strings.Contains(log[0]+got.body, "306912345678") || strings.Contains(log[0], `"path"`) {
			t.Errorf("logged %q", log)
		}
	}
	r.settle()
}

// settle waits until every exchange has ended, which is a moment after its client has the answer.
func (r *rig) settle() {
	for r.inFlight.Load() != 0 {
		runtime.Gosched()
	}
}

func TestPanicBeforeAnythingWasSent(t *testing.T) {
	r := start(t, testSpec(), ok())
	r.current.Load().destinations = nil // finding a route leads out of it
	got := r.send(crlf(request))
	if got.status != 500 || got.header.Get("X-Piiproxy-Outcome") != "" {
		t.Errorf("status %d, %v", got.status, got.header)
	}
	if log := r.log.take(); len(log) != 1 || !strings.Contains(log[0], `"outcome":"panicked"`) {
		t.Errorf("logged %q", log)
	}
}

func TestInFlightLimit(t *testing.T) {
	spec := testSpec()
	spec.Limits.InFlight = 1
	entered, release := make(chan struct{}), make(chan struct{})
	r := start(t, spec, func(req *http1.Request, resp *http1.Response) error {
		entered <- struct{}{}
		<-release
		return ok()(req, resp)
	})
	first := make(chan answer)
	go func() { first <- r.send(crlf(request)) }()
	<-entered
	if got := r.send(crlf(request)); got.status != 503 || got.header.Get("Retry-After") == "" || !strings.Contains(got.body, "in_flight") {
		t.Errorf("status %d, %s", got.status, got.body)
	}
	if got := r.send("POST /sms/1 HTTP/1.1\r\nHost: api\r\nA: b\nContent-Length: 2\r\n\r\nhi"); got.status != 400 || !got.close {
		t.Errorf("in doubt: status %d, close %t", got.status, got.close)
	}
	close(release)
	if got := <-first; got.status != 200 {
		t.Errorf("status %d", got.status)
	}
	r.settle()
	go func() { <-entered }()
	if got := r.send(crlf(request)); got.status != 200 {
		t.Errorf("status %d after the first had ended", got.status)
	}
}

func TestShutdownEndsWhatRuns(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	r := start(t, testSpec(), func(req *http1.Request, resp *http1.Response) error {
		entered <- struct{}{}
		<-release
		return ok()(req, resp)
	})
	first, down := make(chan answer), make(chan error)
	go func() { first <- r.send(crlf(request)) }()
	<-entered
	go func() { down <- r.Shutdown(context.Background()) }()
	for !r.draining.Load() {
		runtime.Gosched()
	}
	if c, err := r.ln.Dial(); err == nil {
		c.Close()
		t.Error("a connection was taken")
	}
	close(release)
	if got := <-first; got.status != 200 || !got.close {
		t.Errorf("status %d, close %t", got.status, got.close)
	}
	if err := <-down; err != nil {
		t.Error(err)
	}
	if err := r.Serve("api", fasthttputil.NewInmemoryListener()); err != ErrClosed {
		t.Errorf("Serve after Shutdown: %v", err)
	}
}

func TestShutdownGivesUp(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	r := start(t, testSpec(), func(req *http1.Request, resp *http1.Response) error {
		close(entered)
		<-release
		return ok()(req, resp)
	})
	c := r.dial()
	go fmt.Fprint(c, crlf(request))
	<-entered
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := r.Shutdown(ctx); err != context.Canceled {
		t.Errorf("Shutdown: %v", err)
	}
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("the connection is open")
	}
	close(release)
}

// TestShutdownCutsHalfARequest is not a failure: no exchange was running.
func TestShutdownCutsHalfARequest(t *testing.T) {
	r := start(t, testSpec(), ok())
	c := r.dial()
	fmt.Fprint(c, "POST /sms HTTP/1.1\r\nHost:")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := r.Shutdown(ctx); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("the connection is open")
	}
}

func TestDrainingRefuses(t *testing.T) {
	r := start(t, testSpec(), ok())
	r.send(crlf(request))
	r.draining.Store(true)
	got := r.send(crlf(request))
	r.draining.Store(false)
	if got.status != 503 || !got.close || !strings.Contains(got.body, "draining") {
		t.Errorf("status %d, close %t, %s", got.status, got.close, got.body)
	}
}

func TestSwapUnderLoad(t *testing.T) {
	r := start(t, testSpec(), ok())
	var clients sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		clients.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if got := r.send(crlf(request)); got.status != 200 {
					t.Errorf("status %d: %s", got.status, got.body)
				}
			}
		})
	}
	for i := range 50 {
		spec := testSpec()
		if i%2 == 0 {
			spec.Upstreams["api"] = UpstreamSpec{Address: fmt.Sprintf("http://api-%d.internal", i)}
		}
		old := r.Generation()
		next, err := Build(spec, nil, old)
		if err != nil {
			t.Fatal(err)
		}
		for name, u := range next.upstreams {
			if old.upstreams[name] != u {
				u.transport = r.upstream
			}
		}
		r.Swap(next)
	}
	close(stop)
	clients.Wait()
}

func TestSwapCarriesUpstreamsOver(t *testing.T) {
	spec := testSpec()
	spec.Upstreams["other"] = UpstreamSpec{Address: "http://other.internal"}
	r := start(t, spec, ok())
	first := r.Generation()
	api, other := first.upstreams["api"], first.upstreams["other"]
	second := build(t, testSpec(), first, r.upstream)
	if second.upstreams["api"] != api {
		t.Error("an unchanged upstream was made anew")
	}
	r.Swap(second)
	if n := other.users.n.Load(); n != 0 {
		t.Errorf("an upstream without a generation has %d users", n)
	}
	if n := api.users.n.Load(); n != 1 {
		t.Errorf("the upstream of one generation has %d users", n)
	}
	changed := testSpec()
	changed.Upstreams["api"] = UpstreamSpec{Address: "http://api.internal:8080", MaxConnections: 7}
	third := build(t, changed, second, r.upstream)
	if third.upstreams["api"] == api {
		t.Error("a changed upstream was carried over")
	}
	third.Discard()
	if n := api.users.n.Load(); n != 1 {
		t.Errorf("after a discarded generation: %d users", n)
	}
}

// TestNothingIsLeft holds what a closed exchange keeps to memory without content, and to no reference into the server's.
func TestNothingIsLeft(t *testing.T) {
	r := start(t, testSpec(), ok())
	x := &exchange{}
	r.exchanges.New = func() any { return x }
	r.exchanges.Get()
	r.send(crlf("POST /sms/306912345678?to=306912345678 HTTP/1.1\nHost: api\nUser-Agent: a\nContent-Type: multipart/form-data; boundary=b\nContent-Length: 1\n\n{"))
	_ = r.Shutdown(context.Background())
	left(t, reflect.ValueOf(x).Elem(), "exchange")
}

// TestResetForgetsAll has every field of an exchange hold something, whatever stage may fill it.
func TestResetForgetsAll(t *testing.T) {
	x := new(exchange)
	fill(reflect.ValueOf(x).Elem())
	x.reset()
	left(t, reflect.ValueOf(x).Elem(), "exchange")
}

// fill puts something into all of v but what empties itself.
func fill(v reflect.Value) {
	v = reflect.NewAt(v.Type(), v.Addr().UnsafePointer()).Elem() // also what others do not export
	switch v.Interface().(type) {
	case http1.Response, http1.Reply, redact.Outbound:
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	default:
		v.Set(reflect.ValueOf(1).Convert(v.Type()))
	}
}

// left reports what of v is not zero, but for slices without elements.
func left(t *testing.T, v reflect.Value, path string) {
	if path == "exchange.outgoing.projected.work" {
		return // holds itself to it
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			left(t, v.Field(i), path+"."+v.Type().Field(i).Name)
		}
	case reflect.Array:
		for i := range v.Len() {
			left(t, v.Index(i), path)
		}
	case reflect.Slice:
		if v.Len() != 0 {
			t.Errorf("%s has %d elements", path, v.Len())
		}
	default:
		if !v.IsZero() {
			t.Errorf("%s is left", path)
		}
	}
}
