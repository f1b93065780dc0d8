package replay

import (
	"errors"
	"io"
	"slices"
	"time"
)

// source gives requests in the order of the capture. One goroutine at a time may use it.
type source interface {
	// next returns the next request and its time since the beginning of the capture; in later passes the time goes on
	// growing. It returns io.EOF after the last request of the last pass.
	next() (*request, time.Duration, error)
	// release says that a request will not be used any more. Any goroutine may call it.
	release(*request)
	// close ends what the source does in the background.
	close()
}

// Capture is a capture that was opened to be replayed once.
type Capture struct {
	source   source
	mix      *mix
	targets  *Targets
	streamed bool
}

// CaptureOptions says how a capture is read.
type CaptureOptions struct {
	Targets *Targets
	Headers [][2]string // take the place of the capture's headers of the same name, in every request
	Repeat  bool        // begin again after the last exchange, until somebody stops asking
	Memory  int64       // how much of it may be rendered ahead, in bytes; 256 MiB if 0
}

// Open opens a capture, given as its parts in order. If all its requests fit in memory they are read, checked and rendered now,
// and else while they are sent.
func Open(files []string, opts CaptureOptions) (*Capture, error) {
	if opts.Memory == 0 {
		opts.Memory = 256 << 20
	}
	c := &Capture{mix: newMix(), targets: opts.Targets}
	all, err := load(files, opts, c.mix)
	switch {
	case errors.Is(err, errTooLarge):
		c.mix, c.streamed = newMix(), true
		c.source = stream(files, opts, c.mix)
		return c, nil
	case err != nil:
		return nil, err
	}
	c.source = all
	return c, nil
}

// Close ends the reading. The capture cannot be used any more.
func (c *Capture) Close() { c.source.close() }

// errTooLarge says that a capture has to be streamed.
var errTooLarge = errors.New("replay: larger than memory allows")

// errNoExchange says that there is nothing to send.
var errNoExchange = errors.New("replay: the capture holds no exchange")

// errClosed says that nobody wants what is read any more.
var errClosed = errors.New("replay: closed")

// loaded is a capture that was rendered as a whole.
type loaded struct {
	requests []request
	repeat   bool
	at       int           // index of the next request
	passed   time.Duration // what the passes before took
	span     time.Duration // what one pass takes
}

// load renders a whole capture.
func load(files []string, opts CaptureOptions, m *mix) (*loaded, error) {
	in := ordered{reader: reader{parts: files}}
	defer in.close()
	p := preparer{targets: opts.Targets, set: opts.Headers, mix: m}
	all, held := &loaded{repeat: opts.Repeat}, int64(0)
	for {
		e, err := in.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		var req request
		if err := p.prepare(&req, e); err != nil {
			return nil, err
		}
		const overhead = 128 // of a request besides its bytes
		if held += int64(len(req.bytes)) + overhead; held > opts.Memory {
			return nil, errTooLarge
		}
		req.bytes = slices.Clip(req.bytes)
		all.requests = append(all.requests, req)
	}
	if len(all.requests) == 0 {
		return nil, errNoExchange
	}
	slices.SortStableFunc(all.requests, func(a, b request) int { return int(a.at - b.at) })
	all.span = passLength(all.requests[len(all.requests)-1].at, len(all.requests))
	return all, nil
}

// passLength is when the next pass begins: a mean gap after the last of n exchanges.
func passLength(last time.Duration, n int) time.Duration {
	if n < 2 {
		return max(last, time.Second)
	}
	return last + max(last/time.Duration(n-1), time.Microsecond)
}

func (l *loaded) next() (*request, time.Duration, error) {
	if l.at == len(l.requests) {
		if !l.repeat {
			return nil, 0, io.EOF
		}
		l.at, l.passed = 0, l.passed+l.span
	}
	req := &l.requests[l.at]
	l.at++
	return req, l.passed + req.at, nil
}

func (l *loaded) release(*request) {}
func (l *loaded) close()           {}
