package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"go.uber.org/goleak"

	"github.com/piiproxy/piiproxy/proxy/otlp"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// receiver is an OTLP endpoint that keeps what it took.
type receiver struct {
	*httptest.Server
	answer http.HandlerFunc // in place of 200; nil: all is taken

	mu    sync.Mutex
	taken []string
}

func newReceiver(t testing.TB, answer http.HandlerFunc) *receiver {
	r := &receiver{answer: answer}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body := io.Reader(req.Body)
	if req.Header.Get("Content-Encoding") == "gzip" {
		body, _ = gzip.NewReader(req.Body)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return
	}
	r.mu.Lock()
	answer := r.answer
	if answer == nil {
		r.taken = append(r.taken, req.URL.Path+" "+req.Header.Get("Content-Type")+" "+string(text))
	}
	r.mu.Unlock()
	if answer != nil {
		answer(w, req)
	}
}

// set changes the answer.
func (r *receiver) set(answer http.HandlerFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

func (r *receiver) all() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.taken...)
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// patience is how long a test waits for what should happen at once.
const patience = 30 * time.Second

// await waits until ok, and fails the test if that does not come.
func await(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func newExporter(t testing.TB, o Options) *Exporter {
	t.Helper()
	if o.Backoff == 0 {
		o.Backoff, o.MaxBackoff = 2*time.Millisecond, 20*time.Millisecond
	}
	if o.Timeout == 0 {
		o.Timeout = time.Minute // an attempt is not made again because the machine is busy
	}
	e, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeNow(e) })
	return e
}

// closeNow closes without waiting for what cannot be delivered.
func closeNow(e *Exporter) {
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_ = e.Close(ctx)
}

func closeWhole(t testing.TB, e *Exporter) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := e.Close(ctx); err != nil {
		t.Fatal(err)
	}
}

func offer(t testing.TB, e *Exporter, batches ...string) {
	t.Helper()
	for _, b := range batches {
		if err := e.Offer(otlp.Traces, otlp.Protobuf, []byte(b)); err != nil {
			t.Fatal(err)
		}
	}
}

// numbered returns batches that tell their place, which the receiver took as want.
func numbered(n int) (batches, want []string) {
	for i := range n {
		b := fmt.Sprintf("batch %d %s", i, strings.Repeat("x", i%97))
		batches = append(batches, b)
		want = append(want, "/v1/traces application/x-protobuf "+b)
	}
	return batches, want
}

func TestDelivers(t *testing.T) {
	for _, zip := range []bool{false, true} {
		r := newReceiver(t, nil)
		e := newExporter(t, Options{Endpoints: []Endpoint{{URL: r.URL + "/base/"}}, Gzip: zip})
		offer(t, e, "a")
		if err := e.Offer(otlp.Logs, otlp.JSON, []byte("{}")); err != nil {
			t.Fatal(err)
		}
		if err := e.Offer(otlp.Metrics, otlp.Protobuf, nil); err != nil {
			t.Fatal(err)
		}
		closeWhole(t, e)
		want := "/base/v1/traces application/x-protobuf a|/base/v1/logs application/json {}|/base/v1/metrics application/x-protobuf "
		if got := strings.Join(r.all(), "|"); got != want {
			t.Errorf("gzip %v: took %q", zip, got)
		}
		s := e.State()
		if s.Traces.Batches != 1 || s.Logs.Batches != 1 || s.Metrics.Batches != 1 || s.QueueBytes != 0 || s.Down || s.Delivered.IsZero() {
			t.Errorf("state %+v", s)
		}
		if err := e.Offer(otlp.Traces, otlp.Protobuf, nil); err != ErrClosed {
			t.Errorf("after Close: %v", err)
		}
	}
}

// TestTakenAheadOfClose delivers a batch that was taken a moment before the exporter was closed, and in which the sender had just looked.
func TestTakenAheadOfClose(t *testing.T) {
	r := newReceiver(t, nil)
	const times = 3000
	for range times {
		e := newExporter(t, Options{Endpoints: []Endpoint{{URL: r.URL}}})
		offer(t, e, "last")
		closeWhole(t, e)
	}
	if n := len(r.all()); n != times {
		t.Errorf("%d of %d arrived", n, times)
	}
}

func TestFullIsRefused(t *testing.T) {
	r := newReceiver(t, status(503))
	e := newExporter(t, Options{Endpoints: []Endpoint{{URL: r.URL}}, Queue: 3 * (batchOverhead + 100)})
	batch := []byte(strings.Repeat("x", 100))
	for range 3 {
		offer(t, e, string(batch))
	}
	if err := e.Offer(otlp.Traces, otlp.Protobuf, batch); err != ErrFull {
		t.Errorf("full: %v", err)
	}
	if err := e.Offer(otlp.Traces, otlp.Protobuf, make([]byte, 1000)); err != ErrTooLarge {
		t.Errorf("too large: %v", err)
	}
	r.set(nil)
	await(t, "room", func() bool { return e.Offer(otlp.Traces, otlp.Protobuf, batch) == nil })
	s := e.State()
	if s.Refused[telemetry.RefusalFull] == 0 || s.Refused[telemetry.RefusalTooLarge] != 1 {
		t.Errorf("refused %v", s.Refused)
	}
	closeWhole(t, e)
	if n := len(r.all()); n != 4 {
		t.Errorf("%d batches arrived", n)
	}
}

// TestMovedBeforeItIsSent moves the batch that is to be sent before its sending begins: it alone is over once it was sent.
func TestMovedBeforeItIsSent(t *testing.T) {
	s, err := openSpool(t.TempDir(), 0, func(uint64) { t.Error("something was lost") })
	if err != nil {
		t.Fatal(err)
	}
	e := &Exporter{options: Options{}.withDefaults(), spool: s, spill: make(chan struct{}, 1)}
	for _, batch := range []string{"first", "second"} {
		e.queue.push(item{data: []byte(batch)})
	}
	for _, want := range []string{"first", "second"} {
		i, _, err := e.oldest()
		if err != nil || string(i.data) != want {
			t.Fatalf("%s is sent, want %s: %v", i.data, want, err)
		}
		if err := e.moveOne(); err != nil {
			t.Fatal(err)
		}
		e.settle()
	}
	if _, from, err := e.oldest(); from != nowhere || err != nil {
		t.Errorf("a batch is left in %d: %v", from, err)
	}
	if err := s.close(); err != nil {
		t.Error(err)
	}
}

// TestSpoolThatCannotBeRead sends nothing in place of a batch that cannot be read now, nor one that came after it.
func TestSpoolThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	s, lost := newSpool(t, dir, 0)
	if err := s.append(&item{data: []byte("first")}); err != nil {
		t.Fatal(err)
	}
	closeSpool(t, s)
	s, lost = newSpool(t, dir, 0)
	file := s.segments[0]
	e := &Exporter{options: Options{}.withDefaults(), spool: s}
	e.queue.push(item{data: []byte("second")})
	aside := filepath.Join(dir, "aside")
	if err := errors.Join(os.Rename(file.path, aside), os.Mkdir(file.path, 0o700)); err != nil {
		t.Fatal(err)
	}
	if i, from, err := e.oldest(); from != nowhere || err == nil {
		t.Errorf("%q of %d is sent: %v", i.data, from, err)
	}
	if err := errors.Join(os.Remove(file.path), os.Rename(aside, file.path)); err != nil {
		t.Fatal(err)
	}
	if i, from, err := e.oldest(); from != inSpool || err != nil || string(i.data) != "first" {
		t.Errorf("%q of %d is sent, want the first: %v", i.data, from, err)
	}
	if closeSpool(t, s); *lost != 0 {
		t.Errorf("%d lost", *lost)
	}
}

// TestFullSpoolKeepsWhatWaits ends while the endpoint is down and there is no more room: all that was taken is on disk, and comes.
func TestFullSpoolKeepsWhatWaits(t *testing.T) {
	for _, queue := range []int64{2 << 10, 1 << 20} { // smaller and larger than the spool
		r, dir := newReceiver(t, status(http.StatusServiceUnavailable)), t.TempDir()
		options := Options{Endpoints: []Endpoint{{URL: r.URL}}, Spool: dir, SpoolSize: 32 << 10, Queue: queue}
		e := newExporter(t, options)
		batches, want := numbered(1000)
		n := 0
		await(t, "a full spool", func() bool {
			moved := e.State().QueueBytes == 0
			if e.Offer(otlp.Traces, otlp.Protobuf, []byte(batches[n])) == nil {
				n++
				return false
			}
			return moved // and still there is no room
		})
		if err := e.Offer(otlp.Traces, otlp.Protobuf, make([]byte, 32<<10)); err != ErrTooLarge {
			t.Errorf("a batch larger than the spool: %v", err)
		}
		closeWhole(t, e)
		if s := e.State(); s.Lost != [len(s.Lost)]uint64{} || s.QueueBytes != 0 {
			t.Fatalf("%d taken: %+v", n, s)
		}
		r.set(nil)
		e = newExporter(t, options)
		await(t, "an empty spool", func() bool { return e.State().SpoolBytes == 0 })
		closeWhole(t, e)
		checkInOrder(t, r.all(), want[:n], 0)
	}
}

// TestSpoolSmallerThanQueue moves to disk what waits for an endpoint that takes its time, once it is half of what the spool can keep.
func TestSpoolSmallerThanQueue(t *testing.T) {
	free := make(chan struct{})
	r := newReceiver(t, func(http.ResponseWriter, *http.Request) { <-free })
	defer close(free)
	const size = 8 << 10
	e := newExporter(t, Options{Endpoints: []Endpoint{{URL: r.URL}}, Spool: t.TempDir(), SpoolSize: size, Queue: 1 << 20})
	batch := strings.Repeat("x", 1000)
	offer(t, e, batch, batch, batch, batch, batch)
	await(t, "half of it in memory", func() bool { s := e.State(); return s.QueueBytes <= size/2 && s.SpoolBytes > 0 })
	if s := e.State(); s.QueueLimit != size || s.Down {
		t.Errorf("%+v", s)
	}
	closeNow(e)
}

// TestLostAtTheEnd says so when what waits cannot be kept.
func TestLostAtTheEnd(t *testing.T) {
	r, dir := newReceiver(t, status(http.StatusServiceUnavailable)), t.TempDir()
	e := newExporter(t, Options{Endpoints: []Endpoint{{URL: r.URL}}, Spool: dir, Backoff: time.Hour, MaxBackoff: time.Hour})
	if err := os.RemoveAll(dir); err != nil { // no file can be made there
		t.Fatal(err)
	}
	offer(t, e, "one", "two")
	if err := e.Close(t.Context()); !errors.Is(err, errLost) {
		t.Errorf("closed: %v", err)
	}
	if s := e.State(); s.Lost[telemetry.LossClosed] != 2 || s.SpoolErrors == 0 {
		t.Errorf("%+v", s)
	}
}
