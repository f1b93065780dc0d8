package ingest

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestTLS takes syslog over TLS, and ends connections that speak something else, or nothing.
func TestTLS(t *testing.T) {
	authority := httptest.NewTLSServer(nil)
	defer authority.Close()
	g, out := newIngest(t, Options{})
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, served := NewSyslog(g), make(chan error, 1)
	go func() { served <- s.Serve(tls.NewListener(inner, authority.TLS)) }()
	trusted := authority.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	trusted.ServerName = "example.com"
	c, err := tls.Dial("tcp", inner.Addr().String(), trusted)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "to "+phone+"\n"); err != nil {
		t.Fatal(err)
	}
	if got := out.wait(t, 1); got[0] != "{\"message\":\"to redacted_phone\"}\n" {
		t.Errorf("got %q", got)
	}
	for _, said := range []string{"", "<14>1 - - - - - - " + phone + "\n"} {
		plain := dial(t, inner.Addr())
		if _, err := io.WriteString(plain, said); err != nil {
			t.Fatal(err)
		}
		if err := plain.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if rest, _ := io.ReadAll(plain); len(rest) > 100 {
			t.Errorf("%q", rest)
		}
	}
	check(t, g, `piiproxy_intake_refused_requests_total{reason="handshake",source="syslog"} 2`, `piiproxy_intake_items_total{source="syslog"} 1`)
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}
