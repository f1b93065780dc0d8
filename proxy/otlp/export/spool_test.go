package export

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/piiproxy/piiproxy/proxy/otlp"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
)

// newSpool opens a spool and counts what it loses.
func newSpool(t testing.TB, dir string, limit int64) (s *spool, lost *uint64) {
	t.Helper()
	lost = new(uint64)
	s, err := openSpool(dir, limit, func(n uint64) { *lost += n })
	if err != nil {
		t.Fatal(err)
	}
	return s, lost
}

// fill appends numbered records, of different lengths, the second of them an empty one.
func fill(t testing.TB, s *spool, from, to int) {
	t.Helper()
	for n := from; n < to; n++ {
		i := item{signal: otlp.Signal(n % 3), enc: otlp.Encoding(n % 2), taken: time.Unix(int64(n), 5), data: content(n)}
		if err := s.append(&i); err != nil {
			t.Fatal(err)
		}
	}
}

func content(n int) []byte {
	if n == 1 {
		return nil
	}
	return []byte(fmt.Sprintf("%d %s", n, strings.Repeat("x", n*7%50)))
}

// drain takes all records out, and returns their numbers.
func drain(t testing.TB, s *spool) (numbers []int) {
	t.Helper()
	for {
		i, ok, err := s.oldest()
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return numbers
		}
		n := int(i.taken.Unix())
		if i.signal != otlp.Signal(n%3) || i.enc != otlp.Encoding(n%2) || !bytes.Equal(i.data, content(n)) {
			t.Fatalf("record %d became something else: %+v", n, i)
		}
		numbers = append(numbers, n)
		if err := s.done(); err != nil {
			t.Fatal(err)
		}
	}
}

func closeSpool(t testing.TB, s *spool) {
	t.Helper()
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
}

func numbers(from, to int) (all []int) {
	for n := from; n < to; n++ {
		all = append(all, n)
	}
	return all
}

func segments(t testing.TB, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"+segmentEnd))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestSpoolKeepsOrder takes out what was put in, over several processes, and leaves no file.
func TestSpoolKeepsOrder(t *testing.T) {
	dir := t.TempDir()
	s, lost := newSpool(t, dir, 16<<10) // files of 2 KiB
	fill(t, s, 0, 120)
	if n := len(segments(t, dir)); n < 2 {
		t.Fatalf("%d files", n)
	}
	for n := range 25 {
		if i, ok, err := s.oldest(); !ok || err != nil || i.taken.Unix() != int64(n) {
			t.Fatalf("%v, %v, %v", i, ok, err)
		}
		if open := openFiles(s); open > 2 {
			t.Fatalf("%d files are open", open)
		}
		if err := s.done(); err != nil {
			t.Fatal(err)
		}
	}
	closeSpool(t, s)
	s, lost2 := newSpool(t, dir, 16<<10)
	fill(t, s, 120, 140)
	if got, want := drain(t, s), numbers(25, 140); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if n, _ := s.size(); n != 0 || len(segments(t, dir)) != 0 || *lost+*lost2 != 0 {
		t.Errorf("%d bytes in %v, %d lost", n, segments(t, dir), *lost+*lost2)
	}
	closeSpool(t, s)
}

// openFiles returns how many files of a spool are open: that which is read and that which is written are enough.
func openFiles(s *spool) (n int) {
	for _, g := range s.segments {
		if g.file != nil {
			n++
		}
	}
	return n
}

// TestSpoolIsBounded refuses what does not fit, and takes it when there is room again.
func TestSpoolIsBounded(t *testing.T) {
	s, _ := newSpool(t, t.TempDir(), 1<<10)
	defer closeSpool(t, s)
	i := item{data: make([]byte, 100)}
	n := 0
	for ; s.append(&i) == nil; n++ {
	}
	if used, limit := s.size(); used > limit || n != int(limit)/(100+recordHead) {
		t.Errorf("%d records in %d of %d bytes", n, used, limit)
	}
	if err := s.append(&i); err != errSpoolFull {
		t.Errorf("full: %v", err)
	}
	if _, ok, _ := s.oldest(); !ok {
		t.Fatal("there is none")
	}
	if err := s.done(); err != nil {
		t.Fatal(err)
	}
	if err := s.append(&i); err != nil {
		t.Errorf("with room: %v", err)
	}
}

// TestSpoolOutlastsErrors appends while the disk refuses to be written: nothing of it is there, and what comes later is.
func TestSpoolOutlastsErrors(t *testing.T) {
	dir := t.TempDir()
	s, lost := newSpool(t, dir, 1<<20)
	fill(t, s, 0, 3)
	s.tail.close()
	var err error
	if s.tail.file, err = os.Open(s.tail.path); err != nil { // for reading only
		t.Fatal(err)
	}
	if err := s.append(&item{data: content(3)}); err == nil {
		t.Fatal("it was written")
	}
	fill(t, s, 3, 6)
	closeSpool(t, s)
	s, lost2 := newSpool(t, dir, 1<<20)
	if got := drain(t, s); fmt.Sprint(got) != fmt.Sprint(numbers(0, 6)) || *lost+*lost2 != 0 {
		t.Errorf("got %v and lost %d", got, *lost+*lost2)
	}
	closeSpool(t, s)
}

// TestSpoolIsOnes holds a folder to one process.
func TestSpoolIsOnes(t *testing.T) {
	dir := t.TempDir()
	s, _ := newSpool(t, dir, 0)
	if other, err := openSpool(dir, 0, nil); err == nil {
		other.close()
		t.Error("two spools in one folder")
	}
	closeSpool(t, s)
	s, _ = newSpool(t, dir, 0)
	closeSpool(t, s)
	for _, name := range append(segments(t, dir), dir) {
		if info, err := os.Stat(name); err != nil || name != dir && info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

// spoolOf makes a spool of one file with so many records, and returns the file and where its records begin.
func spoolOf(t *testing.T, dir string, n int) (file string, offsets []int64) {
	t.Helper()
	s, _ := newSpool(t, dir, 1<<20)
	for i := range n {
		offsets = append(offsets, s.bytes.Load())
		fill(t, s, i, i+1)
	}
	closeSpool(t, s)
	return segments(t, dir)[0], append(offsets, s.bytes.Load())
}

// TestFlippedBytes turns over each byte of a file: the record that it belongs to is lost, and says so, and no other. The mark of a
// record that is not done may be anything.
func TestFlippedBytes(t *testing.T) {
	dir := t.TempDir()
	const n = 6
	file, offsets := spoolOf(t, dir, n)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	hit := 0
	for at := range whole {
		for int64(at) >= offsets[hit+1] {
			hit++
		}
		damaged := bytes.Clone(whole)
		damaged[at] ^= byte(1 + at%255)
		if err := os.WriteFile(file, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		want, wantLost := append(numbers(0, hit), numbers(hit+1, n)...), uint64(1)
		if at-int(offsets[hit]) >= atDone && at-int(offsets[hit]) < recordHead {
			want, wantLost = numbers(0, n), 0
		}
		s, lost := newSpool(t, dir, 1<<20)
		if got := drain(t, s); fmt.Sprint(got) != fmt.Sprint(want) || *lost != wantLost {
			t.Errorf("byte %d of record %d: got %v and lost %d", at-int(offsets[hit]), hit, got, *lost)
		}
		closeSpool(t, s)
	}
}

// TestCutTail cuts a file everywhere: what stands ahead of the cut is there, and one record at most is said to be lost.
func TestCutTail(t *testing.T) {
	dir := t.TempDir()
	const n = 6
	file, offsets := spoolOf(t, dir, n)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	hit := 0
	for at := range whole {
		for int64(at) >= offsets[hit+1] {
			hit++
		}
		if err := os.WriteFile(file, whole[:at], 0o600); err != nil {
			t.Fatal(err)
		}
		wantLost := uint64(1)
		if int64(at) == offsets[hit] {
			wantLost = 0
		}
		s, lost := newSpool(t, dir, 1<<20)
		fill(t, s, n, n+2) // what comes later is not hurt
		want := append(numbers(0, hit), n, n+1)
		if got := drain(t, s); fmt.Sprint(got) != fmt.Sprint(want) || *lost != wantLost {
			t.Errorf("cut at %d of record %d: got %v and lost %d", at-int(offsets[hit]), hit, got, *lost)
		}
		closeSpool(t, s)
	}
}

// TestForgedRecord holds what looks like a record within a batch to being none, when the head around it is damaged.
func TestForgedRecord(t *testing.T) {
	dir := t.TempDir()
	s, _ := newSpool(t, dir, 1<<20)
	fill(t, s, 0, 1)
	inner := item{taken: time.Unix(77, 0), data: []byte("forged")}
	var forged []byte
	for offset := range int64(300) { // whatever the offset, and a salt that is not this file's
		forged = append(appendHead(forged, &inner, [8]byte{}, offset), inner.data...)
	}
	if err := s.append(&item{data: forged}); err != nil {
		t.Fatal(err)
	}
	fill(t, s, 2, 3)
	first := recordHead + int64(len(content(0)))
	if _, err := s.tail.file.WriteAt([]byte{0xff}, first+atLength); err != nil {
		t.Fatal(err)
	}
	if got := drain(t, s); fmt.Sprint(got) != "[0 2]" {
		t.Errorf("got %v", got)
	}
	closeSpool(t, s)
}

// TestDamageIsTold counts what the spool lost, and says so: the first at once, and at the end how much it is.
func TestDamageIsTold(t *testing.T) {
	dir := t.TempDir()
	file, offsets := spoolOf(t, dir, 6)
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{2, 4} {
		if _, err := f.WriteAt([]byte("broken"), offsets[n]+recordHead); err != nil {
			t.Fatal(err)
		}
	}
	f.Close()
	var said bytes.Buffer
	r := newReceiver(t, nil)
	e := newExporter(t, Options{Endpoints: []Endpoint{{URL: r.URL}}, Spool: dir, Log: telemetry.NewOps(&said)})
	await(t, "delivery", func() bool { return len(r.all()) == 4 })
	closeWhole(t, e)
	if s := e.State(); s.Lost[telemetry.LossDamaged] != 2 {
		t.Errorf("lost %v", s.Lost)
	}
	const lost = `"msg":"telemetry was lost","reason":"damaged","batches":`
	if text := said.String(); strings.Count(text, lost) != 2 || !strings.Contains(text, lost+"1}") || !strings.Contains(text, lost+"2}") {
		t.Errorf("said %s", text)
	}
}
