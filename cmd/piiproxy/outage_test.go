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
}

var batchNumber = regexp.MustCompile(`batch (\d+) `)

func newEndpoint(t *testing.T) *endpoint {
	e := &endpoint{}
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

// taken returns the numbers that came, each once, and fails the test if they came in another order or unmasked. The last one may come
// again: it is delivered at least once.
func (e *endpoint) taken(t *testing.T) (n, twice int) {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.raw > 0 {
		t.Fatalf("%d batches came unmasked", e.raw)
	}
	for _, number := range e.numbers {
		switch number {
		case n:
			n++
		case n - 1:
			twice++
		default:
			t.Fatalf("behind %d batches came number %d", n, number)
		}
	}
	return n, twice
}

// load sends numbered batches, one after the other, each until it is taken, and returns how many were.
func load(address string, stop <-chan struct{}) (n, refused int) {
	for {
		select {
		case <-stop:
			return n, refused
		default:
		}
		body := fmt.Sprintf(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"batch %d to +306912345678 %s"}}]}]}]}`,
			n, strings.Repeat("x", n%300))
		resp, err := http.Post("http://"+address+"/v1/logs", "application/json", strings.NewReader(body))
		if err == nil {
			resp.Body.Close()
		}
		if err == nil && resp.StatusCode == http.StatusOK {
			n++
			time.Sleep(time.Millisecond)
			continue
		}
		refused++
		time.Sleep(10 * time.Millisecond)
	}
}

// TestOutage takes the endpoint down under load and restarts the proxy in between: all batches that were taken arrive, in order,
// once the endpoint is back. It listens at the same address again, which the system gives to nobody else meanwhile: who did would
// be sent batches, and might well take them.
func TestOutage(t *testing.T) {
	e := newEndpoint(t)
	config := filepath.Join(t.TempDir(), "piiproxy.yaml")
	address := fmt.Sprintf("127.0.0.1:%d", freePorts(t, 1)[0])
	text := fmt.Sprintf(`
listeners: {in: {address: %q, kind: telemetry}}
telemetry: {access_log: {output: "off"}, export: {endpoints: [{url: %q}], queue: 1MiB, spool: {dir: spool, size: 256MiB}}}
`, address, e.URL)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := serveFor(t, "--config", config)
	stop, sent := make(chan struct{}), make(chan [2]int, 1)
	go func() {
		n, refused := load(address, stop)
		sent <- [2]int{n, refused}
	}()
	time.Sleep(*outage / 8)
	e.down.Store(true)
	for range 2 { // one restart while the endpoint is down, and one more
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
	close(stop)
	all := <-sent
	n, twice := 0, 0
	for end := time.Now().Add(2 * patience); n < all[0] && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		n, twice = e.taken(t)
	}
	t.Logf("%d batches taken, %d attempts that were not; %d arrived in order, %d of them twice", all[0], all[1], n, twice)
	if n != all[0] {
		t.Errorf("%d of %d batches arrived", n, all[0])
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
