package edge

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// upstreamTimeout is what every subject gives a faulty upstream for an answer, and clientTimeout a hostile client for a request.
const (
	upstreamTimeout = 500 * time.Millisecond
	clientTimeout   = 5 * time.Second
)

// times are how long a subject waits, for a client's request and for an upstream's answer.
type times struct{ client, upstream time.Duration }

// backend is one upstream and the paths that lead to it.
type backend struct {
	name    string
	prefix  string // of paths; it begins and ends with a slash
	address string
}

// subject is a proxy that the suites run against.
type subject struct {
	name    string
	program string // that must be installed; empty for ours
	ours    bool   // what we promise beyond what the standard demands is held too
	config  func(dir, listen string, backends []backend, t times) string
	command func(program, config string) []string
}

// running is a subject that runs.
type running struct {
	*child
	address string
	admin   string // of ours
}

var subjects = []subject{
	{name: "piiproxy", ours: true, config: piiproxyConfig, command: func(program, config string) []string {
		return []string{program, "serve", "--config", config}
	}},
	{name: "nginx", program: "nginx", config: nginxConfig, command: func(program, config string) []string {
		return []string{program, "-p", filepath.Dir(config), "-e", "stderr", "-c", config}
	}},
	{name: "HAProxy", program: "haproxy", config: haproxyConfig, command: func(program, config string) []string {
		return []string{program, "-db", "-f", config}
	}},
}

// start runs the subject in front of the backends until the end of the test.
func (s *subject) start(t testing.TB, backends []backend, limits times) *running {
	t.Helper()
	program, err := s.find()
	if err != nil && s.ours {
		t.Fatal(err)
	} else if err != nil {
		t.Skipf("%s is not installed", s.program)
	}
	dir, listen := t.TempDir(), freePort(t)
	config, text, admin := filepath.Join(dir, "config.yaml"), s.config(dir, listen, backends, limits), ""
	if s.ours {
		admin = freePort(t)
		text = strings.Replace(text, "listeners:\n", fmt.Sprintf("listeners:\n  admin: {address: \"%s\", kind: admin}\n", admin), 1)
	}
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r := &running{spawn(t, dir, s.command(program, config)...), listen, admin}
	if s.ours {
		r.await(t, `"msg":"ready"`)
	}
	r.awaitPort(t, listen)
	return r
}

// find returns the path of the subject's program.
func (s *subject) find() (string, error) {
	if s.ours {
		return binary()
	}
	if path, err := exec.LookPath(s.program); err == nil {
		return path, nil
	}
	return exec.LookPath("/usr/sbin/" + s.program) // Debian's, for who is not root
}

func piiproxyConfig(_, listen string, backends []backend, t times) string {
	var b strings.Builder
	fmt.Fprintf(&b, `listeners:
  api: {address: "%s"}
keys: {ephemeral: true}
limits: {body: 1MiB, headers: 16KiB, header_count: 100, target: 8KiB, read_headers: %v, read: %[2]v, write: 5s, idle: 5s, drain: 5s, buffered: 32MiB}
telemetry: {access_log: {output: stdout}}
`, listen, t.client)
	b.WriteString("upstreams:\n")
	for _, u := range backends {
		fmt.Fprintf(&b, "  %s: {address: \"http://%s\", timeout: %v, connect_timeout: %[3]v, max_response: 2MiB}\n", u.name, u.address, t.upstream)
	}
	b.WriteString("routes:\n")
	for _, u := range backends {
		fmt.Fprintf(&b, "  %s: {listener: api, path: \"%s{rest...}\", upstream: %[1]s, pass: everything}\n", u.name, u.prefix)
	}
	return b.String()
}

func nginxConfig(dir, listen string, backends []backend, t times) string {
	var b strings.Builder
	fmt.Fprintf(&b, `user root; daemon off; worker_processes 1; pid %[1]s/pid; error_log stderr error;
events { worker_connections 2048; }
http {
  access_log off;
  client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
  client_max_body_size 1m; client_header_timeout %[2]v; client_body_timeout %[2]v; keepalive_timeout 5s;
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  proxy_set_header Host $host;
  proxy_connect_timeout %[3]dms; proxy_send_timeout %[3]dms; proxy_read_timeout %[3]dms;
`, dir, t.client, t.upstream.Milliseconds())
	for _, u := range backends {
		fmt.Fprintf(&b, "  upstream %s { server %s; keepalive 32; }\n", u.name, u.address)
	}
	fmt.Fprintf(&b, "  server {\n    listen %s; server_name edge.test;\n", listen)
	for _, u := range backends {
		fmt.Fprintf(&b, "    location %s { proxy_pass http://%s; }\n", u.prefix, u.name)
	}
	b.WriteString("  }\n}\n")
	return b.String()
}

func haproxyConfig(_, listen string, backends []backend, t times) string {
	var b strings.Builder
	fmt.Fprintf(&b, `global
  maxconn 2000
defaults
  mode http
  timeout connect %dms
  timeout server %[1]dms
  timeout client %dms
  timeout http-request %[2]dms
  timeout http-keep-alive 5s
  timeout queue 1s
frontend edge
  bind %s
  http-request deny deny_status 413 if { req.body_size gt 1048576 }
`, t.upstream.Milliseconds(), t.client.Milliseconds(), listen)
	for _, u := range backends {
		fmt.Fprintf(&b, "  use_backend %s if { path_beg %s }\n", u.name, u.prefix)
	}
	for _, u := range backends {
		fmt.Fprintf(&b, "backend %s\n  server only %s\n", u.name, u.address)
	}
	return b.String()
}
