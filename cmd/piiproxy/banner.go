package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
)

// printExample says where the built-in example listens, and what to try: one request in each direction.
func (v *server) printExample(w io.Writer) {
	p := func(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }
	p("piiproxy runs its built-in example on loopback. --config FILE runs yours; TERM or Ctrl-C stops it.")
	p("")
	for _, name := range slices.Sorted(maps.Keys(v.listeners)) {
		p("  %-15s http://%s", name, v.listeners[name].Addr())
	}
	for _, name := range slices.Sorted(maps.Keys(v.simulators)) {
		p("  %-15s http://%s/received shows what this simulator received", name, v.simulators[name].address())
	}
	p("")
	p("Keys are made in memory: after a restart the same person has other tokens. `piiproxy keys init` makes a keyring that lasts.")
	p("The access log follows on stdout. Try a client that sends to the API, and then the API that sends to an operator:")
	p("")
	const message = `{"to":"+306912345678","from":"ACME","body":"Hi Ada, your code is 4821","label":"ada@example.com"}`
	p("  curl -s -H 'Content-Type: application/json' -d '%s' http://%s/sms", message, v.listeners["api"].Addr())
	p("  curl -s -H 'Content-Type: application/json' -d '%s' http://%s/operators/kannel/messages", message, v.listeners["egress"].Addr())
	p("  curl -s http://%s/received", v.simulators["kannel-gateway"].address())
	p("")
}
