package redact

import (
	"fmt"
	"strings"
	"testing"

	"github.com/valyala/fastjson"
)

// projectionBody is a body for benchmarks with the rules that fit it.
type projectionBody struct {
	name  string
	spec  ProjectionSpec
	src   []byte
	wants string // a part of the output
}

func projectionBodies() []projectionBody {
	single := `{"body":"Hi Ada, your code is 482193. Not you? Call +447700900123","to":"+12025550123","from":"ACME","flash":false,` +
		`"label":"otp;customer=1","ttl":60,"transcode":true,"callback":{"strategy":"OnCompletion"}}`
	campaign := allowJSON("$.to[*]", "$.from", "$.body", "$.ttl")
	mapped := kannelSpec()
	mapped.Request.Query = mapped.Request.Query[2:]
	return []projectionBody{
		{"sms", allowJSON("$.to!", "$.from", "$.body?", "$.ttl"), []byte(single), `"to":"+12025550123"`},
		{"campaign", campaign, campaignBody(100), `"+306900000099"]`},
		{"large", campaign, campaignBody(1315), `"+306900001314"]`},
		{"kannel", mapped, []byte(single), "&text=Hi%20Ada%2C"},
	}
}

// campaignBody is a campaign to that many people, a third of it numbers and the rest the ids of contacts.
func campaignBody(people int) []byte {
	var b strings.Builder
	b.WriteString(`{"body":"Hello [~firstName], 20% off until 30.11.2026","to":[`)
	for i := range people {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"+3069%08d"`, i)
	}
	b.WriteString(`],"contacts":[`)
	for i := range people {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"5f0c1b2e4cedfd00%016d"`, i)
	}
	b.WriteString(`],"from":"ACME","campaignName":"Black Friday 2026","respectQuietHours":true,"ttl":1440,"reminder":{"minutesAfter":5,"to":["+12025550187"]}}`)
	return []byte(b.String())
}

func TestProjectionAllocates(t *testing.T) {
	whole := projectionBody{"whole", allowJSON("$.**"), campaignBody(100), "reminder"}
	wild := projectionBody{"wildcard", allowJSON("$.*"), []byte(`{"t\u006f":"1","x":2}`), `"x":2`}
	for _, b := range append(projectionBodies(), whole, wild) {
		p := mustProject(t, b.spec)
		var out Outbound
		var n Flow
		in := Input{Format: JSON, Body: b.src, ID: []byte("7f3a")}
		once := func() {
			out.Reset()
			if err := p.Project(&out, &in, &n); err != nil {
				t.Fatal(err)
			}
		}
		once()
		if !strings.Contains(string(out.Body)+string(out.Query), b.wants) {
			t.Errorf("%s: %.200s", b.name, out.Body)
		}
		if got := testing.AllocsPerRun(100, once); got != 0 {
			t.Errorf("%s: %v allocations", b.name, got)
		}
	}
}

// BenchmarkProjection is to be read beside BenchmarkFastjson, which parses the same bodies and does nothing with them, and
// BenchmarkFastjsonProjects, which does the same work: validate, parse, take out what is not allowed, write.
func BenchmarkProjection(b *testing.B) {
	for _, body := range projectionBodies() {
		b.Run(body.name, func(b *testing.B) {
			p := mustProject(b, body.spec)
			var out Outbound
			in := Input{Format: JSON, Body: body.src, ID: []byte("7f3a")}
			b.SetBytes(int64(len(body.src)))
			b.ReportAllocs()
			for b.Loop() {
				out.Reset()
				if err := p.Project(&out, &in, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkFastjson(b *testing.B) {
	for _, body := range projectionBodies() {
		b.Run(body.name, func(b *testing.B) {
			var parser fastjson.Parser
			b.SetBytes(int64(len(body.src)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := parser.ParseBytes(body.src); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkFastjsonProjects(b *testing.B) {
	for _, body := range projectionBodies()[:3] {
		b.Run(body.name, func(b *testing.B) {
			var parser fastjson.Parser
			var dst []byte
			b.SetBytes(int64(len(body.src)))
			b.ReportAllocs()
			for b.Loop() {
				if err := fastjson.ValidateBytes(body.src); err != nil {
					b.Fatal(err)
				}
				v, err := parser.ParseBytes(body.src)
				if err != nil {
					b.Fatal(err)
				}
				for _, dropped := range []string{"label", "flash", "transcode", "callback", "contacts", "campaignName", "respectQuietHours", "reminder"} {
					v.Del(dropped)
				}
				dst = v.MarshalTo(dst[:0])
			}
		})
	}
}
