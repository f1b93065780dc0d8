package config

import (
	"maps"
	"time"

	"github.com/piiproxy/piiproxy/proxy"
	"github.com/piiproxy/piiproxy/redact"
)

// config returns what f means to the proxy.
func (f *File) config(opts Options) *Config {
	c := &Config{
		Ephemeral:  f.Keys.Ephemeral,
		Simulators: maps.Clone(f.Simulators),
		Simulated:  map[string]string{},
		Spec: proxy.Spec{
			Listeners:  map[string]proxy.ListenerSpec{},
			KeysFile:   opts.path(f.Keys.File),
			Entity:     f.Keys.Entity,
			Upstreams:  map[string]proxy.UpstreamSpec{},
			Connectors: map[string]proxy.ConnectorSpec{},
			Routes:     map[string]proxy.RouteSpec{},
			Telemetry:  f.Telemetry.spec(opts),
			Limits:     f.Limits.spec(),
			Forwarding: proxy.ForwardingSpec(f.Forwarding),
			Redact: redact.Spec{
				Regions:     f.Regions,
				Entity:      f.Keys.Entity,
				Surfaces:    map[string]redact.SurfaceSpec{},
				Fields:      map[string]redact.FieldsSpec{},
				Projections: map[string]redact.ProjectionSpec{},
			},
		},
	}
	for name, l := range f.Listeners {
		c.Spec.Listeners[name] = proxy.ListenerSpec{
			Address: l.Address, Kind: l.Kind, Token: opts.path(l.TokenFile), Profile: l.Profile,
			TLS: proxy.ListenerTLS{
				CertFile:     opts.path(l.TLS.CertFile),
				KeyFile:      opts.path(l.TLS.KeyFile),
				ClientCAFile: opts.path(l.TLS.ClientCAFile),
				Clients:      l.TLS.Clients,
			},
		}
	}
	for _, name := range []string{"log", "trace", "capture"} {
		c.Spec.Redact.Surfaces[name] = redact.SurfaceSpec{} // it masks
	}
	for name, s := range f.Surfaces {
		c.Spec.Redact.Surfaces[name] = redact.SurfaceSpec(s)
	}
	for _, e := range f.Dictionary {
		c.Spec.Redact.Dictionary = append(c.Spec.Redact.Dictionary, redact.DictionarySpec(e))
	}
	for name, u := range f.Upstreams {
		c.Spec.Upstreams[name] = u.spec(opts)
		if u.Simulator != "" {
			c.Simulated[name] = u.Simulator
			c.SetSimulated(u.Simulator, f.Simulators[u.Simulator].Address)
		}
	}
	for name, o := range f.Connectors {
		method := ""
		if o.Request != nil {
			method = o.Request.Method
		}
		c.Spec.Connectors[name] = proxy.ConnectorSpec{Upstream: o.Upstream, Method: method}
		c.Spec.Redact.Projections[name] = o.projection()
	}
	for name, r := range f.Routes {
		c.Spec.Routes[name] = r.spec()
		c.Spec.Redact.Fields[name] = r.fields()
	}
	return c
}

// SetSimulated leads every upstream for which the simulator stands to address.
func (c *Config) SetSimulated(simulator, address string) {
	for upstream, by := range c.Simulated {
		if by == simulator {
			u := c.Spec.Upstreams[upstream]
			u.Address = "http://" + address
			c.Spec.Upstreams[upstream] = u
		}
	}
}

func (u Upstream) spec(opts Options) proxy.UpstreamSpec {
	return proxy.UpstreamSpec{
		Address:   u.Address,
		Addresses: u.Addresses,
		Host:      u.Host,
		FirstByte: time.Duration(u.FirstByteTimeout),
		Resolve:   time.Duration(u.Resolve),
		Repeats:   u.Repeats,
		Ejection:  proxy.EjectionSpec{Failures: u.Ejection.Failures, Time: time.Duration(u.Ejection.Time)},
		Breaker:   proxy.BreakerSpec{Failures: u.Breaker.Failures, Open: time.Duration(u.Breaker.Open)},
		Health: proxy.HealthSpec{
			Path:      u.Health.Path,
			Interval:  time.Duration(u.Health.Interval),
			Timeout:   time.Duration(u.Health.Timeout),
			Healthy:   u.Health.Healthy,
			Unhealthy: u.Health.Unhealthy,
		},
		ConnectTimeout: time.Duration(u.ConnectTimeout),
		Timeout:        time.Duration(u.Timeout),
		IdleTimeout:    time.Duration(u.IdleTimeout),
		MaxConnections: u.MaxConnections,
		MaxWait:        time.Duration(u.MaxWait),
		MaxResponse:    int64(u.MaxResponse),
		TLS:            u.TLS.spec(opts),
	}
}

func (o Connector) projection() redact.ProjectionSpec {
	p := redact.ProjectionSpec{Pass: o.Pass, Observe: o.Observe}
	for _, a := range o.Allow {
		p.Allow = append(p.Allow, redact.AllowSpec(a))
	}
	if r := o.Request; r != nil {
		p.Request = &redact.RequestSpec{
			Path:    r.Path,
			Query:   r.Query.maps(),
			Form:    r.Form.maps(),
			JSON:    r.JSON.maps(),
			Segment: r.Segments.maps(),
			Header:  r.Headers.maps(),
		}
	}
	return p
}

func (v Fields) maps() []redact.FieldMap {
	var all []redact.FieldMap
	for _, f := range v {
		all = append(all, redact.FieldMap{
			To:          f.Name,
			JSON:        f.Field.JSON,
			Form:        f.Field.Form,
			Query:       f.Field.Query,
			Param:       f.Field.Param,
			ID:          f.Field.ID,
			Const:       f.Field.Const,
			Secret:      f.secret,
			Coding:      f.Field.Coding,
			Required:    f.Field.Required,
			Destination: f.Field.Destination,
			When:        f.Field.When,
			Scale:       f.Field.Scale,
		})
	}
	return all
}

func (r Route) spec() proxy.RouteSpec {
	return proxy.RouteSpec{
		Listener:  r.Listener,
		Hosts:     r.Hosts,
		Methods:   r.Methods,
		Path:      r.Path,
		Upstream:  r.Upstream,
		Pass:      r.Pass,
		Connector: r.Connector,
		Inbound:   r.Inbound,
		Repeat:    r.Repeat,

		Forwarding: proxy.ForwardingSpec(r.Forwarding),
	}
}

func (r Route) fields() redact.FieldsSpec {
	f := redact.FieldsSpec{Inbound: r.Inbound, NoDictionary: r.NoDictionary}
	for _, t := range r.Tags {
		f.Fields = append(f.Fields, redact.FieldSpec(t))
	}
	return f
}

func (t Telemetry) spec(opts Options) proxy.TelemetrySpec {
	log := proxy.AccessLogSpec(t.AccessLog)
	if log.Output != "" && log.Output != "stdout" && log.Output != "off" {
		log.Output = opts.path(log.Output)
	}
	return proxy.TelemetrySpec{
		AccessLog:  log,
		TracePeers: t.TracePeers,
		Traces:     proxy.TracesSpec{Own: t.Traces.Own, Ratio: (*float64)(t.Traces.Ratio)},
		Export:     t.Export.spec(opts),
		Capture:    t.Capture.spec(opts),
		Ingest:     t.Ingest.spec(opts),
	}
}

func (i Ingest) spec(opts Options) proxy.IngestSpec {
	spec := proxy.IngestSpec{Output: i.Output, Queue: i.Queue, Full: i.Full, Line: int64(i.Line), Connections: i.Connections}
	if i.Output != "" && i.Output != "stdout" && i.Output != "otlp" {
		spec.Output = opts.path(i.Output)
	}
	return spec
}

func (c Capture) spec(opts Options) proxy.CaptureSpec {
	return proxy.CaptureSpec{
		File: opts.path(c.File), Share: (*float64)(c.Share), Body: int64(c.Body), Size: int64(c.Size), Files: c.Files,
	}
}

func (e Export) spec(opts Options) proxy.ExportSpec {
	spec := proxy.ExportSpec{
		Gzip:    e.Gzip,
		Timeout: time.Duration(e.Timeout),
		Queue:   int64(e.Queue),
		MaxAge:  time.Duration(e.MaxAge),
		Spool:   proxy.SpoolSpec{Dir: opts.path(e.Spool.Dir), Size: int64(e.Spool.Size)},
	}
	for _, p := range e.Endpoints {
		spec.Endpoints = append(spec.Endpoints, proxy.EndpointSpec{URL: p.URL, Headers: p.Headers.spec(), TLS: p.TLS.spec(opts)})
	}
	return spec
}

func (v Headers) spec() []proxy.HeaderSpec {
	var all []proxy.HeaderSpec
	for _, h := range v {
		all = append(all, proxy.HeaderSpec{Name: h.Name, Value: h.value})
	}
	return all
}

func (t TLS) spec(opts Options) proxy.UpstreamTLS {
	return proxy.UpstreamTLS{
		CAFile: opts.path(t.CAFile), ServerName: t.ServerName, CertFile: opts.path(t.CertFile), KeyFile: opts.path(t.KeyFile),
	}
}

func (l Limits) spec() proxy.LimitsSpec {
	return proxy.LimitsSpec{
		Body:        int64(l.Body),
		Inflated:    int64(l.Inflated),
		Telemetry:   int64(l.Telemetry),
		Headers:     int(l.Headers),
		HeaderCount: l.HeaderCount,
		Target:      int(l.Target),
		ReadHeaders: time.Duration(l.ReadHeaders),
		Depth:       l.Depth,
		Members:     l.Members,
		Read:        time.Duration(l.Read),
		Write:       time.Duration(l.Write),
		Idle:        time.Duration(l.Idle),
		Drain:       time.Duration(l.Drain),
		InFlight:    l.InFlight,
		Connections: l.Connections,
		PerClient:   l.PerClient,
		Buffered:    int64(l.Buffered),
		Rate:        proxy.RateSpec(l.Rate),
	}
}
