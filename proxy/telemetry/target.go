package telemetry

import (
	"fmt"
	"io"
	"os"
	"sync"
)

// Target is where a [Sink] writes: [Stdout], a [File], or a test's. Write is called by one goroutine at a time, Reopen by
// others beside it.
type Target interface {
	io.Writer
	Reopen() error // goes on in a new file of the same name, if that means anything
	Close() error
}

// File is a log file that can be renamed away while it is written: [File.Reopen] then begins a new one. Between the two no
// line is lost and none is cut, because each write goes as a whole to the one or the other.
type File struct {
	path string

	mu sync.Mutex // between the writer and Reopen
	f  *os.File
}

// OpenFile opens path for appending and creates it if need be, readable for nobody else.
func OpenFile(path string) (*File, error) {
	f, err := openAppend(path)
	if err != nil {
		return nil, err
	}
	return &File{path: path, f: f}, nil
}

func openAppend(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("telemetry: log file: %w", err)
	}
	return f, nil
}

// Write appends b.
func (f *File) Write(b []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.f.Write(b)
}

// Reopen opens the path anew. If that fails, the file that is open stays in use.
func (f *File) Reopen() error {
	next, err := openAppend(f.path)
	if err != nil {
		return err
	}
	f.mu.Lock()
	old := f.f
	f.f = next
	f.mu.Unlock()
	return old.Close()
}

// Close closes the file.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.f.Close()
}

// Stdout is a target that writes to w, which stays open, and that Reopen leaves alone.
func Stdout(w io.Writer) Target { return stdout{w} }

type stdout struct{ io.Writer }

// Reopen does nothing: there is no name under which to open it anew.
func (stdout) Reopen() error { return nil }

// Close does nothing: who opened it may still need it.
func (stdout) Close() error { return nil }
