package http1

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestTLSClients serves sockets with a layer of TLS: answers arrive whole there too, also those that refuse.
func TestTLSClients(t *testing.T) {
	certified := httptest.NewTLSServer(http.NotFoundHandler())
	defer certified.Close()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skip("no loopback: " + err.Error())
	}
	secure := make(chan bool, 100)
	s := NewServer(ServerOptions{Limits: func() ServerLimits { return slow }, Handle: func(in *Incoming) {
		secure <- in.Secure()
		answerAll(in)
	}})
	served := make(chan error)
	go func() { served <- s.Serve(tls.NewListener(ln, &tls.Config{Certificates: certified.TLS.Certificates})) }()
	roots := certified.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	large := postHead + "Content-Length: 100000\r\n\r\n" + strings.Repeat("x", 100_000)
	for _, raw := range []string{
		large + nextRequest + "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
		large + nextRequest + chunkedHead + "zz\r\n" + strings.Repeat("x", 100_000),
	} {
		c, err := tls.Dial("tcp", ln.Addr().String(), &tls.Config{RootCAs: roots, ServerName: "example.com"})
		if err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = io.WriteString(c, raw) }()
		if got, err := io.ReadAll(c); err != nil || strings.Count(string(got), "HTTP/1.1 200 ") != 3 {
			t.Errorf("%.40q: got %q, %v", raw, got, err)
		}
		_ = c.Close()
	}
	for range 6 {
		if !<-secure {
			t.Error("not secure")
		}
	}
	plain, err := net.Dial("tcp", ln.Addr().String()) // a client that speaks no TLS gets no answer
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(plain, nextRequest)
	if got, _ := io.ReadAll(plain); strings.Contains(string(got), "HTTP/1.1") {
		t.Errorf("in plain text: %q", got)
	}
	_ = plain.Close()
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	<-served
}

// TestTLSEnds ends the client's side at many bytes of a pipeline, by the alert for that and without: what was whole is answered, and
// of what was not there is no answer but its refusal.
func TestTLSEnds(t *testing.T) {
	borrowed := httptest.NewTLSServer(nil)
	borrowed.Close()
	ln, err := tls.Listen("tcp", "127.0.0.1:0", borrowed.TLS)
	if err != nil {
		t.Skip("no loopback: " + err.Error())
	}
	s := NewServer(ServerOptions{Limits: func() ServerLimits { return slow }, Handle: answerAll})
	served := make(chan error)
	go func() { served <- s.Serve(ln) }()
	requests := []string{postHead + "Content-Length: 3\r\n\r\nabc", chunkedHead + "3\r\nabc\r\n0\r\n\r\n", nextRequest}
	raw := strings.Join(requests, "")
	for at := 1; at <= len(raw); at += 3 {
		whole, left := 0, at
		for whole < len(requests) && left >= len(requests[whole]) {
			left -= len(requests[whole])
			whole++
		}
		for name, end := range map[string]func(c *tls.Conn) error{
			"by the alert":  (*tls.Conn).CloseWrite,
			"without alert": func(c *tls.Conn) error { return c.NetConn().(*net.TCPConn).CloseWrite() },
		} {
			c, err := tls.Dial("tcp", ln.Addr().String(), &tls.Config{InsecureSkipVerify: true})
			if err != nil {
				t.Fatal(err)
			}
			sendText(t, c, raw[:at])
			if err := end(c); err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(c)
			if n := strings.Count(string(got), "\r\n\r\nok"); n != whole || err != nil {
				t.Errorf("byte %d, %s: %d answers to %d requests, %v", at, name, n, whole, err)
			}
			_ = c.Close()
		}
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	<-served
}
