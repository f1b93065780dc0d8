package replay

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// maxLine bounds a line of a capture: the longest body that the proxy takes by far, with every byte of it escaped.
const maxLine = 64 << 20

// Exchange is a line of a capture: one recorded request, and what became of it.
type Exchange struct {
	AtUS          int64       `json:"at_us"` // microseconds from the start of its part of the capture
	ID            string      `json:"id,omitempty"`
	Listener      string      `json:"listener,omitempty"`
	Route         string      `json:"route,omitempty"`
	Method        string      `json:"method"`
	Target        string      `json:"target"`
	Headers       [][2]string `json:"headers"`
	Body          string      `json:"body,omitempty"`
	BodyBase64    []byte      `json:"body_base64,omitempty"`
	BodyBytes     int64       `json:"body_bytes,omitempty"` // the body was withheld: its size
	Encoding      string      `json:"encoding,omitempty"`   // what the body was compressed with, before it was captured
	Status        int         `json:"status,omitempty"`     // 0 if nothing was recorded
	Outcome       string      `json:"outcome,omitempty"`
	ElapsedUS     int64       `json:"elapsed_us,omitempty"`
	ResponseBytes *int64      `json:"response_bytes,omitempty"`
	RequestBytes  int64       `json:"request_bytes,omitempty"`

	at   time.Time // the start of the part, and AtUS
	line int       // bytes of it
}

// header is the first line of each part of a capture.
type header struct {
	Capture int       `json:"piiproxy_capture"`
	Started time.Time `json:"started"`
	Version string    `json:"version"`
}

// At returns when the request came in.
func (e *Exchange) At() time.Time { return e.at }

// Each reads a capture, given as its parts in order, and calls do for each exchange. What do gets is valid until it returns.
func Each(files []string, do func(*Exchange) error) error {
	r := reader{parts: files}
	defer r.close()
	for {
		var e Exchange
		if err := r.next(&e); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := do(&e); err != nil {
			return err
		}
	}
}

// captureFormat is the version of the format that this package reads and writes.
const captureFormat = 1

// reader reads the exchanges of a capture in the order of their lines.
type reader struct {
	parts []string // files that are still to be read
	name  string   // of the part that is being read
	file  *os.File
	in    *bufio.Reader
	line  int
	start time.Time // of the part
	begun bool      // the part's header was read
	buf   []byte
}

// close may be called at any time.
func (r *reader) close() {
	if r.file != nil {
		r.file.Close()
		r.file = nil
	}
}

// next reads an exchange into e. It returns io.EOF after the last.
func (r *reader) next(e *Exchange) error {
	for {
		if r.file == nil {
			if err := r.open(); err != nil {
				return err
			}
		}
		line, err := r.readLine()
		if err == io.EOF {
			if !r.begun {
				return r.fault("not a capture: it is empty")
			}
			r.close()
			continue
		}
		if err != nil {
			return err
		}
		if isExchange, err := r.parse(line, e); isExchange || err != nil {
			return err
		}
	}
}

func (r *reader) open() error {
	if len(r.parts) == 0 {
		return io.EOF
	}
	r.name, r.parts = r.parts[0], r.parts[1:]
	f, err := os.Open(r.name)
	if err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	if r.in == nil {
		r.in = bufio.NewReaderSize(nil, 1<<16)
	}
	r.in.Reset(f)
	r.file, r.line, r.begun = f, 0, false
	return nil
}

// readLine returns the next line that is not empty; it is valid until the next call.
func (r *reader) readLine() ([]byte, error) {
	r.buf = r.buf[:0]
	for {
		part, err := r.in.ReadSlice('\n')
		if len(r.buf)+len(part) > maxLine {
			r.line++
			return nil, r.fault("longer than 64 MiB")
		}
		r.buf = append(r.buf, part...)
		switch {
		case err == nil || err == io.EOF && len(r.buf) > 0:
			r.line++
			if len(r.buf) > 1 {
				return r.buf, nil
			}
			r.buf = r.buf[:0]
		case err == io.EOF:
			return nil, io.EOF
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, r.fault("cannot be read")
		}
	}
}

// parse reads a line into e, and reports whether it was an exchange and not a header.
func (r *reader) parse(line []byte, e *Exchange) (bool, error) {
	var l struct {
		header
		Exchange
	}
	if err := json.Unmarshal(line, &l); err != nil {
		return false, r.fault(jsonFault(err))
	}
	if l.Capture != 0 {
		if l.Capture != captureFormat {
			return false, r.fault("a version of the format that this program does not know")
		}
		r.start, r.begun = l.Started, true
		return false, nil
	}
	if !r.begun {
		return false, r.fault("not a capture: the first line has no \"piiproxy_capture\"")
	}
	*e = l.Exchange
	e.line = len(line)
	e.at = r.start.Add(time.Duration(e.AtUS) * time.Microsecond)
	if problem := e.check(); problem != "" {
		return false, r.fault(problem)
	}
	return true, nil
}

// fault is an error about the line that was read last. what is a constant text, or the name of a member of the format.
func (r *reader) fault(what string) error {
	return &CaptureError{File: r.name, Line: r.line, What: what}
}

// CaptureError says where a capture is malformed, and how, without a word of what stands there.
type CaptureError struct {
	File string
	Line int
	What string
}

// Error gives file, line and class.
func (e *CaptureError) Error() string {
	return fmt.Sprintf("replay: %s: line %d: %s", e.File, e.Line, e.What)
}

// jsonFault is the class of an error of encoding/json, whose text quotes the input.
func jsonFault(err error) string {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Sprintf("member %s: a value of the wrong type", knownMember(wrong.Field[strings.LastIndexByte(wrong.Field, '.')+1:]))
	}
	return "not a JSON object"
}

// knownMember returns field, if it is a name of the format and not of the input.
func knownMember(field string) string {
	switch field {
	case "at_us", "id", "listener", "route", "method", "target", "headers", "body", "body_base64", "body_bytes", "encoding", "status",
		"outcome", "elapsed_us", "response_bytes", "request_bytes", "piiproxy_capture", "started", "version":
		return field
	}
	return "unknown"
}
