package main

import (
	"context"
	"errors"
	"time"

	"github.com/piiproxy/piiproxy/proxy"
	"github.com/piiproxy/piiproxy/proxy/canary"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

// captureQueue is how many lines of a capture may wait. If as many do, further ones are dropped and counted: a capture must not hold
// exchanges up.
const captureQueue = 4096

// capturer writes exchanges to a file that they can be sent again from.
type capturer struct {
	*telemetry.Sink
	file *telemetry.CaptureFile
}

// Started returns the time that the lines count from.
func (c *capturer) Started() time.Time { return c.file.Started() }

// openCapture begins the file that the configuration names; nil if it names none.
func openCapture(spec proxy.CaptureSpec, watch *canary.Watch) (*capturer, error) {
	if spec.File == "" {
		return nil, nil
	}
	size, files := spec.FileOptions()
	file, err := telemetry.OpenCapture(spec.File, telemetry.CaptureOptions{Size: size, Files: files, Started: time.Now(), Version: version})
	if err != nil {
		return nil, fileError(spec.File, err)
	}
	return &capturer{telemetry.NewSink(watch.Target(telemetry.ExitCapture, file), telemetry.SinkOptions{Queue: captureQueue, Drop: true, Longest: spec.MaxLine()}), file}, nil
}

// watch shows what the capture counts.
func (c *capturer) watch(m *telemetry.Metrics) {
	name, _ := redact.ParseName("capture")
	m.WatchSink(name, c.Sink)
	m.WatchCapture(c.file)
}

// reopen goes on in a new file if the one before was renamed away.
func (c *capturer) reopen() error {
	if c != nil && c.Reopen() != nil {
		return errors.New("the capture cannot be opened anew")
	}
	return nil
}

// close writes what waits. It reports false if that could not be done in time.
func (c *capturer) close(ctx context.Context) bool { return c == nil || c.Close(ctx) == nil }
