package replay

import (
	"bytes"
	"encoding/json"
	"flag"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

var update = flag.Bool("update", false, "rewrite the goldens")

func decode(t *testing.T, d Distribution) *hdrhistogram.Histogram {
	t.Helper()
	h, err := hdrhistogram.Decode(d.HDR)
	if err != nil {
		t.Fatal(err)
	}
	if h.TotalCount() != d.Count {
		t.Errorf("the histogram holds %d values of %d", h.TotalCount(), d.Count)
	}
	return h
}

// TestResultFile writes a result and reads it again.
func TestResultFile(t *testing.T) {
	r, _ := runFake(t, Plan{Rate: 100, Duration: time.Second}, stalling(50, 100*time.Millisecond))
	Thresholds{P99: new(time.Duration)}.Apply(r)
	file := filepath.Join(t.TempDir(), "result.json")
	encoded, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, encoded, 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := ReadResult(file)
	if err != nil || !reflect.DeepEqual(again, r) {
		t.Errorf("read %+v, %v; want %+v", again, err, r)
	}
	for _, bad := range []string{"{", `{"piiproxy_replay":9}`, `{"a":"306912345678"}`, `[306912345678]`} {
		os.WriteFile(file, []byte(bad), 0o600)
		if _, err := ReadResult(file); err == nil || strings.Contains(strings.ReplaceAll(err.Error(), file, ""), "3069") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// TestResultIsDocumented looks for every member of a result in the README beside.
func TestResultIsDocumented(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[reflect.Type]bool{}
	var look func(typ reflect.Type)
	look = func(typ reflect.Type) {
		for typ.Kind() == reflect.Slice || typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || typ == reflect.TypeFor[time.Time]() || typ == reflect.TypeFor[Point]() || seen[typ] {
			return
		}
		seen[typ] = true
		for f := range typ.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if !bytes.Contains(readme, []byte("`"+name+"`")) {
				t.Errorf("bench/README.md does not say what `%s` is", name)
			}
			look(f.Type)
		}
	}
	look(reflect.TypeFor[Result]())
}

func TestThresholds(t *testing.T) {
	ms := func(n int) *time.Duration { d := time.Duration(n) * time.Millisecond; return &d }
	part := func(v float64) *float64 { return &v }
	r := Result{Intended: 1000, Errors: 2, Latency: Distribution{Count: 1000, P50: 900, P99: 20_000, Max: 70_000},
		Fidelity: Fidelity{Compared: 100, SameStatus: 98}}
	for _, tt := range []struct {
		limits Thresholds
		held   bool
		says   string
	}{
		{Thresholds{}, true, ""},
		{Thresholds{P50: ms(1), P99: ms(20)}, true, "p50 900µs within 1.00ms|p99 20.0ms within 20.0ms"},
		{Thresholds{P99: ms(19)}, false, "p99 20.0ms exceeds 19.0ms"},
		{Thresholds{Max: ms(50)}, false, "max 70.0ms exceeds 50.0ms"},
		{Thresholds{Errors: part(0.002)}, true, "errors 0.20% within 0.20%"},
		{Thresholds{Errors: part(0.001)}, false, "errors 0.20% exceeds 0.10%"},
		{Thresholds{Mix: part(0.01)}, false, "mix 2.00% exceeds 1.00%"},
	} {
		run := r
		held := tt.limits.Apply(&run)
		var says []string
		for _, v := range run.Thresholds {
			says = append(says, v.String())
		}
		if held != tt.held || strings.Join(says, "|") != tt.says {
			t.Errorf("%v %q, want %v %q", held, says, tt.held, tt.says)
		}
	}
	// Where nothing was measured nothing holds.
	for _, limits := range []Thresholds{{P99: ms(1)}, {Errors: part(1)}, {Mix: part(1)}} {
		var nothing Result
		if limits.Apply(&nothing) || !strings.Contains(nothing.Thresholds[0].String(), "nothing") {
			t.Errorf("%v", nothing.Thresholds)
		}
	}
}

// made is a result with intervals that are so far apart.
func made(name string, p99 int64, jitter int64) *Result {
	r := &Result{Name: name, Plan: PlanResult{Loop: "open", Rate: 100}, Intended: 1000, Answered: 1000, Rate: 100,
		Latency: Distribution{Count: 1000, P50: p99 / 10, P90: p99 / 2, P99: p99, Max: 2 * p99},
		Process: &ProcessResult{CPUPerAnswer: 40, PeakRSS: 32 << 20}}
	for i := range int64(12) {
		p := p99 + jitter*(i*7%12)
		r.Intervals = append(r.Intervals, Interval{End: float64(i + 1), Length: 1, Sent: 100, Answered: 100, Errors: i % 3 / 2,
			P50: p / 10, P90: p / 2, P99: p, Max: 2 * p, CPU: 0.004, RSS: 32 << 20})
	}
	return r
}

// TestCompare holds the tables to a golden: a difference, none, and whole runs.
func TestCompare(t *testing.T) {
	var out bytes.Buffer
	many := func(name string, p99 int64) (all []*Result) {
		for i := range int64(5) {
			all = append(all, made(name, p99+i*10, 10))
		}
		return all
	}
	other := made("failing", 15_000, 200)
	other.Plan.Rate, other.Errors = 200, 30
	for i := range other.Intervals {
		other.Intervals[i].Errors += int64(i % 5)
	}
	for _, sides := range [][2][]*Result{
		{{made("before", 10_000, 200)}, {made("after", 15_000, 200)}},
		{{made("before", 10_000, 200)}, {made("again", 10_010, 200)}},
		{many("old", 10_000), many("new", 9_000)},
		{{made("before", 10_000, 200)}, {other}},
	} {
		if err := Compare(&out, sides[0], sides[1]); err != nil {
			t.Fatal(err)
		}
		out.WriteByte('\n')
	}
	golden(t, "testdata/compare.txt", out.Bytes())
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s says\n%s\nand not\n%s", file, want, got)
	}
}

// TestFindProcesses finds this one by a port that it listens on.
func TestFindProcesses(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("no /proc here")
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	targets, err := NewTargets("http://"+ln.Addr().String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if pids := FindProcesses(targets); !slices.Equal(pids, []int{os.Getpid()}) {
		t.Errorf("found %d, want %d", pids, os.Getpid())
	}
	if u := watchable([]int{os.Getpid(), 1 << 30}).usage(); u.rss < 1<<20 {
		t.Errorf("usage %+v", u)
	}
	far, err := NewTargets("http://192.0.2.1:80", nil)
	if err != nil || FindProcesses(far) != nil {
		t.Error("a process of another machine was found here")
	}
}

// TestCompareCleansNames holds names of results, which somebody else may have written, to changing nothing of a terminal or the table.
func TestCompareCleansNames(t *testing.T) {
	var out bytes.Buffer
	if err := Compare(&out, []*Result{made("a\x1b]0;x\x07\t\n\u202eb", 10, 1)}, []*Result{made("é ✓", 10, 1)}); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(out.String(), "\x1b\x07\u202e") || !strings.Contains(out.String(), "a?]0;x????b") || !strings.Contains(out.String(), "é ✓") {
		t.Errorf("%q", out.String())
	}
}
