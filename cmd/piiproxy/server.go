package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/piiproxy/piiproxy/proxy"
	"github.com/piiproxy/piiproxy/proxy/admin"
	"github.com/piiproxy/piiproxy/proxy/config"
	"github.com/piiproxy/piiproxy/proxy/intake"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

// server is all that runs while `serve` does.
type server struct {
	streams    streams
	source     source
	simulators map[string]*simulator
	listeners  map[string]net.Listener
	// certificates are those of the listeners that speak TLS
	certificates map[string]*proxy.Certificates
	proxy        *proxy.Proxy
	admins       map[string]*admin.Admin // by listener
	sink         *telemetry.Sink
	capture      *capturer // nil: nothing is captured
	outlets      outlets
	proof        proof
	logs         logs
	intake       *intake.Intake // of the telemetry listeners
	metrics      *telemetry.Metrics
	ops          *telemetry.Ops
	masking      *redact.Surface // for errors in the operational log
	failed       chan error      // of a listener that ended by itself
	serving      sync.WaitGroup
	draining     atomic.Bool

	reloading sync.Mutex // of what follows: two reloads never run at once
	config    *config.Config
	keys      *redact.Keyring
}

// newServer reads the configuration, opens everything that it names, and lets nobody in yet.
func newServer(s streams, from source) (*server, error) {
	v := &server{
		streams: s, source: from,
		simulators: map[string]*simulator{}, listeners: map[string]net.Listener{}, certificates: map[string]*proxy.Certificates{}, admins: map[string]*admin.Admin{},
	}
	v.ops = telemetry.NewOps(v.proof.watch.Writer(telemetry.ExitOpsLog, s.err))
	g, err := v.load()
	if err == nil {
		if err = v.open(); err != nil {
			g.Discard()
		}
	}
	if err != nil {
		v.abandon()
		return nil, err
	}
	v.assemble(g)
	return v, v.audit()
}

// load reads and compiles the configuration. Simulators are started first: the upstreams that they stand for lead to where
// they really listen.
func (v *server) load() (*proxy.Generation, error) {
	var err error
	if v.config, err = v.source.read(); v.config == nil {
		return nil, err
	}
	if err == nil {
		if err := v.openSimulators(); err != nil {
			return nil, err
		}
	}
	v.keys, err = keyring(v.config, nil)
	return compile(v.config, v.keys, nil, err)
}

// open opens the listeners, the access log, and the way out for telemetry.
func (v *server) open() error {
	v.logs.packets = map[string]datagrams{}
	for _, name := range slices.Sorted(maps.Keys(v.config.Spec.Listeners)) {
		if l := v.config.Spec.Listeners[name]; l.Kind == kindSyslogUDP {
			c, err := listenPackets(l.Address)
			if err != nil {
				return err
			}
			v.logs.packets[name] = c
			continue
		}
		ln, err := listen(v.config.Spec.Listeners[name].Address)
		if err != nil {
			return err
		}
		ln = patient{ln, func() { v.ops.Warn("connections wait: the process may open no more files") }}
		if ln, err = v.secure(name, ln); err != nil {
			return err
		}
		v.listeners[name] = ln
	}
	v.failed = make(chan error, len(v.config.Spec.Listeners))
	var err error
	if v.sink, err = v.openSink(v.config.Spec.Telemetry.AccessLog); err != nil {
		return err
	}
	if err = v.openLogs(); err != nil {
		return err
	}
	if v.capture, err = openCapture(v.config.Spec.Telemetry.Capture, &v.proof.watch); err != nil {
		return err
	}
	if v.outlets, err = openOutlets(v.config.Spec.Telemetry, v.ops, &v.proof.watch); err != nil {
		return err
	}
	v.masking, err = maskingSurface()
	return err
}

// secure makes a listener speak TLS, if the configuration says so.
func (v *server) secure(name string, ln net.Listener) (net.Listener, error) {
	spec := v.config.Spec.Listeners[name].TLS
	if spec == (proxy.ListenerTLS{}) {
		return ln, nil
	}
	certificates, err := proxy.LoadCertificates(spec)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the certificate of the listener %s cannot be used: %w", name, err), ln.Close())
	}
	v.certificates[name] = certificates
	return certificates.Listener(ln), nil
}

// assemble makes the proxy and its admin of what is open.
func (v *server) assemble(g *proxy.Generation) {
	v.metrics = telemetry.NewMetrics(telemetry.Build{
		Version: version, Revision: buildCommit(), Go: runtime.Version(), Metadata: redact.MetadataVersion(),
	})
	options := proxy.Options{Metrics: v.metrics}
	if v.sink != nil {
		options.Log = v.sink
		name, _ := redact.ParseName("access")
		v.metrics.WatchSink(name, v.sink)
	}
	if v.capture != nil {
		options.Capture = v.capture
		v.capture.watch(v.metrics)
	}
	if v.outlets.exporter != nil {
		options.Spans = v.outlets.spans
		v.metrics.WatchExport(v.outlets.exporter.State)
		v.metrics.WatchSpans(v.outlets.spans.Counts)
	}
	if v.keys != nil {
		v.metrics.WatchKeys(v.keys.Epochs())
	}
	v.proxy = proxy.New(g, options)
	v.assembleLogs()
	v.intake = v.newIntake()
	v.metrics.Loaded(time.Now())
	for name, c := range v.certificates {
		n, _ := redact.ParseName(name)
		v.metrics.WatchCertificate(n, c.NotAfter)
	}
	for name, ln := range v.listeners {
		if spec := v.config.Spec.Listeners[name]; spec.Kind == "admin" {
			v.admins[name] = v.newAdmin(spec, ln)
		}
	}
}

// newAdmin makes what an admin listener serves.
func (v *server) newAdmin(spec proxy.ListenerSpec, ln net.Listener) *admin.Admin {
	options := admin.Options{
		Metrics:  v.metrics.Handler(),
		Ready:    func() bool { return !v.draining.Load() },
		Reload:   v.reload,
		Profile:  spec.Profile,
		Logger:   v.metrics.Suppressor("admin"),
		Panicked: v.metrics.Panicked,
	}
	if address, ok := ln.Addr().(*net.TCPAddr); ok {
		options.Open = address.IP.IsLoopback()
	}
	if spec.Token != "" {
		options.Token = func() ([]byte, error) { return readToken(spec.Token) }
	}
	return admin.New(options)
}

// maxToken bounds the file of a token.
const maxToken = 4 << 10

// readToken reads the token of an admin listener, each time that one is shown: a new one needs no restart.
func readToken(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	token, err := io.ReadAll(io.LimitReader(f, maxToken))
	return bytes.TrimSpace(token), err
}

// start lets clients in.
func (v *server) start() {
	v.announce()
	// The canary comes first: its series are there from the first scrape on.
	v.startCanary()
	specs := v.config.Spec.Listeners // from the first listener on a reload may replace v.config
	for name, ln := range v.listeners {
		serve := func() error { return v.proxy.Serve(name, ln) }
		switch specs[name].Kind {
		case "admin":
			serve = func() error { return v.admins[name].Serve(ln) }
		case "telemetry":
			serve = func() error { return v.proxy.ServeTelemetry(name, ln, v.intake.Handle) }
		case kindSyslog:
			serve = func() error { return v.logs.syslog.Serve(ln) }
		}
		v.serving.Go(func() {
			if err := serve(); err != nil && !errors.Is(err, proxy.ErrClosed) {
				v.failed <- errors.New("the listener " + name + " has failed")
			}
		})
	}
	v.servePackets()
}

// announce says where the proxy listens: of the example to people, and of other configurations in the operational log.
func (v *server) announce() {
	if v.source.file == "" {
		v.printExample(v.streams.err)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(v.listeners)) {
		n, _ := redact.ParseName(name)
		v.ops.Info("listening", telemetry.Name("listener", n), telemetry.Address(v.listeners[name]))
	}
	for _, name := range slices.Sorted(maps.Keys(v.logs.packets)) {
		n, _ := redact.ParseName(name)
		v.ops.Info("listening", telemetry.Name("listener", n), telemetry.Address(v.logs.packets[name]))
	}
	for _, name := range slices.Sorted(maps.Keys(v.simulators)) {
		n, _ := redact.ParseName(name)
		v.ops.Info("simulating", telemetry.Name("simulator", n), telemetry.Address(v.simulators[name].ln))
	}
	if v.config.Ephemeral {
		v.ops.Warn("keys are kept in memory only: after a restart the same person has other tokens")
	}
	v.ops.Info("ready")
}

// openSimulators starts the simulators, and leads the upstreams that they stand for to where they listen.
func (v *server) openSimulators() error {
	for _, name := range slices.Sorted(maps.Keys(v.config.Simulators)) {
		sim, err := startSimulator(name, v.config.Simulators[name])
		if err != nil {
			return err
		}
		v.simulators[name] = sim
		v.config.SetSimulated(name, sim.address())
	}
	return nil
}

// abandon closes what was opened before the start failed.
func (v *server) abandon() {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	for _, ln := range v.listeners {
		ln.Close()
	}
	for _, sim := range v.simulators {
		sim.close(ctx)
	}
	if v.sink != nil {
		_ = v.sink.Close(ctx) // nothing was written
	}
	v.logs.close(ctx)
	v.capture.close(ctx)
	_ = v.outlets.close(ctx) // nor offered
}

// openSink opens the access log; nil if it is off.
func (v *server) openSink(spec proxy.AccessLogSpec) (*telemetry.Sink, error) {
	options := telemetry.SinkOptions{Queue: spec.Queue, Drop: spec.Full == "drop"}
	switch spec.Output {
	case "off":
		return nil, nil
	case "", "stdout":
		return telemetry.NewSink(v.proof.watch.Target(telemetry.ExitAccessLog, telemetry.Stdout(v.streams.out)), options), nil
	}
	file, err := telemetry.OpenFile(spec.Output)
	if err != nil {
		return nil, fileError(spec.Output, err)
	}
	return telemetry.NewSink(v.proof.watch.Target(telemetry.ExitAccessLog, file), options), nil
}

// maskingSurface returns a surface that masks everything.
func maskingSurface() (*redact.Surface, error) {
	policy, err := redact.Compile(redact.Spec{Surfaces: map[string]redact.SurfaceSpec{"log": {}}}, nil)
	if err != nil {
		return nil, err
	}
	return policy.Surface("log")
}

// drain returns how long exchanges may take to end, as the configuration in use says. A reload that runs is not waited for.
func (v *server) drain() time.Duration { return v.proxy.Generation().Limits().Drain }
