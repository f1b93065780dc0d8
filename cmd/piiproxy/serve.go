package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"
)

type serveCmd struct {
	Config string            `type:"path" placeholder:"FILE" help:"The configuration. Without it the built-in example runs."`
	Listen map[string]string `placeholder:"NAME=HOST:PORT,..." mapsep:"," help:"Listen there instead of where the configuration says; port 0 takes a free one."`
}

// Help is the long help text.
func (serveCmd) Help() string {
	return `Without a configuration it runs the built-in example on loopback, with simulators of the API, of two operators and of a
customer, and says what to try. The access log goes where the configuration says, all else to stderr.

TERM and INT drain: exchanges that run may end, new ones are refused; it exits with 0 if all ended within limits.drain and
with 1 if not. A second one ends it at once. HUP, and POST /-/reload on the admin listener, read the configuration again and
open the log file anew; a configuration with a problem changes nothing, and its problems are told.

GOGC, GOMEMLIMIT and GOMAXPROCS of the environment mean what they do for any Go program; without GOGC it is 25.`
}

// stopTimeout is how long what is not an exchange may take to end.
const stopTimeout = 5 * time.Second

// Run runs the proxy until it is told to stop.
func (c serveCmd) Run(s streams) error {
	// Who reads our output may go away; that costs lines, which are counted, and must not cost the exchanges that run.
	signal.Ignore(syscall.SIGPIPE)
	boundGarbage()
	// Each has its own: a signal that finds its channel full is lost, and reloads must not make it lose the one to stop.
	stops, reloads := make(chan os.Signal, 2), make(chan os.Signal, 1)
	signal.Notify(stops, syscall.SIGTERM, syscall.SIGINT)
	signal.Notify(reloads, syscall.SIGHUP)
	defer signal.Stop(stops)
	defer signal.Stop(reloads)

	v, err := newServer(s, source{file: c.Config, listen: c.Listen})
	if err != nil {
		return err
	}
	v.start()
	return v.run(stops, reloads)
}

// garbagePercent is how much garbage may pile up, in percent of what lives. Exchanges make none once their buffers are there, so
// a heap that is let grow twofold, as Go does it, takes memory and saves no time.
const garbagePercent = 25

// boundGarbage sets what the environment does not.
func boundGarbage() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
}

// run waits for signals, until one of them, or a listener that fails, ends the proxy. Reloads run beside it: one that waits
// for a file must not keep the end waiting.
func (v *server) run(stops, reloads <-chan os.Signal) error {
	stopping := make(chan struct{})
	defer close(stopping)
	go func() {
		for {
			select {
			case <-reloads:
				v.reload()
			case <-stopping:
				return
			}
		}
	}()
	select {
	case err := <-v.failed:
		return errors.Join(err, v.stop(stops))
	case <-stops:
		v.ops.Info("draining")
		return v.stop(stops)
	}
}

// stop drains the proxy, and closes everything. One more signal to stop cuts the exchanges that are still running.
func (v *server) stop(stops <-chan os.Signal) error {
	v.draining.Store(true)
	v.stopCanary()
	ctx, cancel := context.WithTimeout(context.Background(), v.drain())
	defer cancel()
	go func() {
		select {
		case <-stops:
			cancel()
		case <-ctx.Done():
		}
	}()
	err := v.proxy.Shutdown(ctx)
	if err != nil {
		err = errors.New("exchanges were still running when the time to drain was up; they were cut")
	}
	v.logs.shutdown(ctx)
	v.closeRest()
	if err == nil {
		v.ops.Info("stopped")
	}
	return err
}

// closeRest closes all that is not the proxy itself: what exchanges logged at their end is still written.
func (v *server) closeRest() {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	for _, a := range v.admins {
		_ = a.Shutdown(ctx) // at worst a scrape is cut
	}
	for _, sim := range v.simulators {
		sim.close(ctx)
	}
	if v.sink != nil && v.sink.Close(ctx) != nil {
		fmt.Fprintln(v.streams.err, "piiproxy: error: the access log could not be written to its end")
	}
	if !v.logs.close(ctx) {
		fmt.Fprintln(v.streams.err, "piiproxy: error: logs of other programs could not be written to their end")
	}
	if !v.capture.close(ctx) {
		fmt.Fprintln(v.streams.err, "piiproxy: error: the capture could not be written to its end")
	}
	v.closeOutlets()
	v.serving.Wait()
}

// closeOutlets delivers the telemetry that waits, which may take as long as anything else.
func (v *server) closeOutlets() {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	if v.outlets.close(ctx) != nil {
		fmt.Fprintln(v.streams.err, "piiproxy: error: telemetry that waited could not be delivered")
	}
}
