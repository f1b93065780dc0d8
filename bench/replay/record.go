package replay

import (
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// The range of the histograms, in microseconds, and their precision in decimal digits.
const (
	leastUS  = 1
	mostUS   = int64(time.Hour / time.Microsecond)
	accuracy = 3
)

func newHistogram() *hdrhistogram.Histogram { return hdrhistogram.New(leastUS, mostUS, accuracy) }

// recorder counts what comes back. Its lock is held for the time that it takes to add a few numbers.
type recorder struct {
	mu       sync.Mutex
	response *hdrhistogram.Histogram // from the intended start to the end of the answer
	service  *hdrhistogram.Histogram // from the actual start
	lag      *hdrhistogram.Histogram // from the intended start to the actual one
	statuses map[int]int64
	failures [failures]int64
	sent     int64
	inFlight int64
	now      intervalCount
}

// intervalCount is what the interval that lasts has brought so far.
type intervalCount struct {
	sent     int64
	answered int64
	failed   int64
	errors   int64
	response *hdrhistogram.Histogram
}

func newRecorder() *recorder {
	return &recorder{
		response: newHistogram(), service: newHistogram(), lag: newHistogram(),
		statuses: map[int]int64{},
		now:      intervalCount{response: newHistogram()},
	}
}

// began counts a request that is being sent now, so much later than it was intended.
func (r *recorder) began(lag time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent++
	r.inFlight++
	r.now.sent++
	record(r.lag, lag)
}

// ended counts the answer to a request, or its failure. What gave no answer in time is in the distributions with the time that
// it waited; what failed in another way is not: a refusal is quick, and would make the target look so.
func (r *recorder) ended(req *request, a answer, response, service time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inFlight--
	r.failures[a.failure]++
	req.mix.add(req, a.status, a.size)
	if a.failure == Answered {
		r.statuses[a.status]++
		r.now.answered++
	} else {
		r.now.failed++
	}
	if a.failure != Answered || a.status >= 500 {
		r.now.errors++
	}
	if a.failure == Answered || a.failure == Timeout {
		record(r.response, response)
		record(r.now.response, response)
		record(r.service, service)
	}
}

// unsent counts a request that was due and for which there was no connection until the end.
func (r *recorder) unsent(waited time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failures[Unsent]++
	r.now.failed++
	r.now.errors++
	record(r.response, waited)
	record(r.now.response, waited)
}

func record(h *hdrhistogram.Histogram, d time.Duration) {
	// The value is in range, so that there is no error.
	_ = h.RecordValue(min(max(d.Microseconds(), leastUS), mostUS))
}

// cut ends the interval that lasts and begins another.
func (r *recorder) cut() (i Interval) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := &r.now
	i = Interval{Sent: n.sent, Answered: n.answered, Failed: n.failed, Errors: n.errors, InFlight: r.inFlight}
	if n.response.TotalCount() > 0 {
		i.P50, i.P90 = n.response.ValueAtQuantile(50), n.response.ValueAtQuantile(90)
		i.P99, i.Max = n.response.ValueAtQuantile(99), n.response.Max()
	}
	n.response.Reset()
	*n = intervalCount{response: n.response}
	return i
}

// count returns how many requests have been sent.
func (r *recorder) count() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sent
}
