package config

// Telemetry is where telemetry goes.
type Telemetry struct {
	// One line for each exchange.
	AccessLog AccessLog `yaml:"access_log"`
	// The address prefixes of peers whose trace ids are taken over. None by default: a trace id has room for a phone number.
	TracePeers []string `yaml:"trace_peers"`
	// The proxy's own spans.
	Traces Traces `yaml:"traces"`
	// Where masked telemetry is delivered to: the proxy's own spans, and what telemetry listeners take. Nowhere by default.
	Export Export `yaml:"export"`
	// Logs of other programs: syslog, and lines that are posted to /ingest/log of telemetry listeners. None are taken by default.
	Ingest Ingest `yaml:"ingest"`
	// A share of the exchanges, written to a file to be sent again, with surrogates for all personal data. Off by default.
	Capture Capture `yaml:"capture"`
}

// Ingest is where logs of other programs go to, masked by the surface log. A change needs a restart.
type Ingest struct {
	// stdout, otlp for the endpoints of telemetry.export, or a file, which is opened anew on HUP. By default no logs are taken.
	Output string `yaml:"output"`
	// How many lines may wait to be written to stdout or to the file. 4096 by default.
	Queue int `yaml:"queue"`
	// What happens when as many wait: block (the default) lets senders wait, drop loses whole lines and counts them.
	Full string `yaml:"full" jsonschema:"enum=block,enum=drop"`
	// Longest line, or message of syslog. A longer one is withheld and counted. 32KiB by default, 64KiB at most.
	Line Size `yaml:"line"`
	// Connections of syslog at once. 1000 by default.
	Connections int `yaml:"connections"`
}

// Capture is the file that a share of the exchanges is written to, with surrogates for all personal data: other numbers, addresses
// and texts of the same form. It needs keys. A change of anything but share needs a restart.
type Capture struct {
	// The file, which nobody but its owner may read. It is opened anew on HUP if it was renamed. None by default: nothing is captured.
	File string `yaml:"file"`
	// The share of the exchanges that is written, from 0 to 1. 0.01 by default.
	Share *Share `yaml:"share"`
	// The largest body that is written. Of larger ones, and of those that cannot be read, only the size is. 256KiB by default.
	Body Size `yaml:"body"`
	// The largest file. One that is full gets .1 behind its name, that one .2, and so on. 64MiB by default.
	Size Size `yaml:"size"`
	// How many files are kept, with the one in use. 4 by default.
	Files int `yaml:"files"`
}

// Traces is the proxy's own spans.
type Traces struct {
	// Make spans of exchanges, and let traces go on behind the proxy. False by default: trace contexts pass as they came.
	Own bool `yaml:"own"`
	// The share of the traces that begin here which is sampled, from 0 to 1. 1 by default. Whether a trace of trace_peers is, they say.
	Ratio *Share `yaml:"ratio"`
}

// Export is where masked telemetry is delivered to. A change needs a restart.
type Export struct {
	// OTLP/HTTP endpoints: alternatives, and not copies. The first one that takes a batch gets it.
	Endpoints []Endpoint `yaml:"endpoints"`
	// Compress what is sent. False by default.
	Gzip bool `yaml:"gzip"`
	// For an endpoint to take a batch. 10s by default.
	Timeout Duration `yaml:"timeout"`
	// How much may wait in memory. With a spool it is moved there when no endpoint takes it, or half of this is full. What comes when it is full is refused. 64MiB by default, and never more than the spool may hold.
	Queue Size `yaml:"queue"`
	// After which what nobody took is lost, and counted. Never by default.
	MaxAge Duration `yaml:"max_age"`
	// Where telemetry waits while no endpoint takes it.
	Spool Spool `yaml:"spool"`
}

// Endpoint is where an OTLP/HTTP server takes telemetry.
type Endpoint struct {
	// http://host:port or https://host:port, and the path that /v1/traces and the like stand under.
	URL string `yaml:"url" jsonschema:"required"`
	// Sent with each request, such as Authorization.
	Headers Headers `yaml:"headers"`
	// How an https endpoint is trusted.
	TLS TLS `yaml:"tls"`
}

// Header says where the value of a header comes from: exactly one of these.
type Header struct {
	// This text. No secret may stand here.
	Const string `yaml:"const"`
	// The secret in this environment variable.
	Env string `yaml:"env"`
	// The secret in this file, without the line break at its end.
	File string `yaml:"file"`
}

// Spool is a folder for telemetry that waits for an endpoint, also across restarts. What is in it is masked.
type Spool struct {
	// The folder, which is this proxy's alone. There is no spool by default.
	Dir string `yaml:"dir"`
	// How much it may hold, with what waits in memory, which goes there at the end. A batch larger than that is refused for good. 1GiB by default.
	Size Size `yaml:"size"`
}

// AccessLog is one masked line for each exchange.
type AccessLog struct {
	// stdout (the default), off, or a file, which is opened anew on HUP.
	Output string `yaml:"output"`
	// How many lines may wait to be written. 4096 by default.
	Queue int `yaml:"queue"`
	// What happens when as many wait: block (the default) holds exchanges up, drop loses whole lines and counts them.
	Full string `yaml:"full" jsonschema:"enum=block,enum=drop"`
	// Also show the whole masked body. False by default.
	Body bool `yaml:"body"`
}
