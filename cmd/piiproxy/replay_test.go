package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

// TestReplayExit holds the exit codes of runs in which nobody answers.
func TestReplayExit(t *testing.T) {
	const nobody = "127.0.0.1:1" // listens there; a port that was free a moment ago need not be
	corpus := filepath.Join(t.TempDir(), "corpus")
	for _, tt := range []struct {
		flags string
		code  int
		says  string
	}{
		{"--gen routee -n 20 --out " + corpus, 0, ""},
		{corpus + " --closed 1 --target http://" + nobody, exitFailure, "no request was answered"},
		{corpus + " --closed 1 --fail-errors 99% --target http://" + nobody, int(exitThreshold), "errors 100.00% exceeds 99.00%"},
		{corpus + " --closed 1 --fail-p99 1h --target http://" + nobody, int(exitThreshold), "p99 was measured on nothing"},
		{corpus + " --closed 1", exitMisuse, "no target"},
		{"--gen routee --compare", exitMisuse, "exclude one another"},
	} {
		var out bytes.Buffer
		code := run(append([]string{"replay"}, strings.Fields(tt.flags)...), strings.NewReader(""), &out, &out)
		if code != tt.code || !strings.Contains(out.String(), tt.says) {
			t.Errorf("replay %s: exit %d, want %d and %q:\n%s", tt.flags, code, tt.code, tt.says, out.String())
		}
	}
}

func TestReplayFlags(t *testing.T) {
	var (
		r rate
		f speed
		p share
		n byteSize
	)
	for _, tt := range []struct {
		flag interface{ UnmarshalText([]byte) error }
		good map[string]float64
		bad  []string
		got  func() float64
	}{
		{&r, map[string]float64{"2000/s": 2000, "0.5": 0.5, "120/m": 2}, []string{"", "0", "-1/s", "1/x", "x", "NaN"}, func() float64 { return float64(r) }},
		{&f, map[string]float64{"2x": 2, "0.5": 0.5}, []string{"", "0x", "-1x", "2y"}, func() float64 { return float64(f) }},
		{&p, map[string]float64{"0.1%": 0.001, "0": 0, "1": 1, "100%": 1}, []string{"", "101%", "2", "-1%", "x%"}, func() float64 { return float64(p) }},
		{&n, map[string]float64{"64KiB": 65536, "1GiB": 1 << 30, "7": 7}, []string{"", "0", "-1", "1MB", "9999999999"}, func() float64 { return float64(n) }},
	} {
		for text, want := range tt.good {
			if err := tt.flag.UnmarshalText([]byte(text)); err != nil || tt.got() != want {
				t.Errorf("%T: %q gives %v, %v", tt.flag, text, tt.got(), err)
			}
		}
		for _, text := range tt.bad {
			if tt.flag.UnmarshalText([]byte(text)) == nil {
				t.Errorf("%T: %q is taken", tt.flag, text)
			}
		}
	}
}
