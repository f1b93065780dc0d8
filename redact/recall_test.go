package redact

import "testing"

// TestRecallTellsNothing holds what is shown of a document to what a surface shows that saw none before, whichever was shown ahead.
func TestRecallTellsNothing(t *testing.T) {
	docs := []string{
		`{"body":"Hi","to":"+306912345678","from":"ACME","ttl":60,"note":"x"}`,
		`{ "body": "Hi", "to": "+306912345678", "from": "+306912345679", "note": "1" }`,
		`{"to":{"body":"x","number":"306912345678","note":["306912345678"]},"body":["a","b"],"from":null,"note":306912345678}`,
		`{"note":{"to":"+306912345678","name":"Ada"},"to":[{"name":"Ada","note":"306912345678"},{"note":"x","name":"Ada"}],"name":"x"}`,
		`[{"to":"306912345678","note":"x"},{"to":"306912345678","name":"x"}]`,
		`{"arguments":{"to":"x","note":"306912345678"},"to":"x","body":"+306912345678"`,
		`{"t\u006f":"306912345678","from":"x","bo\u0064y":"x","306912345678":{"to":1}}`,
		`{"who":{"name":"Ada"},"flow":[{"to":"306912345678"},{"to":"306912345678"}],"a":{"b":"x"}}`,
		`{"note":"x","body":"Hi","to":`,
		`{"list":["x","Ada"],"flow":[{"to":"x","note":1}],"a b":"x","note":{"list":["x","Ada"]}}`,
	}
	show := func(s *Surface, f *Fields, doc string) string {
		fields := s.AppendFields(Masked{}, f, JSON, nil, []byte(doc), nil)
		return string(s.AppendJSON(fields, f, []byte(doc), nil).Bytes())
	}
	type shown struct{ surface, route, doc string }
	want := make(map[shown]string)
	p := testPolicy(t)
	for _, surface := range []string{"log", "message"} {
		for _, route := range []string{"any", "named"} {
			for _, doc := range docs {
				fresh := testPolicy(t)
				want[shown{surface, route, doc}] = show(fresh.mustSurface(t, surface), fresh.Fields(route), doc)
			}
		}
	}
	for c, want := range want {
		s := p.mustSurface(t, c.surface)
		for _, first := range []string{"any", "named"} {
			for _, ahead := range docs {
				show(s, p.Fields(first), ahead)
				if got := show(s, p.Fields(c.route), c.doc); got != want {
					t.Fatalf("%s behind %s\n got %s\nwant %s", c.doc, ahead, got, want)
				}
			}
		}
	}
}
