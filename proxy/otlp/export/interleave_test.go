package export

import "testing"

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
