package proxy

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/piiproxy/piiproxy/proxy/internal/http1"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
)

func TestPace(t *testing.T) {
	p := newPace(RateSpec{PerSecond: 10, Burst: 3})
	a, b := clientOf(netip.MustParseAddr("192.0.2.1")), clientOf(netip.MustParseAddr("2001:db8::1"))
	now, sent := int64(time.Hour), 0
	for range 100 {
		if p.allow(a, now) {
			sent++
		}
	}
	if sent != 3 {
		t.Errorf("%d at once, want 3", sent)
	}
	for range 100 { // a second, in steps of 10 ms
		now += int64(10 * time.Millisecond)
		if p.allow(a, now) {
			sent++
		}
	}
	if sent < 12 || sent > 13 {
		t.Errorf("%d in a second, want 10 more than at once", sent-3)
	}
	if !p.allow(b, now) {
		t.Error("another client waits for the first one")
	}
	for range 3 {
		p.allow(a, now)
	}
	now -= int64(time.Hour)
	if !p.allow(a, now) {
		t.Error("the clock was set back, and a client waits until it is where it was")
	}
	if clientOf(netip.MustParseAddr("2001:db8::1")) != clientOf(netip.MustParseAddr("2001:db8::ffff%eth0")) {
		t.Error("a network of IPv6 is more than one client")
	}
	if n := testing.AllocsPerRun(100, func() { p.allow(clientOf(netip.MustParseAddr("192.0.2.1")), now) }); n > 0 && !raceEnabled {
		t.Errorf("%v allocations", n)
	}
}

// refusal sends a request and holds its refusal to what all refusals have.
func refusal(t *testing.T, r *rig, raw string, status int, reason telemetry.Reason) {
	t.Helper()
	a := r.send(crlf(raw))
	if a.status != status || a.header.Get("Retry-After") == "" || !strings.Contains(a.body, `"reason":"`+reason.String()+`"`) {
		t.Errorf("%d, %v, %s", a.status, a.header, a.body)
	}
	if line := strings.Join(r.log.take(), ""); !strings.Contains(line, `"reason":"`+reason.String()+`"`) || !strings.Contains(line, `"outcome":"refused"`) {
		t.Errorf("logged %s", line)
	}
}

func TestRate(t *testing.T) {
	spec := testSpec()
	spec.Limits.Rate = RateSpec{PerSecond: 1, Burst: 2}
	r := start(t, spec, ok())
	moment := time.Now()
	r.now = func() time.Time { return moment } // however long it takes
	for range 2 {
		if a := r.send(crlf(request)); a.status != 200 {
			t.Fatalf("status %d", a.status)
		}
	}
	r.log.take()
	refusal(t, r, request, 429, telemetry.ReasonRate)
	g, err := Build(spec, nil, r.Generation()) // a reload forgives nothing
	if err != nil {
		t.Fatal(err)
	}
	r.Swap(g)
	refusal(t, r, request, 429, telemetry.ReasonRate)
}

func TestMemoryForBodies(t *testing.T) {
	spec := testSpec()
	spec.Limits.Buffered = 1 << 20
	r := start(t, spec, ok())
	body := strings.Repeat("x", 1<<20)
	large := "POST /files/a HTTP/1.1\nHost: api\nContent-Length: 1048577\n\n" + body + "x"
	refusal(t, r, large, 503, telemetry.ReasonMemory)
	chunked := "POST /files/a HTTP/1.1\nHost: api\nTransfer-Encoding: chunked\n\n"
	refusal(t, r, chunked+"100001\r\n"+body+"x\r\n0\r\n\r\n", 503, telemetry.ReasonMemory)
	waiting := r.dial() // what it announces does not count before it comes
	io.WriteString(waiting, crlf("POST /files/a HTTP/1.1\nHost: api\nContent-Length: 1048576\n\n")+"x")
	for r.inFlight.Load() == 0 {
		runtime.Gosched()
	}
	if a := r.send(crlf(chunked) + "1\r\nx\r\n0\r\n\r\n"); a.status != 200 {
		t.Errorf("a small body in chunks: status %d", a.status)
	}
	waiting.Close()
	r.settle()
	for range 3 { // it is given back
		if a := r.send(crlf("POST /files/a HTTP/1.1\nHost: api\nContent-Length: 1048576\n\n") + body); a.status != 200 {
			t.Fatalf("status %d", a.status)
		}
		r.settle()
	}
	if n := r.buffered.Load(); n != 0 {
		t.Errorf("%d bytes are not given back", n)
	}
}

// TestMemoryForInflatedBodies counts what a small body becomes.
func TestMemoryForInflatedBodies(t *testing.T) {
	spec := testSpec()
	spec.Limits.Buffered, spec.Limits.Inflated = 2<<20, 1<<20
	var during int64
	var r *rig
	r = start(t, spec, func(req *http1.Request, resp *http1.Response) error {
		during = r.buffered.Load()
		return ok()(req, resp)
	})
	post := func(size int) string {
		body := gzipped(strings.Repeat("x", size))
		return crlf("POST /files/a HTTP/1.1\nHost: api\nContent-Encoding: gzip\nContent-Length: "+strconv.Itoa(len(body))+"\n\n") + body
	}
	for size, want := range map[int]int64{1000: 0, memoryBody: 0, 500_000: 500_000, 1 << 20: 1 << 20, 1<<20 + 1: 1<<20 + 1} {
		if a := r.send(post(size)); a.status != 200 || during != want {
			t.Errorf("%d bytes: status %d, %d bytes taken", size, a.status, during)
		}
		r.settle()
	}
	r.buffered.Add(1<<20 + 1) // of others
	if a := r.send(post(500_000)); a.status != 503 || !strings.Contains(a.body, `"reason":"memory"`) {
		t.Errorf("status %d: %s", a.status, a.body)
	}
	if a := r.send(post(1000)); a.status != 200 {
		t.Errorf("a small body: status %d", a.status)
	}
	r.settle()
	if n := r.buffered.Add(-1<<20 - 1); n != 0 {
		t.Errorf("%d bytes are not given back", n)
	}
}

// serveTCP serves the proxy on a socket of loopback.
func (r *rig) serveTCP(wrap func(net.Listener) net.Listener) string {
	r.t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- r.Serve("api", wrap(ln)) }()
	r.served = append(r.served, done)
	return ln.Addr().String()
}

func plain(ln net.Listener) net.Listener { return ln }

func TestConnections(t *testing.T) {
	for reason, limits := range map[telemetry.Reason]LimitsSpec{
		telemetry.ReasonConnections: {Connections: 2}, telemetry.ReasonClientConnections: {PerClient: 2},
	} {
		spec := testSpec()
		spec.Limits = limits
		r := start(t, spec, ok())
		address := r.serveTCP(plain)
		exchange := func(c net.Conn) (*http.Response, error) {
			if _, err := io.WriteString(c, crlf(request)); err != nil {
				return nil, err
			}
			return http.ReadResponse(bufio.NewReader(c), nil)
		}
		var open []net.Conn
		for range 2 {
			c, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if resp, err := exchange(c); err != nil || resp.StatusCode != 200 {
				t.Fatalf("%v, %v", resp, err)
			}
			open = append(open, c)
		}
		r.log.take()
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil || resp.StatusCode != 503 || resp.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %v, %v", reason, resp, err)
		}
		if line := strings.Join(r.log.take(), ""); !strings.Contains(line, `"reason":"`+reason.String()+`"`) {
			t.Errorf("%s: logged %s", reason, line)
		}
		open[0].Close()
		for deadline := time.Now().Add(30 * time.Second); ; {
			again, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := exchange(again)
			again.Close()
			if err == nil && resp.StatusCode == 200 {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s: a connection that ended still counts", reason)
			}
		}
	}
}

func TestListenerTLS(t *testing.T) {
	dir := t.TempDir()
	cert, key := writePEM(t, dir)
	certificates, err := LoadCertificates(ListenerTLS{CertFile: cert, KeyFile: key})
	if err != nil {
		t.Fatal(err)
	}
	r := start(t, testSpec(), ok())
	address := r.serveTCP(certificates.Listener)
	serial := func(config *tls.Config) []byte {
		t.Helper()
		c, err := tls.Dial("tcp", address, config)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if got := c.ConnectionState().NegotiatedProtocol; got != "http/1.1" {
			t.Errorf("speaks %q", got)
		}
		if _, err := io.WriteString(c, crlf(request)); err != nil {
			t.Fatal(err)
		}
		if resp, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || resp.StatusCode != 200 {
			t.Errorf("%v, %v", resp, err)
		}
		return c.ConnectionState().PeerCertificates[0].Raw
	}
	client := &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2", "http/1.1"}} //nolint:gosec // the certificate is compared
	first := serial(client)
	if _, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11}); err == nil { //nolint:gosec
		t.Error("speaks TLS 1.1")
	}

	for _, file := range []string{cert, key} { // a renewal that is half done, or wrong
		keep, _ := os.ReadFile(file)
		if err := os.WriteFile(file, []byte("hunter2"), 0o600); err != nil {
			t.Fatal(err)
		}
		certificates.looked.Store(0)
		if string(serial(client)) != string(first) {
			t.Error("another certificate")
		}
		if err := os.WriteFile(file, keep, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, failed := certificates.NotAfter(); failed != 2 {
		t.Errorf("%d failures, want 2", failed)
	}
	writePEM(t, dir)
	certificates.looked.Store(0)
	if string(serial(client)) == string(first) {
		t.Error("the renewed certificate is not in use")
	}
	if end, _ := certificates.NotAfter(); time.Until(end) > time.Hour || time.Until(end) < 59*time.Minute {
		t.Errorf("it ends %v", end)
	}
}

// TestHandshakesThatFail holds connections on which TLS is not agreed on to a record, and to their place being given back.
func TestHandshakesThatFail(t *testing.T) {
	cert, key := writePEM(t, t.TempDir())
	certificates, err := LoadCertificates(ListenerTLS{CertFile: cert, KeyFile: key})
	if err != nil {
		t.Fatal(err)
	}
	r := start(t, testSpec(), ok())
	address := r.serveTCP(certificates.Listener)
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET /?to=%2B306912345678 HTTP/1.1\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if got, _ := io.ReadAll(c); bytes.Contains(got, []byte("6912345678")) {
		t.Errorf("told %q", got)
	}
	_ = r.Shutdown(t.Context())
	lines := strings.Join(r.log.take(), "")
	if !strings.Contains(lines, `"reason":"handshake"`) || strings.Contains(lines, "6912345678") {
		t.Errorf("logged %s", lines)
	}
	if r.gate.all != 0 {
		t.Errorf("%d connections count", r.gate.all)
	}
}

func TestClientCertificates(t *testing.T) {
	cert, key := writePEM(t, t.TempDir())
	own, foreign := t.TempDir(), t.TempDir()
	clientCert, clientKey := writePEM(t, own)
	foreignCert, foreignKey := writePEM(t, foreign)
	for clients, wants := range map[string][3]bool{"": {false, true, false}, "required": {false, true, false}, "optional": {true, true, false}} {
		certificates, err := LoadCertificates(ListenerTLS{CertFile: cert, KeyFile: key, ClientCAFile: clientCert, Clients: clients})
		if err != nil {
			t.Fatal(err)
		}
		r := start(t, testSpec(), ok())
		address := r.serveTCP(certificates.Listener)
		for i, files := range [3][2]string{{}, {clientCert, clientKey}, {foreignCert, foreignKey}} {
			config := &tls.Config{InsecureSkipVerify: true} //nolint:gosec // the server's certificate is not what is tested
			if files[0] != "" {
				pair, err := tls.LoadX509KeyPair(files[0], files[1])
				if err != nil {
					t.Fatal(err)
				}
				config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
			}
			if got := tlsAnswers(address, config); got != wants[i] {
				t.Errorf("clients %q, certificate %d: served %v", clients, i, got)
			}
		}
	}
}

func tlsAnswers(address string, config *tls.Config) bool {
	c, err := tls.Dial("tcp", address, config)
	if err != nil {
		return false
	}
	defer c.Close()
	if _, err := io.WriteString(c, crlf(request)); err != nil {
		return false
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	return err == nil && resp.StatusCode == 200
}

func TestListenerProblems(t *testing.T) {
	dir := t.TempDir()
	cert, key := writePEM(t, dir)
	spec := testSpec()
	spec.Listeners["a"] = ListenerSpec{TLS: ListenerTLS{CertFile: cert}}
	spec.Listeners["b"] = ListenerSpec{TLS: ListenerTLS{CertFile: cert, KeyFile: key, Clients: "required"}}
	spec.Listeners["c"] = ListenerSpec{TLS: ListenerTLS{CertFile: cert, KeyFile: key, ClientCAFile: key}}
	spec.Listeners["d"] = ListenerSpec{TLS: ListenerTLS{CertFile: cert, KeyFile: key, ClientCAFile: cert, Clients: "hunter2"}}
	spec.Listeners["e"] = ListenerSpec{TLS: ListenerTLS{CertFile: filepath.Join(dir, "hunter2"), KeyFile: key}}
	spec.Listeners["f"] = ListenerSpec{Kind: "admin", Profile: true}
	spec.Listeners["g"] = ListenerSpec{Token: key}
	spec.Limits.Rate.Burst = 3
	_, err := Build(spec, nil, nil)
	want := "listeners.a.tls listeners.b.tls listeners.c.tls listeners.d.tls.clients listeners.e.tls listeners.f.profile listeners.g limits.rate.burst"
	got := problemPaths(t, err)
	for _, path := range strings.Fields(want) {
		if !strings.Contains(" "+strings.Join(got, " ")+" ", " "+path+" ") {
			t.Errorf("no problem at %s, but at %v", path, got)
		}
	}
	if err != nil && strings.Contains(err.Error(), "hunter2") {
		t.Errorf("quotes: %v", err)
	}
}

// TestReserve gives telemetry half of the memory for bodies, as long as exchanges do not have it.
func TestReserve(t *testing.T) {
	spec := testSpec()
	spec.Limits.Buffered = 1000
	p := New(build(t, spec, nil, &fakeUpstream{}), Options{})
	defer p.Shutdown(t.Context())
	if !p.Reserve(500) || p.Reserve(1) {
		t.Error("not half")
	}
	p.Release(500)
	p.buffered.Add(400)
	if p.Reserve(101) || !p.Reserve(100) {
		t.Error("not what exchanges leave of it")
	}
}
