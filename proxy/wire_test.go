package proxy

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestOverTheWire runs exchanges over real connections on both sides, with a large answer, and a reload between them.
func TestOverTheWire(t *testing.T) {
	large := strings.Repeat("0123456789abcdef", 64<<10)
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Got", r.Method+" "+r.RequestURI+" "+r.Host+" "+string(body))
		if r.URL.Path == "/files/large" {
			io.WriteString(w, large)
		}
	}))
	defer api.Close()
	spec := testSpec()
	spec.Upstreams["api"] = UpstreamSpec{Address: api.URL, Timeout: time.Minute}
	first, err := Build(spec, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	p := New(first, Options{})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skip("no loopback: " + err.Error())
	}
	served := make(chan error)
	go func() { served <- p.Serve("api", ln) }()
	client := &http.Client{}
	for i := range 3 {
		resp, err := client.Post("http://"+ln.Addr().String()+"/sms/1?x=%2B30", "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if want := "POST /sms/1?x=%2B30 " + ln.Addr().String() + " {}"; resp.Header.Get("X-Got") != want {
			t.Errorf("the API got %q, want %q", resp.Header.Get("X-Got"), want)
		}
		resp, err = client.Get("http://" + ln.Addr().String() + "/files/large")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(resp.Body); err != nil || string(got) != large {
			t.Errorf("%d bytes, %v", len(got), err)
		}
		resp.Body.Close()
		spec.Upstreams["api"] = UpstreamSpec{Address: api.URL, Timeout: time.Minute, MaxConnections: 10 + i}
		next, err := Build(spec, nil, p.Generation())
		if err != nil {
			t.Fatal(err)
		}
		p.Swap(next)
	}
	client.CloseIdleConnections()
	if err := p.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	if err := <-served; err != ErrClosed {
		t.Errorf("Serve returned %v", err)
	}
}
