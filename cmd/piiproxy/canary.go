package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/piiproxy/piiproxy/proxy"
	"github.com/piiproxy/piiproxy/proxy/canary"
	"github.com/piiproxy/piiproxy/proxy/config"
	"github.com/piiproxy/piiproxy/proxy/ingest"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

// proof is the canary of a server. Its watch is there without one, and sees nothing then.
type proof struct {
	watch     canary.Watch
	canary    *canary.Canary
	listeners map[string]*canary.Listener // ways in, by the listener whose server takes them
	plan      atomic.Pointer[canary.Plan]
}

// startCanary starts the canary that the configuration asks for, if it does.
func (v *server) startCanary() {
	if len(v.config.Canary.Routes) == 0 {
		return
	}
	v.proof.listeners = map[string]*canary.Listener{}
	for name, l := range v.config.Spec.Listeners {
		if l.Kind == "" || l.Kind == "proxy" || l.Kind == "telemetry" {
			v.proof.listeners[name] = v.canaryListener(name, l.Kind)
		}
	}
	for _, sim := range v.simulators {
		sim.observe(func(r *receivedRequest) { v.proof.watch.Observe(telemetry.ExitConnector, r.bytes()) })
	}
	v.aimCanary(v.config)
	v.proof.canary = canary.New(canary.Options{
		Interval: v.config.Canary.Interval, Kinds: v.config.Canary.Kinds,
		Plan:  func() canary.Plan { return *v.proof.plan.Load() },
		Watch: &v.proof.watch, Metrics: v.metrics.Handler(), Log: v.ops,
	})
	v.metrics.WatchCanary(v.proof.canary.State)
	v.proof.canary.Start()
}

// audit has a share of the lines looked at as they leave. The operational log says where the proxy listens, which is its own.
func (v *server) audit() error {
	policy, err := redact.Compile(redact.Spec{Surfaces: map[string]redact.SurfaceSpec{"log": {Kinds: map[string]string{"ip": "keep"}}}}, nil)
	if err != nil {
		return err
	}
	ops, err := policy.Surface("log")
	if err != nil {
		return err
	}
	v.proof.watch.Audit(canary.NewAuditor(func(exit telemetry.Exit) *redact.Surface {
		switch exit {
		case telemetry.ExitAccessLog:
			return v.logSurface()
		case telemetry.ExitOpsLog:
			return ops
		}
		return nil
	}, v.metrics))
	return nil
}

// canaryListener lets the server of a listener take connections of the canary.
func (v *server) canaryListener(name, kind string) *canary.Listener {
	ln := canary.NewListener()
	v.serving.Go(func() {
		if kind == "telemetry" {
			_ = v.proxy.ServeTelemetry(name, ln, v.intake.Handle) // until the proxy is shut down
		} else {
			_ = v.proxy.Serve(name, ln)
		}
	})
	return ln
}

// aimCanary says what the canary sends from its next run on.
func (v *server) aimCanary(c *config.Config) {
	if v.proof.listeners == nil {
		return
	}
	var all []canary.Message
	refused := map[string]bool{}
	for _, name := range c.Canary.Routes {
		r := c.Spec.Routes[name]
		m := canary.Message{Listener: v.proof.listeners[r.Listener], Path: r.Path, Connector: r.Connector != ""}
		m.Route, _ = redact.ParseName(name)
		if len(r.Methods) > 0 && !slices.Contains(r.Methods, http.MethodPost) {
			m.Method = r.Methods[0]
		}
		if len(r.Hosts) > 0 {
			m.Host = r.Hosts[0]
		}
		all = append(all, m)
		if !refused[r.Listener] {
			refused[r.Listener] = true
			all = append(all, canary.Message{Listener: m.Listener, Path: "/canary/{number}", Refused: true})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Spec.Listeners)) {
		if c.Spec.Listeners[name].Kind != "telemetry" {
			continue
		}
		ln := v.proof.listeners[name]
		if v.outlets.exporter != nil {
			all = append(all,
				canary.Message{Listener: ln, Path: "/v1/logs", Logs: true, Exit: telemetry.ExitExport},
				canary.Message{Listener: ln, Path: "/v1/traces", Spans: true, Exit: telemetry.ExitExport})
		}
		if v.logs.ingest != nil {
			all = append(all, canary.Message{Listener: ln, Path: ingest.Path, Lines: true, Exit: v.logsExit()})
		}
	}
	traces := c.Spec.Telemetry.Traces
	v.proof.plan.Store(&canary.Plan{Messages: all, Exits: canary.Exits{
		AccessLog: v.sink != nil, Spans: traces.Own && (traces.Ratio == nil || *traces.Ratio == 1),
	}})
}

// stopCanary ends the canary before the proxy drains.
func (v *server) stopCanary() {
	if v.proof.canary != nil {
		v.proof.canary.Close()
	}
}

// bytes returns all of a request in one text.
func (r *receivedRequest) bytes() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s\n", r.Method, r.Target)
	_ = r.Headers.Write(&b) // to memory
	b.WriteString(r.Body)
	return b.Bytes()
}

// checkCanary reports what is wrong with the canary: above all that it could reach somebody.
func checkCanary(c *config.Config) error {
	var problems []error
	problem := func(path, what, hint string) {
		problems = append(problems, &redact.Problem{Path: path, What: what, Hint: hint})
	}
	if c.Canary.Interval < time.Second && len(c.Canary.Routes) > 0 {
		problem("canary.interval", "shorter than a second", "")
	}
	for i, name := range c.Canary.Routes {
		place := fmt.Sprintf("canary.routes[%d]", i)
		r, known := c.Spec.Routes[name]
		switch _, simulated := c.Simulated[upstreamOf(&c.Spec, r)]; {
		case !known:
			problem(place, "no such route", "")
		case !simulated:
			problem(place, "the route leads to an upstream that is no simulator", "what the canary sends must reach nobody: give it a route of its own")
		}
	}
	return errors.Join(problems...)
}

// upstreamOf returns the upstream that a route leads to.
func upstreamOf(spec *proxy.Spec, r proxy.RouteSpec) string {
	if r.Connector != "" {
		return spec.Connectors[r.Connector].Upstream
	}
	return r.Upstream
}
