package telemetry

import (
	"bytes"
	"testing"
)

var ringSeeds = [][]byte{
	{},
	{1, 0},
	{63, 64, 65, 0, 0, 0},
	{200, 200, 200, 200, 200, 200, 0, 0, 0, 0, 0, 0},
	{255, 0, 255, 0, 255, 0, 255, 0, 255, 0, 255, 0, 255, 0, 255, 0},
	bytes.Repeat([]byte{130, 130, 0}, 40),
	bytes.Repeat([]byte{1}, 40),
}

func TestRing(t *testing.T) {
	for _, ops := range ringSeeds {
		checkRing(t, ops)
	}
}

// FuzzRing holds a ring to a queue made of slices, with its counters about to begin anew.
func FuzzRing(f *testing.F) {
	for _, ops := range ringSeeds {
		f.Add(ops)
	}
	f.Fuzz(checkRing)
}

// checkRing runs ops: 0 takes a line out, any other puts in a line of a length that grows with it.
func checkRing(t *testing.T, ops []byte) {
	const cells, maxLines = 16, 9
	r := newRing(cells, maxLines)
	next := position(countMask-7, countMask-3)
	r.tail.Store(next)
	r.head.Store(next)
	var want [][]byte
	used := uint64(0)
	for i, op := range ops {
		if op == 0 {
			n, ok := r.peek(next)
			if ok != (len(want) > 0) {
				t.Fatalf("%d: a line is there: %t, %d queued", i, ok, len(want))
			}
			if !ok {
				continue
			}
			var got []byte
			got, next = r.take(nil, next, n)
			r.release(next)
			if !bytes.Equal(got, want[0]) {
				t.Fatalf("%d: %q, want %q", i, got, want[0])
			}
			used -= cellsFor(len(want[0]))
			want = want[1:]
			continue
		}
		line := bytes.Repeat([]byte{op}, int(op-1)*4)
		need := cellsFor(len(line))
		fits := used+need <= cells && len(want) < maxLines
		cell, half, res := r.reserve(len(line))
		if (res == reserved) != fits {
			t.Fatalf("%d: %d cells beside %d in %d lines: %d", i, need, used, len(want), res)
		}
		if !fits {
			continue
		}
		r.publish(cell, line)
		want, used = append(want, line), used+need
		if half != (used > cells/2 || len(want) > maxLines/2) || half != r.half() {
			t.Fatalf("%d: half %t with %d cells in %d lines", i, half, used, len(want))
		}
	}
	if r.queued() != len(want) {
		t.Fatalf("%d queued, want %d", r.queued(), len(want))
	}
	r.close()
	if _, _, res := r.reserve(1); res != ringClosed {
		t.Fatal("room in a closed ring")
	}
	if r.finished(next) != (len(want) == 0) {
		t.Fatal("finished with lines in it, or not without")
	}
}
