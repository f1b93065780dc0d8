package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"strings"

	"github.com/piiproxy/piiproxy/proxy"
	"github.com/piiproxy/piiproxy/proxy/canary"
	"github.com/piiproxy/piiproxy/proxy/intake"
	"github.com/piiproxy/piiproxy/proxy/otlp"
	"github.com/piiproxy/piiproxy/proxy/otlp/export"
	"github.com/piiproxy/piiproxy/proxy/otlp/gateway"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

// outlets is the way out for masked telemetry: of the proxy's own spans, and of what telemetry listeners take. Its zero value
// leads nowhere.
type outlets struct {
	exporter *export.Exporter
	spans    *telemetry.Spans
	watch    *canary.Watch // of what is offered
}

// openOutlets starts what the configuration says; the zero outlets if there is no endpoint.
func openOutlets(spec proxy.TelemetrySpec, ops *telemetry.Ops, watch *canary.Watch) (o outlets, err error) {
	if o.watch = watch; len(spec.Export.Endpoints) == 0 {
		return o, nil
	}
	options := export.Options{
		Gzip: spec.Export.Gzip, Timeout: spec.Export.Timeout, Queue: spec.Export.Queue, MaxAge: spec.Export.MaxAge, Log: ops,
		Spool: spec.Export.Spool.Dir, SpoolSize: spec.Export.Spool.Size,
	}
	for _, e := range spec.Export.Endpoints {
		endpoint, err := exportEndpoint(e)
		if err != nil {
			return o, err
		}
		options.Endpoints = append(options.Endpoints, endpoint)
	}
	if o.exporter, err = export.New(options); err != nil {
		return o, err
	}
	o.spans = telemetry.NewSpans(telemetry.SpansOptions{
		Version: version,
		Offer:   func(request []byte) error { return o.offer(otlp.Traces, otlp.Protobuf, request) },
	})
	return o, nil
}

// offer offers masked telemetry to the exporter.
func (o *outlets) offer(signal otlp.Signal, enc otlp.Encoding, batch []byte) error {
	o.watch.Observe(telemetry.ExitExport, batch)
	return o.exporter.Offer(signal, enc, batch)
}

// close delivers what was gathered, or leaves it to the spool, until ctx ends. The exchanges must have ended.
func (o *outlets) close(ctx context.Context) error {
	if o.exporter == nil {
		return nil
	}
	o.spans.Close()
	return o.exporter.Close(ctx)
}

// exportEndpoint turns an endpoint as it was written into one of the exporter. Its errors begin with the field that is wrong.
func exportEndpoint(spec proxy.EndpointSpec) (e export.Endpoint, err error) {
	e.URL = spec.URL
	for _, h := range spec.Headers {
		e.Headers = append(e.Headers, export.Header(h))
	}
	u, err := export.ParseURL(spec.URL)
	if err != nil {
		return e, fmt.Errorf("url: %w", err)
	}
	if u.Scheme == "https" {
		e.TLS, err = spec.TLS.Load(u.Hostname())
	} else if spec.TLS != (proxy.UpstreamTLS{}) {
		err = errors.New("tls: needs an https address")
	}
	if err != nil {
		return e, err
	}
	return e, e.Check()
}

// checkExport reports what is wrong with where telemetry goes, and with what needs a place for it to go.
func checkExport(spec *proxy.Spec) error {
	var problems []error
	problem := func(path, what, hint string) {
		problems = append(problems, &redact.Problem{Path: path, What: what, Hint: hint})
	}
	for i, e := range spec.Telemetry.Export.Endpoints {
		if _, err := exportEndpoint(e); err != nil {
			field, what, _ := strings.Cut(err.Error(), ": ")
			if file := (*fs.PathError)(nil); errors.As(err, &file) {
				what = "a file cannot be read" // its name may be anything that somebody put there
			}
			problem(fmt.Sprintf("telemetry.export.endpoints[%d].%s", i, field), what, "")
		}
	}
	if s := spec.Telemetry.Export.Spool; s.Size > 0 && s.Dir == "" {
		problem("telemetry.export.spool", "has a size and no folder", "say where: dir")
	}
	if len(spec.Telemetry.Export.Endpoints) > 0 {
		return errors.Join(problems...)
	}
	const hint = "say where to: telemetry.export.endpoints"
	if spec.Telemetry.Traces.Own {
		problem("telemetry.traces.own", "spans can be delivered nowhere", hint)
	}
	for name, l := range spec.Listeners {
		if l.Kind == "telemetry" && spec.Telemetry.Ingest.Output == "" {
			problem("listeners."+name+".kind", "what comes in can be delivered nowhere", hint)
		}
	}
	return errors.Join(problems...)
}

// newIntake makes what telemetry listeners serve: a path is a line of its table.
func (v *server) newIntake() *intake.Intake {
	paths := map[string]intake.Handler{}
	if v.outlets.exporter != nil {
		maps.Copy(paths, gateway.New(gateway.Options{Surfaces: v.surfaces, Offer: v.outlets.offer, Metrics: v.metrics.Intake()}).Paths())
	}
	if v.logs.ingest != nil {
		maps.Copy(paths, v.logs.ingest.Paths())
	}
	return intake.New(intake.Options{
		Limits: func() intake.Limits {
			l := v.proxy.Generation().Limits()
			return intake.Limits{Body: l.Telemetry, Inflated: l.Telemetry, InFlight: l.InFlight}
		},
		Memory:   v.proxy,
		Draining: v.proxy.Draining,
		Metrics:  v.metrics,
		Paths:    paths,
	})
}

// surfaces returns what telemetry of other programs is masked by: that of the generation in use.
func (v *server) surfaces() (s gateway.Surfaces) {
	g := v.proxy.Generation()
	s.Trace, _ = g.Surface("trace") // both are always there
	s.Log, _ = g.Surface("log")
	return s
}
