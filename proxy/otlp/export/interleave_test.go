package export

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDamagedWhileItIsSent damages the batch that is being sent after it was moved: it is delivered, and ends alone.
func TestDamagedWhileItIsSent(t *testing.T) {
	s, lost := newSpool(t, t.TempDir(), 0)
	e := &Exporter{options: Options{}.withDefaults(), spool: s, spill: make(chan struct{}, 1)}
	for n := range 3 {
		e.queue.push(item{data: content(n + 2)})
	}
	i, _, err := e.oldest()
	if err != nil || string(i.data) != string(content(2)) {
		t.Fatalf("%q is sent: %v", i.data, err)
	}
	for range 3 {
		if err := e.moveOne(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.tail.file.WriteAt([]byte("broken"), recordHead); err != nil {
		t.Fatal(err)
	}
	e.settle()
	if i, from, err := e.oldest(); from != inSpool || err != nil || string(i.data) != string(content(3)) || *lost != 0 {
		t.Errorf("%q of %d is sent next, %d lost: %v", i.data, from, *lost, err)
	}
	closeSpool(t, s)
}

// TestMovedAfterErrors moves the batch that is being sent to a disk that has taken neither a record nor to be cut: it ends with its sending,
// and is not sent again.
func TestMovedAfterErrors(t *testing.T) {
	s, lost := newSpool(t, t.TempDir(), 0)
	e := &Exporter{options: Options{}.withDefaults(), spool: s, spill: make(chan struct{}, 1)}
	for n := range 2 {
		e.queue.push(item{data: content(n)})
	}
	_, _, err := e.oldest()
	if err = errors.Join(err, s.begin()); err != nil {
		t.Fatal(err)
	}
	s.tail.close()
	if s.tail.file, err = os.Open(s.tail.path); err != nil { // for reading only
		t.Fatal(err)
	}
	if e.moveOne() == nil {
		t.Fatal("it was written")
	}
	if err := e.moveOne(); err != nil {
		t.Fatal(err)
	}
	e.settle()
	if i, from, err := e.oldest(); from != inQueue || err != nil || string(i.data) != string(content(1)) || *lost != 0 {
		t.Errorf("%q of %d is sent next, %d lost: %v", i.data, from, *lost, err)
	}
	if left := segments(t, s.dir); len(left) != 0 {
		t.Errorf("%d files are left", len(left))
	}
	closeSpool(t, s)
}

// snapshot copies the files of a spool as a process that is killed leaves them.
func snapshot(t *testing.T, dir string) (copied string) {
	t.Helper()
	copied = t.TempDir()
	for _, name := range segments(t, dir) {
		all, err := os.ReadFile(name)
		if err == nil {
			err = os.WriteFile(filepath.Join(copied, filepath.Base(name)), all, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return copied
}

// TestKilledBetweenWrites ends the process between any two writes, and within that of a mark: what was appended and is not done is
// there, in order, and nothing else but the record whose mark was not whole.
func TestKilledBetweenWrites(t *testing.T) {
	dir := t.TempDir()
	s, lost := newSpool(t, dir, 2<<10) // files of 256 bytes
	appended, done := 0, 0
	holds := func(dir string, from int) {
		t.Helper()
		killed, damaged := newSpool(t, dir, 2<<10)
		if got, want := drain(t, killed), numbers(from, appended); fmt.Sprint(got) != fmt.Sprint(want) || *damaged != 0 {
			t.Errorf("of %d to %d came %v, and %d were damaged", from, appended, got, *damaged)
		}
		closeSpool(t, killed)
	}
	for step := range 120 {
		if step%5 < 3 && step < 90 {
			fill(t, s, appended, appended+1)
			appended++
		} else if _, ok, err := s.oldest(); ok && err == nil {
			for n := range 4 { // bytes of the mark
				if dir, whole := halfMarked(t, s, n); !whole {
					holds(dir, done)
				}
			}
			if err := s.done(); err != nil {
				t.Fatal(err)
			}
			done++
		}
		holds(snapshot(t, dir), done)
	}
	if closeSpool(t, s); done != appended || *lost != 0 {
		t.Errorf("%d of %d done, %d lost", done, appended, *lost)
	}
}

// halfMarked is a snapshot with some bytes of the mark of the oldest record, which are the whole mark if the others are zero.
func halfMarked(t *testing.T, s *spool, n int) (dir string, whole bool) {
	t.Helper()
	dir = snapshot(t, s.dir)
	g := *s.segments[0]
	var err error
	if g.file, err = os.OpenFile(filepath.Join(dir, filepath.Base(g.path)), os.O_RDWR, 0); err != nil {
		t.Fatal(err)
	}
	defer g.close()
	var rest [4]byte
	at := s.at + atDone + int64(n)
	err = g.mark(s.at)
	if err == nil {
		err = g.readFull(rest[n:], at)
	}
	whole = rest == [4]byte{}
	if err == nil {
		_, err = g.file.WriteAt(make([]byte, 4-n), at)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir, whole
}

// play is an exporter whose steps a test makes one by one, in the place of its goroutines, and what should come of them.
type play struct {
	t         *testing.T
	dir       string
	limit     int64
	e         *Exporter
	sent      *item // that is being sent
	lost      *uint64
	offered   int
	delivered []int    // numbers of batches, as the endpoint took them
	killed    [][2]int // from and to: what was in memory when the process was killed, and not delivered
	again     int      // how often it was killed while a batch of the spool was being sent that the endpoint had taken
	steps     strings.Builder
}

func (p *play) start() {
	s, lost := newSpool(p.t, p.dir, p.limit)
	p.lost, p.sent = lost, nil
	p.e = &Exporter{options: Options{Queue: 1 << 10}.withDefaults(), spool: s, spill: make(chan struct{}, 1), work: make(chan struct{}, 1)}
}

// step makes one step, or none if it cannot be made now.
func (p *play) step(kind byte) {
	p.steps.WriteByte(kind)
	switch kind {
	case 'o': // offer
		if p.e.Offer(0, 0, fmt.Appendf(nil, "%d", p.offered)) == nil {
			p.offered++
		}
	case 'm': // move
		if err := p.e.moveOne(); err != nil { // there is room for all that was taken
			p.t.Fatalf("%s: %v", p.steps.String(), err)
		}
	case 's': // begin to send
		if p.sent == nil {
			i, from, err := p.e.oldest()
			if err != nil {
				p.t.Fatal(err)
			}
			if from != nowhere {
				p.sent = &i
			}
		}
	case 'd': // it is delivered
		if p.sent != nil {
			p.deliver()
			p.e.settle()
			p.sent = nil
		}
	case 'r': // the end, and another start
		p.end()
	case 'k': // killed
		p.kill()
	}
}

func (p *play) deliver() {
	var n int
	if _, err := fmt.Sscan(string(p.sent.data), &n); err != nil {
		p.t.Fatal(err)
	}
	p.delivered = append(p.delivered, n)
}

// end moves all, as an exporter does at its end. All must fit.
func (p *play) end() {
	for !p.e.queue.empty() {
		if err := p.e.moveOne(); err != nil {
			p.t.Fatalf("%s: %v", p.steps.String(), err)
		}
	}
	closeSpool(p.t, p.e.spool)
	p.start()
}

// kill ends the process. What the endpoint has taken may not be marked yet.
func (p *play) kill() {
	from := p.offered - (len(p.e.queue.items) - p.e.queue.head)
	if p.sent != nil && p.offered%2 == 0 {
		if p.deliver(); p.e.sending == inQueue {
			from++
		} else {
			p.again++
		}
	}
	p.killed = append(p.killed, [2]int{from, p.offered})
	closeSpool(p.t, p.e.spool)
	p.start()
}

// check delivers what is left, and holds what came to what was offered.
func (p *play) check() {
	for p.sent != nil || len(p.e.spool.segments) > 0 || !p.e.queue.empty() {
		p.step('s')
		p.step('d')
	}
	if *p.lost != 0 {
		p.t.Fatalf("%s: %d lost", p.steps.String(), *p.lost)
	}
	next, again := 0, 0
	for _, n := range p.delivered {
		for _, k := range p.killed { // what was in memory need not come
			if next == k[0] && n >= k[1] {
				next = k[1]
			}
		}
		switch n {
		case next:
			next++
		case next - 1:
			again++
		default:
			p.t.Fatalf("%s: behind %d batches came %d", p.steps.String(), next, n)
		}
	}
	for _, k := range p.killed {
		if next == k[0] {
			next = k[1]
		}
	}
	if next != p.offered || again > p.again {
		p.t.Fatalf("%s: %d of %d batches came, %d of them twice", p.steps.String(), next, p.offered, again)
	}
	closeSpool(p.t, p.e.spool)
}

// TestInterleavings makes the steps of those who offer, send and move in all orders, with an end or a kill between them: what was taken
// is delivered, in order, but for what was in memory when the process was killed; twice comes what was being sent then, and nothing else.
func TestInterleavings(t *testing.T) {
	const length = 4
	kinds := "omsdrk"
	steps := make([]byte, length)
	all := 1
	for range length {
		all *= len(kinds)
	}
	for n := range all {
		for i, left := 0, n; i < length; i, left = i+1, left/len(kinds) {
			steps[i] = kinds[left%len(kinds)]
		}
		playOnce(t, "oo"+string(steps), 0)
	}
}

// TestLongInterleavings is that for longer rows of steps, taken by chance, with a spool of many files that is full at times.
func TestLongInterleavings(t *testing.T) {
	for seed := range uint64(60) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		steps := make([]byte, 300)
		for i := range steps {
			steps[i] = "ooooommmsssddddrk"[rnd.IntN(17-int(seed%2))]
		}
		playOnce(t, string(steps), 2<<10)
	}
}

func playOnce(t *testing.T, steps string, limit int64) {
	dir, err := os.MkdirTemp("", "play")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	p := &play{t: t, dir: dir, limit: limit}
	p.start()
	for i := range steps {
		p.step(steps[i])
	}
	p.check()
}
