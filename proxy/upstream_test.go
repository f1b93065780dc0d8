package proxy

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/piiproxy/piiproxy/proxy/internal/http1"
)

func TestUpstreamAddress(t *testing.T) {
	for _, tt := range []struct{ in, dial, host string }{
		{"http://api.example", "api.example:80", "api.example"},
		{"https://api.example/", "api.example:443", "api.example"},
		{"http://api.example:80", "api.example:80", "api.example"},
		{"https://api.example:80", "api.example:80", "api.example:80"},
		{"http://[::1]:13013", "[::1]:13013", "[::1]:13013"},
		{"https://[::1]", "[::1]:443", "[::1]"},
		{"https://127.0.0.1", "127.0.0.1:443", "127.0.0.1"},
	} {
		address, host, secure, err := parseUpstreamAddress(tt.in)
		if err != nil || address.Host != tt.dial || host != tt.host || secure != strings.HasPrefix(tt.in, "https") {
			t.Errorf("%s: %v, host %q, secure %v, %v", tt.in, address, host, secure, err)
		}
	}
	for _, in := range []string{
		"", "api.example:80", "ftp://api.example", "http://", "http://user:hunter2@api.example", "http://api.example/path",
		"http://api.example?hunter2", "http://api.example?", "http://api.example#hunter2", "http://api.example:hunter2",
	} {
		if _, _, _, err := parseUpstreamAddress(in); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", in, err)
		}
	}
}

// writePEM makes a client certificate and writes its two files.
func writePEM(t *testing.T, dir string) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	writeBlock(t, certFile, "CERTIFICATE", cert)
	writeBlock(t, keyFile, "PRIVATE KEY", der)
	return certFile, keyFile
}

func writeBlock(t *testing.T, path, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// startSecure serves over TLS, to who shows a certificate, and returns a specification that may talk to it.
func startSecure(t *testing.T, versions *tls.Config) UpstreamSpec {
	t.Helper()
	versions.ClientAuth = tls.RequireAnyClientCert
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(r.TLS.ServerName))
	}))
	s.TLS = versions
	s.StartTLS()
	t.Cleanup(s.Close)
	dir := t.TempDir()
	spec := UpstreamSpec{Address: s.URL, TLS: UpstreamTLS{CAFile: filepath.Join(dir, "ca.pem"), ServerName: "example.com"}}
	spec.TLS.CertFile, spec.TLS.KeyFile = writePEM(t, dir)
	writeBlock(t, spec.TLS.CAFile, "CERTIFICATE", s.Certificate().Raw)
	return spec
}

func ask(t *testing.T, spec UpstreamSpec) (string, error) {
	t.Helper()
	u, err := buildUpstream(spec, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer u.Close()
	var resp http1.Response
	err = u.Do(&http1.Request{Head: []byte("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n")}, &resp, time.Now().Add(20*time.Second))
	return string(resp.Body), err
}

func TestUpstreamTLS(t *testing.T) {
	spec := startSecure(t, &tls.Config{})
	if name, err := ask(t, spec); err != nil || name != "example.com" {
		t.Errorf("%q, %v", name, err)
	}
	for name, change := range map[string]func(*UpstreamSpec){
		"unknown authority":     func(s *UpstreamSpec) { s.TLS.CAFile = "" },
		"another name":          func(s *UpstreamSpec) { s.TLS.ServerName = "other.test" },
		"no client certificate": func(s *UpstreamSpec) { s.TLS.CertFile, s.TLS.KeyFile = "", "" },
	} {
		changed := spec
		change(&changed)
		var e *http1.Error
		if body, err := ask(t, changed); !errors.As(err, &e) || e.Class != http1.TLS {
			t.Errorf("%s: %q, %v", name, body, err)
		}
	}
	old := startSecure(t, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
	if body, err := ask(t, old); err == nil {
		t.Errorf("TLS 1.1: %q", body)
	}
}

func TestUpstreamProblems(t *testing.T) {
	dir := t.TempDir()
	cert, key := writePEM(t, dir)
	junk := filepath.Join(dir, "junk")
	if err := os.WriteFile(junk, bytes.Repeat([]byte("hunter2\n"), 3), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, spec := range map[string]UpstreamSpec{
		"tls over http": {Address: "http://a.example", TLS: UpstreamTLS{ServerName: "b.example"}},
		"half a pair":   {Address: "https://a.example", TLS: UpstreamTLS{CertFile: cert}},
		"other half":    {Address: "https://a.example", TLS: UpstreamTLS{KeyFile: key}},
		"not a pair":    {Address: "https://a.example", TLS: UpstreamTLS{CertFile: cert, KeyFile: junk}},
		"no authority":  {Address: "https://a.example", TLS: UpstreamTLS{CAFile: junk}},
		"no file":       {Address: "https://a.example", TLS: UpstreamTLS{CAFile: filepath.Join(dir, "none")}},
	} {
		if _, err := buildUpstream(spec, nil); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestUpstreamSurvives builds upstreams anew: the living one stays as long as neither its specification nor a file of it
// changes.
func TestUpstreamSurvives(t *testing.T) {
	dir := t.TempDir()
	spec := UpstreamSpec{Address: "https://a.example"}
	spec.TLS.CertFile, spec.TLS.KeyFile = writePEM(t, dir)
	first, err := buildUpstream(spec, nil)
	if err != nil {
		t.Fatal(err)
	}
	if same, err := buildUpstream(spec, first); err != nil || same != first {
		t.Errorf("unchanged: another upstream, %v", err)
	}
	changed := spec
	changed.MaxConnections = 7
	if other, err := buildUpstream(changed, first); err != nil || other == first {
		t.Errorf("changed specification: the same upstream, %v", err)
	}
	writePEM(t, dir)
	if other, err := buildUpstream(spec, first); err != nil || other == first {
		t.Errorf("renewed certificate: the same upstream, %v", err)
	}
}
