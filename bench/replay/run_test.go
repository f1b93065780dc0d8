package replay

import (
	"context"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

const okAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

// stalling answers at once, but for a single stall: from the request of that number on, nobody is answered for that long.
func stalling(at int64, stall time.Duration) func(int64, net.Conn) bool {
	var until atomic.Int64
	return func(n int64, c net.Conn) bool {
		if n == at {
			until.Store(time.Now().Add(stall).UnixNano())
		}
		time.Sleep(time.Until(time.Unix(0, until.Load())))
		io.WriteString(c, okAnswer)
		return true
	}
}

// runFake runs a plan in a bubble, whose time passes only while everybody waits, so that counts are exact.
func runFake(t *testing.T, plan Plan, serve func(int64, net.Conn) bool) (r *Result, seen int64) {
	t.Helper()
	file := writeCapture(t, captureHead, get(0, "/"), get(10_000, "/"))
	synctest.Test(t, func(t *testing.T) {
		capture, err := Open([]string{file}, CaptureOptions{Targets: testTargets(t), Repeat: plan.Duration > 0})
		if err != nil {
			t.Fatal(err)
		}
		defer capture.Close()
		var n atomic.Int64
		plan.dial, plan.wait = answering(&n, serve), time.Sleep
		if r, err = Run(t.Context(), capture, plan); err != nil {
			t.Fatal(err)
		}
		seen = n.Load()
		time.Sleep(time.Minute) // until the target's last goroutines have noticed
	})
	if seen != r.Sent {
		t.Errorf("%d requests were sent, and the target has seen %d", r.Sent, seen)
	}
	return r, seen
}

// slower returns how many of a distribution took more than that.
func slower(t *testing.T, d Distribution, limit time.Duration) (n int64) {
	t.Helper()
	h := decode(t, d)
	for _, bar := range h.Distribution() {
		if bar.From > limit.Microseconds() {
			n += bar.Count
		}
	}
	return n
}

// TestNoCoordinatedOmission stalls a target once for 200 ms at 500 requests a second. With two connections only two requests
// notice by the time that they took, but a hundred were due in the meantime, and half of these waited for 100 ms and more.
func TestNoCoordinatedOmission(t *testing.T) {
	r, _ := runFake(t, Plan{Rate: 500, Duration: 2 * time.Second, Connections: 2}, stalling(100, 200*time.Millisecond))
	if r.Intended != 1000 || r.Sent != 1000 || r.Answered != 1000 || r.Errors != 0 {
		t.Errorf("due %d, sent %d, answered %d, errors %d", r.Intended, r.Sent, r.Answered, r.Errors)
	}
	if n := slower(t, r.Latency, time.Millisecond); n < 98 || n > 101 {
		t.Errorf("%d requests waited, want the 100 that were due during the stall", n)
	}
	if n := slower(t, r.Latency, 100*time.Millisecond); n < 48 || n > 51 {
		t.Errorf("%d requests waited for more than 100 ms, want half of them", n)
	}
	if r.Latency.P99 < 170_000 || r.Latency.Max < 198_000 {
		t.Errorf("p99 %d µs, max %d µs", r.Latency.P99, r.Latency.Max)
	}
	if n := slower(t, r.Service, time.Millisecond); n != 2 {
		t.Errorf("%d requests were slow from their actual start, want one a connection", n)
	}
}

// TestStallOverTheNetwork is the same with real sockets and a real clock, with bounds that no slow machine breaks: whatever else
// is late only adds to what waited.
func TestStallOverTheNetwork(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	go serveStalling(ln, stalling(50, 200*time.Millisecond))
	targets, err := NewTargets("http://"+ln.Addr().String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	capture, err := Open([]string{writeCapture(t, captureHead, get(0, "/"))}, CaptureOptions{Targets: targets, Repeat: true})
	if err != nil {
		t.Fatal(err)
	}
	defer capture.Close()
	r, err := Run(t.Context(), capture, Plan{Rate: 500, Duration: time.Second, Connections: 4, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	if r.Intended != 500 || r.Answered != 500 {
		t.Errorf("due %d, answered %d", r.Intended, r.Answered)
	}
	if n := slower(t, r.Latency, 50*time.Millisecond); n < 60 {
		t.Errorf("%d requests waited for more than 50 ms, want about 75 of the 100 that were due during the stall", n)
	}
	if r.Latency.P99 < 100_000 {
		t.Errorf("p99 is %d µs", r.Latency.P99)
	}
}

func serveStalling(ln net.Listener, serve func(int64, net.Conn) bool) {
	var seen atomic.Int64
	accept := answering(&seen, serve)
	for {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		inside, _ := accept(context.Background(), nil)
		go func() { defer inside.Close(); io.Copy(inside, c) }()
		go func() { defer c.Close(); io.Copy(c, inside) }()
	}
}

// TestClosedLoop asks a slow target less often, and says so.
func TestClosedLoop(t *testing.T) {
	r, _ := runFake(t, Plan{Closed: 4, Duration: time.Second}, func(_ int64, c net.Conn) bool {
		time.Sleep(10 * time.Millisecond)
		io.WriteString(c, okAnswer)
		return true
	})
	if r.Answered != 400 || r.Plan.Loop != "closed" || r.Plan.Connections != 4 {
		t.Errorf("%d answers in a %s loop of %d, want 400", r.Answered, r.Plan.Loop, r.Plan.Connections)
	}
	if r.Latency.P50 < 9_990 || r.Latency.Max > 10_020 {
		t.Errorf("p50 %d µs, max %d µs, want 10 ms", r.Latency.P50, r.Latency.Max)
	}
}

// TestSpeed follows the capture's own times: two exchanges 10 ms apart, once through.
func TestSpeed(t *testing.T) {
	r, _ := runFake(t, Plan{Speed: 0.5}, saying(okAnswer, true))
	if r.Sent != 2 || r.Elapsed < 0.0199 || r.Elapsed > 0.0201 {
		t.Errorf("%d requests in %v s, want 2 in 20 ms", r.Sent, r.Elapsed)
	}
	r, _ = runFake(t, Plan{Speed: 10, Duration: time.Second}, saying(okAnswer, true))
	// A pass takes 20 ms, the last gap counted like the others: a request a millisecond.
	if r.Sent != 1000 {
		t.Errorf("%d requests in a second, want 1000", r.Sent)
	}
}

// TestFailures counts each under its class, and timeouts in the latencies.
func TestFailures(t *testing.T) {
	r, _ := runFake(t, Plan{Rate: 100, Duration: time.Second, Timeout: 5 * time.Millisecond}, func(n int64, c net.Conn) bool {
		switch n % 4 {
		case 0:
			return false
		case 1:
			time.Sleep(time.Second)
			return false
		case 2:
			io.WriteString(c, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")
		default:
			io.WriteString(c, okAnswer)
		}
		return true
	})
	if r.Failures["closed"] != 25 || r.Failures["timeout"] != 25 || r.Statuses["5xx"] != 25 || r.Statuses["2xx"] != 25 {
		t.Errorf("failures %v, statuses %v, want 25 each", r.Failures, r.Statuses)
	}
	if r.Errors != 75 || r.Latency.Count != 75 || r.Latency.P90 < 4_990 {
		t.Errorf("%d errors; %d latencies, p90 %d µs", r.Errors, r.Latency.Count, r.Latency.P90)
	}
	if r.Fidelity.Compared != 50 || r.Fidelity.SameStatus != 25 || r.Fidelity.SameSize != 25 {
		t.Errorf("%+v", r.Fidelity)
	}
}

// TestUnsent counts what was due and never sent, as errors and as latencies.
func TestUnsent(t *testing.T) {
	r, _ := runFake(t, Plan{Rate: 100, Duration: time.Second, Timeout: 2 * time.Second, Connections: 1}, func(_ int64, c net.Conn) bool {
		time.Sleep(time.Second)
		io.WriteString(c, okAnswer)
		return true
	})
	if r.Intended != 100 || r.Sent > 4 || r.Failures["unsent"] != 100-r.Sent || r.Errors != r.Failures["unsent"] {
		t.Errorf("due %d, sent %d, failures %v", r.Intended, r.Sent, r.Failures)
	}
	if r.Latency.Count != 100 || r.Latency.P50 < 2_000_000 {
		t.Errorf("%d latencies, p50 %d µs", r.Latency.Count, r.Latency.P50)
	}
}

// TestIntervals add up to the whole.
func TestIntervals(t *testing.T) {
	var lines []string
	r, _ := runFake(t, Plan{Rate: 1000, Duration: time.Second, Interval: 100 * time.Millisecond,
		Watch: func(p Progress) { lines = append(lines, p.Line()) }}, stalling(500, 50*time.Millisecond))
	var answered int64
	for _, i := range r.Intervals {
		answered += i.Answered
	}
	if answered != 1000 || len(r.Intervals) < 10 || len(lines) != len(r.Intervals) {
		t.Errorf("%d answers in %d intervals, %d lines of progress", answered, len(r.Intervals), len(lines))
	}
	if want := "100ms  10"; len(lines) == 0 || !strings.HasPrefix(lines[0], want) {
		t.Errorf("progress %q, want %q…", lines, want)
	}
}

// TestInterrupted reports what came until then.
func TestInterrupted(t *testing.T) {
	file := writeCapture(t, captureHead, get(0, "/"))
	synctest.Test(t, func(t *testing.T) {
		capture, err := Open([]string{file}, CaptureOptions{Targets: testTargets(t), Repeat: true})
		if err != nil {
			t.Fatal(err)
		}
		defer capture.Close()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var seen atomic.Int64
		r, err := Run(ctx, capture, Plan{Rate: 100, Duration: time.Hour, dial: answering(&seen, saying(okAnswer, true)), wait: time.Sleep})
		if err != nil || r.Answered < 99 || r.Answered > 101 || r.Errors != 0 || !r.Cut || r.note() == "" {
			t.Errorf("%+v, %v", r, err)
		}
		time.Sleep(time.Minute)
	})
}

func TestPlan(t *testing.T) {
	for _, bad := range []Plan{{}, {Rate: 1, Speed: 1}, {Rate: -1}, {Closed: 1 << 20}, {Rate: 1, Timeout: -1}} {
		if bad.Validate() == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}

// TestRunOfBrokenCapture reports what was sent of a capture that turns out to be broken while it is read along.
func TestRunOfBrokenCapture(t *testing.T) {
	lines := []string{captureHead}
	for i := range windowLines + 500 {
		lines = append(lines, get(i, "/"))
	}
	file := writeCapture(t, append(lines, `{"method":"GET","targ`)...)
	for name, plan := range map[string]Plan{"open": {Rate: 1000}, "closed": {Closed: 2}} {
		synctest.Test(t, func(t *testing.T) {
			capture, err := Open([]string{file}, CaptureOptions{Targets: testTargets(t), Memory: 1})
			if err != nil {
				t.Fatal(err)
			}
			defer capture.Close()
			var seen atomic.Int64
			plan.dial, plan.wait = answering(&seen, saying(okAnswer, true)), time.Sleep
			r, err := Run(t.Context(), capture, plan)
			if err == nil || r == nil || !r.Cut || r.Sent == 0 || r.Sent != seen.Load() || r.Answered != r.Sent {
				t.Errorf("%s: %v, and %+v of %d requests", name, err, r, seen.Load())
			}
			time.Sleep(time.Minute)
		})
	}
}
