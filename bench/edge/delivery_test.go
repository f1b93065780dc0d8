package edge

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

var messages = flag.Int("messages", 3000, "how many messages to deliver; there is a restart for each 10000 of them, and at least two")

const (
	senders        = 48
	calmBackends   = 4                      // upstreams without a fault: what is sent there may fail in a restart only
	deliveryMemory = 160 << 20              // bytes, of our process
	gapPause       = 250 * time.Millisecond // of a sender that found nobody listening
)

// delivery sends messages through a proxy that is restarted and reloaded meanwhile, to upstreams of all faults.
type delivery struct {
	t       *testing.T
	dir     string
	address string
	calm    []fault
	faulty  []fault
	proxy   *child
	next    atomic.Int64 // message
	reloads int

	mu       sync.Mutex
	restarts []window
	sent     []sent
}

// window is a time in which the proxy restarted.
type window struct{ from, to time.Time }

// TestDelivery accounts for every message of many: accepted, refused or unknown to its sender, and arrived once, never, or once
// at most. What goes to upstreams without a fault fails in no reload.
func TestDelivery(t *testing.T) {
	if testing.Short() {
		t.Skip("takes its time")
	}
	d := newDelivery(t)
	began := time.Now()
	var all sync.WaitGroup
	for range senders {
		all.Go(d.send)
	}
	d.disturb()
	all.Wait()
	d.end()
	d.account(time.Since(began))
}

func newDelivery(t *testing.T) *delivery {
	d := &delivery{t: t, dir: t.TempDir(), address: freePort(t)}
	for i := range calmBackends {
		d.calm = append(d.calm, fault{"calm", fmt.Sprintf("/c%02d/", i), startFaulty(t, &behaviour{name: "calm", want: succeeds})})
	}
	for i := range faults {
		for j := range faults[i].all {
			d.faulty = append(d.faulty, fault{faults[i].name, fmt.Sprintf("/f%02d/", len(d.faulty)), startFaulty(t, &faults[i].all[j])})
		}
	}
	d.configure()
	d.start()
	return d
}

// configure writes the configuration. Every second one has other limits, and other pools for half of the upstreams.
func (d *delivery) configure() {
	var b strings.Builder
	fmt.Fprintf(&b, `listeners:
  api: {address: "%s"}
keys: {ephemeral: true}
limits: {body: 1MiB, header_count: %d, idle: 20s, drain: 20s}
telemetry: {access_log: {output: %s}}
upstreams:
`, d.address, 100+d.reloads%2, filepath.Join(d.dir, "access.log"))
	for i, f := range d.backends() {
		timeout, most := upstreamTimeout, 200
		if f.class == "calm" {
			timeout = patience // other programs run beside tests
		}
		if i%2 == 0 {
			most += d.reloads % 2
		}
		fmt.Fprintf(&b, "  %s: {address: \"http://%s\", timeout: %v, max_connections: %d, max_response: 2MiB}\n",
			strings.Trim(f.prefix, "/"), f.address, timeout, most)
	}
	b.WriteString("routes:\n")
	for _, f := range d.backends() {
		name := strings.Trim(f.prefix, "/")
		fmt.Fprintf(&b, "  %s: {listener: api, path: \"%s{rest...}\", upstream: %[1]s, pass: everything}\n", name, f.prefix)
	}
	if err := os.WriteFile(filepath.Join(d.dir, "config.yaml"), []byte(b.String()), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

func (d *delivery) backends() []fault { return append(d.calm[:len(d.calm):len(d.calm)], d.faulty...) }

func (d *delivery) start() {
	program, err := raced()
	if err != nil {
		d.t.Fatal(err)
	}
	d.proxy = spawn(d.t, d.dir, program, "serve", "--config", filepath.Join(d.dir, "config.yaml"))
	d.proxy.await(d.t, `"msg":"ready"`)
}

// disturb reloads the proxy twice and restarts it, in turn, while messages are sent.
func (d *delivery) disturb() {
	restarts := max(2, *messages/10_000)
	events := 3 * restarts
	for i := range events {
		for d.next.Load() < int64((i+1)**messages/(events+1)) {
			time.Sleep(time.Millisecond)
		}
		if i%3 == 2 {
			d.restart()
		} else {
			d.reload()
		}
	}
}

// reload makes the proxy take a changed configuration.
func (d *delivery) reload() {
	d.reloads++
	d.configure()
	before := bytes.Count(d.proxy.said(d.t), []byte(`"msg":"reloaded"`))
	_ = d.proxy.Signal(syscall.SIGHUP)
	for end := time.Now().Add(patience); bytes.Count(d.proxy.said(d.t), []byte(`"msg":"reloaded"`)) == before; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			d.t.Errorf("it did not reload:\n%s", d.proxy.said(d.t))
			return
		}
	}
}

// restart ends the proxy and starts it again at the same address.
func (d *delivery) restart() {
	from := time.Now()
	d.end()
	d.start()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.restarts = append(d.restarts, window{from, time.Now()})
}

// end ends the proxy, which has to finish what it has begun.
func (d *delivery) end() {
	if m := d.proxy.peakMemory(); m > deliveryMemory && !raceEnabled {
		d.t.Errorf("%d MiB", m>>20)
	}
	if code := d.proxy.stop(d.t); code != 0 {
		d.t.Errorf("exit code %d:\n%s", code, d.proxy.said(d.t))
	}
}

// send sends messages until there are none left, each once.
func (d *delivery) send() {
	client := &caller{address: d.address}
	defer client.close()
	for {
		n := int(d.next.Add(1)) - 1
		if n >= *messages {
			return
		}
		m := sent{id: idOf(n), to: &d.calm[n%len(d.calm)]}
		if n%2 == 1 {
			m.to, m.bad = &d.faulty[n/2%len(d.faulty)], n/2/len(d.faulty)%3 > 0
		}
		kind := "ok"
		if m.bad {
			kind = "bad"
		}
		client.leaveIfClosed()
		m.began = time.Now()
		o := client.ask(faultMethods[n%len(faultMethods)], m.to.prefix+kind+"/"+m.id+"?to=%2B"+secret)
		m.end = time.Now()
		m.outcome, m.wrong = m.judge(&o)
		m.status = o.status
		d.mu.Lock()
		d.sent = append(d.sent, m)
		d.mu.Unlock()
		if o.unsent {
			time.Sleep(gapPause)
		}
	}
}
