package export

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/piiproxy/piiproxy/proxy/otlp"
)

// TestRestart delivers everything in order, through an endpoint that is down, a restart, and an endpoint that comes back while
// more is offered.
func TestRestart(t *testing.T) {
	r, dir := newReceiver(t, status(503)), t.TempDir()
	batches, want := numbered(300)
	options := Options{Endpoints: []Endpoint{{URL: r.URL}}, Spool: dir, Queue: 16 << 10}
	e := newExporter(t, options)
	for _, b := range batches[:200] {
		await(t, "room", func() bool { return e.Offer(otlp.Traces, otlp.Protobuf, []byte(b)) == nil })
	}
	await(t, "everything is on disk", func() bool { s := e.State(); return s.QueueBytes == 0 && s.SpoolBytes > 0 })
	closeWhole(t, e)
	if s := e.State(); s.Lost != [len(s.Lost)]uint64{} || len(r.all()) != 0 {
		t.Fatalf("lost %v, delivered %d", s.Lost, len(r.all()))
	}
	e = newExporter(t, options)
	offer(t, e, batches[200:250]...)
	r.set(nil)
	for _, b := range batches[250:] {
		await(t, "room", func() bool { return e.Offer(otlp.Traces, otlp.Protobuf, []byte(b)) == nil })
	}
	await(t, "delivery", func() bool { return len(r.all()) >= len(want) })
	closeWhole(t, e)
	if got := r.all(); strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("got %d batches, in this order: %v", len(got), got)
	}
	if s := e.State(); s.SpoolBytes != 0 || s.Lost != [len(s.Lost)]uint64{} || s.SpoolErrors != 0 {
		t.Errorf("%+v", s)
	}
}

// TestManyRestarts restarts again and again while batches are offered and delivered: all arrive, in order, some of them twice.
func TestManyRestarts(t *testing.T) {
	r, dir := newReceiver(t, nil), t.TempDir()
	batches, want := numbered(400)
	for n := 0; n < len(batches); n += 20 {
		if r.set(nil); n%40 == 0 {
			r.set(status(503))
		}
		e := newExporter(t, Options{Endpoints: []Endpoint{{URL: r.URL}}, Spool: dir, Queue: 4 << 10})
		for _, b := range batches[n : n+20] {
			await(t, "room", func() bool { return e.Offer(otlp.Traces, otlp.Protobuf, []byte(b)) == nil })
		}
		closeNow(e)
		if s := e.State(); s.Lost != [len(s.Lost)]uint64{} {
			t.Fatalf("lost %v", s.Lost)
		}
	}
	r.set(nil)
	e := newExporter(t, Options{Endpoints: []Endpoint{{URL: r.URL}}, Spool: dir})
	await(t, "an empty spool", func() bool { return e.State().SpoolBytes == 0 })
	closeWhole(t, e)
	checkInOrder(t, r.all(), want, len(batches)/20)
}

// TestMovedAtOnce moves what waits as soon as the only attempt has failed, and not with the next one: who moves may look in any moment.
func TestMovedAtOnce(t *testing.T) {
	r := newReceiver(t, status(http.StatusServiceUnavailable))
	for range 100 {
		e := newExporter(t, Options{Endpoints: []Endpoint{{URL: r.URL}}, Spool: t.TempDir(), Backoff: time.Hour, MaxBackoff: time.Hour})
		offer(t, e, "one")
		await(t, "an empty queue", func() bool { return e.State().QueueBytes == 0 })
		closeNow(e)
	}
}

// TestHangs ends while an endpoint takes its time, which is no failure of it: what it was sent, and what waits, is delivered later.
func TestHangs(t *testing.T) {
	free, asked := make(chan struct{}), make(chan struct{}, 1)
	r, dir := newReceiver(t, func(http.ResponseWriter, *http.Request) { asked <- struct{}{}; <-free }), t.TempDir()
	batches, want := numbered(5)
	e := newExporter(t, Options{Endpoints: []Endpoint{{URL: r.URL}}, Spool: dir})
	offer(t, e, batches...)
	<-asked
	closeNow(e)
	close(free)
	if s := e.State(); s.Lost != [len(s.Lost)]uint64{} || s.QueueBytes != 0 || s.Retries != [len(s.Retries)]uint64{} || s.Down {
		t.Fatalf("%+v", s)
	}
	r.set(nil)
	e = newExporter(t, Options{Endpoints: []Endpoint{{URL: r.URL}}, Spool: dir})
	await(t, "an empty spool", func() bool { return e.State().SpoolBytes == 0 })
	closeWhole(t, e)
	checkInOrder(t, r.all(), want, 0)
}

// checkInOrder holds what arrived to what was sent: everything, for the first time in order, where so many at most may have come again:
// a handler that gets no processor may note what it was sent after what was sent later.
func checkInOrder(t *testing.T, got, want []string, mayAgain int) {
	t.Helper()
	at, again := 0, 0
	for _, g := range got {
		switch {
		case at < len(want) && g == want[at]:
			at++
		case slices.Contains(want[:at], g):
			again++
		default:
			t.Fatalf("behind %d batches came %q", at, g)
		}
	}
	if at != len(want) || again > mayAgain {
		t.Errorf("%d of %d batches arrived, and %d came again of which %d may", at, len(want), again, mayAgain)
	}
}

// TestFaults restarts again and again before an endpoint that fails in all ways, and takes some batches without saying so: all arrive,
// in order, and none comes again but those and what was being sent when the exporter ended.
func TestFaults(t *testing.T) {
	r, dir := newReceiver(t, nil), t.TempDir()
	var turn, unsaid atomic.Int64
	bad := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		switch turn.Add(1) % 8 {
		case 0:
			w.WriteHeader(http.StatusServiceUnavailable)
		case 1:
			panic(http.ErrAbortHandler)
		case 2:
			r.ServeHTTP(httptest.NewRecorder(), req)
			unsaid.Add(1)
			panic(http.ErrAbortHandler)
		case 3:
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
		case 4:
			r.ServeHTTP(w, req)
			unsaid.Add(1)
			w.Header().Set("Content-Length", "100") // which do not come
		default:
			r.ServeHTTP(w, req)
		}
	}))
	defer bad.Close()
	batches, want := numbered(600)
	options := Options{
		Endpoints: []Endpoint{{URL: bad.URL}}, Spool: dir, Queue: 2 << 10, Backoff: 100 * time.Microsecond, MaxBackoff: time.Millisecond,
	}
	const run = 30
	for n := 0; n < len(batches); n += run {
		e := newExporter(t, options)
		for _, b := range batches[n : n+run] {
			await(t, "room", func() bool { return e.Offer(otlp.Traces, otlp.Protobuf, []byte(b)) == nil })
		}
		closeNow(e)
	}
	e := newExporter(t, options)
	await(t, "an empty spool", func() bool { return e.State().SpoolBytes == 0 })
	closeWhole(t, e)
	checkInOrder(t, r.all(), want, int(unsaid.Load())+len(batches)/run)
}
