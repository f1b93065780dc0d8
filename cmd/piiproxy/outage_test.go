package main

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

var outage = flag.Duration("outage", 2*time.Second, "how long the endpoint is down in TestOutage")

// endpoint takes OTLP, notes the numbers of the batches in the order in which they come, and is down now and then.
type endpoint struct {
	*httptest.Server
	down atomic.Bool

	mu      sync.Mutex
	numbers []int
	raw     int // batches that were not masked
	killed  int // how many the proxy had taken when it was killed; below 0 if it was not
}

var batchNumber = regexp.MustCompile(`batch (\d+) `)

func newEndpoint(t *testing.T) *endpoint {
	e := &endpoint{killed: -2}
	e.Server = httptest.NewServer(e)
	t.Cleanup(e.Close)
	return e
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	e.mu.Lock()
	defer e.mu.Unlock()
	switch m := batchNumber.FindSubmatch(body); {
	case err != nil || m == nil:
		w.WriteHeader(http.StatusBadRequest)
	case e.down.Load() && len(body)%2 == 0:
		w.WriteHeader(http.StatusServiceUnavailable)
	case e.down.Load():
		panic(http.ErrAbortHandler) // no answer at all
	default:
		n, _ := strconv.Atoi(string(m[1]))
		e.numbers = append(e.numbers, n)
		if strings.Contains(string(body), "306912345678") {
			e.raw++
		}
	}
}

// taken returns how many numbers came, and how many of these again: it is delivered at least once, and a handler that gets no processor
// may note last what was sent first. It fails the test if they came for the first time in another order, or unmasked. Those that the
// proxy took last before it was killed, the answer to one of which may have been on its way, count as come.
func (e *endpoint) taken(t *testing.T) (n, twice int) {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.raw > 0 {
		t.Fatalf("%d batches came unmasked", e.raw)
	}
	for _, number := range e.numbers {
		if number > n && (number == e.killed || number == e.killed+1) {
			n = number
		}
		switch {
		case number == n:
			n++
		case number < n:
			twice++
		default:
			t.Fatalf("behind %d batches came number %d", n, number)
		}
	}
	return n, twice
}

// load sends numbered batches, one after the other, each until it is taken.
type load struct {
	n, refused atomic.Int64 // batches taken, and attempts that were not
	halt       chan struct{}
	ended      sync.WaitGroup
}

func startLoad(t *testing.T, address string) *load {
	l := &load{halt: make(chan struct{})}
	l.ended.Go(func() { l.run(t, address) })
	return l
}

// stop ends the load and returns how many batches were taken.
func (l *load) stop() int {
	close(l.halt)
	l.ended.Wait()
	return int(l.n.Load())
}

func (l *load) run(t *testing.T, address string) {
	for {
		select {
		case <-l.halt:
			return
		default:
		}
		n := int(l.n.Load())
		body := fmt.Sprintf(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"batch %d to +306912345678 %s"}}]}]}]}`,
			n, strings.Repeat("x", n%300))
		resp, err := http.Post("http://"+address+"/v1/logs", "application/json", strings.NewReader(body))
		if err == nil {
			resp.Body.Close()
		}
		if err != nil || resp.StatusCode != http.StatusOK {
			l.refused.Add(1)
			time.Sleep(10 * time.Millisecond)
			continue
		}
		if got := resp.Header.Get("Content-Type"); got != "application/json" {
			t.Errorf("batch %d was not taken by the proxy: who did answers in %q", n, got)
		}
		l.n.Add(1)
		time.Sleep(time.Millisecond)
	}
}

// TestOutage takes the endpoint down under load and restarts the proxy in between: all batches that were taken arrive, in order,
// once the endpoint is back. It listens at the same address again, which the system gives to nobody else meanwhile: who did would
// be sent batches, and might well take them.
func TestOutage(t *testing.T) {
	e := newEndpoint(t)
	config, address := outageConfig(t, e)
	p := serveFor(t, "--config", config)
	l := startLoad(t, address)
	time.Sleep(*outage / 8)
	e.down.Store(true)
	const restarts = 2
	for range restarts { // one restart while the endpoint is down, and one more
		time.Sleep(*outage / 3)
		p.signal(syscall.SIGTERM)
		if code := p.wait(); code != 0 {
			t.Fatalf("exit code %d:\n%s", code, p.stderr())
		}
		p = serveFor(t, "--config", config)
	}
	time.Sleep(*outage / 3)
	e.down.Store(false)
	time.Sleep(*outage / 8)
	all := l.stop()
	n, twice := e.await(t, all)
	t.Logf("%d batches taken, %d attempts that were not; %d arrived in order, %d of them twice", all, l.refused.Load(), n, twice)
	if n != all || twice > 2*restarts { // what is sent to the proxy, and what it sends, while it ends
		t.Errorf("%d of %d batches arrived, %d of them twice", n, all, twice)
	}
}

// outageConfig writes the configuration of a proxy at an address that stays the same.
func outageConfig(t *testing.T, e *endpoint) (config, address string) {
	t.Helper()
	config = filepath.Join(t.TempDir(), "piiproxy.yaml")
	address = fmt.Sprintf("127.0.0.1:%d", freePorts(t, 1)[0])
	text := fmt.Sprintf(`
listeners: {in: {address: %q, kind: telemetry}}
telemetry: {access_log: {output: "off"}, export: {endpoints: [{url: %q}], timeout: 1m, queue: 1MiB, spool: {dir: spool, size: 256MiB}}}
`, address, e.URL)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return config, address
}

// await waits until so many batches have come, and returns how many have.
func (e *endpoint) await(t *testing.T, all int) (n, twice int) {
	t.Helper()
	for end := time.Now().Add(2 * patience); n < all && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		n, twice = e.taken(t)
	}
	return n, twice
}

// TestKilledUnderLoad kills the proxy under load, once while the endpoint is up and once while it is down: what had not come to the
// disk by then is lost, though it was answered with 200, and nothing else; what arrives is in order.
func TestKilledUnderLoad(t *testing.T) {
	for _, down := range []bool{false, true} {
		e := newEndpoint(t)
		e.down.Store(down)
		config, address := outageConfig(t, e)
		p := serveFor(t, "--config", config)
		l := startLoad(t, address)
		time.Sleep(*outage / 4)
		p.signal(syscall.SIGKILL)
		p.wait()
		e.mu.Lock()
		e.killed = int(l.n.Load())
		e.mu.Unlock()
		serveFor(t, "--config", config)
		time.Sleep(*outage / 4)
		e.down.Store(false)
		time.Sleep(*outage / 8)
		all := l.stop()
		n, twice := e.await(t, all)
		e.mu.Lock()
		t.Logf("endpoint down %v: killed after %d batches; %d of %d arrived, %d of them twice", down, e.killed, len(e.numbers)-twice, all, twice)
		e.mu.Unlock()
		if n != all || twice > 2 {
			t.Errorf("%d of %d batches came, or were lost in memory; %d of them twice", n, all, twice)
		}
	}
}

// TestKilled kills the proxy while the endpoint is down: what has reached the disk by then arrives, in order, from the next one.
func TestKilled(t *testing.T) {
	e := newEndpoint(t)
	e.down.Store(true)
	config := filepath.Join(t.TempDir(), "piiproxy.yaml")
	text := fmt.Sprintf(`
listeners: {in: {address: "127.0.0.1:0", kind: telemetry}, admin: {address: "127.0.0.1:0", kind: admin}}
telemetry: {access_log: {output: "off"}, export: {endpoints: [{url: %q}], spool: {dir: spool}}}
`, e.URL)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := serveFor(t, "--config", config)
	const batches = 50
	for n := range batches {
		body := fmt.Sprintf(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"batch %d to +306912345678"}}]}]}]}`, n)
		resp, err := http.Post("http://"+p.addr["in"]+"/v1/logs", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if resp.Body.Close(); resp.StatusCode != http.StatusOK {
			t.Fatalf("batch %d: answered %d", n, resp.StatusCode)
		}
	}
	awaitMetric(t, p.addr["admin"], "piiproxy_otlp_export_queue_bytes 0")
	p.signal(syscall.SIGKILL)
	p.wait()
	e.down.Store(false)
	p = serveFor(t, "--config", config)
	awaitMetric(t, p.addr["admin"], "piiproxy_otlp_export_spool_bytes 0")
	if n, twice := e.taken(t); n != batches || twice > 1 {
		t.Errorf("%d of %d batches arrived, %d of them twice", n, batches, twice)
	}
}

// awaitMetric waits until a line is among the metrics.
func awaitMetric(t *testing.T, admin, line string) {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		resp, err := http.Get("http://" + admin + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		all, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if strings.Contains(string(all), "\n"+line+"\n") {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("in vain: %s", line)
		}
	}
}
