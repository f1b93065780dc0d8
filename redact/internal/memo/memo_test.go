package memo

import (
	"encoding/binary"
	"sync"
	"testing"
)

func key(i int) (k Key) {
	binary.LittleEndian.PutUint64(k[:], uint64(i))
	return k
}

func value(i int) (v Value) {
	binary.LittleEndian.PutUint64(v[:], ^uint64(i))
	return v
}

func TestKeepsWhatComesBack(t *testing.T) {
	m := New()
	k, v := key(1), value(1)
	m.Add(&k, &v)
	if got, ok := m.Get(&k); !ok || got != v {
		t.Error("a key that was just offered is not there")
	}
	m.Add(&k, &v)
	if got, ok := m.Get(&k); !ok || got != v {
		t.Error("a key offered twice is not there")
	}
	other := key(2)
	if _, ok := m.Get(&other); ok {
		t.Error("a key that was never offered is there")
	}
}

func TestForgetsTheOldest(t *testing.T) {
	m := New()
	const many = 20 * sets * ways
	for i := range many {
		k, v := key(i), value(i)
		m.Add(&k, &v)
		m.Add(&k, &v)
	}
	kept, late := 0, 0
	for i := range many {
		k := key(i)
		v, ok := m.Get(&k)
		if !ok {
			continue
		}
		if v != value(i) {
			t.Fatalf("key %d has the value of another", i)
		}
		if kept++; i >= many/2 {
			late++
		}
	}
	if most := sets * (ways - 1); kept > sets*ways || kept < most*9/10 || late != kept {
		t.Errorf("%d kept of at most %d, %d of them of the last", kept, sets*ways, late)
	}
}

// TestKeepsWhatComesBackAmongOthers holds that keys which come once do not drive out those that were kept.
func TestKeepsWhatComesBackAmongOthers(t *testing.T) {
	m := New()
	k, v := key(-1), value(-1)
	m.Add(&k, &v)
	m.Add(&k, &v)
	for i := range 20 * sets * ways {
		k, v := key(i), value(i)
		m.Add(&k, &v)
	}
	if got, ok := m.Get(&k); !ok || got != v {
		t.Error("it was driven out")
	}
}

func TestConcurrentUseGivesTheRightValues(t *testing.T) {
	m := New()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 40000 { // of more keys than there is room for, so that entries are written while others read
				k, v := key(i%(3*sets*ways)), value(i%(3*sets*ways))
				if got, ok := m.Get(&k); ok && got != v {
					t.Errorf("key %d has the value of another", i)
					return
				}
				m.Add(&k, &v)
				m.Add(&k, &v)
			}
		})
	}
	wg.Wait()
}

func TestAllocations(t *testing.T) {
	m := New()
	k, v := key(7), value(7)
	m.Add(&k, &v)
	m.Add(&k, &v)
	if n := testing.AllocsPerRun(100, func() { m.Get(&k) }); n != 0 {
		t.Errorf("a hit allocates %v times", n)
	}
	i := 1000
	if n := testing.AllocsPerRun(1000, func() {
		i++
		k, v := key(i), value(i)
		m.Get(&k)
		m.Add(&k, &v)
	}); n != 0 {
		t.Errorf("a key that comes once allocates %v times", n)
	}
}

func BenchmarkHit(b *testing.B) {
	m := New()
	for i := range 1000 {
		k, v := key(i), value(i)
		m.Add(&k, &v)
		m.Add(&k, &v)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		k := key(i % 1000)
		if _, ok := m.Get(&k); !ok {
			b.Fatal("not kept")
		}
		i++
	}
}

func BenchmarkMiss(b *testing.B) {
	m := New()
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		k, v := key(i), value(i)
		m.Get(&k)
		m.Add(&k, &v)
		i++
	}
}
