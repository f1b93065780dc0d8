package main

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/piiproxy/piiproxy/proxy"
	"github.com/piiproxy/piiproxy/proxy/config"
	"github.com/piiproxy/piiproxy/proxy/ingest"
	"github.com/piiproxy/piiproxy/proxy/otlp"
	"github.com/piiproxy/piiproxy/proxy/otlp/export"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

// The kinds of listeners for syslog.
const (
	kindSyslog    = "syslog"
	kindSyslogUDP = "syslog-udp"
)

// outputOTLP is where logs of other programs go to if they go to the OTLP endpoints.
const outputOTLP = "otlp"

// logs takes logs of other programs in. Its zero value takes none.
type logs struct {
	sink    *telemetry.Sink // nil if they go to the endpoints, or with the access log
	ingest  *ingest.Ingest
	syslog  *ingest.Syslog
	packets map[string]datagrams
}

// datagrams is where datagrams come in.
type datagrams struct{ net.PacketConn }

// Addr returns the address of its own, as a listener does.
func (d datagrams) Addr() net.Addr { return d.LocalAddr() }

// listenPackets opens what datagrams come in by. Its error says which class of fault it was.
func listenPackets(address string) (datagrams, error) {
	c, err := net.ListenPacket("udp", address)
	if err == nil {
		return datagrams{c}, nil
	}
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	return datagrams{}, hinted(fmt.Errorf("cannot listen on %s: %w", address, err), "--listen NAME=HOST:PORT takes another address; port 0 is any free one")
}

// openLogs opens the sink for logs of other programs, if they have one of their own.
func (v *server) openLogs() (err error) {
	spec, access := v.config.Spec.Telemetry.Ingest, v.config.Spec.Telemetry.AccessLog.Output
	options := telemetry.SinkOptions{Queue: spec.Queue, Drop: spec.Full == "drop"}
	switch spec.Output {
	case "", outputOTLP:
	case "stdout": // one sink writes there
		if access != "" && access != "stdout" {
			v.logs.sink = telemetry.NewSink(v.proof.watch.Target(telemetry.ExitIngest, telemetry.Stdout(v.streams.out)), options)
		}
	default:
		file, err := telemetry.OpenFile(spec.Output)
		if err != nil {
			return fileError(spec.Output, err)
		}
		v.logs.sink = telemetry.NewSink(v.proof.watch.Target(telemetry.ExitIngest, file), options)
	}
	return nil
}

// assembleLogs makes what takes logs of other programs of what is open.
func (v *server) assembleLogs() {
	spec := v.config.Spec.Telemetry.Ingest
	options := ingest.Options{
		Surface: v.logSurface, MaxLine: int(spec.Line), Connections: spec.Connections, Metrics: v.metrics,
	}
	switch {
	case spec.Output == "":
		return
	case spec.Output == outputOTLP:
		options.Offer = v.offerLogs
	case v.logs.sink == nil:
		options.Lines = v.sink
	default:
		options.Lines = v.logs.sink
		name, _ := redact.ParseName("ingest")
		v.metrics.WatchSink(name, v.logs.sink)
	}
	v.logs.ingest = ingest.New(options)
	v.logs.syslog = ingest.NewSyslog(v.logs.ingest)
}

// offerLogs offers logs of other programs to the endpoints.
func (v *server) offerLogs(request []byte) error {
	err := v.outlets.offer(otlp.Logs, otlp.Protobuf, request)
	if errors.Is(err, export.ErrTooLarge) {
		return ingest.ErrTooLarge
	}
	return err
}

// logsExit returns where logs of other programs leave.
func (v *server) logsExit() telemetry.Exit {
	switch {
	case v.logs.sink != nil:
		return telemetry.ExitIngest
	case v.config.Spec.Telemetry.Ingest.Output == outputOTLP:
		return telemetry.ExitExport
	}
	return telemetry.ExitAccessLog
}

// logSurface returns the surface of logs of the generation in use.
func (v *server) logSurface() *redact.Surface {
	s, _ := v.proxy.Generation().Surface("log") // it is always there
	return s
}

// servePackets takes datagrams in.
func (v *server) servePackets() {
	for name, c := range v.logs.packets {
		v.serving.Go(func() {
			if v.logs.syslog.ServePackets(c) != nil {
				v.failed <- errors.New("the listener " + name + " has failed")
			}
		})
	}
}

// shutdown takes no more logs, and hands on those that came. Who waits for a sink is not waited for.
func (l *logs) shutdown(ctx context.Context) {
	if l.ingest != nil {
		_ = l.syslog.Shutdown(ctx) // at worst what a sender had not sent is cut
		l.ingest.Close()
	}
}

// close writes what waits. It reports false if that could not be done in time.
func (l *logs) close(ctx context.Context) bool {
	for _, c := range l.packets {
		_ = c.Close() // it is closed already, unless nothing was started
	}
	return l.sink == nil || l.sink.Close(ctx) == nil
}

// reopen goes on in a new file if the one before was renamed away.
func (l *logs) reopen() error {
	if l.sink != nil && l.sink.Reopen() != nil {
		return errors.New("the file for logs of other programs cannot be opened anew; they go on in the one that is open")
	}
	return nil
}

// checkIngest reports what is wrong with where logs of other programs come in and go to.
func checkIngest(c *config.Config) error {
	var problems []error
	problem := func(path, what, hint string) {
		problems = append(problems, &redact.Problem{Path: path, What: what, Hint: hint})
	}
	spec := c.Spec.Telemetry.Ingest
	if spec.Output == outputOTLP && len(c.Spec.Telemetry.Export.Endpoints) == 0 {
		problem("telemetry.ingest.output", "logs can be delivered nowhere", "say where to: telemetry.export.endpoints")
	}
	if spec.Full != "" && spec.Full != "block" && spec.Full != "drop" {
		problem("telemetry.ingest.full", "not what a full queue can do", "block or drop")
	}
	if spec.Line > maxIngestLine {
		problem("telemetry.ingest.line", "longer than lines can be", "at most 64KiB")
	}
	for name, l := range c.Spec.Listeners {
		if l.Kind != kindSyslog && l.Kind != kindSyslogUDP {
			continue
		}
		if spec.Output == "" {
			problem("listeners."+name+".kind", "what comes in goes nowhere", "say where to: telemetry.ingest.output")
		}
		if l.Kind == kindSyslogUDP && l.TLS != (proxy.ListenerTLS{}) {
			problem("listeners."+name+".tls", "there is no TLS over UDP", "")
		}
	}
	return errors.Join(problems...)
}

// maxIngestLine is the longest line that may be configured: a datagram is no longer.
const maxIngestLine = 64 << 10
