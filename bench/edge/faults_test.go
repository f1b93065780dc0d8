package edge

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// leastFaults is how many behaviours there must be.
const leastFaults = 40

// faultMethods are those that each behaviour meets: the second and the third are idempotent, and some proxies send them again.
var faultMethods = []string{"POST", "PUT", "GET"}

// attempts is how often a case is tried that the machine may be too busy for. Whatever else fails fails at once.
const attempts = 4

// late is an error that a machine may be to blame for which is busy with something else.
type late struct{ error }

// allLate reports whether nothing else is wrong.
func allLate(err error) bool {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || *slow {
		return false
	}
	for _, e := range joined.Unwrap() {
		if !isLate(e) {
			return false
		}
	}
	return true
}

func isLate(err error) bool {
	var l late
	return errors.As(err, &l)
}

// faultMemory is how much memory our process may take under all faults at once.
const faultMemory = 96 << 20

// told is what a client was told of one request.
type told struct {
	status  int  // 0: nothing that is an answer
	unsent  bool // nobody listened
	unknown bool
	whole   bool
	body    string
	text    string // all of the head, to look for what must not be in it
	took    time.Duration
}

func (o *told) success() bool { return o.whole && o.status >= 200 && o.status < 300 }

// caller is a client with one connection, which it opens anew when it was closed.
type caller struct {
	address string
	c       net.Conn
	in      *bufio.Reader
}

// ask sends one request, and waits for its answer for as long as no proxy may need.
func (a *caller) ask(method, target string) (o told) {
	began := time.Now()
	defer func() { o.took = time.Since(began) }()
	if a.c == nil {
		c, err := net.Dial("tcp", a.address)
		if err != nil {
			o.unsent = true
			return o
		}
		a.c, a.in = c, bufio.NewReader(c)
	}
	_ = a.c.SetDeadline(began.Add(patience))
	text := method + " " + target + " HTTP/1.1\r\nHost: edge.test\r\n"
	if method != "GET" {
		text += "Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"
	} else {
		text += "\r\n"
	}
	if _, err := io.WriteString(a.c, text); err != nil {
		a.close()
		return o
	}
	resp, err := http.ReadResponse(a.in, &http.Request{Method: method})
	for err == nil && resp.StatusCode < 200 && resp.StatusCode != http.StatusSwitchingProtocols { // a proxy may hand those on
		resp, err = http.ReadResponse(a.in, &http.Request{Method: method})
	}
	if err != nil {
		a.close()
		return o
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	o = told{
		status: resp.StatusCode, unknown: resp.Header.Get("X-Piiproxy-Outcome") == "unknown", whole: err == nil,
		body: string(body), text: fmt.Sprint(resp.Header),
	}
	if err != nil || resp.Close {
		a.close()
	}
	return o
}

// leaveIfClosed closes a connection that the other side has closed: a careful client sends nothing on it.
func (a *caller) leaveIfClosed() {
	if a.c == nil {
		return
	}
	_ = a.c.SetReadDeadline(time.Now().Add(time.Millisecond))
	if _, err := a.in.Peek(1); !os.IsTimeout(err) {
		a.close()
	}
}

func (a *caller) close() {
	if a.c != nil {
		_ = a.c.Close()
		a.c = nil
	}
}

// TestFaults holds piiproxy to every behaviour of upstreams.
func TestFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("faults take their time")
	}
	n := 0
	for _, class := range faults {
		n += len(class.all)
	}
	if n < leastFaults {
		t.Errorf("%d behaviours", n)
	}
	tallies, failures := runFaults(t, &subjects[0])
	all := tally{}
	for _, sum := range tallies {
		all.passed += sum.passed
		all.all += sum.all
	}
	t.Logf("%d behaviours, %d cases, %d passed", n, all.all, all.passed)
	for name, err := range failures {
		t.Errorf("%s: %v", name, err)
	}
}

// fault is one behaviour that runs, behind a path of its own.
type fault struct {
	class  string
	prefix string
	*faulty
}

// runFaults runs all behaviours against a subject, each with every method, and returns its tally for each class and what failed.
func runFaults(t *testing.T, s *subject) (map[string]tally, map[string]error) {
	t.Helper()
	var all []fault
	var backends []backend
	for i := range faults {
		for j := range faults[i].all {
			f := fault{faults[i].name, fmt.Sprintf("/f%02d/", len(all)), startFaulty(t, &faults[i].all[j])}
			all = append(all, f)
			backends = append(backends, backend{strings.Trim(f.prefix, "/"), f.prefix, f.address})
		}
	}
	r := s.start(t, backends, times{client: patience, upstream: upstreamTimeout})
	var mu sync.Mutex
	tallies, failures := map[string]tally{}, map[string]error{}
	var running sync.WaitGroup
	slots := make(chan struct{}, 8)
	worst := time.Duration(0)
	for n, f := range all {
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			for m, method := range faultMethods {
				took, err := f.run(r.address, method, 10*n+3*m, s.ours)
				for again := 1; allLate(err) && again < attempts; again++ {
					took, err = f.run(r.address, method, again*10_000+10*n+3*m, s.ours)
				}
				mu.Lock()
				sum := tallies[f.class]
				if sum.all++; err == nil {
					sum.passed++
				} else {
					failures[f.class+"/"+f.name+"/"+method] = err
				}
				tallies[f.class] = sum
				worst = max(worst, took)
				mu.Unlock()
			}
		})
	}
	running.Wait()
	t.Logf("%s: the longest answer took %v, peak memory %d MiB", s.name, worst.Round(time.Millisecond), r.peakMemory()>>20)
	if s.ours {
		if m := r.peakMemory(); m > faultMemory {
			t.Errorf("%d MiB", m>>20)
		}
		if code := r.stop(t); code != 0 {
			t.Errorf("exit code %d", code)
		}
		if text := string(r.said(t)); strings.Contains(text, secret[2:]) || strings.Contains(text, `"reason":"panic"`) {
			t.Error("the number stands in what the proxy wrote, or it panicked")
		}
	}
	return tallies, failures
}

// run sends an honest request, so that a connection is idle, the bad one, and two honest ones. It returns how long the bad
// one's answer took, and what is wrong.
func (f *fault) run(address, method string, n int, ours bool) (time.Duration, error) {
	client := &caller{address: address}
	defer client.close()
	target := func(kind string, n int) string { return f.prefix + kind + "/" + idOf(n) + "?to=%2B" + secret }
	if f.accept == nil && !f.deaf {
		if err := f.honest(client.ask("POST", target("ok", n)), idOf(n)); err != nil {
			return 0, errors.Join(fmt.Errorf("before: %w", err))
		}
	}
	bad := client.ask(method, target("bad", n+1))
	f.settle()
	errs := []error{f.judge(&bad, idOf(n+1), ours)}
	if f.accept == nil && !f.deaf {
		unsure := 0 // how many were not answered in time: they may have arrived, or not
		for i := range 2 {
			if err := f.honest(client.ask("POST", target("ok", n+2)), idOf(n+2)); err != nil {
				errs = append(errs, fmt.Errorf("after: %w", err))
				if isLate(err) {
					unsure++
				}
			}
			if times := f.times(idOf(n + 2)); times > i+1 || times < i+1-unsure {
				errs = append(errs, fmt.Errorf("after: it arrived %d times of %d", times, i+1))
			}
		}
	}
	if n := f.strays(); n > 0 {
		errs = append(errs, fmt.Errorf("%d requests of no case arrived", n))
	}
	return bad.took, errors.Join(errs...)
}

// honest says what is wrong with what a client was told of an honest request.
func (f *fault) honest(o told, id string) error {
	switch {
	case o.status == http.StatusGatewayTimeout:
		return late{errors.New("an honest request was not answered in time")}
	case !o.success():
		return fmt.Errorf("an honest request failed with %d", o.status)
	case !strings.Contains(o.body, id):
		return errors.New("an honest request got another answer")
	}
	return nil
}

// judge says what is wrong with what a client was told of the bad request, given how often it arrived.
func (f *fault) judge(o *told, id string, ours bool) error {
	arrived := f.times(id)
	wants := f.want
	if !ours && wants == unwritten {
		wants = fails
	}
	switch {
	case arrived > 1:
		return fmt.Errorf("it arrived %d times", arrived)
	case ours && wants == forgiven && o.success() && !strings.HasPrefix(f.name, "204 with "):
		return errors.New("it was forgiven")
	case wants != succeeds && wants != forgiven && o.success():
		return fmt.Errorf("it failed, and the client was told %d", o.status)
	case wants == succeeds && o.status == http.StatusGatewayTimeout:
		return late{errors.New("it went well, and was not answered in time")}
	case wants == succeeds && (!o.success() || arrived != 1 || !strings.Contains(o.body, id)):
		return fmt.Errorf("it went well, and the client was told %d, whole %v, own answer %v", o.status, o.whole, strings.Contains(o.body, id))
	case wants == unwritten && (o.unknown || o.status < 500):
		return fmt.Errorf("nothing was written, and the client was told %d, unknown %v", o.status, o.unknown)
	case ours && !o.success() && o.status >= 500 && arrived > 0 && !o.unknown:
		return fmt.Errorf("it arrived, and the client was told that it failed: %d", o.status)
	case ours && !o.success() && o.whole && o.status < 500:
		return fmt.Errorf("it failed with %d", o.status)
	case !o.success() && strings.Contains(o.body+o.text, secret[2:]):
		return errors.New("the number stands in what the client was told")
	case ours && o.took > f.patience():
		return late{fmt.Errorf("it took %v", o.took)}
	}
	return nil
}

// patience is how long the answer to a bad request may take: its timeout and half a second.
func (f *fault) patience() time.Duration {
	limit := upstreamTimeout + 500*time.Millisecond
	if !*slow {
		limit *= 4 // other programs run beside tests
	}
	return limit
}
