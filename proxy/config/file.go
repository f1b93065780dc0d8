package config

// The types in this file are the configuration as it is written. Their doc comments are the descriptions in the JSON Schema,
// so they are written for the operator. Every value has a default, and the defaults withhold.

// File is the configuration of piiproxy.
type File struct {
	// The addresses to listen on, by name.
	Listeners map[string]Listener `yaml:"listeners"`
	// The regions, such as GR, whose national numbers are found in texts that people wrote. None by default.
	Regions []string `yaml:"regions"`
	// The keyring that tokens are made with.
	Keys Keys `yaml:"keys"`
	// What people may read, by exit: log, trace, capture. A surface that is not here masks everything; capture has surrogates
	// instead, and takes nothing laxer.
	Surfaces map[string]Surface `yaml:"surfaces"`
	// Additions to the shipped dictionary of field names, which tags the fields of routes that do not name them.
	Dictionary []Entry `yaml:"dictionary"`
	// The transports to destinations, by name.
	Upstreams map[string]Upstream `yaml:"upstreams"`
	// Built-in stand-ins for the API, for operators and for customers, by name: for trying things out.
	Simulators map[string]Simulator `yaml:"simulators"`
	// The destinations that get no more than is named here, by name.
	Connectors map[string]Connector `yaml:"connectors"`
	// The requests that are let through, by name. A request that no route matches is refused.
	Routes map[string]Route `yaml:"routes"`
	// What upstreams learn of where a request came from, on routes that pass everything. A route may say it for itself.
	Forwarding Forwarding `yaml:"forwarding"`
	// Where telemetry goes.
	Telemetry Telemetry `yaml:"telemetry"`
	// What a client may send.
	Limits Limits `yaml:"limits"`
	// Synthetic messages that prove all the time that nothing leaks. There are none by default.
	Canary CanaryMessages `yaml:"canary"`
}

// Listener is one address to listen on.
type Listener struct {
	// host:port. Port 0 takes a free one.
	Address string `yaml:"address" jsonschema:"required"`
	// proxy (the default) takes requests along routes; telemetry takes traces, logs and metrics of other programs, which are masked and
	// delivered as telemetry.export and telemetry.ingest say; syslog and syslog-udp take syslog over TCP and UDP; admin serves metrics,
	// health and reload.
	Kind string `yaml:"kind" jsonschema:"enum=proxy,enum=telemetry,enum=syslog,enum=syslog-udp,enum=admin"`
	// Speak TLS, 1.2 at least. Plain text by default.
	TLS ListenerTLS `yaml:"tls"`
	// With kind: admin, the file with the token that who changes the proxy shows, as Authorization: Bearer. Without it only an address
	// on loopback lets the proxy be changed.
	TokenFile string `yaml:"token_file"`
	// With kind: admin and token_file, serve profiles of the process under /debug/pprof/ to who shows the token. False by default.
	Profile bool `yaml:"profile"`
}

// ListenerTLS is how a listener speaks TLS. Files that change are taken in by themselves.
type ListenerTLS struct {
	// PEM file of the certificate, with its chain.
	CertFile string `yaml:"cert_file"`
	// PEM file of its key.
	KeyFile string `yaml:"key_file"`
	// PEM file of those who vouch for clients. Clients show no certificate by default.
	ClientCAFile string `yaml:"client_ca_file"`
	// With client_ca_file: whether clients must show a certificate. required by default.
	Clients string `yaml:"clients" jsonschema:"enum=required,enum=optional"`
}

// Keys is the keyring that tokens are made with. Without one no rule may ask for tokens.
type Keys struct {
	// The keyring file, made by `piiproxy keys init`. Only its owner may have access to it.
	File string `yaml:"file"`
	// Make a key at the start and keep it in memory only: the tokens of one run cannot be joined with those of another. False by default.
	Ephemeral bool `yaml:"ephemeral"`
	// Whose keys: entities that must not be able to join their data have different ones. "default" by default.
	Entity string `yaml:"entity"`
}

// Surface is the rules for one place where people read. Without rules it masks.
type Surface struct {
	// How eagerly numbers are found: log (the default), or message for texts that people wrote.
	Profile string `yaml:"profile" jsonschema:"enum=log,enum=message"`
	// What happens to each kind of personal data. Kinds that are not here are masked.
	Kinds map[string]string `yaml:"kinds"`
	// What happens to a field of this name, whatever its tag says.
	Fields map[string]string `yaml:"fields"`
	// What happens to numbers and addresses of the account itself. The same as for end users by default.
	Account string `yaml:"account"`
	// What happens to the client's address: partial by default.
	Client string `yaml:"client"`
}

// Entry says what a field of this name is on every route that does not name it.
type Entry struct {
	// The field's name, compared without case and separators.
	Name string `yaml:"name" jsonschema:"required"`
	// The kind of personal data in it; none takes a shipped name out of the dictionary.
	Kind string `yaml:"kind" jsonschema:"required"`
	// Whose data: end_user (the default) or account.
	Subject string `yaml:"subject" jsonschema:"enum=end_user,enum=account"`
}

// Upstream is the transport to one destination.
type Upstream struct {
	// http://host:port or https://host:port.
	Address string `yaml:"address"`
	// Several addresses of the same service, instead of one: each request goes to the one with the fewest. A name that has several
	// IP addresses is several addresses too.
	Addresses []string `yaml:"addresses"`
	// The host, or host:port, that requests built by the proxy and health checks name, and that a certificate must have. That of
	// the first address by default.
	Host string `yaml:"host"`
	// The simulator that stands for this upstream, instead of an address.
	Simulator string `yaml:"simulator"`
	// For making a connection. 2s by default.
	ConnectTimeout Duration `yaml:"connect_timeout"`
	// For a whole exchange with it. 10s by default.
	Timeout Duration `yaml:"timeout"`
	// For the first byte of an answer, once the request is written. As long as timeout by default.
	FirstByteTimeout Duration `yaml:"first_byte_timeout"`
	// After which an idle connection is closed. 30s by default.
	IdleTimeout Duration `yaml:"idle_timeout"`
	// At once, to each address. 1024 by default.
	MaxConnections int `yaml:"max_connections"`
	// For a connection to become free. 1s by default.
	MaxWait Duration `yaml:"max_wait"`
	// Largest body of a response. 16MiB by default.
	MaxResponse Size `yaml:"max_response"`
	// How an https upstream is trusted.
	TLS TLS `yaml:"tls"`
	// After which a name is looked up again. If that fails, what it had stays. 30s by default.
	Resolve Duration `yaml:"resolve"`
	// Requests a second that may be sent to another address because nothing of them was written, or again because their route says
	// so. 10 by default.
	Repeats int `yaml:"repeats"`
	// Leaves an address out for a while that fails.
	Ejection Ejection `yaml:"ejection"`
	// Asks each address whether it is well.
	Health Health `yaml:"health"`
	// Refuses requests for a while, with 503, to an upstream that fails.
	Breaker Breaker `yaml:"breaker"`
}

// Ejection leaves an address out for a while that fails, as long as half of the addresses stay.
type Ejection struct {
	// In a row. 5 by default.
	Failures int `yaml:"failures"`
	// For which it is out. 10s by default.
	Time Duration `yaml:"time"`
}

// Health asks each address whether it is well. One that is not gets requests only if none is.
type Health struct {
	// The path to GET; an answer below 400 says that the address is well. Nobody is asked by default.
	Path string `yaml:"path"`
	// 10s by default.
	Interval Duration `yaml:"interval"`
	// For an answer. 2s by default.
	Timeout Duration `yaml:"timeout"`
	// Good answers in a row after which an address is back. 2 by default.
	Healthy int `yaml:"healthy"`
	// Failures in a row after which it is out. 3 by default.
	Unhealthy int `yaml:"unhealthy"`
}

// Breaker is a circuit breaker: after failures in a row it refuses requests, and then lets one through to see.
type Breaker struct {
	// In a row, whatever the address. There is no circuit breaker by default.
	Failures int `yaml:"failures"`
	// For which it refuses. 5s by default.
	Open Duration `yaml:"open"`
}

// TLS is how an https upstream is trusted.
type TLS struct {
	// PEM file of the authorities to trust. The system's by default.
	CAFile string `yaml:"ca_file"`
	// The name in the upstream's certificate. The host of its address by default.
	ServerName string `yaml:"server_name"`
	// PEM file of the client certificate, together with key_file.
	CertFile string `yaml:"cert_file"`
	// PEM file of the key of the client certificate.
	KeyFile string `yaml:"key_file"`
}

// SimulatorKinds is whom a [Simulator] can stand for.
var SimulatorKinds = []string{"api", "operator", "kannel", "customer"}

// Simulator is a built-in stand-in for another party. It keeps the last requests and shows them at /received.
type Simulator struct {
	// Who it stands for.
	Kind string `yaml:"kind" jsonschema:"required,enum=api,enum=operator,enum=kannel,enum=customer"`
	// host:port. Port 0 takes a free one.
	Address string `yaml:"address" jsonschema:"required"`
}

// Connector is a destination that gets no more than is named here: either allow, for a request of the same shape, or request,
// for another request built field by field. With neither it gets nothing.
type Connector struct {
	// The upstream that leads to it.
	Upstream string `yaml:"upstream" jsonschema:"required"`
	// The fields that are let through, in a request of the same shape.
	Allow []Allow `yaml:"allow"`
	// The outgoing request.
	Request *Request `yaml:"request"`
	// everything lets requests through as they came. Nothing passes by default.
	Pass string `yaml:"pass" jsonschema:"enum=everything"`
	// With pass: count what the rules would have dropped. False by default.
	Observe bool `yaml:"observe"`
}

// Allow is one field that is let through: a JSON path, or where it stands and under which conditions.
type Allow struct {
	// A path in a JSON body.
	JSON string `yaml:"json"`
	// The name of a form field.
	Form string `yaml:"form"`
	// The name of a query parameter.
	Query string `yaml:"query"`
	// Refuse requests without it. False by default.
	Required bool `yaml:"required"`
	// It must be one phone number. False by default.
	Destination bool `yaml:"destination"`
}

// Request is the outgoing request of a connector, built from nothing.
type Request struct {
	// POST if it has a body, and GET if not.
	Method string `yaml:"method"`
	// Its path. A {name} in it is filled from segments.
	Path string `yaml:"path"`
	// What fills each {name} of the path.
	Segments Fields `yaml:"segments"`
	// The parameters of its query, in this order.
	Query Fields `yaml:"query"`
	// The fields of its form body, in this order.
	Form Fields `yaml:"form"`
	// The members of its JSON body, in this order; a dot in a name makes an object.
	JSON Fields `yaml:"json"`
	// Its headers, besides those that HTTP needs.
	Headers Fields `yaml:"headers"`
}

// Field fills one field of the outgoing request from exactly one source.
type Field struct {
	// A path in the incoming JSON body.
	JSON string `yaml:"json"`
	// A field of the incoming form.
	Form string `yaml:"form"`
	// A parameter of the incoming query.
	Query string `yaml:"query"`
	// A parameter of the incoming path.
	Param string `yaml:"param"`
	// A text in which {id} becomes the proxy's own opaque id of the exchange.
	ID string `yaml:"id"`
	// This text.
	Const string `yaml:"const"`
	// The secret in this environment variable.
	Env string `yaml:"env"`
	// The secret in this file, without the line break at its end.
	File string `yaml:"file"`
	// The coding that the text at this JSON path (or form:NAME) needs at a Kannel-like gateway: 2 if it is not GSM 7 bit, else absent.
	Coding string `yaml:"coding"`
	// Refuse requests without it. False by default.
	Required bool `yaml:"required"`
	// It must be one phone number. False by default.
	Destination bool `yaml:"destination"`
	// Only if the value at this JSON path (or form:NAME) is there, and neither false, null, 0 nor empty.
	When string `yaml:"when"`
	// Convert a number of minutes or seconds, rounding up.
	Scale string `yaml:"scale" jsonschema:"enum=minutes_to_seconds,enum=seconds_to_minutes"`
}

// Route leads requests to an upstream as they came, or to a connector through its rules.
type Route struct {
	// The listener that it belongs to.
	Listener string `yaml:"listener" jsonschema:"required"`
	// The hosts that it answers for. Any by default.
	Hosts []string `yaml:"hosts"`
	// The methods that it takes. Any by default.
	Methods []string `yaml:"methods"`
	// The path: {name} takes one segment, {name...} at the end takes the rest.
	Path string `yaml:"path" jsonschema:"required"`
	// The upstream, together with pass.
	Upstream string `yaml:"upstream"`
	// everything says that requests go to the upstream as they came. It must be said.
	Pass string `yaml:"pass" jsonschema:"enum=everything"`
	// The connector, instead of an upstream.
	Connector string `yaml:"connector"`
	// What the upstream learns of where a request came from, with pass. What is not said here is as for all routes.
	Forwarding Forwarding `yaml:"forwarding"`
	// It carries what end users send: from is the end user, and to is the account. False by default.
	Inbound bool `yaml:"inbound"`
	// With pass: GET, HEAD, PUT, DELETE and OPTIONS may be sent again when no whole answer came. False by default: gateways send
	// messages by GET.
	Repeat bool `yaml:"repeat"`
	// The fields that hold personal data. Fields that neither this nor the dictionary names are searched for it.
	Tags []Tag `yaml:"tags"`
	// Do not tag the fields that the dictionary knows, only those in tags. False by default.
	NoDictionary bool `yaml:"no_dictionary"`
}

// Forwarding is what an upstream learns of where a request came from. Connectors learn nothing of it.
type Forwarding struct {
	// Forwarded, X-Forwarded-* and X-Real-IP. drop (the default) passes none; replace says what the proxy itself knows, and append
	// adds that to what the client says, which is for clients that are proxies of yours; keep passes them as they came.
	Forwarded string `yaml:"forwarded" jsonschema:"enum=drop,enum=replace,enum=append,enum=keep"`
	// Via, in the same words. drop by default.
	Via string `yaml:"via" jsonschema:"enum=drop,enum=replace,enum=append,enum=keep"`
	// X-Request-Id: keep (the default) passes the client's, replace says the proxy's own, which is the id in the access log.
	RequestID string `yaml:"request_id" jsonschema:"enum=drop,enum=replace,enum=keep"`
}

// Tag names one field, in exactly one place, and says what it is.
type Tag struct {
	// A path in a JSON body, such as $.flow[*].to.
	JSON string `yaml:"json"`
	// The name of a form field.
	Form string `yaml:"form"`
	// The name of a query parameter.
	Query string `yaml:"query"`
	// The name of a parameter of the route's path.
	Path string `yaml:"path"`
	// The name of a header.
	Header string `yaml:"header"`
	// The kind of personal data in it.
	Kind string `yaml:"kind" jsonschema:"required"`
	// Whose data: end_user (the default) or account.
	Subject string `yaml:"subject" jsonschema:"enum=end_user,enum=account"`
}

// CanaryMessages are synthetic messages with planted values, which are looked for at every exit. Metrics say what is found.
type CanaryMessages struct {
	// The routes that they go by. Each must lead to a simulator, so that they reach nobody. There is no canary by default.
	Routes []string `yaml:"routes"`
	// From one run to the next. 1m by default. A change needs a restart.
	Interval Duration `yaml:"interval"`
	// The kinds of planted value that are looked for: those that no surface of yours keeps. All by default.
	Kinds []string `yaml:"kinds"`
}

// Limits is what a client may send.
type Limits struct {
	// Largest body. 4MiB by default.
	Body Size `yaml:"body"`
	// How much of a compressed body is read for its tags. 4MiB by default.
	Inflated Size `yaml:"inflated"`
	// Largest body with telemetry, as it comes and inflated. 8MiB by default, and at most a twenty-fourth of buffered.
	Telemetry Size `yaml:"telemetry"`
	// Largest head of a request. 16KiB by default.
	Headers Size `yaml:"headers"`
	// Most header lines. 100 by default.
	HeaderCount int `yaml:"header_count"`
	// Longest path and query of a request. 8KiB by default.
	Target Size `yaml:"target"`
	// For reading the head of a request. 10s by default.
	ReadHeaders Duration `yaml:"read_headers"`
	// Deepest nesting of a JSON body. 64 by default.
	Depth int `yaml:"depth"`
	// Most members of a JSON body towards a connector. 200000 by default.
	Members int `yaml:"members"`
	// For reading a whole request. 30s by default.
	Read Duration `yaml:"read"`
	// For writing a whole response. 30s by default.
	Write Duration `yaml:"write"`
	// After which an idle connection of a client is closed. 75s by default.
	Idle Duration `yaml:"idle"`
	// For exchanges to end after the signal to stop. 20s by default.
	Drain Duration `yaml:"drain"`
	// Exchanges at once. 10000 by default.
	InFlight int `yaml:"in_flight"`
	// Connections of clients at once. 20000 by default.
	Connections int `yaml:"connections"`
	// Connections of one client at once: an address, or a /64 of IPv6. No limit by default.
	PerClient int `yaml:"per_client"`
	// Memory for bodies above 64KiB at once. What telemetry listeners take is refused when half of it is in use. 256MiB by default.
	Buffered Size `yaml:"buffered"`
	// How many requests one client may send. No limit by default.
	Rate Rate `yaml:"rate"`
}

// Rate is how many requests one client may send: an address, or a /64 of IPv6.
type Rate struct {
	// In the long run.
	PerSecond int `yaml:"per_second"`
	// At once. As many as per_second by default.
	Burst int `yaml:"burst"`
}
