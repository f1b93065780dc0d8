package main

import (
	"fmt"
	"path/filepath"
)

var (
	nginx = &program{name: "nginx", find: installed("nginx"), version: []string{"-v"}, command: func(program, config string) []string {
		return []string{program, "-p", filepath.Dir(config), "-e", "stderr", "-c", config}
	}}
	haproxy = &program{name: "HAProxy", find: installed("haproxy"), version: []string{"-v"}, command: func(program, config string) []string {
		return []string{program, "-db", "-f", config}
	}}
)

// base is what everything is compared with.
var base = &setting{program: nginx, name: "no log", config: nginxConfig("access_log off;")}

const (
	nginxFields = `$remote_addr [$time_iso8601] "$request_method %s" $status $request_length $body_bytes_sent $request_time $upstream_response_time "%s" "$http_user_agent"`
	nginxLog    = "access_log %s %s buffer=64k flush=100ms;"
	// nginxMaps take out one number and one address each: a map has one match
	nginxMaps = `
  map $request_uri $uri_masked { default $request_uri; "~^(?<u1>.*?)(?:\+|%2B)[0-9]{8,15}(?<u2>.*)$" "${u1}redacted${u2}"; }
  map $http_x_forwarded_for $from_masked { default $http_x_forwarded_for; "~^(?<f1>.*?)[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?<f2>.*)$" "${f1}redacted${f2}"; }
`
	nginxBodyMaps = `
  map $request_body $body_once { default $request_body; "~^(?<b1>.*?)\+[0-9]{8,15}(?<b2>.*)$" "${b1}redacted${b2}"; }
  map $body_once $body_masked { default $body_once; "~^(?<c1>.*?)\+[0-9]{8,15}(?<c2>.*)$" "${c1}redacted${c2}"; }
`
)

func nginxFormat(before, fields string) func(site) string {
	return func(s site) string {
		return nginxConfig(before + "log_format compared escape=json '" + fields + "';\n  " + fmt.Sprintf(nginxLog, s.file, "compared"))(s)
	}
}

var (
	nginxLogging = &setting{program: nginx, name: "log", log: raw, config: nginxFormat("", fmt.Sprintf(nginxFields, "$request_uri", "$http_x_forwarded_for"))}
	nginxMasked  = &setting{program: nginx, name: "log masked by maps", log: attempt,
		config: nginxFormat(nginxMaps, fmt.Sprintf(nginxFields, "$uri_masked", "$from_masked"))}
	nginxSettings = []*setting{nginxLogging, nginxMasked}
)

var nginxBodySetting = &setting{program: nginx, name: "body in the log, masked by two maps", log: attempt, body: true,
	config: nginxFormat(nginxMaps+nginxBodyMaps, fmt.Sprintf(nginxFields, "$uri_masked", "$from_masked")+` "$body_masked"`)}

// nginxConfig returns a configuration with as many workers as processors, as Debian's has.
func nginxConfig(logging string) func(site) string {
	return func(s site) string {
		return fmt.Sprintf(`daemon off; worker_processes auto; pid %[1]s/pid; error_log stderr error;
events { worker_connections 1024; }
http {
  %[2]s
  client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
  keepalive_requests 1000000000; client_max_body_size 4m; client_body_buffer_size 128k;
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  upstream api { server %[3]s; keepalive 64; keepalive_requests 1000000000; }
  server {
    listen %[4]s;
    location / { proxy_pass http://api; }
  }
}
`, s.dir, logging, s.upstream, s.listen)
	}
}

var (
	haproxySilent  = &setting{program: haproxy, name: "no log", config: haproxyConfig("")}
	haproxyLogging = &setting{program: haproxy, name: "log", log: raw, stdout: true, config: haproxyConfig(`
  log stdout format raw local0
  http-request set-var(txn.from) req.hdr(x-forwarded-for)
  log-format "%ci [%trl] %ST %B %TR/%Tc/%Tr %HM %HU %[var(txn.from)]"`)}
	haproxyMasked = &setting{program: haproxy, name: "log masked by regsub and ipmask", log: attempt, stdout: true, config: haproxyConfig(`
  log stdout format raw local0
  http-request set-var(txn.from) req.hdr_ip(x-forwarded-for),ipmask(24,48)
  http-request set-var(txn.query) 'query,regsub("(\+|%2B)[0-9]{8,15}",redacted,g)'
  log-format "%ci [%trl] %ST %B %TR/%Tc/%Tr %HM %HP?%[var(txn.query)] %[var(txn.from)]"`)}
	haproxySettings = []*setting{haproxySilent, haproxyLogging, haproxyMasked}
)

func haproxyConfig(logging string) func(site) string {
	return func(s site) string {
		return fmt.Sprintf(`global
  maxconn 2000
defaults
  mode http
  timeout connect 5s
  timeout server 30s
  timeout client 30s
frontend api
  bind %s%s
  default_backend api
backend api
  server api %s
`, s.listen, logging, s.upstream)
	}
}
