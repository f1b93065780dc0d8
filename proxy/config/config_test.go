package config

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/piiproxy/piiproxy/proxy"
	"github.com/piiproxy/piiproxy/redact"
)

var update = flag.Bool("update", false, "write what the tests get over what they want")

const examplePath = "../../cmd/piiproxy/example.yaml"

// secretMark stands in every golden where a secret or a value could stand: no problem may repeat it.
const secretMark = "hunter2"

func testOptions(env map[string]string) Options {
	return Options{
		Dir:    "/etc/piiproxy",
		Lookup: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		Open: func(path string) ([]byte, error) {
			if path == "/etc/piiproxy/password" {
				return []byte(secretMark + "\n"), nil
			}
			return nil, os.ErrNotExist
		},
	}
}

var testEnv = map[string]string{"PASSWORD": secretMark, "EMPTY": "", "BROKEN": secretMark + "\nX: y"}

// TestProblems reads every configuration in testdata/problems and compares what is wrong with it.
func TestProblems(t *testing.T) {
	files, _ := filepath.Glob("testdata/problems/*.txtar")
	if len(files) == 0 {
		t.Fatal("no goldens")
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil || len(archive.Files) != 2 {
				t.Fatalf("want the files piiproxy.yaml and problems: %v", err)
			}
			_, err = Read("piiproxy.yaml", archive.Files[0].Data, testOptions(testEnv))
			got := describe(err)
			if strings.Contains(got, secretMark) {
				t.Errorf("a problem repeats a value:\n%s", got)
			}
			if *update {
				archive.Files[1].Data = []byte(got)
				if err := os.WriteFile(path, txtar.Format(archive), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want := string(archive.Files[1].Data); got != want {
				t.Errorf("got:\n%swant:\n%s", got, want)
			}
		})
	}
}

func describe(err error) string {
	var all Problems
	if !errors.As(err, &all) {
		return ""
	}
	var b strings.Builder
	for _, p := range all {
		b.WriteString(p.Error() + "\n")
		if p.Hint != "" {
			b.WriteString("    " + p.Hint + "\n")
		}
	}
	return b.String()
}

// TestRead holds every section to what the proxy gets of it.
func TestRead(t *testing.T) {
	c, err := Read("piiproxy.yaml", []byte(wholeConfig), testOptions(testEnv))
	if err != nil {
		t.Fatal(describe(err))
	}
	checks := []struct {
		name      string
		got, want any
	}{
		{"listener", c.Spec.Listeners["admin"], proxy.ListenerSpec{Address: "127.0.0.1:9090", Kind: "admin"}},
		{"keys", c.Spec.KeysFile, "/etc/piiproxy/keys"},
		{"entity", c.Spec.Entity, "gr"},
		{"surface", c.Spec.Redact.Surfaces["log"], redact.SurfaceSpec{
			Profile: "message", Kinds: map[string]string{"phone": "token"}, Fields: map[string]string{"label": "keep"}, Account: "keep", Client: "mask"}},
		{"surface not written", c.Spec.Redact.Surfaces["capture"], redact.SurfaceSpec{}},
		{"dictionary", c.Spec.Redact.Dictionary, []redact.DictionarySpec{{Name: "nick", Kind: "name"}}},
		{"upstream", c.Spec.Upstreams["api"], proxy.UpstreamSpec{
			Address: "https://api.example.com", ConnectTimeout: time.Second, MaxConnections: 7, MaxResponse: 1 << 20,
			TLS: proxy.UpstreamTLS{CAFile: "/etc/piiproxy/ca.pem"}}},
		{"simulated", c.Spec.Upstreams["sim"].Address, "http://127.0.0.1:8092"},
		{"connector", c.Spec.Connectors["kannel"], proxy.ConnectorSpec{Upstream: "sim", Method: "GET"}},
		{"projection", c.Spec.Redact.Projections["kannel"], redact.ProjectionSpec{
			Allow: []redact.AllowSpec{{JSON: "$.from"}, {Form: "To", Required: true}},
			Request: &redact.RequestSpec{Path: "/send", Query: []redact.FieldMap{
				{To: "zeta", JSON: "$.z"}, {To: "password", Secret: []byte(secretMark)}, {To: "key", Secret: []byte(secretMark)}, {To: "alpha", Const: "a"}}}}},
		{"route", c.Spec.Routes["sms"], proxy.RouteSpec{Listener: "admin", Methods: []string{"POST"}, Path: "/sms", Upstream: "api", Pass: "everything", Inbound: true}},
		{"fields", c.Spec.Redact.Fields["sms"], redact.FieldsSpec{Inbound: true, NoDictionary: true,
			Fields: []redact.FieldSpec{{JSON: "$.to", Kind: "phone", Subject: "account"}}}},
		{"access log", c.Spec.Telemetry.AccessLog, proxy.AccessLogSpec{Output: "/etc/piiproxy/access.log", Queue: 9, Full: "drop", Body: true}},
		{"traces", c.Spec.Telemetry.Traces, proxy.TracesSpec{Own: true, Ratio: new(0.25)}},
		{"capture", c.Spec.Telemetry.Capture, proxy.CaptureSpec{File: "/etc/piiproxy/capture.jsonl", Share: new(0.5), Body: 1 << 20, Size: 2 << 20, Files: 3}},
		{"export", c.Spec.Telemetry.Export, proxy.ExportSpec{
			Endpoints: []proxy.EndpointSpec{{URL: "https://collector:4318", TLS: proxy.UpstreamTLS{CAFile: "/etc/piiproxy/ca.pem"},
				Headers: []proxy.HeaderSpec{{Name: "Authorization", Value: secretMark}, {Name: "X-Org", Value: "acme"}}}},
			Gzip: true, Timeout: 3 * time.Second, Queue: 1 << 20, MaxAge: 24 * time.Hour,
			Spool: proxy.SpoolSpec{Dir: "/etc/piiproxy/spool", Size: 2 << 20}}},
		{"limits", c.Spec.Limits, proxy.LimitsSpec{Body: 512, Headers: 2048, Drain: 90 * time.Second, InFlight: 3}},
	}
	for _, check := range checks {
		if !reflect.DeepEqual(check.got, check.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", check.name, check.got, check.want)
		}
	}
}

const wholeConfig = `
listeners: {admin: {address: "127.0.0.1:9090", kind: admin}}
regions: [GR]
keys: {file: keys, entity: gr}
surfaces: {log: {profile: message, kinds: {phone: token}, fields: {label: keep}, account: keep, client: mask}}
dictionary: [{name: nick, kind: name}]
upstreams:
  api: {address: "https://api.example.com", connect_timeout: 1s, max_connections: 7, max_response: 1MiB, tls: {ca_file: ca.pem}}
  sim: {simulator: gateway}
simulators: {gateway: {kind: kannel, address: "127.0.0.1:8092"}}
connectors:
  kannel:
    upstream: sim
    allow: [$.from, {form: To, required: true}]
    request: {method: GET, path: /send, query: {zeta: {json: $.z}, password: {env: PASSWORD}, key: {file: password}, alpha: {const: a}}}
routes:
  sms:
    listener: admin
    methods: &m [POST]
    path: /sms
    upstream: api
    pass: everything
    inbound: true
    no_dictionary: true
    tags: [{json: $.to, kind: phone, subject: account}]
  other: {listener: admin, methods: *m, path: /other, connector: kannel}
telemetry: {access_log: {output: access.log, queue: 9, full: drop, body: true}, trace_peers: [10.0.0.0/8], traces: {own: true, ratio: 0.25}, capture: {file: capture.jsonl, share: 0.5, body: 1MiB, size: 2MiB, files: 3}, export: {
  endpoints: [{url: "https://collector:4318", headers: {Authorization: {env: PASSWORD}, X-Org: {const: acme}}, tls: {ca_file: ca.pem}}],
  gzip: true, timeout: 3s, queue: 1MiB, max_age: 24h, spool: {dir: spool, size: 2MiB}}}
limits: {body: 512B, headers: 2KiB, drain: 1m30s, in_flight: 3}
`

// located is problems of the meaning: their paths in the specification, those in wholeConfig, and what stands at the place.
var located = []struct{ path, want, there string }{
	{"routes.sms.upstream", "routes.sms.upstream", "api\n"},
	{"fields.sms[0].kind", "routes.sms.tags[0].kind", "phone, sub"},
	{"fields.sms.fields[0].subject", "routes.sms.tags[0].subject", "account}"},
	{"projections.kannel.request.query[2].file", "connectors.kannel.request.query.key.file", "password}, alpha"},
	{"projections.kannel.request.query[2]", "connectors.kannel.request.query.key", "key: {"},
	{"projections.kannel.request.query[2].secret", "connectors.kannel.request.query[2].secret", "key: {"},
	{"projections.kannel.request.query[0].json", "connectors.kannel.request.query.zeta.json", "$.z"},
	{"projections.kannel.allow[0]", "connectors.kannel.allow[0]", "$.from"},
	{"connectors.kannel.method", "connectors.kannel.request.method", "GET"},
	{"redact.surfaces.log.kinds.phone", "surfaces.log.kinds.phone", "token}"},
	{"entity", "keys.entity", "gr}"},
	{"Upstreams.api.TLS.CAFile", "upstreams.api.tls.ca_file", "ca.pem"},
	{"routes.sms.hosts[3]", "routes.sms.hosts[3]", "sms:\n"},
	{"listeners", "listeners", "listeners:"},
	{"telemetry.export.endpoints[0].headers", "telemetry.export.endpoints[0].headers", "headers: {"},
	{"telemetry.export.endpoints[0].url", "telemetry.export.endpoints[0].url", "\"https://collector"},
	{"", "", "listeners:"},
}

// TestLocate gives problems of the meaning the places of what they are about.
func TestLocate(t *testing.T) {
	c, err := Read("piiproxy.yaml", []byte(wholeConfig), testOptions(testEnv))
	if err != nil {
		t.Fatal(describe(err))
	}
	lines := strings.SplitAfter(wholeConfig, "\n")
	for _, l := range located {
		var got Problems
		errors.As(c.Locate(errors.Join(&redact.Problem{Path: l.path, What: "is wrong"})), &got)
		if len(got) != 1 || got[0].Path != l.want || !strings.HasPrefix(lines[got[0].Line-1][got[0].Column-1:], l.there) {
			t.Errorf("%s: got %v, want %s, where %q stands", l.path, got, l.want, l.there)
		}
	}
	if err := c.Locate(nil); err != nil {
		t.Errorf("no problem became %v", err)
	}
	if got := describe(c.Locate(errors.New(secretMark))); got != "piiproxy.yaml: cannot be compiled\n" {
		t.Errorf("an error of unknown origin: %s", got)
	}
}

// TestLocateFollows leaves out what only follows from a problem of the writing.
func TestLocateFollows(t *testing.T) {
	const text = "routes:\n  sms: {listener: api, path: /sms, upstreem: api, methods: 3, tags: [{json: $.to, kind: fone}]}\n"
	c, _ := Read("c.yaml", []byte(text), testOptions(nil))
	got := describe(c.Locate(errors.Join(
		&redact.Problem{Path: "routes.sms.upstream", What: "is missing"},
		&redact.Problem{Path: "routes.sms", What: "leads nowhere"},
		&redact.Problem{Path: "routes.sms.methods[0]", What: "no such method"},
		&redact.Problem{Path: "fields.sms[0].kind", What: "no such kind"},
	)))
	want := "c.yaml:2:36: routes.sms: unknown key\n    did you mean upstream?\n" +
		"c.yaml:2:60: routes.sms.methods: a list is wanted here, and this is a whole number\n" +
		"c.yaml:2:89: routes.sms.tags[0].kind: no such kind\n"
	if got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}

// TestSetAddress moves listeners and simulators.
func TestSetAddress(t *testing.T) {
	c, _ := Read("piiproxy.yaml", []byte(wholeConfig), testOptions(testEnv))
	if err := errors.Join(c.SetAddress("admin", "127.0.0.1:1"), c.SetAddress("gateway", "127.0.0.1:2")); err != nil {
		t.Fatal(err)
	}
	if c.Spec.Listeners["admin"].Address != "127.0.0.1:1" || c.Spec.Upstreams["sim"].Address != "http://127.0.0.1:2" {
		t.Errorf("not moved: %+v %+v", c.Spec.Listeners, c.Spec.Upstreams)
	}
	if c.SetAddress("nothing", "127.0.0.1:1") == nil {
		t.Error("an unknown name was taken")
	}
}

// FuzzRead holds reading to its promises on any text: it returns, and what it says of it repeats no marked value. Paths may
// hold the mark, where a fuzzer made it the name of something.
func FuzzRead(f *testing.F) {
	f.Add([]byte(wholeConfig))
	files, _ := filepath.Glob("testdata/problems/*.txtar")
	for _, path := range files {
		if archive, err := txtar.ParseFile(path); err == nil {
			f.Add(archive.Files[0].Data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Read("piiproxy.yaml", data, testOptions(testEnv))
		var all Problems
		errors.As(err, &all)
		for _, p := range all {
			if strings.Contains(p.What+p.Hint, secretMark) {
				t.Errorf("a problem repeats a value: %v", p)
			}
		}
		if c != nil {
			c.Locate(errors.Join(&redact.Problem{Path: "routes.sms.tags[0].json"}))
		}
	})
}
