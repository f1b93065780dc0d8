package redact

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// manyCampaigns are bodies to people of whom no two are in two of them, so that nothing learns the numbers by heart.
func manyCampaigns(people int) (all [][]byte) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 64 {
		b := []byte(`{"body":"Hello [~firstName], 20% off until 30.11.","from":"ACME","to":[`)
		for i := range people {
			b = fmt.Appendf(b, `%s"+3069%08d"`, sep(i), r.IntN(100_000_000))
		}
		b = append(b, `],"contacts":[`...)
		for i := range people {
			b = fmt.Appendf(b, `%s"5f0c1b2e4cedfd0001c0%04x"`, sep(i), r.IntN(0x10000))
		}
		b = append(b, `],"campaignName":"Black Friday","scheduledDate":"2026-11-27T08:00:00Z","ttl":1440,"flash":false,"note":"`...)
		b = append(append(b, strings.Repeat("x", 600)...), `"}`...)
		all = append(all, b)
	}
	return all
}

func sep(i int) string {
	if i > 0 {
		return ","
	}
	return ""
}

// BenchmarkCampaign is what is done to the body of a message to a hundred people: projected, its fields shown and its findings
// counted, and shown itself, with masks and with tokens.
func BenchmarkCampaign(b *testing.B) {
	p := campaignPolicy(b)
	bodies := manyCampaigns(100)
	projection, err := p.Projection("operator")
	if err != nil {
		b.Fatal(err)
	}
	run := func(name string, do func(body []byte)) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				do(bodies[i%len(bodies)])
			}
		})
	}
	var out Outbound
	run("projected", func(body []byte) {
		out.Reset()
		in := Input{Format: JSON, Body: body}
		if err := projection.Project(&out, &in, nil); err != nil {
			b.Fatal(err)
		}
	})
	dst, other := MakeMasked(32<<10), MakeMasked(4<<10)
	f := p.Fields("campaign")
	for _, surface := range []string{"mask", "token"} {
		s := p.mustSurface(b, surface)
		var tally Tally
		run("counted/"+surface, func(body []byte) { s.AppendFields(dst, f, JSON, nil, body, &tally) })
		run("both/"+surface, func(body []byte) { s.AppendFieldsAndJSON(other, dst, f, body, &tally) })
		run("shown/"+surface, func(body []byte) { s.AppendJSON(dst, f, body, nil) })
	}
}

// campaignPolicy is that of bench/compare.
func campaignPolicy(tb testing.TB) *Policy {
	tb.Helper()
	kinds := func(a string) SurfaceSpec {
		return SurfaceSpec{Kinds: map[string]string{"phone": a, "email": a, "ip": a}, Client: "partial"}
	}
	p, err := Compile(Spec{
		Regions:  []string{"GR"},
		Surfaces: map[string]SurfaceSpec{"mask": kinds("mask"), "token": kinds("token")},
		Projections: map[string]ProjectionSpec{"operator": {
			Allow: []AllowSpec{{JSON: "$.to[*]"}, {JSON: "$.from"}, {JSON: "$.body", Required: true}},
		}},
		Fields: map[string]FieldsSpec{"campaign": {Fields: []FieldSpec{
			{JSON: "$.to[*]", Kind: "phone"}, {JSON: "$.body", Kind: "text"}, {JSON: "$.campaignName", Kind: "text"},
		}}},
	}, testKeyring(tb))
	if err != nil {
		tb.Fatal(err)
	}
	return p
}
