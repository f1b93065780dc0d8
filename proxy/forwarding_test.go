package proxy

import (
	"encoding/json"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/piiproxy/piiproxy/redact"
)

const traces = "Forwarded: for=198.51.100.1;proto=https\nX-Forwarded-For: 198.51.100.1\nX-Forwarded-Proto: https\nx-forwarded-host: shop\n" +
	"X-Forwarded-Port: 8443\nX-Real-IP: 198.51.100.1\nVia: 1.1 edge\nX-Request-Id: client-id\nx-forwarded-FOR: 198.51.100.2\n"

// disguised is names that programs take for those that make variables of them.
const disguised = "X_Forwarded_For: 198.51.100.1\nx-forwarded_for: 198.51.100.1\nX_Forwarded-Proto: https\nX_REAL_IP: 198.51.100.1\nX_Request_Id: client-id\n" +
	"X.Forwarded.For: 198.51.100.1\nx!forwarded-for: 198.51.100.1\nX-Request~Id: client-id\n"

// forwardings is what routes say of forwarding, what comes and what the upstream gets of it. The client is 203.0.113.45.
var forwardings = []struct {
	name     string
	spec     ForwardingSpec
	in, want string
}{
	{"nothing said", ForwardingSpec{}, traces, "X-Request-Id: client-id\n"},
	{"drop", ForwardingSpec{"drop", "drop", "drop"}, traces, ""},
	{"drop what passes for it", ForwardingSpec{"drop", "drop", "drop"}, disguised, ""},
	{"keep", ForwardingSpec{"keep", "keep", "keep"}, traces, traces},
	{"replace", ForwardingSpec{"replace", "replace", "replace"}, traces,
		"X-Forwarded-For: 203.0.113.45\nX-Forwarded-Proto: http\nX-Forwarded-Host: api\nVia: 1.1 piiproxy\nX-Request-Id: ID\n"},
	{"replace nothing", ForwardingSpec{"replace", "replace", "replace"}, "",
		"X-Forwarded-For: 203.0.113.45\nX-Forwarded-Proto: http\nX-Forwarded-Host: api\nVia: 1.1 piiproxy\nX-Request-Id: ID\n"},
	{"append", ForwardingSpec{"append", "append", ""}, traces,
		"X-Forwarded-Proto: https\nx-forwarded-host: shop\nX-Forwarded-Port: 8443\nX-Real-IP: 198.51.100.1\nX-Request-Id: client-id\n" +
			"X-Forwarded-For: 198.51.100.1, 198.51.100.2, 203.0.113.45\n" +
			"Forwarded: for=198.51.100.1;proto=https, for=\"203.0.113.45\";proto=http\nVia: 1.1 edge, 1.1 piiproxy\n"},
	{"append nothing that passes for it", ForwardingSpec{"append", "append", "replace"}, disguised,
		"X_Forwarded-Proto: https\nX_REAL_IP: 198.51.100.1\nX-Forwarded-For: 203.0.113.45\nX-Forwarded-Proto: http\nX-Forwarded-Host: api\nVia: 1.1 piiproxy\nX-Request-Id: ID\n"},
	{"append to nothing", ForwardingSpec{"append", "append", ""}, "",
		"X-Forwarded-For: 203.0.113.45\nX-Forwarded-Proto: http\nX-Forwarded-Host: api\nVia: 1.1 piiproxy\n"},
}

func TestForwarding(t *testing.T) {
	for _, c := range forwardings {
		for _, global := range []bool{true, false} {
			spec := testSpec()
			if route := spec.Routes["one-sms"]; global {
				spec.Forwarding = c.spec
			} else {
				spec.Forwarding = ForwardingSpec{Forwarded: "replace", Via: "replace", RequestID: "drop"}
				if c.name == "nothing said" {
					spec.Forwarding = ForwardingSpec{}
				}
				if route.Forwarding = c.spec; route.Forwarding.RequestID == "" {
					route.Forwarding.RequestID = "keep"
				}
				spec.Routes["one-sms"] = route
			}
			up, log := &fakeUpstream{answer: ok()}, &lines{}
			p := New(build(t, spec, nil, up), Options{Log: log})
			runRaw(p, crlf("GET /sms/1 HTTP/1.1\nHost: api\n"+c.in+"X-A: 1\n\n"))
			p.current.Load().leave()
			var line struct{ ID string }
			if err := json.Unmarshal([]byte(log.take()[0]), &line); err != nil {
				t.Fatal(err)
			}
			got := strings.ReplaceAll(strings.ReplaceAll(up.take()[0], "\r\n", "\n"), line.ID, "ID")
			kept, added, _ := strings.Cut(strings.TrimPrefix(got, "GET /sms/1 HTTP/1.1\nHost: api\n"), "X-A: 1\n")
			if kept+strings.TrimSuffix(added, "\n") != c.want {
				t.Errorf("%s, for all %t: the upstream got\n%s", c.name, global, got)
			}
		}
	}
}

// TestForwardingOfConnectors holds what passes to a connector to nothing of where it came from, whatever is said of the rest.
func TestForwardingOfConnectors(t *testing.T) {
	spec := testSpec()
	spec.Forwarding = ForwardingSpec{Forwarded: "append", Via: "append", RequestID: "replace"}
	r := start(t, spec, ok())
	egress := r.listen("egress")
	r.ln = egress
	r.send(crlf("POST /all HTTP/1.1\nHost: api\n" + traces + "Content-Length: 0\n\n"))
	if got, want := r.upstream.take(), crlf("POST /all HTTP/1.1\nHost: api\nX-Request-Id: client-id\nContent-Length: 0\n\n"); len(got) != 1 || got[0] != want {
		t.Errorf("the connector got %q", got)
	}
}

func TestForwardingProblems(t *testing.T) {
	spec := testSpec()
	spec.Forwarding.Via = "sometimes"
	for name, f := range map[string]ForwardingSpec{"sms": {RequestID: "append"}, "operator": {Forwarded: "drop"}} {
		route := spec.Routes[name]
		route.Forwarding = f
		spec.Routes[name] = route
	}
	_, err := Build(spec, nil, nil)
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		t.Fatal(err)
	}
	var got []string
	for _, e := range joined.Unwrap() {
		var p *redact.Problem
		if errors.As(e, &p) {
			got = append(got, p.Path)
		}
	}
	if strings.Join(got, " ") != "forwarding.via routes.operator.forwarding routes.sms.forwarding.requestid" {
		t.Errorf("got %v", got)
	}
}

func TestAppendPeer(t *testing.T) {
	for address, want := range map[string][2]string{
		"203.0.113.45": {"203.0.113.45", "203.0.113.45"},
		"2001:db8::1":  {"2001:db8::1", "[2001:db8::1]"},
		"fe80::1%eth0": {"fe80::1", "[fe80::1]"},
		"":             {"unknown", "unknown"},
	} {
		peer, _ := netip.ParseAddr(address)
		if plain, quoted := appendPeer(nil, peer, false), appendPeer(nil, peer, true); string(plain) != want[0] || string(quoted) != want[1] {
			t.Errorf("%s: %s, %s", address, plain, quoted)
		}
	}
}
