package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// fullConfig has everything in it that has metrics of its own. %[1]s is a folder, %[2]s an OTLP endpoint.
const fullConfig = `
listeners:
  api: {address: "127.0.0.1:0"}
  secure: {address: "127.0.0.1:0", tls: {cert_file: "%[1]s/cert.pem", key_file: "%[1]s/key.pem"}}
  egress: {address: "127.0.0.1:0"}
  telemetry: {address: "127.0.0.1:0", kind: telemetry}
  syslog: {address: "127.0.0.1:0", kind: syslog}
  syslog-udp: {address: "127.0.0.1:0", kind: syslog-udp}
  admin: {address: "127.0.0.1:0", kind: admin}
keys: {ephemeral: true}
surfaces:
  log: {kinds: {phone: token, email: token, ip: partial}}
  trace: {kinds: {phone: token, email: token, ip: partial}}
upstreams:
  api: {simulator: cpaas, breaker: {failures: 5}}
  operator: {simulator: operator}
simulators:
  cpaas: {kind: api, address: "127.0.0.1:0"}
  operator: {kind: operator, address: "127.0.0.1:0"}
connectors:
  operator:
    upstream: operator
    request: {method: POST, path: /v1/messages}
    allow: [{json: $.to, required: true, destination: true}, {json: $.body, required: true}]
routes:
  sms: {listener: api, path: /sms, upstream: api, pass: everything}
  secure-sms: {listener: secure, path: /sms, upstream: api, pass: everything}
  canary: {listener: api, path: "/canary/{number}", upstream: api, pass: everything}
  canary-operator: {listener: egress, path: /canary, connector: operator}
  to-operator: {listener: egress, path: /operator, connector: operator}
telemetry:
  access_log: {output: "%[1]s/access.log"}
  traces: {own: true}
  ingest: {output: "%[1]s/ingest.log"}
  capture: {file: "%[1]s/capture", share: 1}
  export: {endpoints: [{url: %[2]q}]}
canary: {routes: [canary, canary-operator], interval: 1m}
`

// fullProxy runs a proxy with fullConfig, in which every pair of texts is replaced, and with an endpoint that takes what it exports.
func fullProxy(t *testing.T, replaced ...string) *runningProxy {
	t.Helper()
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // what does not come whole is sent again
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(endpoint.Close)
	dir := t.TempDir()
	writePair(t, dir, 365*24*time.Hour)
	config := filepath.Join(dir, "piiproxy.yaml")
	if err := os.WriteFile(config, fmt.Appendf(nil, strings.NewReplacer(replaced...).Replace(fullConfig), dir, endpoint.URL), 0o600); err != nil {
		t.Fatal(err)
	}
	return serveFor(t, "--config", config)
}

// writePair writes a certificate of 127.0.0.1 and its key to a folder.
func writePair(t *testing.T, dir string, valid time.Duration) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(valid), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: cert}, "key.pem": {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// get returns the body of an answer with 200.
func get(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("%s: %d %v %s", url, resp.StatusCode, err, body)
	}
	return string(body)
}

// post sends JSON and wants an answer with that status.
func post(t *testing.T, url, body string, status int) {
	t.Helper()
	resp, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if answer, _ := io.ReadAll(resp.Body); resp.StatusCode != status {
		t.Fatalf("%s: %d, want %d: %s", url, resp.StatusCode, status, answer)
	}
}
