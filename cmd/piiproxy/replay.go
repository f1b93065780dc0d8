package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/piiproxy/piiproxy/bench/replay"
)

// exitThreshold is the exit code of `replay` when the run did not hold to a threshold.
const exitThreshold = exitCode(3)

type replayCmd struct {
	Files []string `arg:"" optional:"" name:"FILE" help:"The capture, or its parts in order; with --report and --compare, results."`

	Target   string            `placeholder:"URL" help:"Where to send: http://HOST:PORT or https://HOST:PORT."`
	Listener map[string]string `placeholder:"NAME=URL" mapsep:"none" help:"Where to send what came in at this listener. May stand more than once."`
	Headers  string            `placeholder:"FILE" type:"path" help:"Headers, a line each, for every request, in place of those in the capture: a test's own credentials."`

	Rate   rate  `placeholder:"2000/s" help:"Open loop: so many requests a second."`
	Speed  speed `placeholder:"2x" help:"Open loop: the capture's own times, so many times as fast."`
	Closed int   `placeholder:"64" help:"Closed loop: so many connections, each sending when it has its answer."`

	Duration    time.Duration `placeholder:"30s" help:"Stop after this time, beginning the capture again as often as it takes (default: once through the capture)."`
	Connections int           `default:"256" help:"How many connections to each target an open loop may use (default: ${default})."`
	Timeout     time.Duration `default:"10s" help:"How long to wait for an answer (default: ${default})."`
	Memory      byteSize      `default:"256MiB" help:"Captures that are larger are read while they are sent (default: ${default})."`
	PID         []int         `name:"pid" placeholder:"N" help:"Processes whose CPU and memory to watch (default: those that listen at the target, if it is here)."`

	FailP50    *time.Duration `name:"fail-p50" placeholder:"5ms" help:"Exit with 3 if the median latency is more."`
	FailP90    *time.Duration `name:"fail-p90" placeholder:"20ms" help:"Exit with 3 if the latency's 90th percentile is more."`
	FailP99    *time.Duration `name:"fail-p99" placeholder:"50ms" help:"Exit with 3 if the latency's 99th percentile is more."`
	FailP999   *time.Duration `name:"fail-p999" placeholder:"200ms" help:"Exit with 3 if the latency's 99.9th percentile is more."`
	FailMax    *time.Duration `name:"fail-max" placeholder:"1s" help:"Exit with 3 if any latency is more."`
	FailErrors *share         `name:"fail-errors" placeholder:"0.1%" help:"Exit with 3 if more of the requests fail."`
	FailMix    *share         `name:"fail-mix" placeholder:"1%" help:"Exit with 3 if more of the answers have another status than was recorded."`

	Out     string   `placeholder:"DIR" type:"path" help:"Write result.json and report.html here; with --gen, the capture."`
	Name    string   `placeholder:"NAME" help:"What reports call this run (default: that of DIR, or the time it began)."`
	Overlay []string `placeholder:"RESULT" type:"path" help:"Results to show in the report besides this run."`
	Quiet   bool     `help:"No line of progress."`

	Report  bool   `help:"Make a report of results instead of a run."`
	Compare bool   `help:"Compare two results, or two lists of them, A1.json,A2.json B1.json,B2.json, instead of a run."`
	Gen     string `placeholder:"routee" help:"Make a corpus instead of a run: a capture of requests that nobody made."`
	Count   int    `short:"n" default:"10000" help:"How many requests the corpus has (default: ${default})."`
	Seed    uint64 `default:"1" help:"The same seed gives the same corpus (default: ${default})."`
}

// Help is the long help text.
func (replayCmd) Help() string {
	return `Sends the requests of a capture to a target and says how long the answers took:

    piiproxy replay capture.jsonl --target http://127.0.0.1:8080 --rate 2000/s --duration 30s --out run1

In an open loop, --rate and --speed, every request has a time at which it is to start, whatever became of those before it, and
its latency counts from there: a target that stalls is charged for all who would have come in the meantime. A request for which
no connection was free until the end, and a timeout after that, is an error. In a closed loop a slow target is asked less often,
and its latencies say little about what clients would see.

Nothing is sent twice. An error is a request without a whole answer, or an answer with a status of 500 and more. The bodies that
a capture withheld are filled to their size. TERM and INT end a run early; what came until then is reported. A capture holds no
credentials, and names the listener as the host where a route takes any: --headers has the place for Authorization and Host.

Exits with 3 if a threshold of --fail-… was exceeded, or if there was nothing to measure it on; each is printed.

    piiproxy replay --gen routee -n 100000 --seed 1 --out corpus.jsonl
    piiproxy replay --compare run1/result.json run2/result.json
    piiproxy replay --report run1/result.json run2/result.json --out both

The formats of captures and results are in bench/README.md.`
}

// Run does one of the four things that the flags can ask for.
func (c replayCmd) Run(s streams) error {
	asked := 0
	for _, one := range []bool{c.Report, c.Compare, c.Gen != ""} {
		if one {
			asked++
		}
	}
	switch {
	case asked > 1:
		return misuse("", "--report, --compare and --gen exclude one another")
	case c.Gen != "":
		return c.generate(s)
	case c.Compare:
		return c.compare(s)
	case c.Report:
		return c.report(s)
	}
	return c.replay(s)
}

// replay makes a run, shows it and judges it.
func (c replayCmd) replay(s streams) error {
	plan, capture, err := c.prepare(s)
	if err != nil {
		return err
	}
	defer capture.Close()
	overlays, err := readResults(c.Overlay)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal does not wait for the last answers
	result, broken := replay.Run(ctx, capture, plan)
	if result == nil {
		return captureFailure(broken)
	}
	result.Version, result.Name = version, c.name(result)
	held := c.thresholds().Apply(result)
	if c.Out != "" {
		if err := writeRun(c.Out, result, overlays); err != nil {
			return err
		}
	}
	if result.WriteText(s.out) != nil {
		return errOutput
	}
	switch {
	case broken != nil:
		return captureFailure(broken)
	case !held:
		return exitThreshold
	case result.Answered == 0:
		return hinted(errors.New("no request was answered"), "is the target there?")
	}
	return nil
}

func (c replayCmd) name(r *replay.Result) string {
	switch {
	case c.Name != "":
		return c.Name
	case c.Out != "":
		return filepath.Base(c.Out)
	}
	return r.Started.Format("2006-01-02 15:04:05")
}

// prepare opens the capture and makes the plan.
func (c replayCmd) prepare(s streams) (plan replay.Plan, capture *replay.Capture, err error) {
	if len(c.Files) == 0 {
		return plan, nil, misuse("piiproxy replay capture.jsonl --target http://127.0.0.1:8080 --rate 2000/s", "no capture")
	}
	targets, err := replay.NewTargets(c.Target, c.Listener)
	if err != nil {
		return plan, nil, misuse("--target http://127.0.0.1:8080", "%w", err)
	}
	plan = c.plan(targets)
	if !c.Quiet {
		plan.Watch = progressTo(s.err)
	}
	if err := plan.Validate(); err != nil {
		return plan, nil, misuse("--rate 2000/s, --speed 1x or --closed 64", "%w", err)
	}
	headers, err := readHeaders(c.Headers)
	if err != nil {
		return plan, nil, err
	}
	capture, err = replay.Open(c.Files, replay.CaptureOptions{
		Targets: targets, Headers: headers, Repeat: c.Duration > 0, Memory: int64(c.Memory)})
	return plan, capture, captureFailure(err)
}

func (c replayCmd) plan(targets *replay.Targets) replay.Plan {
	plan := replay.Plan{
		Rate: float64(c.Rate), Speed: float64(c.Speed), Closed: c.Closed,
		Duration: c.Duration, Connections: c.Connections, Timeout: c.Timeout, PIDs: c.PID,
		Interval: time.Second,
	}
	// A short run is cut into more intervals, so that they say something about its spread.
	if d := c.Duration / 20; d > 0 && d < plan.Interval {
		plan.Interval = max(d, 50*time.Millisecond)
	}
	if len(plan.PIDs) == 0 {
		plan.PIDs = replay.FindProcesses(targets)
	}
	return plan
}

func (c replayCmd) thresholds() replay.Thresholds {
	return replay.Thresholds{
		P50: c.FailP50, P90: c.FailP90, P99: c.FailP99, P999: c.FailP999, Max: c.FailMax,
		Errors: (*float64)(c.FailErrors), Mix: (*float64)(c.FailMix),
	}
}

// captureFailure adds what to do about a capture that cannot be replayed.
func captureFailure(err error) error {
	var missing *replay.NoTargetError
	var malformed *replay.CaptureError
	switch {
	case errors.As(err, &missing):
		return hinted(err, "--target URL for all listeners, or --listener "+missing.Listener+"=URL for this one")
	case errors.As(err, &malformed):
		return hinted(err, "the format of captures is in bench/README.md; the end of a capture whose writer was killed may be cut off")
	}
	return err
}
