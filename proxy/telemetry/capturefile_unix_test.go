//go:build unix

package telemetry

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestCaptureFileOutlastsFullDisk writes to a disk that is full, again and again: what was captured stays, and no line is cut.
func TestCaptureFileOutlastsFullDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.jsonl")
	c := openTestCapture(t, path, 400, 3)
	line := []byte(strings.Repeat("x", 99) + "\n")
	for range 8 {
		if _, err := c.Write(line); err != nil {
			t.Fatal(err)
		}
	}
	full := func(bytes int64, do func()) {
		defer limitFileSize(t, bytes)()
		do()
	}
	full(int64(len(captureHead)/2), func() {
		c.n = c.options.Size // a new file is due
		for range 10 {
			if _, err := c.Write(line); err == nil {
				t.Fatal("the disk is not full")
			}
		}
	})
	full(int64(len(captureHead))+150, func() {
		if n, err := c.Write(append(append(line[:len(line):len(line)], line...), line...)); n != len(line) || err == nil {
			t.Errorf("%d bytes were taken, %v", n, err)
		}
	})
	if _, err := c.Write(line); err != nil {
		t.Fatal(err)
	}
	c.Close()
	want := map[string]int{"": 2, ".1": 2, ".2": 3}
	for suffix, lines := range want {
		text, err := os.ReadFile(path + suffix)
		if err != nil || string(text) != captureHead+strings.Repeat(string(line), lines) {
			t.Errorf("c.jsonl%s: %v, not %d lines:\n%s", suffix, err, lines, text)
		}
	}
}

// limitFileSize lets no file of this process grow beyond so many bytes until what it returns is called: to who writes it is as if the
// disk were full.
func limitFileSize(t *testing.T, bytes int64) (lift func()) {
	t.Helper()
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: uint64(bytes), Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
			t.Error(err)
		}
	}
}
