package http1

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// gathered holds back what is written to it until flush, so that records arrive in one piece.
type gathered struct {
	net.Conn
	held []byte
}

func (g *gathered) Write(p []byte) (int, error) {
	g.held = append(g.held, p...)
	return len(p), nil
}

// SetWriteDeadline does nothing: the TLS layer uses it to forbid what comes after its last alert, which is the flush.
func (g *gathered) SetWriteDeadline(time.Time) error { return nil }

func (g *gathered) flush() {
	_, _ = g.Conn.Write(g.held)
	g.held = nil
}

// startTLS serves connections over TLS with what answer does after every request; the connection is closed when it says
// so.
func startTLS(t *testing.T, config *tls.Config, answer func(c *tls.Conn, wire *gathered) (more bool)) *Pool {
	t.Helper()
	borrowed := httptest.NewTLSServer(nil)
	borrowed.Close()
	config.Certificates = borrowed.TLS.Certificates
	roots := x509.NewCertPool()
	roots.AddCert(borrowed.Certificate())
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	t.Cleanup(serving.Wait)
	serving.Go(func() {
		for {
			raw, err := ln.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				defer func() { _ = raw.Close() }()
				wire := &gathered{Conn: raw}
				defer wire.flush()
				c := tls.Server(&flushing{wire}, config)
				r := bufio.NewReader(c)
				for more := true; more; {
					req, err := http.ReadRequest(r)
					if err != nil {
						return
					}
					_, _ = io.Copy(io.Discard, req.Body)
					more = answer(c, wire)
					wire.flush()
				}
			})
		}
	})
	t.Cleanup(func() { _ = ln.Close() })
	return newPool(t, Options{
		Address: ln.Addr().String(),
		TLS:     &tls.Config{RootCAs: roots, ServerName: "example.com", MinVersion: tls.VersionTLS12},
	})
}

// flushing writes out what is held before it reads, so that a handshake goes on.
type flushing struct{ *gathered }

func (f *flushing) Read(p []byte) (int, error) {
	f.flush()
	return f.Conn.Read(p)
}

// TestTLSTickets counts connections: the session tickets of a TLS 1.3 server do not make a connection look spoken on.
func TestTLSTickets(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		p := startTLS(t, &tls.Config{MaxVersion: version}, func(c *tls.Conn, _ *gathered) bool {
			_, _ = io.WriteString(c, whole)
			return true
		})
		var first *conn
		var resp Response
		for range 5 {
			if err := p.Do(request("POST", "/", "x"), &resp, soon()); err != nil || string(resp.Body) != "mine" {
				t.Fatal(err)
			}
			if first == nil {
				first = p.idle[0]
			}
			if p.idle[0] != first || p.open != 1 {
				t.Errorf("%#x: another connection", version)
			}
		}
	}
}

// TestTLSPushed pushes a second answer behind the first, in the same record and in the next of the same segment. The sizes
// around a buffer's are those at which a reader could overlook it.
func TestTLSPushed(t *testing.T) {
	for _, sameRecord := range []bool{true, false} {
		for size := minBuffer - 2; size <= minBuffer+2; size++ {
			frame := "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: "
			rest := "\r\n\r\n4\r\nmine\r\n0\r\n\r\n"
			answer := frame + strings.Repeat("x", size-len(frame)-len(rest)) + rest
			p := startTLS(t, &tls.Config{}, func(c *tls.Conn, _ *gathered) bool {
				if sameRecord {
					_, _ = io.WriteString(c, answer+poison)
				} else {
					_, _ = io.WriteString(c, answer)
					_, _ = io.WriteString(c, poison)
				}
				return true
			})
			resp := Response{buf: make([]byte, 0, minBuffer)}
			for i := range 3 {
				if err := p.Do(request("POST", "/", "x"), &resp, soon()); err != nil || string(resp.Body) != "mine" {
					t.Fatalf("size %d, same record %v, request %d: %v, %q", size, sameRecord, i, err, resp.Body)
				}
			}
		}
	}
}

// TestTLSEnd holds that over TLS the end of a body that ends with the connection is known: there is an alert, or it was
// cut off.
func TestTLSEnd(t *testing.T) {
	for _, orderly := range []bool{true, false} {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			p := startTLS(t, &tls.Config{MaxVersion: version}, func(c *tls.Conn, _ *gathered) bool {
				_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\nmine")
				if orderly {
					_ = c.CloseWrite()
				}
				return false
			})
			var resp Response
			err := p.Do(request("POST", "/", "x"), &resp, soon())
			var e *Error
			if orderly && (err != nil || string(resp.Body) != "mine" || !resp.UntilClose) {
				t.Errorf("%#x: %v, %q", version, err, resp.Body)
			}
			if !orderly && (!errors.As(err, &e) || e.Class != Truncated || e.Flaw != MissingCloseAlert || !e.Written) {
				t.Errorf("%#x: %v, want a truncated answer", version, err)
			}
		}
	}
}

// TestTLSClosedWhileIdle closes connections after their answer, with and without an alert: the next request uses another.
func TestTLSClosedWhileIdle(t *testing.T) {
	for _, orderly := range []bool{true, false} {
		p := startTLS(t, &tls.Config{}, func(c *tls.Conn, _ *gathered) bool {
			_, _ = io.WriteString(c, whole)
			if orderly {
				_ = c.CloseWrite()
			}
			return false
		})
		var resp Response
		for i := range 3 {
			if err := p.Do(request("POST", "/", strconv.Itoa(i)), &resp, soon()); err != nil {
				var e *Error // the close may cross the request, which must then not be repeated; without an alert it may be a cut
				if !errors.As(err, &e) || e.Class != Closed && (orderly || e.Class != Truncated) {
					t.Fatal(err)
				}
			}
		}
	}
}

// TestTLSClientCertificate is refused for want of one: in TLS 1.3 that shows after the request was written.
func TestTLSClientCertificate(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		p := startTLS(t, &tls.Config{MaxVersion: version, ClientAuth: tls.RequireAnyClientCert}, func(*tls.Conn, *gathered) bool {
			t.Error("a request came through")
			return false
		})
		var resp Response
		var e *Error
		if err := p.Do(request("POST", "/", "x"), &resp, soon()); !errors.As(err, &e) || e.Class != TLS {
			t.Errorf("%#x: %v", version, err)
		}
	}
}
