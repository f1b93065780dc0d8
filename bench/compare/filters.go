package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/piiproxy/piiproxy/bench/internal/child"
)

// patterns are what operators write into their log pipelines: every filter but ours is given them.
var patterns = []string{
	`\+[0-9]{8,15}`,
	`[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}`,
	`\b[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\b`,
	`\b[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{0,4}){3,7}\b`,
}

// A filter is a whole program between standard input and output.
type filter struct {
	name  string
	args  []string
	env   []string
	slow  bool // it gets the beginning of the log only
	speed []float64
}

// filters returns ours, and those of the others that this machine has. The last is what they are compared with.
func (h *harness) filters() ([]*filter, error) {
	binary, err := h.tools.piiproxy()
	if err != nil {
		return nil, err
	}
	config, err := h.filterConfig(binary)
	if err != nil {
		return nil, err
	}
	me, err := os.Executable()
	if err != nil {
		return nil, err
	}
	all := []*filter{
		{name: "piiproxy redact", args: []string{binary, "redact"}},
		{name: "with tokens, every value different", args: []string{binary, "redact", "--config", config}},
		{name: "Go regexp", args: []string{me}, env: []string{childEnv + "=filter"}, slow: true},
	}
	if sed, err := child.Find("sed"); err != nil {
		h.leaveOut("sed", err)
	} else {
		all = append(all, &filter{name: "sed", args: sedArgs(sed), env: []string{"LC_ALL=C"}, slow: true})
	}
	rg, err := child.Find("rg")
	if err != nil {
		h.leaveOut("ripgrep", err)
		return all, nil
	}
	args := []string{rg, "--no-config", "--passthru", "-N", "--color", "never", "-r", "redacted"}
	for _, p := range patterns {
		args = append(args, "-e", p)
	}
	return append(all, &filter{name: "ripgrep", args: args}), nil
}

func sedArgs(sed string) []string {
	args := []string{sed, "-E"}
	for _, p := range patterns {
		args = append(args, "-e", "s/"+strings.ReplaceAll(p, "(?:", "(")+"/redacted/g")
	}
	return args
}

// filterConfig writes the configuration that makes tokens, with a keyring.
func (h *harness) filterConfig(binary string) (string, error) {
	ring := filepath.Join(h.tools.dir, "ring")
	if out, err := exec.Command(binary, "keys", "init", ring).CombinedOutput(); err != nil {
		return "", fmt.Errorf("keys init: %w\n%s", err, out)
	}
	config := filepath.Join(h.tools.dir, "tokens.yaml")
	text := "keys: {file: " + ring + "}\nsurfaces: {log: {kinds: " + tokens + "}}\n"
	return config, os.WriteFile(config, []byte(text), 0o600)
}

// run returns MB of input per second of processor time, on one processor.
func (f *filter) run(ctx context.Context, l *logFile) (float64, error) {
	path, size := l.whole, l.size
	if f.slow {
		path, size = l.part, l.partSize
	}
	in, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	cmd := f.command(ctx)
	cmd.Stdin = in // and standard output is the null device
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("%s: %w", f.name, err)
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	cpu := time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	return float64(size) / 1e6 / cpu.Seconds(), nil
}

func (f *filter) command(ctx context.Context) *exec.Cmd {
	cmd := exec.CommandContext(ctx, f.args[0], f.args[1:]...)
	cmd.Env = append(append(os.Environ(), "GOMAXPROCS=1"), f.env...)
	return cmd
}

// leaves returns how many of the planted values a filter leaves.
func (f *filter) leaves(ctx context.Context, l *logFile) (left int, err error) {
	in, err := os.Open(l.part)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	cmd := f.command(ctx)
	cmd.Stdin = in
	out, err := cmd.Output()
	if err != nil {
		return 0, fmt.Errorf("%s: %w", f.name, err)
	}
	words := map[string]bool{}
	for word := range bytes.FieldsSeq(out) {
		words[string(word)] = true
	}
	for _, value := range l.planted {
		if words[value] {
			left++
		}
	}
	return left, nil
}

// regexpFilter is the filter that most programs in Go would have.
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
