package proxy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/piiproxy/piiproxy/redact"
)

// messageSpec leads POST /sms to the API with the tags of the example; the log shows every finding as that action says.
func messageSpec(action string) Spec {
	spec := testSpec()
	kinds := make(map[string]string)
	for k := redact.KindPhone; k <= redact.KindID; k++ {
		if k <= redact.KindIP || action == "keep" {
			kinds[k.String()] = action
		}
	}
	spec.Redact.Regions = []string{"GR"}
	spec.Redact.Surfaces = map[string]redact.SurfaceSpec{"log": {Kinds: kinds, Client: "partial"}}
	spec.Redact.Fields = map[string]redact.FieldsSpec{"sms": {Fields: []redact.FieldSpec{
		{JSON: "$.to", Kind: "phone"}, {JSON: "$.from", Kind: "phone", Subject: "account"}, {JSON: "$.body", Kind: "text"}, {JSON: "$.label", Kind: "text"},
	}}}
	return spec
}

// message is one message to one person, who is also named in the query, with the address that it came from. Its body has 206 bytes.
// Each # is a digit of the person.
var message = func() string {
	body := `{"body":"Hi Ada, your code is 4821. Not you? Call +30697#######","to":"+3069########","from":"ACME","ttl":60,` +
		`"label":"otp;customer=user########@example.com","flash":false,"note":"`
	body += strings.Repeat("x", 206-len(body)-2) + `"}`
	return fmt.Sprintf("POST /sms?order=20261123071501&recipient=%%2B3069######## HTTP/1.1\r\nHost: api.example.com\r\n"+
		"Content-Type: application/json\r\nUser-Agent: acme-shop/2.4.1\r\nX-Forwarded-For: 203.0.113.1##\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}()

// messages returns raw for [harness.run] of the message, each time to another person. In the text stands the number of another one.
func messages() func(int) []byte {
	b := []byte(message)
	return func(n int) []byte {
		rest := n
		for i := len(message) - 1; i >= 0; i-- {
			if message[i] != '#' {
				rest = n
				continue
			}
			b[i] = byte('0' + rest%10)
			rest /= 10
		}
		return b
	}
}

// BenchmarkMessage is the proxy's own work for a message: without the system's.
func BenchmarkMessage(b *testing.B) {
	for _, action := range []string{"token", "mask", "keep"} {
		b.Run(action, func(b *testing.B) {
			h := newHarness(b, messageSpec(action))
			defer h.current.Load().leave()
			h.run("api", 1000, messages())
			b.ReportAllocs()
			b.ResetTimer()
			h.run("api", b.N, messages())
		})
	}
}
