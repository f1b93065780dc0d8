package replay

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// resultFormat is the version of the format of results.
const resultFormat = 1

// Result is what came of a run. It holds names, numbers and addresses of targets, and nothing of what was sent or answered.
// Its JSON is documented in bench/README.md.
type Result struct {
	Format     int                `json:"piiproxy_replay"`
	Name       string             `json:"name"` // what reports call the run
	Version    string             `json:"version"`
	Started    time.Time          `json:"started"`
	Machine    Machine            `json:"machine"`
	Plan       PlanResult         `json:"plan"`
	Elapsed    float64            `json:"elapsed_s"`
	Cut        bool               `json:"cut,omitempty"` // it was ended before its time
	Intended   int64              `json:"intended"`      // requests that were due
	Sent       int64              `json:"sent"`
	Answered   int64              `json:"answered"`
	Errors     int64              `json:"errors"` // no whole answer, or a status of 500 and more
	Failures   map[string]int64   `json:"failures"`
	Statuses   map[string]int64   `json:"statuses"` // by class: 2xx
	Rate       float64            `json:"rate"`     // answers a second
	Latency    Distribution       `json:"latency"`  // from the intended start
	Service    Distribution       `json:"service"`  // from the actual start
	Lag        Distribution       `json:"lag"`      // from the intended to the actual start
	Intervals  []Interval         `json:"intervals"`
	Process    *ProcessResult     `json:"process,omitempty"`
	Self       SelfResult         `json:"self"`
	Mix        []MixLine          `json:"mix"`
	Fidelity   Fidelity           `json:"fidelity"`
	Thresholds []ThresholdVerdict `json:"thresholds,omitempty"`
}

// Machine is where the run was made from.
type Machine struct {
	OS         string `json:"os"`
	Arch       string `json:"arch"`
	CPUs       int    `json:"cpus"`
	GOMAXPROCS int    `json:"gomaxprocs"`
}

// PlanResult is how it was made.
type PlanResult struct {
	Loop        string   `json:"loop"` // open or closed
	Rate        float64  `json:"rate,omitempty"`
	Speed       float64  `json:"speed,omitempty"`
	Connections int      `json:"connections"` // how many there may be
	Duration    float64  `json:"duration_s,omitempty"`
	Timeout     float64  `json:"timeout_s"`
	Interval    float64  `json:"interval_s"`
	Targets     []string `json:"targets"`
	Streamed    bool     `json:"streamed,omitempty"` // the capture was read while it was sent
}

// ProcessResult is what the watched processes used.
type ProcessResult struct {
	PIDs         []int   `json:"pids"`
	CPU          float64 `json:"cpu_s"`
	CPUPerAnswer float64 `json:"cpu_us_per_answer"`
	PeakRSS      int64   `json:"peak_rss_bytes"` // as seen at the ends of intervals
}

// SelfResult is what sending cost this process: near a whole processor, the numbers are ours and not the target's.
type SelfResult struct {
	CPU        float64 `json:"cpu_s"`
	CPUPerSend float64 `json:"cpu_us_per_request"`
}

// Distribution is how long things took, in microseconds.
type Distribution struct {
	Count int64   `json:"count"`
	Mean  float64 `json:"mean_us"`
	P50   int64   `json:"p50_us"`
	P90   int64   `json:"p90_us"`
	P99   int64   `json:"p99_us"`
	P999  int64   `json:"p999_us"`
	P9999 int64   `json:"p9999_us"`
	Max   int64   `json:"max_us"`
	Curve []Point `json:"curve"` // percentiles, denser towards 100
	HDR   []byte  `json:"hdr"`   // the whole histogram: HdrHistogram's V2, compressed, in Base64
}

// Point is a percentile and its value in microseconds. In JSON it is a pair.
type Point struct {
	Percentile float64
	US         int64
}

// MarshalJSON writes a pair.
func (p Point) MarshalJSON() ([]byte, error) {
	return json.Marshal([2]float64{p.Percentile, float64(p.US)})
}

// UnmarshalJSON reads a pair.
func (p *Point) UnmarshalJSON(b []byte) error {
	var pair [2]float64
	err := json.Unmarshal(b, &pair)
	p.Percentile, p.US = pair[0], int64(pair[1])
	return err
}

func distribution(h *hdrhistogram.Histogram) (Distribution, error) {
	d := Distribution{Count: h.TotalCount(), Curve: []Point{}}
	if d.Count > 0 {
		d.Mean, d.Max = h.Mean(), h.Max()
		d.P50, d.P90, d.P99 = h.ValueAtQuantile(50), h.ValueAtQuantile(90), h.ValueAtQuantile(99)
		d.P999, d.P9999 = h.ValueAtQuantile(99.9), h.ValueAtQuantile(99.99)
		const ticks = 10 // points for each half of the distance to 100 %
		for _, b := range h.CumulativeDistributionWithTicks(ticks) {
			d.Curve = append(d.Curve, Point{b.Quantile, b.ValueAt})
		}
	}
	var err error
	d.HDR, err = h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	return d, err
}

// result makes the result of a run that ended with err, unless nothing was sent.
func (r *run) result(err error) (*Result, error) {
	if err != nil && r.record.sent == 0 {
		return nil, err
	}
	rec := r.record
	out := &Result{
		Format: resultFormat, Started: r.start.UTC(),
		Machine: Machine{runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.GOMAXPROCS(0)},
		Plan:    r.planResult(),
		Elapsed: r.watch.last.Sub(r.start).Seconds(), Cut: r.cut || err != nil,
		Sent: rec.sent, Intended: rec.sent + rec.failures[Unsent], Answered: rec.failures[Answered], Errors: r.watch.errors,
		Failures: map[string]int64{}, Statuses: map[string]int64{},
		Intervals: r.watch.intervals,
	}
	for f := Connect; f < failures; f++ {
		out.Failures[f.String()] = rec.failures[f]
	}
	for status, n := range rec.statuses {
		out.Statuses[strconv.Itoa(status/100)+"xx"] += n
	}
	if out.Elapsed > 0 {
		out.Rate = float64(out.Answered) / out.Elapsed
	}
	out.Mix, out.Fidelity = r.capture.mix.lines()
	r.addUsage(out)
	var errs [3]error
	out.Latency, errs[0] = distribution(rec.response)
	out.Service, errs[1] = distribution(rec.service)
	out.Lag, errs[2] = distribution(rec.lag)
	if err != nil {
		return out, err
	}
	return out, errors.Join(errs[:]...)
}

func (r *run) planResult() PlanResult {
	p := PlanResult{
		Loop: "open", Rate: r.plan.Rate, Speed: r.plan.Speed, Connections: r.plan.Connections,
		Duration: r.plan.Duration.Seconds(), Timeout: r.plan.Timeout.Seconds(), Interval: r.plan.Interval.Seconds(),
		Streamed: r.capture.streamed,
	}
	if r.plan.Closed > 0 {
		p.Loop = "closed"
	}
	for _, t := range r.capture.targets.list {
		p.Targets = append(p.Targets, t.address)
	}
	return p
}

func (r *run) addUsage(out *Result) {
	out.Self.CPU = (usageOf(os.Getpid()).cpu - r.watch.selfBefore).Seconds()
	out.Self.CPUPerSend = perMillion(out.Self.CPU, out.Sent)
	if w := &r.watch; len(w.watched) > 0 {
		cpu := (w.before.cpu - w.first.cpu).Seconds()
		out.Process = &ProcessResult{PIDs: w.watched, CPU: cpu, CPUPerAnswer: perMillion(cpu, out.Answered), PeakRSS: w.peak}
	}
}

// perMillion is seconds a thing, in microseconds.
func perMillion(seconds float64, things int64) float64 {
	if things == 0 {
		return 0
	}
	return seconds * 1e6 / float64(things)
}

// ReadResult reads a result file. Its errors name the file and do not quote it.
func ReadResult(file string) (*Result, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	r := new(Result)
	if json.Unmarshal(b, r) != nil || r.Format == 0 {
		return nil, fmt.Errorf("replay: %s: not a result of a replay", file)
	}
	if r.Format != resultFormat {
		return nil, fmt.Errorf("replay: %s: a version of the format that this program does not know", file)
	}
	return r, nil
}
