package replay

import (
	"cmp"
	"slices"
	"sync"
)

// maxMix bounds how many listeners, routes and methods are told apart; what comes after is counted together.
const maxMix = 1000

// mix counts what was recorded and what came of it now, by listener, route and method.
type mix struct {
	mu      sync.Mutex // guards entries: a streamed capture finds new ones while others are counted
	entries map[mixKey]*mixEntry
}

type mixKey struct{ listener, route, method string }

// mixEntry is counted under the recorder's lock.
type mixEntry struct {
	key                mixKey
	sent               int64
	recorded, replayed tally
	fidelity           Fidelity
}

// tally counts answers.
type tally struct {
	statuses map[int]int64
	answers  int64
	bytes    int64
}

func (t *tally) add(status int, size int64) {
	if t.statuses == nil {
		t.statuses = map[int]int64{}
	}
	t.statuses[status]++
	t.answers++
	t.bytes += max(0, size)
}

func newMix() *mix { return &mix{entries: map[mixKey]*mixEntry{}} }

func (m *mix) entry(listener, route, method string) *mixEntry {
	key := mixKey{listener, route, shownMethod(method)}
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.entries[key]
	if e == nil && len(m.entries) >= maxMix {
		key = mixKey{route: "others"}
		e = m.entries[key]
	}
	if e == nil {
		e = &mixEntry{key: key}
		m.entries[key] = e
	}
	return e
}

// shownMethod returns the method, if it is one of HTTP's: any other is text of a client's choice.
func shownMethod(method string) string {
	switch method {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE":
		return method
	}
	return "others"
}

// add counts a request that was sent, and its answer unless its status is 0.
func (e *mixEntry) add(req *request, status int, size int64) {
	e.sent++
	if req.status != 0 {
		e.recorded.add(req.status, req.size)
	}
	if status == 0 {
		return
	}
	e.replayed.add(status, size)
	e.fidelity.compare(req, status, size)
}

// Fidelity says how alike the answers are to the recorded ones, one by one.
type Fidelity struct {
	Compared      int64 `json:"compared"`       // answers to requests whose status was recorded
	SameStatus    int64 `json:"same_status"`    // those with the same status
	SizesCompared int64 `json:"sizes_compared"` // answers to requests whose answer's size was recorded
	SameSize      int64 `json:"same_size"`      // those whose body is within 1 % of it
}

func (f *Fidelity) compare(req *request, status int, size int64) {
	if req.status == 0 {
		return
	}
	f.Compared++
	if status == req.status {
		f.SameStatus++
	}
	if req.size < 0 || req.head {
		return
	}
	f.SizesCompared++
	if diff := size - req.size; 100*max(diff, -diff) <= req.size {
		f.SameSize++
	}
}

func (f *Fidelity) add(other Fidelity) {
	f.Compared += other.Compared
	f.SameStatus += other.SameStatus
	f.SizesCompared += other.SizesCompared
	f.SameSize += other.SameSize
}

// MixLine is what came of the requests of one listener, route and method.
type MixLine struct {
	Listener string  `json:"listener,omitempty"`
	Route    string  `json:"route,omitempty"`
	Method   string  `json:"method,omitempty"`
	Sent     int64   `json:"sent"`
	Recorded Answers `json:"recorded"` // of the same requests, when they were captured
	Replayed Answers `json:"replayed"`
}

// Answers counts answers: by status, and the bytes of their bodies.
type Answers struct {
	Answers  int64         `json:"answers"`
	Statuses map[int]int64 `json:"statuses,omitempty"`
	Bytes    int64         `json:"bytes"`
}

// lines returns what was counted, the most frequent first.
func (m *mix) lines() (lines []MixLine, total Fidelity) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.entries {
		if e.sent == 0 {
			continue
		}
		lines = append(lines, MixLine{
			Listener: e.key.listener, Route: e.key.route, Method: e.key.method, Sent: e.sent,
			Recorded: e.recorded.answered(), Replayed: e.replayed.answered(),
		})
		total.add(e.fidelity)
	}
	slices.SortFunc(lines, func(a, b MixLine) int {
		return cmp.Or(cmp.Compare(b.Sent, a.Sent), cmp.Compare(a.Listener, b.Listener), cmp.Compare(a.Route, b.Route),
			cmp.Compare(a.Method, b.Method))
	})
	return lines, total
}

func (t *tally) answered() Answers {
	return Answers{Answers: t.answers, Statuses: t.statuses, Bytes: t.bytes}
}
