package proxy

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/piiproxy/piiproxy/redact"
)

// problemPaths returns the places of all problems that err joins.
func problemPaths(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []string
		for _, e := range joined.Unwrap() {
			all = append(all, problemPaths(t, e)...)
		}
		return all
	}
	var p *redact.Problem
	if !errors.As(err, &p) {
		t.Errorf("%T is no problem: %v", err, err)
		return nil
	}
	if p.What == "" {
		t.Errorf("%s: nothing is said", p.Path)
	}
	return []string{p.Path}
}

var badSpecs = []struct {
	name   string
	change func(*Spec)
	paths  []string
}{
	{"names", func(s *Spec) {
		s.Listeners["Api"] = ListenerSpec{}
		s.Routes["a.b"] = RouteSpec{Listener: "api", Path: "/ab", Upstream: "api", Pass: "everything"}
		s.Upstreams["x_y"] = UpstreamSpec{Address: "http://x"}
	}, []string{"listeners.Api", "routes.a.b", "upstreams.x_y"}},
	{"listener", func(s *Spec) { s.Listeners["api"] = ListenerSpec{Kind: "telnet"} }, []string{"listeners.api.kind"}},
	{"routes need a listener for clients", func(s *Spec) {
		s.Listeners["admin"] = ListenerSpec{Kind: "admin"}
		s.Routes["a"] = RouteSpec{Listener: "admin", Path: "/a", Upstream: "api", Pass: "everything"}
		s.Routes["b"] = RouteSpec{Listener: "none", Path: "/b", Upstream: "api", Pass: "everything"}
	}, []string{"routes.a.listener", "routes.b.listener"}},
	{"everything passes only in words", func(s *Spec) {
		s.Routes["a"] = RouteSpec{Listener: "api", Path: "/a", Upstream: "api"}
		s.Routes["b"] = RouteSpec{Listener: "api", Path: "/b", Upstream: "api", Pass: "true"}
	}, []string{"routes.a.pass", "routes.b.pass"}},
	{"a route leads to one place", func(s *Spec) {
		s.Routes["a"] = RouteSpec{Listener: "api", Path: "/a"}
		s.Routes["b"] = RouteSpec{Listener: "api", Path: "/b", Upstream: "api", Pass: "everything", Connector: "operator"}
		s.Routes["c"] = RouteSpec{Listener: "api", Path: "/c", Upstream: "none", Pass: "everything"}
		s.Routes["d"] = RouteSpec{Listener: "api", Path: "/d", Connector: "none"}
	}, []string{"routes.a", "routes.b.connector", "routes.c.upstream", "routes.d.connector"}},
	{"patterns", func(s *Spec) {
		s.Routes["a"] = RouteSpec{Listener: "api", Path: "a", Upstream: "api", Pass: "everything"}
		s.Routes["b"] = RouteSpec{Listener: "api", Path: "/b", Methods: []string{"GET", "GO"}, Upstream: "api", Pass: "everything"}
		s.Routes["c"] = RouteSpec{Listener: "api", Path: "/c", Hosts: []string{"*"}, Upstream: "api", Pass: "everything"}
		s.Routes["zz"] = RouteSpec{Listener: "api", Path: "/sms", Upstream: "api", Pass: "everything"}
	}, []string{"routes.a.path", "routes.b.methods[1]", "routes.c.hosts[0]", "routes.zz.path"}},
	{"connectors", func(s *Spec) {
		s.Connectors["a"] = ConnectorSpec{Upstream: "api"}
		s.Routes["a"] = RouteSpec{Listener: "api", Path: "/a", Connector: "a"}
		s.Routes["b"] = RouteSpec{Listener: "api", Path: "/b/{number}", Connector: "operator"}
		s.Connectors["c"] = ConnectorSpec{Upstream: "none", Method: "post"}
		s.Redact.Projections["c"] = redact.ProjectionSpec{Allow: []redact.AllowSpec{{JSON: "$.to"}}}
		s.Routes["c"] = RouteSpec{Listener: "api", Path: "/c", Connector: "c"}
	}, []string{"redact.projections.a", "routes.b.path", "connectors.c.upstream", "connectors.c.method"}},
	{"several addresses", func(s *Spec) {
		s.Upstreams["a"] = UpstreamSpec{Address: "http://x", Addresses: []string{"http://y"}}
		s.Upstreams["b"] = UpstreamSpec{Addresses: []string{"http://x", "https://y"}}
		s.Upstreams["c"] = UpstreamSpec{Addresses: []string{"http://x", "http://x:80"}}
		s.Upstreams["d"] = UpstreamSpec{Addresses: []string{"http://x", "http://u:p@y"}}
		s.Upstreams["e"] = UpstreamSpec{Address: "http://x", Host: "a b"}
		s.Upstreams["f"] = UpstreamSpec{Address: "http://x", Health: HealthSpec{Path: "a\r\nX: y", Healthy: -1}, Breaker: BreakerSpec{Failures: -1}}
		s.Routes["a"] = RouteSpec{Listener: "egress", Path: "/a", Connector: "operator", Repeat: true}
	}, []string{
		"upstreams.a.addresses", "upstreams.b.addresses[1]", "upstreams.c.addresses[1]", "upstreams.d.addresses[1]", "upstreams.e.host",
		"upstreams.f.health.healthy", "upstreams.f.breaker.failures", "upstreams.f.health.path", "routes.a.repeat",
	}},
	{"upstreams", func(s *Spec) {
		s.Upstreams["a"] = UpstreamSpec{Address: "api.internal:80"}
		s.Upstreams["b"] = UpstreamSpec{Address: "http://user:secret@x"}
		s.Upstreams["c"] = UpstreamSpec{Address: "http://x", TLS: UpstreamTLS{ServerName: "x"}}
		s.Upstreams["d"] = UpstreamSpec{Address: "https://x", TLS: UpstreamTLS{CAFile: "/nowhere/secret"}}
		s.Upstreams["e"] = UpstreamSpec{Address: "http://x", Timeout: -1, MaxConnections: -1}
	}, []string{"upstreams.a.address", "upstreams.b.address", "upstreams.c.tls", "upstreams.d.tls", "upstreams.e.timeout", "upstreams.e.maxconnections"}},
	{"telemetry", func(s *Spec) {
		s.Telemetry = TelemetrySpec{AccessLog: AccessLogSpec{Queue: -1, Full: "lose"}, TracePeers: []string{"10.0.0.0/8", "ten"}, Traces: TracesSpec{Ratio: new(1.5)}}
	}, []string{"telemetry.accesslog.full", "telemetry.accesslog.queue", "telemetry.tracepeers[1]", "telemetry.traces.ratio"}},
	{"limits", func(s *Spec) { s.Limits = LimitsSpec{Body: -1, Read: -time.Second} }, []string{"limits.body", "limits.read"}},
	{"telemetry without room", func(s *Spec) { s.Limits = LimitsSpec{Buffered: 24 << 20, Telemetry: 1<<20 + 1} }, []string{"limits.telemetry"}},
	{"masking", func(s *Spec) {
		s.Redact.Surfaces = map[string]redact.SurfaceSpec{"log": {Kinds: map[string]string{"phone": "shout"}}}
		s.Redact.Fields = map[string]redact.FieldsSpec{"none": {}}
	}, []string{"redact.fields.none", "surfaces.log.kinds.phone"}},
}

func TestBuildProblems(t *testing.T) {
	for _, c := range badSpecs {
		spec := testSpec()
		c.change(&spec)
		g, err := Build(spec, nil, nil)
		if g != nil {
			t.Errorf("%s: a generation in spite of %v", c.name, err)
		}
		got := problemPaths(t, err)
		slices.Sort(got)
		want := slices.Sorted(slices.Values(c.paths))
		if !slices.Equal(got, want) {
			t.Errorf("%s: problems at %q, want %q", c.name, got, want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestBuildProblemsLetGo holds a generation that failed to leaving what it had taken of the one before.
func TestBuildProblemsLetGo(t *testing.T) {
	first := build(t, testSpec(), nil, &fakeUpstream{})
	spec := testSpec()
	spec.Routes["a"] = RouteSpec{}
	if _, err := Build(spec, nil, first); err == nil {
		t.Fatal("no problem")
	}
	if n := first.upstreams["api"].users.n.Load(); n != 1 {
		t.Errorf("%d users", n)
	}
	first.Discard()
}

func TestBuildDefaults(t *testing.T) {
	g := build(t, testSpec(), nil, &fakeUpstream{})
	defer g.Discard()
	want := LimitsSpec{
		Body: 4 << 20, Inflated: 4 << 20, Telemetry: 8 << 20, Headers: 16 << 10, HeaderCount: 100, Target: 8 << 10, Depth: 64, Members: 200_000,
		ReadHeaders: 10 * time.Second, Read: 30 * time.Second, Write: 30 * time.Second, Idle: 75 * time.Second, Drain: 20 * time.Second, InFlight: 10_000,
		Connections: 20_000, Buffered: 256 << 20,
	}
	if g.limits != want {
		t.Errorf("limits %+v", g.limits)
	}
	if u := g.upstreams["api"]; u.timeout != 10*time.Second || u.host != "api.internal:8080" {
		t.Errorf("upstream %+v", u)
	}
}

// TestBuildTakesTheEntitysKeys holds tokens to the keys of the entity that the specification names.
func TestBuildTakesTheEntitysKeys(t *testing.T) {
	keys, err := redact.NewKeyring("acme", time.Now(), []byte("0123456789abcdefghijklmnopqrstuv"))
	if err != nil {
		t.Fatal(err)
	}
	spec := testSpec()
	spec.Redact.Surfaces = map[string]redact.SurfaceSpec{"log": {Kinds: map[string]string{"phone": "token"}}}
	for entity, ok := range map[string]bool{"acme": true, "other": false} {
		spec.Entity = entity
		g, err := Build(spec, keys, nil)
		if (err == nil) != ok {
			t.Errorf("entity %s: %v", entity, err)
		}
		if g != nil {
			g.Discard()
		}
	}
}
