package proxy

import (
	"time"

	"github.com/piiproxy/piiproxy/redact"
)

// Spec is a whole configuration as it was written, after decoding. [Build] turns it into a [Generation]. Every zero field
// means the documented default.
type Spec struct {
	Listeners  map[string]ListenerSpec
	Redact     redact.Spec
	KeysFile   string // the keyring; empty: tokens cannot be made
	Entity     string // whose keys; "default" if empty
	Upstreams  map[string]UpstreamSpec
	Connectors map[string]ConnectorSpec
	Routes     map[string]RouteSpec
	Telemetry  TelemetrySpec
	Limits     LimitsSpec
	Forwarding ForwardingSpec // of routes that do not say it themselves
}

// ListenerSpec is one address that the proxy listens on.
type ListenerSpec struct {
	Address string // host:port
	Kind    string // "proxy" (the default), "telemetry", "syslog", "syslog-udp" or "admin"
	TLS     ListenerTLS
	Token   string // of an admin listener: the file with the token that who changes or profiles the proxy shows
	Profile bool   // of an admin listener: serve profiles of the process, to who shows the token
}

// UpstreamSpec is the transport to one destination.
type UpstreamSpec struct {
	Address        string        // http://host:port or https://host:port; a path is an error
	Addresses      []string      // several of the same service, instead of Address
	Host           string        // what requests that the proxy builds name; that of the first address if empty
	ConnectTimeout time.Duration // 2 s
	FirstByte      time.Duration // of the answer, once the request is written; 0: until Timeout
	Timeout        time.Duration // of the whole exchange with it; 10 s
	IdleTimeout    time.Duration // of a pooled connection; 30 s
	MaxConnections int           // 1024
	MaxWait        time.Duration // for a connection; 1 s
	MaxResponse    int64         // bytes of a response body; 16 MiB
	TLS            UpstreamTLS
	Resolve        time.Duration // after which a name is looked up again; 30 s
	Repeats        int           // requests a second that may be sent to another address or again; 10
	Ejection       EjectionSpec
	Health         HealthSpec
	Breaker        BreakerSpec
}

// EjectionSpec leaves an address out that fails, as long as half of the addresses stay.
type EjectionSpec struct {
	Failures int           // in a row; 5
	Time     time.Duration // 10 s
}

// HealthSpec asks each address whether it is well, if it has a path.
type HealthSpec struct {
	Path      string        // for GET; an answer below 400 says that it is well
	Interval  time.Duration // 10 s
	Timeout   time.Duration // 2 s
	Healthy   int           // good answers in a row after which an address is back; 2
	Unhealthy int           // failures in a row after which it is out; 3
}

// BreakerSpec refuses requests to an upstream that fails, whatever its address.
type BreakerSpec struct {
	Failures int           // in a row; 0: there is no circuit breaker
	Open     time.Duration // 5 s
}

// UpstreamTLS is how an https upstream is trusted.
type UpstreamTLS struct {
	CAFile     string // PEM; the system's roots if empty
	ServerName string // the host of the address if empty
	CertFile   string // of the client certificate, with KeyFile
	KeyFile    string
}

// ConnectorSpec is a destination that gets no more than its projection lets through. The projection of the same name is in
// Spec.Redact.Projections.
type ConnectorSpec struct {
	Upstream string
	Method   string // of the outgoing request; POST if it has a body and GET if not
}

// RouteSpec leads requests to an upstream, as they came, or to a connector.
type RouteSpec struct {
	Listener  string
	Hosts     []string // any host if empty
	Methods   []string // any method of the proxy if empty
	Path      string   // segments, {name} for one segment, {name...} at the end for all the rest
	Upstream  string   // with Pass
	Pass      string   // "everything": said in words
	Connector string
	Inbound   bool // carries what end users send; for the dictionary
	Repeat    bool // with Pass: a GET, HEAD, PUT, DELETE or OPTIONS whose answer failed may be sent again

	Forwarding ForwardingSpec // with Pass; what is empty is as in [Spec]
}

// TelemetrySpec is where telemetry goes.
type TelemetrySpec struct {
	AccessLog  AccessLogSpec
	TracePeers []string // prefixes of peers whose trace ids are adopted
	Export     ExportSpec
	Traces     TracesSpec
	Ingest     IngestSpec
	Capture    CaptureSpec
}

// CaptureSpec is the file that a share of the exchanges is written to, with surrogates for all personal data. The zero one is none.
type CaptureSpec struct {
	File  string
	Share *float64 // of the exchanges; 0.01 if nil
	Body  int64    // bytes of the largest body that is written, others are told by their size only; 256 KiB
	Size  int64    // bytes of one file; 64 MiB
	Files int      // that are kept, with the one in use; 4
}

// ExportSpec is where masked telemetry is delivered to. The process does it, and not the proxy.
type ExportSpec struct {
	Endpoints []EndpointSpec // alternatives, the one to prefer first; none: there is no exporter
	Gzip      bool
	Timeout   time.Duration // of one attempt; 10 s
	Queue     int64         // bytes that may wait in memory; 64 MiB
	MaxAge    time.Duration // after which what was not delivered is lost; 0: never
	Spool     SpoolSpec
}

// SpoolSpec is where telemetry waits on disk. There is no spool without a folder.
type SpoolSpec struct {
	Dir  string
	Size int64 // bytes; 1 GiB
}

// EndpointSpec is an OTLP/HTTP endpoint.
type EndpointSpec struct {
	URL     string // http://host:port or https://host:port, with or without a path
	Headers []HeaderSpec
	TLS     UpstreamTLS // of https
}

// HeaderSpec is a header of each request.
type HeaderSpec struct{ Name, Value string }

// TracesSpec is the proxy's own spans. The zero one makes none, and trace contexts pass as they came.
type TracesSpec struct {
	Own   bool
	Ratio *float64 // share of the traces that begin here that is sampled; 1 if nil
}

// IngestSpec is where masked logs of other programs go to. The process does it, and not the proxy.
type IngestSpec struct {
	Output      string // "stdout", "otlp" or a file; empty: none are taken
	Queue       int    // lines that may wait; 4096
	Full        string // "block" (the default) or "drop"
	Line        int64  // bytes of a line; 32 KiB
	Connections int    // of syslog at once; 1000
}

// AccessLogSpec is the access log.
type AccessLogSpec struct {
	Output string // "stdout" (the default), "off", or a file
	Queue  int    // lines that may wait; 4096
	Full   string // "block" (the default) or "drop"
	Body   bool   // also show the whole masked body
}

// RateSpec bounds how many requests a client may send: an address, or a /64 of IPv6. The zero one sets no bound.
type RateSpec struct {
	PerSecond int
	Burst     int // at once; as many as in a second if 0
}

// LimitsSpec bounds what a client may send.
type LimitsSpec struct {
	Body        int64         // bytes; 4 MiB
	Inflated    int64         // bytes of a compressed body that is read for tagging; 4 MiB
	Telemetry   int64         // bytes of a body with telemetry, as it comes and inflated; 8 MiB, or a twenty-fourth of Buffered if that is less
	Headers     int           // bytes of the head of a request; 16 KiB
	HeaderCount int           // 100
	Target      int           // bytes of path and query; 8 KiB
	ReadHeaders time.Duration // of the head of a request; 10 s
	Depth       int           // of a JSON document; 64
	Members     int           // of a JSON document towards a connector; 200000
	Read        time.Duration // of a whole request; 30 s
	Write       time.Duration // of a whole response; 30 s
	Idle        time.Duration // of a client connection; 75 s
	Drain       time.Duration // after TERM; 20 s
	InFlight    int           // exchanges at once; 10000
	Connections int           // of clients at once; 20000
	PerClient   int           // connections of one address, or one /64 of IPv6, at once; 0: no limit
	Buffered    int64         // bytes of bodies above 64 KiB in memory at once; 256 MiB
	Rate        RateSpec
}
