package main

import (
	"fmt"
	"strings"
)

// Programs that are built from this checkout.
var (
	ours = &program{name: "piiproxy", find: func(t *tools) (string, error) { return t.piiproxy() }, command: serve, ready: `"msg":"ready"`}
	// plain is ours as it would be if it did not mask
	plain = &program{name: "piiproxy", find: func(t *tools) (string, error) { return t.plain() }, command: serve, ready: `"msg":"ready"`}
)

func serve(program, config string) []string { return []string{program, "serve", "--config", config} }

// rules are what the log surface says.
const (
	tokens = "{phone: token, email: token, ip: token}"
	words  = "{phone: mask, email: mask, ip: mask}"
	keeps  = "{phone: keep, email: keep, ip: keep, name: keep, text: keep, secret: keep, location: keep, id: keep}"
)

// Ours on the way of one message. Its route tags fields as the example's does.
var (
	silent    = &setting{program: ours, name: "no log; findings are counted", config: piiproxyConfig{log: "off", kinds: tokens}.text}
	unmasking = &setting{program: plain, name: "log as it would be without masking", log: raw, config: piiproxyConfig{kinds: tokens}.text}
	finding   = &setting{program: ours, name: "log, everything found and shown", log: raw, config: piiproxyConfig{kinds: keeps}.text}

	tokenising = &setting{program: ours, name: "log, every finding a token", log: masked, config: piiproxyConfig{kinds: tokens}.text}
	tracing    = &setting{program: ours, name: "log, every finding a token; spans of every request, exported", log: masked, traced: true,
		config: piiproxyConfig{kinds: tokens, traces: true}.text}
	smsSettings = []*setting{silent, unmasking, finding, tokenising, tracing}
)

// campaignSettings are ours on the way of a campaign. A mask is what nobody can join; the tokens of a hundred people are a hundred
// times HMAC-SHA-256.
var campaignSettings = []*setting{
	{program: ours, name: "no log; findings are counted", config: piiproxyConfig{log: "off", kinds: tokens}.text},
	{program: ours, name: "body in the log, every finding a token", log: masked, body: true, shows: "phone_GR_",
		config: piiproxyConfig{kinds: tokens, body: true}.text},
	{program: ours, name: "body minimised; body in the log, every finding a token", log: masked, body: true, shows: "phone_GR_", projects: true,
		config: piiproxyConfig{kinds: tokens, body: true, minimise: true}.text},
	{program: ours, name: "body in the log, every finding masked", log: masked, body: true, shows: "redacted_phone",
		config: piiproxyConfig{kinds: words, body: true}.text},
	{program: ours, name: "body minimised; body in the log, every finding masked", log: masked, body: true, shows: "redacted_phone", projects: true,
		config: piiproxyConfig{kinds: words, body: true, minimise: true}.text},
}

// piiproxyConfig is what settings of ours differ in.
type piiproxyConfig struct {
	log      string // off; else a file
	kinds    string
	body     bool
	minimise bool
	traces   bool
	guard    *guard // nil: there is none
}

func (c piiproxyConfig) text(s site) string {
	output := s.file
	if c.log != "" {
		output = c.log
	}
	var b strings.Builder
	admin := ""
	if c.guard != nil {
		admin = fmt.Sprintf(", admin: {address: %q, kind: admin, profile: true, token_file: %q}", c.guard.address, c.guard.tokenFile)
	}
	fmt.Fprintf(&b, `listeners: {api: {address: %q}%s}
regions: [GR]
keys: {ephemeral: true}
surfaces: {log: {kinds: %s, client: partial}, trace: {kinds: %[3]s}}
upstreams: {api: {address: "http://%[4]s"}}
telemetry:
  access_log: {output: %[5]q, body: %[6]t}
`, s.listen, admin, c.kinds, s.upstream, output, c.body)
	if c.traces {
		fmt.Fprintf(&b, "  traces: {own: true}\n  export: {endpoints: [{url: \"http://%s\"}]}\n", s.upstream)
	}
	if c.minimise {
		b.WriteString(`connectors:
  operator: {upstream: api, request: {method: POST, path: /v1/messages}, allow: ["$.to[*]", $.from, {json: $.body, required: true}]}
`)
	}
	b.WriteString("routes:\n")
	b.WriteString(`  sms: {listener: api, methods: [POST], path: /sms, upstream: api, pass: everything,
    tags: [{json: $.to, kind: phone}, {json: $.from, kind: phone, subject: account}, {json: $.body, kind: text}, {json: $.label, kind: text}]}
`)
	destination := "upstream: api, pass: everything"
	if c.minimise {
		destination = "connector: operator"
	}
	fmt.Fprintf(&b, `  campaign: {listener: api, methods: [POST], path: /sms/campaign, %s,
    tags: [{json: "$.to[*]", kind: phone}, {json: $.body, kind: text}, {json: $.campaignName, kind: text}]}
`, destination)
	return b.String()
}
