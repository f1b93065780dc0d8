package telemetry

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/piiproxy/piiproxy/redact"
)

// memory is a target in memory. Its fields are read after the sink is closed, or under mu.
type memory struct {
	mu       sync.Mutex
	buf      bytes.Buffer
	writes   int
	closed   bool
	gate     chan struct{}                   // if set, a write takes one token, or ends when it is closed
	entered  chan struct{}                   // if set, a write says that it has begun
	fault    func(b []byte) (n int, e error) // if set, decides how much is taken
	reopened int
}

func (m *memory) Write(b []byte) (int, error) {
	if m.entered != nil {
		m.entered <- struct{}{}
	}
	if m.gate != nil {
		<-m.gate
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.writes++
	n, err := len(b), error(nil)
	if m.fault != nil {
		n, err = m.fault(b)
	}
	m.buf.Write(b[:n])
	return n, err
}

func (m *memory) Reopen() error { m.reopened++; return nil }

func (m *memory) Close() error { m.closed = true; return nil }

func (m *memory) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.writes
}

func (m *memory) lines() []string {
	return strings.Split(strings.TrimSuffix(m.buf.String(), "\n"), "\n")
}

func line(n int64) redact.Masked { return redact.Masked{}.AppendInt(n).AppendConst("\n") }

func closeSink(t *testing.T, s *Sink) {
	t.Helper()
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestSinkWritesWhatItIsGiven(t *testing.T) {
	var m memory
	s := NewSink(&m, SinkOptions{Linger: -1})
	s.Write(redact.Masked{}.AppendConst("one\n"))
	s.Write(redact.Masked{}.AppendConst("without a line break"))
	s.Write(redact.Masked{})
	s.Write(masked(MaxLine))
	s.Write(redact.Masked{}.AppendConst("last\n"))
	closeSink(t, s)
	want := "one\nwithout a line break\n\n" + strings.Repeat("x", MaxLine) + "\nlast\n"
	if m.buf.String() != want {
		t.Errorf("%d bytes, want %d", m.buf.Len(), len(want))
	}
	if !m.closed || s.Written() != 5 || s.Queued() != 0 {
		t.Errorf("closed %t, written %d, queued %d", m.closed, s.Written(), s.Queued())
	}
}

func TestSinkPutsAConstantForALineThatIsTooLong(t *testing.T) {
	var m memory
	s := NewSink(&m, SinkOptions{})
	s.Write(masked(MaxLine + 1))
	closeSink(t, s)
	if got := m.buf.String(); got != `{"withheld":"line too long"}`+"\n" || s.Dropped(DropTooLong) != 1 || s.Written() != 1 {
		t.Errorf("%q, dropped %d, written %d", got, s.Dropped(DropTooLong), s.Written())
	}
}

// TestSinkOfManyProducers checks that lines come out whole, once, and in the order of each producer, while the queue is
// full most of the time.
func TestSinkOfManyProducers(t *testing.T) {
	const producers = 16
	lines := 4000
	if testing.Short() {
		lines = 500
	}
	for _, o := range []SinkOptions{{}, {Queue: 1}, {Queue: 7, Linger: -1}, {Queue: 64, Drop: true}, {Queue: 1 << 14, Drop: true}} {
		var m memory
		s := NewSink(&m, o)
		var wg sync.WaitGroup
		for p := range producers {
			wg.Go(func() {
				b := redact.MakeMasked(4 << 10)
				for n := range lines {
					b = b.Reset().AppendInt(int64(p)).AppendConst(" ").AppendInt(int64(n)).AppendConst(" ")
					b = b.AppendMasked(masked((p*31 + n*17) % 900))
					s.Write(b.AppendConst("\n"))
				}
			})
		}
		wg.Wait()
		closeSink(t, s)
		dropped := s.Dropped(DropFull)
		if !o.Drop && dropped != 0 {
			t.Errorf("%+v: %d dropped", o, dropped)
		}
		if got := s.Written() + dropped; got != uint64(producers*lines) {
			t.Errorf("%+v: %d written and dropped, of %d", o, got, producers*lines)
		}
		checkOrder(t, &m, producers, int(s.Written()))
	}
}

func checkOrder(t *testing.T, m *memory, producers, want int) {
	t.Helper()
	last := make([]int, producers)
	for i := range last {
		last[i] = -1
	}
	got := m.lines()
	if len(got) != want {
		t.Errorf("%d lines, want %d", len(got), want)
	}
	for _, l := range got {
		ps, rest, _ := strings.Cut(l, " ")
		ns, x, _ := strings.Cut(rest, " ")
		p, err1 := strconv.Atoi(ps)
		n, err2 := strconv.Atoi(ns)
		if err1 != nil || err2 != nil || len(x) != (p*31+n*17)%900 || strings.Trim(x, "x") != "" {
			t.Fatalf("torn: %.60q", l)
		}
		if n <= last[p] {
			t.Fatalf("line %d of producer %d after its line %d", n, p, last[p])
		}
		last[p] = n
	}
}

func TestSinkGathersLinesIntoFewWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m memory
		s := NewSink(&m, SinkOptions{})
		for n := range int64(100) {
			s.Write(line(n))
		}
		synctest.Wait()
		if m.count() != 0 || s.Queued() != 100 {
			t.Errorf("%d writes and %d queued before the time is up", m.count(), s.Queued())
		}
		time.Sleep(defaultLinger) // the clock of the bubble
		synctest.Wait()
		if m.count() != 1 || s.Written() != 100 {
			t.Errorf("%d writes, %d lines", m.count(), s.Written())
		}
		closeSink(t, s)
	})
}

func TestSinkDoesNotWaitWhenHalfFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m memory
		s := NewSink(&m, SinkOptions{Queue: 10, Linger: time.Hour})
		for n := range int64(6) {
			s.Write(line(n))
		}
		synctest.Wait()
		if s.Written() != 6 {
			t.Errorf("%d written", s.Written())
		}
		s.Write(line(6))
		closeSink(t, s) // does not wait for the hour either
		if s.Written() != 7 {
			t.Errorf("%d written", s.Written())
		}
	})
}

func TestFullSinkDrops(t *testing.T) {
	m := memory{gate: make(chan struct{}), entered: make(chan struct{}, 100)}
	s := NewSink(&m, SinkOptions{Queue: 4, Drop: true, Linger: -1})
	s.Write(line(0))
	<-m.entered // the writer holds line 0 and is stuck
	for n := range int64(10) {
		s.Write(line(n + 1))
	}
	if s.Queued() != 4 || s.Dropped(DropFull) != 6 {
		t.Errorf("queued %d, dropped %d", s.Queued(), s.Dropped(DropFull))
	}
	if used := s.Used(); used != 1 {
		t.Errorf("a full queue is used %g", used)
	}
	close(m.gate)
	closeSink(t, s)
	if got := m.buf.String(); got != "0\n1\n2\n3\n4\n" {
		t.Errorf("%q", got)
	}
}

func TestFullSinkBlocksUntilThereIsRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := memory{gate: make(chan struct{})}
		s := NewSink(&m, SinkOptions{Queue: 4, Linger: -1})
		s.Write(line(0))
		synctest.Wait()
		var wg sync.WaitGroup
		wg.Go(func() {
			for n := range int64(10) {
				s.Write(line(n + 1))
			}
		})
		synctest.Wait() // the producer has no other way on than to wait for room
		if s.Queued() != 4 || s.Dropped(DropFull) != 0 {
			t.Errorf("queued %d, dropped %d", s.Queued(), s.Dropped(DropFull))
		}
		close(m.gate)
		wg.Wait()
		closeSink(t, s)
		if s.Written() != 11 {
			t.Errorf("%d written", s.Written())
		}
	})
}

func TestClosingFreesWhoWaitsForRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := memory{gate: make(chan struct{})}
		s := NewSink(&m, SinkOptions{Queue: 1, Linger: -1})
		s.Write(line(0))
		synctest.Wait()
		s.Write(line(1))
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() { s.Write(line(2)) })
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Close(ctx); !errors.Is(err, ErrSinkUnfinished) {
			t.Errorf("%v", err)
		}
		wg.Wait() // nobody is left waiting although the target still hangs
		s.Write(line(3))
		close(m.gate)
		closeSink(t, s)
		if s.Written() != 1 || s.Dropped(DropClosed) != 7 {
			t.Errorf("written %d, dropped %d", s.Written(), s.Dropped(DropClosed))
		}
	})
}

// TestClosingLosesNoLine closes while lines are being written: each is either written or counted.
func TestClosingLosesNoLine(t *testing.T) {
	rounds := 200
	if testing.Short() {
		rounds = 20
	}
	for range rounds {
		var m memory
		s := NewSink(&m, SinkOptions{Queue: 8})
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for n := range int64(50) {
					s.Write(line(n))
				}
			})
		}
		runtime.Gosched()
		closeSink(t, s)
		wg.Wait()
		if got := s.Written() + s.Dropped(DropClosed); got != 200 || uint64(bytes.Count(m.buf.Bytes(), []byte("\n"))) != s.Written() {
			t.Fatalf("written %d, dropped %d", s.Written(), s.Dropped(DropClosed))
		}
	}
}

func TestSinkGoesOnAfterAnError(t *testing.T) {
	for _, tt := range []struct {
		name    string
		taken   int // bytes of the failing write
		want    string
		written uint64
	}{
		{"nothing taken", 0, "b\n", 1},
		{"a whole line taken", 3, "a1\nb\n", 2},
		{"half a line taken", 4, "a1\na\nb\n", 2},
		{"claims more than there is", 100, "a1\na2\na3\nb\n", 4},
		{"a negative number", -1, "b\n", 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			var m memory
			m.fault = func(b []byte) (int, error) {
				if m.writes > 1 {
					return len(b), nil
				}
				return tt.taken, io.ErrShortWrite
			}
			var target Target = &m
			if tt.taken < 0 || tt.taken > 9 {
				target = &liar{memory: &m, n: tt.taken}
			}
			s := NewSink(target, SinkOptions{})
			s.Write(redact.Masked{}.AppendConst("a1\n"))
			s.Write(redact.Masked{}.AppendConst("a2\n"))
			s.Write(redact.Masked{}.AppendConst("a3\n"))
			time.Sleep(defaultLinger)
			synctest.Wait()
			s.Write(redact.Masked{}.AppendConst("b\n"))
			closeSink(t, s)
			if got := m.buf.String(); got != tt.want {
				t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
			}
			if s.Errors() != 1 || s.Written() != tt.written || s.Dropped(DropError) != 4-tt.written {
				t.Errorf("%s: errors %d, written %d, dropped %d", tt.name, s.Errors(), s.Written(), s.Dropped(DropError))
			}
		})
	}
}

// liar returns a number of bytes that cannot be.
type liar struct {
	*memory
	n    int
	told bool
}

func (l *liar) Write(b []byte) (int, error) {
	if l.told {
		return l.memory.Write(b)
	}
	l.told = true
	l.memory.writes++
	if l.n > 0 {
		l.memory.buf.Write(b)
	}
	return l.n, io.ErrUnexpectedEOF
}

func TestSinkDoesNotAllocate(t *testing.T) {
	var m memory
	m.fault = func(b []byte) (int, error) { return 0, nil } // keeps nothing
	s := NewSink(&m, SinkOptions{})
	defer closeSink(t, s)
	l := masked(700)
	if n := testing.AllocsPerRun(20000, func() { s.Write(l) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestFileIsRotatedWithoutLoss(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "access.log")
	f, err := OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s := NewSink(f, SinkOptions{Queue: 64, Linger: -1})
	var wg sync.WaitGroup
	const lines = 3000
	wg.Go(func() {
		for n := range int64(lines) {
			s.Write(line(n))
		}
	})
	for n := range 20 {
		if err := os.Rename(path, path+"."+strconv.Itoa(n)); err != nil {
			t.Fatal(err)
		}
		if err := s.Reopen(); err != nil {
			t.Fatal(err)
		}
	}
	wg.Wait()
	closeSink(t, s)
	var all []byte
	for n := range 21 {
		p := path
		if n < 20 {
			p += "." + strconv.Itoa(n)
		}
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b...)
		if st, err := os.Stat(p); err != nil || st.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v", p, st.Mode(), err)
		}
	}
	for n, l := range strings.Split(strings.TrimSuffix(string(all), "\n"), "\n") {
		if l != strconv.Itoa(n) {
			t.Fatalf("line %d is %q", n, l)
		}
	}
	if got := bytes.Count(all, []byte("\n")); got != lines {
		t.Errorf("%d lines", got)
	}
}

func TestSinkOnAFullDisk(t *testing.T) {
	f, err := OpenFile("/dev/full")
	if err != nil {
		t.Skip("there is no /dev/full")
	}
	s := NewSink(f, SinkOptions{Queue: 2, Linger: -1})
	for n := range int64(100) {
		s.Write(line(n))
	}
	closeSink(t, s)
	if s.Written() != 0 || s.Dropped(DropError) != 100 || s.Errors() == 0 {
		t.Errorf("written %d, dropped %d, errors %d", s.Written(), s.Dropped(DropError), s.Errors())
	}
}

func TestReopenThatFailsKeepsTheFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "access.log")
	f, err := OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s := NewSink(f, SinkOptions{})
	moved := dir + "-moved"
	if err := os.Rename(dir, moved); err != nil {
		t.Fatal(err)
	}
	if err := s.Reopen(); err == nil {
		t.Error("reopened in a directory that is not there")
	}
	s.Write(line(1))
	closeSink(t, s)
	if b, err := os.ReadFile(filepath.Join(moved, "access.log")); err != nil || string(b) != "1\n" {
		t.Errorf("%q, %v", b, err)
	}
}

func TestStdoutIsNeitherReopenedNorClosed(t *testing.T) {
	var b bytes.Buffer
	s := NewSink(Stdout(&b), SinkOptions{})
	s.Write(line(1))
	if err := s.Reopen(); err != nil {
		t.Error(err)
	}
	closeSink(t, s)
	if b.String() != "1\n" {
		t.Errorf("%q", b.String())
	}
}

func TestDropReasons(t *testing.T) {
	checkWords(t, values[DropReason](0, numDropReasons))
}

// BenchmarkSinkWrite is the cost to an exchange, with producers on all processors.
func BenchmarkSinkWrite(b *testing.B) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer null.Close()
	s := NewSink(Stdout(null), SinkOptions{Drop: true})
	defer s.Close(b.Context())
	l := masked(700)
	b.ReportAllocs()
	b.SetBytes(700)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			s.Write(l)
		}
	})
	b.ReportMetric(float64(s.Dropped(DropFull))/float64(b.N), "dropped/op")
}
