package proxy

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/piiproxy/piiproxy/proxy/route"
	"github.com/piiproxy/piiproxy/redact"
)

// Surface names that the proxy itself uses.
const (
	surfaceLog     = "log"
	surfaceCapture = redact.SurfaceCapture
)

// Build compiles spec into a generation. keys may be nil if no rule needs a key. Upstreams that prev has with the same
// specification are shared with it, so that their connections live on; prev, which may be nil, must be in use until Build
// returns. The error joins every problem there is; each is a [*redact.Problem] whose path goes by the fields of [Spec] in
// lower case, such as `routes.sms.methods[1]`.
func Build(spec Spec, keys *redact.Keyring, prev *Generation) (*Generation, error) {
	b := builder{spec: spec, keys: keys, prev: prev, g: &Generation{upstreams: map[string]*shared{}}}
	b.g.users.first()
	b.limits()
	b.names()
	b.telemetry()
	b.policy(keys)
	b.tracing()
	b.capture()
	b.upstreams()
	b.passed = b.forwarding("forwarding", b.spec.Forwarding, forwarding{requestID: keepField})
	b.routes()
	if len(b.problems) > 0 {
		b.g.Discard()
		return nil, errors.Join(b.problems...)
	}
	return b.g, nil
}

// builder makes one generation and collects what is wrong.
type builder struct {
	spec     Spec
	keys     *redact.Keyring
	prev     *Generation
	g        *Generation
	rules    *redact.Policy // nil if it has problems
	passed   forwarding     // of routes that do not say it themselves
	problems []error
}

func (b *builder) problem(path, what, hint string) {
	b.problems = append(b.problems, &redact.Problem{Path: path, What: what, Hint: hint})
}

// sorted returns the names of a section in the order in which its problems are reported.
func sorted[V any](section map[string]V) []string { return slices.Sorted(maps.Keys(section)) }

// name returns the name of an entry of a section.
func (b *builder) name(section, text string) redact.Name {
	name, err := redact.ParseName(text)
	if err != nil {
		b.problem(section+"."+text, "not a name", "names are 1 to 63 of a-z, 0-9 and -")
	}
	return name
}

// names checks the names of all sections; they become labels of metrics.
func (b *builder) names() {
	for _, text := range sorted(b.spec.Listeners) {
		name := b.name("listeners", text)
		b.listenerTLS("listeners."+text, b.spec.Listeners[text].TLS)
		switch b.spec.Listeners[text].Kind {
		case "", "proxy":
			b.g.listeners = append(b.g.listeners, name)
			b.openListener("listeners."+text, b.spec.Listeners[text])
		case "telemetry", "syslog", "syslog-udp":
			b.openListener("listeners."+text, b.spec.Listeners[text])
		case "admin":
			b.adminListener("listeners."+text, b.spec.Listeners[text])
		default:
			b.problem("listeners."+text+".kind", "not a kind of listener", "proxy, telemetry, syslog, syslog-udp or admin")
		}
	}
	for _, name := range sorted(b.spec.Routes) {
		b.name("routes", name)
	}
	for _, name := range sorted(b.spec.Connectors) {
		b.name("connectors", name)
	}
	for _, name := range sorted(b.spec.Upstreams) {
		b.name("upstreams", name)
	}
}

// openListener checks a listener that asks nobody for a token.
func (b *builder) openListener(path string, l ListenerSpec) {
	if l.Token != "" || l.Profile {
		b.problem(path, "tokens and profiles are for admin listeners", "kind: admin")
	}
}

// adminListener checks a listener for those who run the proxy.
func (b *builder) adminListener(path string, l ListenerSpec) {
	if l.Profile && l.Token == "" {
		b.problem(path+".profile", "profiles are served to who shows a token only", "say where the token is: token_file")
	}
}

// listenerTLS checks the files of a listener that speaks TLS.
func (b *builder) listenerTLS(path string, t ListenerTLS) {
	if t == (ListenerTLS{}) {
		return
	}
	if t.Clients != "" && t.Clients != "required" && t.Clients != "optional" {
		b.problem(path+".tls.clients", "not a way to ask clients for certificates", "required or optional")
	} else if _, err := t.load(); err != nil {
		b.upstreamProblem(path, err)
	}
}

// telemetryShare is which share of the memory for bodies the largest one with telemetry has: half of that memory is for telemetry,
// and it takes the body as it came, inflated, and eight times for masking, and a little. One that is larger would never find room.
const telemetryShare = 24

// limitTelemetry holds bodies with telemetry to what there is room for.
func (b *builder) limitTelemetry() {
	l := &b.g.limits
	if most := l.Buffered / telemetryShare; l.Telemetry > most {
		if b.spec.Limits.Telemetry != 0 {
			b.problem("limits.telemetry", "larger than there can be room for", "at most a twenty-fourth of limits.buffered")
		}
		l.Telemetry = most
	}
}

// limits fills in the defaults.
func (b *builder) limits() {
	l := b.spec.Limits
	b.g.limits = LimitsSpec{
		Body:        withDefault(b, "body", l.Body, 4<<20),
		Inflated:    withDefault(b, "inflated", l.Inflated, 4<<20),
		Telemetry:   withDefault(b, "telemetry", l.Telemetry, 8<<20),
		Headers:     withDefault(b, "headers", l.Headers, 16<<10),
		HeaderCount: withDefault(b, "headercount", l.HeaderCount, 100),
		Target:      withDefault(b, "target", l.Target, 8<<10),
		ReadHeaders: withDefault(b, "readheaders", l.ReadHeaders, 10*time.Second),
		Depth:       withDefault(b, "depth", l.Depth, 64),
		Members:     withDefault(b, "members", l.Members, 200_000),
		Read:        withDefault(b, "read", l.Read, 30*time.Second),
		Write:       withDefault(b, "write", l.Write, 30*time.Second),
		Idle:        withDefault(b, "idle", l.Idle, 75*time.Second),
		Drain:       withDefault(b, "drain", l.Drain, 20*time.Second),
		InFlight:    withDefault(b, "inflight", l.InFlight, 10_000),
		Connections: withDefault(b, "connections", l.Connections, 20_000),
		PerClient:   withDefault(b, "perclient", l.PerClient, 0),
		Buffered:    withDefault(b, "buffered", l.Buffered, 256<<20),
		Rate: RateSpec{
			PerSecond: withDefault(b, "rate.persecond", l.Rate.PerSecond, 0),
			Burst:     withDefault(b, "rate.burst", l.Rate.Burst, l.Rate.PerSecond),
		},
	}
	if l.Rate.Burst > 0 && l.Rate.PerSecond == 0 {
		b.problem("limits.rate.burst", "a burst of no rate", "say per_second too")
	}
	b.limitTelemetry()
	b.g.edge = b.g.limits.edge()
	if rate := b.g.limits.Rate; rate.PerSecond > 0 {
		if b.g.pace = newPace(rate); b.prev != nil && b.prev.limits.Rate == rate {
			b.g.pace = b.prev.pace // who has sent too much has not been forgotten
		}
	}
}

func withDefault[N int | int64 | time.Duration](b *builder, name string, n, otherwise N) N {
	if n < 0 {
		b.problem("limits."+name, "below zero", "leave it out for the default")
	}
	return cmp.Or(n, otherwise)
}

// telemetry compiles what telemetry shows and whom it trusts.
func (b *builder) telemetry() {
	t := b.spec.Telemetry
	b.g.showBody = t.AccessLog.Body
	if full := t.AccessLog.Full; full != "" && full != "block" && full != "drop" {
		b.problem("telemetry.accesslog.full", "not what a full queue can do", "block or drop")
	}
	if t.AccessLog.Queue < 0 {
		b.problem("telemetry.accesslog.queue", "below zero", "leave it out for the default")
	}
	for i, peer := range t.TracePeers {
		prefix, err := parsePrefix(peer)
		if err != nil {
			b.problem(fmt.Sprintf("telemetry.tracepeers[%d]", i), "not an address or a prefix", "such as 10.0.0.0/8")
		}
		b.g.tracePeers = append(b.g.tracePeers, prefix)
	}
}

func parsePrefix(s string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(s); err == nil {
		return addr.Unmap().Prefix(addr.Unmap().BitLen())
	}
	return netip.ParsePrefix(s)
}

// policy compiles the rules of masking and minimising. There are always surfaces for the access log, for spans and for captures; one that the
// specification does not describe masks every kind; that of captures gives each its surrogate.
func (b *builder) policy(keys *redact.Keyring) {
	rules := b.spec.Redact
	rules.Entity = cmp.Or(rules.Entity, b.spec.Entity)
	rules.Surfaces = maps.Clone(rules.Surfaces)
	if rules.Surfaces == nil {
		rules.Surfaces = map[string]redact.SurfaceSpec{}
	}
	for _, name := range []string{surfaceLog, surfaceTrace, surfaceCapture} {
		if _, ok := rules.Surfaces[name]; !ok {
			rules.Surfaces[name] = redact.SurfaceSpec{}
		}
	}
	rules.Fields = maps.Clone(rules.Fields)
	for name, r := range b.spec.Routes {
		if r.Inbound {
			if rules.Fields == nil {
				rules.Fields = map[string]redact.FieldsSpec{}
			}
			fields := rules.Fields[name]
			fields.Inbound = true
			rules.Fields[name] = fields
		}
	}
	for _, name := range sorted(rules.Fields) {
		if _, ok := b.spec.Routes[name]; !ok {
			b.problem("redact.fields."+name, "there is no route of this name", "")
		}
	}
	policy, err := redact.Compile(rules, keys)
	if err != nil {
		b.problems = append(b.problems, err)
		return
	}
	b.rules, b.g.rules = policy, policy
	b.g.unrouted = policy.Fields("")
	if b.g.log, err = policy.Surface(surfaceLog); err != nil {
		b.problems = append(b.problems, err)
	}
}

// routes compiles the table of routes and their destinations.
func (b *builder) routes() {
	all := sorted(b.spec.Routes)
	rules := make([]route.Rule, len(all))
	for i, name := range all {
		r := b.spec.Routes[name]
		rules[i] = route.Rule{Listener: r.Listener, Hosts: r.Hosts, Methods: r.Methods, Path: r.Path}
		if l, ok := b.spec.Listeners[r.Listener]; !ok || takesNoRoutes(l.Kind) {
			b.problem("routes."+name+".listener", "there is no listener of this name for clients", known(b.spec.Listeners))
		}
		b.g.destinations = append(b.g.destinations, b.destination(name, r))
	}
	table, problems := route.Compile(rules)
	for _, p := range problems {
		if p.Other >= 0 {
			p.What = "leads the same requests as the route " + all[p.Other]
		}
		b.problem("routes."+all[p.Rule]+"."+p.Field, p.What, p.Hint)
	}
	b.g.table = table
}

// takesNoRoutes reports whether a listener of that kind is for others than clients. What is no kind is told where it stands.
func takesNoRoutes(kind string) bool {
	switch kind {
	case "admin", "telemetry", "syslog", "syslog-udp":
		return true
	}
	return false
}

// known is a hint that names what there is.
func known[V any](section map[string]V) string {
	if len(section) == 0 {
		return ""
	}
	return "there are: " + strings.Join(sorted(section), ", ")
}

// destination compiles where one route leads.
func (b *builder) destination(name string, r RouteSpec) destination {
	d := destination{}
	d.name, _ = redact.ParseName(name)
	d.listener, _ = redact.ParseName(r.Listener)
	if b.rules != nil {
		d.fields = b.rules.Fields(name)
	}
	d.traced = b.traceTarget(r)
	if c := b.g.capture; c != nil && len(r.Hosts) > 0 {
		d.capturedHost = c.surface.AppendText(d.capturedHost, []byte(r.Hosts[0]), nil)
	}
	path := "routes." + name
	d.forwarding = b.forwarding(path+".forwarding", r.Forwarding, b.passed)
	switch {
	case r.Connector != "" && r.Forwarding != (ForwardingSpec{}):
		b.problem(path+".forwarding", "a connector learns nothing of where a request came from", "take it out")
	case r.Connector != "" && r.Repeat:
		b.problem(path+".repeat", "a connector's request may be a message, which must not be sent twice", "take it out")
	case r.Connector != "" && (r.Upstream != "" || r.Pass != ""):
		b.problem(path+".connector", "a route leads to a connector or to an upstream, not to both", "take out one of them")
	case r.Connector != "":
		b.connector(&d, path, r)
	case r.Upstream == "":
		b.problem(path, "the route leads nowhere", "name a connector, or an upstream with pass: everything")
	case r.Pass != "everything":
		b.problem(path+".pass", "a route to an upstream passes everything, and has to say so", "pass: everything")
	default:
		d.upstream, d.repeat = b.upstream(path+".upstream", r.Upstream), r.Repeat
	}
	return d
}

// connector compiles the destination of a route that leads to a connector.
func (b *builder) connector(d *destination, path string, r RouteSpec) {
	c, ok := b.spec.Connectors[r.Connector]
	if !ok {
		b.problem(path+".connector", "there is no connector of this name", known(b.spec.Connectors))
		return
	}
	d.connector, _ = redact.ParseName(r.Connector)
	d.forwarding = forwarding{requestID: keepField}
	d.method = c.Method
	d.upstream = b.upstream("connectors."+r.Connector+".upstream", c.Upstream)
	if c.Method != "" && route.ParseMethod([]byte(c.Method)) == 0 {
		b.problem("connectors."+r.Connector+".method", "not a method that the proxy sends", "such as POST")
	}
	rules, ok := b.spec.Redact.Projections[r.Connector]
	if !ok {
		b.problem("redact.projections."+r.Connector, "the connector has no projection, so nothing could pass",
			"say which fields it may receive")
		return
	}
	if rules.Pass == "" && rules.Request == nil {
		d.path = r.Path
		if strings.Contains(r.Path, "{") {
			b.problem(path+".path", "the connector would receive the parameters of the path, which its rules do not allow",
				"give the connector a request with a path of its own")
		}
	}
	if b.rules == nil {
		return
	}
	projection, err := b.rules.Projection(r.Connector)
	switch {
	case err != nil:
		b.problems = append(b.problems, err)
	case !projection.Pass():
		d.projection = projection
	case rules.Observe:
		d.observed = projection
	}
}

// upstream returns the upstream of that name for the place that names it.
func (b *builder) upstream(path, name string) *shared {
	if _, ok := b.spec.Upstreams[name]; !ok {
		b.problem(path, "there is no upstream of this name", known(b.spec.Upstreams))
	}
	return b.g.upstreams[name]
}

// upstreams makes the upstreams, or takes them over from the generation before.
func (b *builder) upstreams() {
	for _, name := range sorted(b.spec.Upstreams) {
		spec := b.spec.Upstreams[name]
		b.checkUpstream("upstreams."+name, spec)
		living, before := b.living(name)
		built, err := buildUpstream(spec, before)
		if err == nil && built == before {
			b.g.upstreams[name] = living
			continue
		}
		if living != nil {
			living.release()
		}
		if err != nil {
			b.upstreamProblem("upstreams."+name, err)
			continue
		}
		u := &shared{transport: built, built: built, host: built.host, timeout: cmp.Or(spec.Timeout, 10*time.Second)}
		u.name, _ = redact.ParseName(name)
		u.users.first()
		b.g.upstreams[name] = u
	}
}

// living takes the upstream of that name of the generation before into use, if there is one.
func (b *builder) living(name string) (*shared, *upstream) {
	if b.prev == nil {
		return nil, nil
	}
	u := b.prev.upstreams[name]
	if u == nil || !u.users.enter() {
		return nil, nil
	}
	return u, u.built
}

// upstreamProblem makes a problem of an error of an upstream's specification, which begins with the field it is about.
func (b *builder) upstreamProblem(path string, err error) {
	field, what, _ := strings.Cut(err.Error(), ": ")
	var file *fs.PathError
	if errors.As(err, &file) {
		what = "a file cannot be read" // its name may be anything that somebody put there
	}
	hint := "such as http://api.internal:8080"
	if field == "tls" {
		hint = "PEM files that this program may read"
	}
	b.problem(path+"."+field, what, hint)
}

// checkUpstream checks the numbers of an upstream.
func (b *builder) checkUpstream(path string, spec UpstreamSpec) {
	for _, field := range []struct {
		name string
		n    int64
	}{
		{"connecttimeout", int64(spec.ConnectTimeout)}, {"timeout", int64(spec.Timeout)},
		{"idletimeout", int64(spec.IdleTimeout)}, {"maxconnections", int64(spec.MaxConnections)},
		{"maxwait", int64(spec.MaxWait)}, {"maxresponse", spec.MaxResponse}, {"firstbytetimeout", int64(spec.FirstByte)},
		{"resolve", int64(spec.Resolve)}, {"repeats", int64(spec.Repeats)}, {"ejection.failures", int64(spec.Ejection.Failures)},
		{"ejection.time", int64(spec.Ejection.Time)}, {"health.interval", int64(spec.Health.Interval)},
		{"health.timeout", int64(spec.Health.Timeout)}, {"health.healthy", int64(spec.Health.Healthy)},
		{"health.unhealthy", int64(spec.Health.Unhealthy)}, {"breaker.failures", int64(spec.Breaker.Failures)},
		{"breaker.open", int64(spec.Breaker.Open)},
	} {
		if field.n < 0 {
			b.problem(path+"."+field.name, "below zero", "leave it out for the default")
		}
	}
	if p := spec.Health.Path; p != "" && (p[0] != '/' || strings.ContainsFunc(p, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '#' })) {
		b.problem(path+".health.path", "not a path", "such as /health")
	}
}
