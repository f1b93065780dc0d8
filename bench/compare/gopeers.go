package main

import (
	"fmt"
	"os"
)

// Programs in Go that others would write or run.
var (
	bare = &program{name: "fasthttp", find: self, command: func(program, config string) []string { return []string{program} }}
	// direct is no proxy at all: what the loads and the upstream cost by themselves
	direct = &program{name: "none", find: self, command: func(program, config string) []string { return []string{program} }}
	caddy  = &program{name: "Caddy", find: func(t *tools) (string, error) { return t.caddy() }, version: []string{"version"},
		command: func(program, config string) []string { return []string{program, "run", "--config", config} }}
)

func self(*tools) (string, error) { return os.Executable() }

var (
	bareMasked   = &setting{program: bare, name: "log masked by regexps", log: attempt, env: bareEnv("regexp", true)}
	bareSettings = []*setting{
		{program: bare, name: "no log", env: bareEnv("", false)},
		{program: bare, name: "log", log: raw, env: bareEnv("", true)},
		bareMasked,
	}
)

var bareBodySetting = &setting{program: bare, name: "body in the log, masked by regexps", log: attempt, body: true, env: bareEnv("body", true)}

// bareEnv makes this program the bare proxy.
func bareEnv(mask string, logs bool) func(site) []string {
	return func(s site) []string {
		env := []string{childEnv + "=proxy", "COMPARE_LISTEN=" + s.listen, "COMPARE_UPSTREAM=" + s.upstream, "COMPARE_MASK=" + mask}
		if logs {
			env = append(env, "COMPARE_LOG="+s.file)
		}
		return env
	}
}

var directSetting = &setting{program: direct, name: "straight to the upstream", direct: true, env: func(s site) []string {
	return []string{childEnv + "=upstream", "COMPARE_LISTEN=" + s.listen}
}}

var caddyMasked = &setting{program: caddy, name: "log masked by its filter encoder", log: attempt, config: caddyConfig}

// caddyConfig masks the query's parameter, the headers that name an address, and the client.
func caddyConfig(s site) string {
	return fmt.Sprintf(`{
 "admin": {"disabled": true, "config": {"persist": false}},
 "logging": {"logs": {
  "default": {"level": "ERROR"},
  "access": {
   "include": ["http.log.access"],
   "writer": {"output": "file", "filename": %q, "roll": false},
   "encoder": {"format": "filter", "wrap": {"format": "json"}, "fields": {
    "request>remote_ip": {"filter": "ip_mask", "ipv4_cidr": 24, "ipv6_cidr": 48},
    "request>client_ip": {"filter": "ip_mask", "ipv4_cidr": 24, "ipv6_cidr": 48},
    "request>uri": {"filter": "query", "actions": [{"type": "replace", "parameter": "recipient", "value": "redacted"}]},
    "request>headers>X-Forwarded-For": {"filter": "ip_mask", "ipv4_cidr": 24, "ipv6_cidr": 48}
   }}
  }
 }},
 "apps": {"http": {"servers": {"api": {
  "listen": [%q],
  "automatic_https": {"disable": true},
  "logs": {"default_logger_name": "access"},
  "routes": [{"handle": [{"handler": "reverse_proxy", "upstreams": [{"dial": %q}]}]}]
 }}}}
}
`, s.file, s.listen, s.upstream)
}
