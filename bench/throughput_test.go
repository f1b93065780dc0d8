package bench

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

var (
	throughput = flag.Int("throughput", 0, "measure filters on logs of this many MB, for example 256")
	rounds     = flag.Int("rounds", 5, "how often each filter runs, in turn with the others")
)

// The four patterns that every filter but ours is given: what operators write into their log pipelines.
var patterns = []string{
	`\+[0-9]{8,15}`,
	`[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}`,
	`\b[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\b`,
	`\b[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{0,4}){3,7}\b`,
}

const lineSize = 264 // bytes with the line break

// regexpFilterEnv makes the test binary the filter that most programs in Go would have.
const regexpFilterEnv = "PIIPROXY_BENCH_REGEXP_FILTER"

func TestMain(m *testing.M) {
	if os.Getenv(regexpFilterEnv) != "" {
		if err := regexpFilter(os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func regexpFilter(in io.Reader, out io.Writer) error {
	var shapes []*regexp.Regexp
	for _, p := range patterns {
		shapes = append(shapes, regexp.MustCompile(p))
	}
	r, w := bufio.NewScanner(in), bufio.NewWriterSize(out, 1<<16)
	for r.Scan() {
		line := r.Bytes()
		for _, s := range shapes {
			line = s.ReplaceAllLiteral(line, []byte("redacted"))
		}
		_, _ = w.Write(line)
		_ = w.WriteByte('\n')
	}
	return w.Flush()
}

// A filter is a whole program between standard input and output.
type filter struct {
	name string
	args []string
	env  []string
	max  int // MB that it gets; 0 for all
}

// TestThroughput measures whole processes on one processor: user and system time as the operating system accounts them.
// Filters run in turn, round by round, so that the machine's drift meets all of them.
func TestThroughput(t *testing.T) {
	if *throughput == 0 {
		t.Skip("run with -throughput 256")
	}
	dir := t.TempDir()
	filters := makeFilters(t, dir)
	for _, load := range []struct {
		name  string
		every int // lines from one finding to the next
	}{{"dense: a finding in every line", 1}, {"sparse: a finding in 10 KB", 10_000 / lineSize}} {
		file, planted := writeLog(t, dir, *throughput, load.every)
		speeds := make([][]float64, len(filters))
		for range *rounds {
			for i, f := range filters {
				speeds[i] = append(speeds[i], runFilter(t, f, file))
			}
		}
		checkPlanted(t, filters[0], file, planted)
		t.Logf("%s\n%s", load.name, speedTable(filters, speeds))
	}
}

func makeFilters(t *testing.T, dir string) []filter {
	t.Helper()
	binary := filepath.Join(dir, "piiproxy")
	if out, err := exec.Command("go", "build", "-o", binary, "../cmd/piiproxy").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	ring := filepath.Join(dir, "ring")
	if out, err := exec.Command(binary, "keys", "init", ring).CombinedOutput(); err != nil {
		t.Fatalf("keys init: %v\n%s", err, out)
	}
	config := filepath.Join(dir, "tokens.yaml")
	text := "keys: {file: " + ring + "}\nsurfaces: {log: {kinds: {phone: token, email: token, ip: token}}}\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	filters := []filter{
		{name: "piiproxy redact", args: []string{binary, "redact"}},
		{name: "piiproxy redact, tokens", args: []string{binary, "redact", "--config", config}},
		{name: "Go regexp", args: []string{os.Args[0]}, env: []string{regexpFilterEnv + "=1"}, max: 8},
	}
	if rg, err := exec.LookPath("rg"); err == nil {
		args := []string{rg, "--no-config", "--passthru", "-N", "--color", "never", "-r", "redacted"}
		for _, p := range patterns {
			args = append(args, "-e", p)
		}
		filters = append(filters, filter{name: "ripgrep", args: args})
	} else {
		t.Log("ripgrep is not installed: left out")
	}
	return filters
}

// runFilter returns MB of input per second of processor time.
func runFilter(t *testing.T, f filter, file string) float64 {
	t.Helper()
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		t.Fatal(err)
	}
	size := info.Size()
	cmd := exec.Command(f.args[0], f.args[1:]...)
	cmd.Env = append(append(os.Environ(), "GOMAXPROCS=1"), f.env...)
	cmd.Stdin = in
	if f.max > 0 && size > int64(f.max)<<20 {
		size = int64(f.max) << 20
		part := filepath.Join(filepath.Dir(file), "part")
		copyPart(t, part, in, size)
		small, err := os.Open(part)
		if err != nil {
			t.Fatal(err)
		}
		defer small.Close()
		cmd.Stdin = small
	}
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	cmd.Stdout = null
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v", f.name, err)
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	cpu := time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	return float64(size) / 1e6 / cpu.Seconds()
}

func copyPart(t *testing.T, path string, in io.Reader, size int64) {
	t.Helper()
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(out, in, size); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

// writeLog writes lines like those of services, with a value in every so many of them. All values are different.
func writeLog(t *testing.T, dir string, size, every int) (path string, planted [][]byte) {
	t.Helper()
	path = filepath.Join(dir, "log-"+strconv.Itoa(every))
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriterSize(out, 1<<20)
	r := rand.New(rand.NewPCG(uint64(every), 7))
	for i := range size << 20 / lineSize {
		var value string
		if i%every == 0 {
			value = plant(r, i/every)
			if len(planted) < 5000 {
				planted = append(planted, []byte(value))
			}
		}
		_, _ = w.Write(logLine(r, i, value))
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return path, planted
}

func plant(r *rand.Rand, n int) string {
	switch n % 4 {
	case 0:
		return fmt.Sprintf("+3069%08d", r.IntN(100_000_000))
	case 1:
		return fmt.Sprintf("user%d@mail.example.com", r.IntN(100_000_000))
	case 2:
		return fmt.Sprintf("203.%d.%d.%d", r.IntN(256), r.IntN(256), r.IntN(256))
	}
	return fmt.Sprintf("2001:db8:%x:%x::%x", 1+r.IntN(65535), 1+r.IntN(65535), 1+r.IntN(65535))
}

const filler = " component=dispatcher region=eu-west shard=blue worker accepted the message and queued it for delivery to the next " +
	"hop after checking quota, credit, schedule and template; nothing else to do here until the report comes back from there"

func logLine(r *rand.Rand, i int, value string) []byte {
	line := fmt.Appendf(nil, "2026-11-23T%02d:%02d:%02d.%03dZ INFO  id=%08x-%04x took=%dms", i/3600000%24, i/60000%60, i/1000%60, i%1000, r.Uint32(), r.IntN(65536), r.IntN(900))
	if value != "" {
		line = append(append(line, " peer "...), value...)
	}
	line = append(line, filler...)
	return append(line[:lineSize-1], '\n')
}

// checkPlanted lets the filter's speed count only if none of the values is left.
func checkPlanted(t *testing.T, f filter, file string, planted [][]byte) {
	t.Helper()
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	cmd := exec.Command(f.args[0], f.args[1:]...)
	cmd.Stdin = in
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	left := map[string]bool{}
	for word := range bytes.FieldsSeq(out) {
		left[string(word)] = true
	}
	for _, value := range planted {
		if left[string(value)] {
			t.Fatalf("%s left a planted value", f.name)
		}
	}
}

func speedTable(filters []filter, speeds [][]float64) string {
	last := speeds[len(speeds)-1]
	var lines [][]string
	for i, f := range filters {
		var ratios []float64
		for round := range speeds[i] {
			ratios = append(ratios, speeds[i][round]/last[round])
		}
		lines = append(lines, []string{f.name, fmt.Sprintf("%.0f", median(speeds[i])), fmt.Sprintf("%.2f", median(ratios)), spread(ratios)})
	}
	head := []string{"filter", "MB per CPU second, median", "ratio to " + filters[len(filters)-1].name, "least and greatest ratio"}
	return table(head, lines) + fmt.Sprintf("%s, GOMAXPROCS=1, %d rounds\n", strings.TrimSpace(runtime.GOOS+"/"+runtime.GOARCH), len(last))
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}

func spread(v []float64) string { return fmt.Sprintf("%.2f–%.2f", slices.Min(v), slices.Max(v)) }
