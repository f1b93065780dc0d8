package telemetry

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// CaptureOptions are the bounds of a [CaptureFile], and what its first line says.
type CaptureOptions struct {
	Size    int64 // bytes of one file
	Files   int   // that are kept, with the one in use
	Started time.Time
	Version string // of the program
}

// CaptureFile is a [Target] for the lines of a capture, that nobody but its owner may read. A file that is full is renamed to
// path.1, that one to path.2 and so on, and the oldest is removed, so that all together stay within a bound. Each begins with the
// line that says what it is.
type CaptureFile struct {
	path    string
	options CaptureOptions
	head    []byte

	written, rotated atomic.Uint64

	mu sync.Mutex // between the writer and Reopen
	f  *os.File
	n  int64
}

// OpenCapture begins a new file at path. What stands there is renamed, as when it is full.
func OpenCapture(path string, o CaptureOptions) (*CaptureFile, error) {
	head := fmt.Sprintf(captureBegin+`1,"started":%q,"version":%q}`+"\n", o.Started.UTC().Format("2006-01-02T15:04:05.000000Z"), o.Version)
	c := &CaptureFile{path: path, options: o, head: []byte(head)}
	if err := c.begin(); err != nil {
		return nil, err
	}
	return c, nil
}

// Started returns the time that the capture's lines count from.
func (c *CaptureFile) Started() time.Time { return c.options.Started }

// Written returns how many bytes were written, over all files.
func (c *CaptureFile) Written() uint64 { return c.written.Load() }

// Rotated returns how often a file was full.
func (c *CaptureFile) Rotated() uint64 { return c.rotated.Load() }

// begin makes room at the path and opens a new file there.
func (c *CaptureFile) begin() error {
	if err := c.shift(); err != nil {
		return err
	}
	f, err := os.OpenFile(c.path, os.O_APPEND|os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("telemetry: capture: %w", err)
	}
	n, err := f.Write(c.head)
	if err != nil {
		f.Close()
		os.Remove(c.path) // else the next attempt would make room for it, and the attempts on a full disk use up all that there is
		return fmt.Errorf("telemetry: capture: %w", err)
	}
	c.f, c.n = f, int64(n)
	c.written.Add(uint64(n))
	return nil
}

var (
	errCaptureShift = errors.New("telemetry: capture: a full file cannot be renamed")
	errCapturePlace = errors.New("telemetry: capture: what stands there is no capture")
)

// shift renames the files there are, and removes the oldest, if a file stands at the path.
func (c *CaptureFile) shift() error {
	there, err := os.Lstat(c.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return errCaptureShift
	case !there.Mode().IsRegular() || !c.isCapture():
		return errCapturePlace
	}
	for i := max(c.options.Files-1, 0); i >= 0; i-- {
		var err error
		if i >= c.options.Files-1 {
			err = os.Remove(c.name(i))
		} else {
			err = os.Rename(c.name(i), c.name(i+1))
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return errCaptureShift
		}
	}
	return nil
}

// captureBegin is what each file of a capture begins with.
const captureBegin = `{"piiproxy_capture":`

// isCapture reports whether the file at the path is a capture or as much of one as a full disk had room for, and not some other that
// would be renamed and in the end removed.
func (c *CaptureFile) isCapture() bool {
	f, err := os.Open(c.path)
	if err != nil {
		return false
	}
	defer f.Close()
	var buf [len(captureBegin)]byte
	n, err := io.ReadFull(f, buf[:])
	return (err == nil || err == io.EOF || err == io.ErrUnexpectedEOF) && captureBegin[:n] == string(buf[:n])
}

func (c *CaptureFile) name(i int) string {
	if i == 0 {
		return c.path
	}
	return c.path + "." + strconv.Itoa(i)
}

// Write appends whole lines, to a new file if the one in use would become too large. Of a line that the disk has no room for nothing
// stays: who reads a capture takes one that is cut for a broken file.
func (c *CaptureFile) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	full := c.f != nil && c.n+int64(len(b)) > c.options.Size && c.n > int64(len(c.head))
	if full {
		c.rotated.Add(1)
	}
	if full || c.f == nil {
		if err := c.next(); err != nil {
			return 0, err
		}
	}
	n, err := c.f.Write(b)
	if whole := bytes.LastIndexByte(b[:n], '\n') + 1; whole < n && c.f.Truncate(c.n+int64(whole)) == nil {
		n = whole
	}
	c.n += int64(n)
	c.written.Add(uint64(n))
	return n, err
}

func (c *CaptureFile) next() error {
	if c.f != nil {
		_ = c.f.Close() // what was written stays written
		c.f = nil
	}
	return c.begin()
}

// Reopen begins a new file if the one in use was renamed away.
func (c *CaptureFile) Reopen() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.f != nil {
		ours, err := c.f.Stat()
		if there, e := os.Stat(c.path); err == nil && e == nil && os.SameFile(ours, there) {
			return nil
		}
	}
	return c.next()
}

// Close closes the file.
func (c *CaptureFile) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.f == nil {
		return nil
	}
	return c.f.Close()
}
