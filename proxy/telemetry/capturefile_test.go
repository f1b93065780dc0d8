package telemetry

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/piiproxy/piiproxy/redact"
)

func openTestCapture(t *testing.T, path string, size int64, files int) *CaptureFile {
	t.Helper()
	c, err := OpenCapture(path, CaptureOptions{Size: size, Files: files, Started: time.Unix(1764110000, 0), Version: "1.2"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const captureHead = `{"piiproxy_capture":1,"started":"2025-11-25T22:33:20.000000Z","version":"1.2"}` + "\n"

// TestCaptureFileIsBounded writes far more than fits, and expects so many files, no longer than may be, that nobody else may read.
func TestCaptureFileIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.jsonl")
	const size, files = 1000, 3
	c := openTestCapture(t, path, size, files)
	line := []byte(strings.Repeat("x", 99) + "\n")
	for range 100 {
		if n, err := c.Write(line); n != len(line) || err != nil {
			t.Fatal(n, err)
		}
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	all, _ := filepath.Glob(path + "*")
	if len(all) != files {
		t.Errorf("there are %d files", len(all))
	}
	for _, name := range all {
		text, err := os.ReadFile(name)
		if err != nil || len(text) > size || !bytes.HasPrefix(text, []byte(captureHead)) || (len(text)-len(captureHead))%len(line) != 0 {
			t.Errorf("%s: %v, %d bytes: %.100s", name, err, len(text), text)
		}
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
	}
	if c.Rotated() == 0 || c.Written() < 100*100 {
		t.Errorf("%d bytes, %d files full", c.Written(), c.Rotated())
	}
}

// TestCaptureFileBeginsAnew keeps what an earlier process has written, and begins again where the file was renamed away.
func TestCaptureFileBeginsAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.jsonl")
	first := openTestCapture(t, path, 1000, 2)
	fmt.Fprintln(first, "first")
	first.Close()
	c := openTestCapture(t, path, 1000, 2)
	fmt.Fprintln(c, "second")
	if err := c.Reopen(); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(c, "still second")
	if err := os.Rename(path, path+".moved"); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(c, "in the moved one")
	if err := c.Reopen(); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(c, "third")
	c.Close()
	for name, want := range map[string]string{
		".1": "first\n", ".moved": "second\nstill second\nin the moved one\n", "": "third\n",
	} {
		if text, err := os.ReadFile(path + name); err != nil || string(text) != captureHead+want {
			t.Errorf("%s: %v %s", name, err, text)
		}
	}
}

// TestSinkDropsLongLines holds a sink that knows how long a line may be to longer ones than [MaxLine], and to dropping what is longer.
func TestSinkDropsLongLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.jsonl")
	s := NewSink(openTestCapture(t, path, 10<<20, 2), SinkOptions{Longest: 4 * MaxLine, Drop: true})
	long := redact.Masked{}
	for long.Len() < 4*MaxLine {
		long = long.AppendConst("0123456789abcdef")
	}
	s.Write(long)
	s.Write(long.AppendConst("."))
	if err := s.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if want := len(captureHead) + long.Len() + 1; err != nil || len(text) != want || s.Dropped(DropTooLong) != 1 {
		t.Errorf("%v: %d bytes, want %d; %d dropped", err, len(text), want, s.Dropped(DropTooLong))
	}
}

// TestCaptureFileLeavesOthersAlone does not rename what no capture can be, such as a folder or a device, to make room for one.
func TestCaptureFileLeavesOthersAlone(t *testing.T) {
	dir := t.TempDir()
	for name, make := range map[string]func(path string) error{
		"folder": func(path string) error { return os.Mkdir(path, 0o700) },
		"link":   func(path string) error { return os.Symlink(os.DevNull, path) },
		"config": func(path string) error { return os.WriteFile(path, []byte("listeners:\n"), 0o600) },
	} {
		path := filepath.Join(dir, name)
		if err := make(path); err != nil {
			t.Fatal(err)
		}
		if c, err := OpenCapture(path, CaptureOptions{Size: 1000, Files: 2}); err == nil {
			c.Close()
			t.Errorf("%s: a capture began there", name)
		}
		if there, _ := filepath.Glob(path + "*"); len(there) != 1 || there[0] != path {
			t.Errorf("%s: there is now %q", name, there)
		}
	}
}
