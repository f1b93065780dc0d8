package export

// queue is the batches that wait in memory, the oldest first.
type queue struct {
	items []item
	head  int   // items before it are gone
	bytes int64 // that the items take
}

func (q *queue) empty() bool { return q.head == len(q.items) }

func (q *queue) push(i item) {
	q.items = append(q.items, i)
	q.bytes += i.size()
}

// front returns the oldest batch, which stays.
func (q *queue) front() *item { return &q.items[q.head] }

// pop removes the oldest batch.
func (q *queue) pop() {
	q.bytes -= q.items[q.head].size()
	q.items[q.head] = item{}
	q.head++
	switch {
	case q.empty():
		q.items, q.head = q.items[:0], 0
		if cap(q.items) > 4096 {
			q.items = nil
		}
	case q.head > 1024 && q.head > len(q.items)/2:
		n := copy(q.items, q.items[q.head:])
		clear(q.items[n:])
		q.items, q.head = q.items[:n], 0
	}
}
