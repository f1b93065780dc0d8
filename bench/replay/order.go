package replay

import (
	"container/heap"
	"io"
)

// How far the lines of a capture may be out of order: a line is written when its exchange ends, and not when it began.
const (
	windowLines = 4096
	windowBytes = 16 << 20
)

// ordered reads exchanges in the order of their starts, as far as a window of bounded size can tell. An exchange that took
// longer than the window lasts comes late; [loaded] sorts once more, and [streamed] sends it at the time of the one before.
type ordered struct {
	reader
	window window
	held   int // bytes of the lines in the window
	ended  bool
}

// next returns io.EOF after the last exchange.
func (o *ordered) next() (*Exchange, error) {
	for !o.ended && len(o.window) < windowLines && o.held < windowBytes {
		e := new(Exchange)
		switch err := o.reader.next(e); err {
		case nil:
			o.held += e.line
			heap.Push(&o.window, e)
		case io.EOF:
			o.ended = true
		default:
			return nil, err
		}
	}
	if len(o.window) == 0 {
		return nil, io.EOF
	}
	e := heap.Pop(&o.window).(*Exchange)
	o.held -= e.line
	return e, nil
}

// window is a heap of exchanges, the earliest first.
type window []*Exchange

// Len is how many exchanges wait.
func (w window) Len() int { return len(w) }

// Less puts the earlier first.
func (w window) Less(i, j int) bool { return w[i].at.Before(w[j].at) }

// Swap is for the heap.
func (w window) Swap(i, j int) { w[i], w[j] = w[j], w[i] }

// Push is for the heap.
func (w *window) Push(e any) { *w = append(*w, e.(*Exchange)) }

// Pop is for the heap.
func (w *window) Pop() any {
	last := len(*w) - 1
	e := (*w)[last]
	(*w)[last] = nil
	*w = (*w)[:last]
	return e
}
