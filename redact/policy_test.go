package redact

import (
	"errors"
	"strings"
	"testing"
)

// TestCompileProblems gives one wrong rule each and expects it named by its place.
func TestCompileProblems(t *testing.T) {
	surface := func(s SurfaceSpec) Spec { return Spec{Surfaces: map[string]SurfaceSpec{"log": s}} }
	fields := func(f ...FieldSpec) Spec { return Spec{Fields: map[string]FieldsSpec{"sms": {Fields: f}}} }
	for _, c := range []struct {
		name string
		spec Spec
		keys bool
		want string // places, sorted as they are reported
	}{
		{"nothing", Spec{}, false, ""},
		{"zero surface", surface(SurfaceSpec{}), false, ""},
		{"token without keys", surface(SurfaceSpec{Kinds: map[string]string{"phone": "token"}}), false, "surfaces.log.kinds.phone"},
		{"token with keys", surface(SurfaceSpec{Kinds: map[string]string{"phone": "token"}}), true, ""},
		{"seal", surface(SurfaceSpec{Kinds: map[string]string{"phone": "seal"}}), true, "surfaces.log.kinds.phone"},
		{"scan of what a scan finds", surface(SurfaceSpec{Kinds: map[string]string{"ip": "scan"}}), false, "surfaces.log.kinds.ip"},
		{"scan of text", surface(SurfaceSpec{Kinds: map[string]string{"text": "scan"}}), false, ""},
		{"unknown words", surface(SurfaceSpec{Kinds: map[string]string{"fone": "mask", "ip": "hide"}, Account: "x", Client: "y", Profile: "z"}), false,
			"surfaces.log.kinds.fone surfaces.log.kinds.ip surfaces.log.account surfaces.log.client surfaces.log.profile"},
		{"field action", surface(SurfaceSpec{Fields: map[string]string{"to": "hide", "17": "mask"}}), false, "surfaces.log.fields surfaces.log.fields.to"},
		{"regions", Spec{Regions: []string{"GR", "XX", "gr"}}, false, "regions[1] regions[2]"},
		{"entity", Spec{Entity: "acme"}, true, "entity"},
		{"kind of a field", fields(FieldSpec{JSON: "$.to", Kind: "fone"}), false, "fields.sms.fields[0].kind"},
		{"subject of a field", fields(FieldSpec{JSON: "$.to", Kind: "phone", Subject: "me"}), false, "fields.sms.fields[0].subject"},
		{"no place", fields(FieldSpec{Kind: "phone"}), false, "fields.sms.fields[0]"},
		{"two places", fields(FieldSpec{JSON: "$.to", Form: "to", Kind: "phone"}), false, "fields.sms.fields[0]"},
		{"path", fields(FieldSpec{JSON: "to", Kind: "phone"}), false, "fields.sms.fields[0].json"},
		{"twice", fields(FieldSpec{Form: "to_x", Kind: "phone"}, FieldSpec{Form: "ToX", Kind: "phone"}), false, "fields.sms.fields[1]"},
		{"path twice", fields(FieldSpec{JSON: "$.a", Kind: "phone"}, FieldSpec{JSON: `$["a"]`, Kind: "phone"}), false, "fields.sms.fields[1].json"},
		{"dictionary", Spec{Dictionary: []DictionarySpec{{Name: "x", Kind: "fone"}, {Name: "", Kind: "name"}, {Name: "ok", Kind: "none"}}}, false,
			"dictionary[0].kind dictionary[1].name"},
	} {
		var keys *Keyring
		if c.keys {
			keys = testKeyring(t)
		}
		p, err := Compile(c.spec, keys)
		if (err == nil) != (p != nil) {
			t.Errorf("%s: policy %v, error %v", c.name, p, err)
		}
		if got := strings.Join(placesOf(t, err), " "); got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
}

// placesOf returns the places of the problems that err joins.
func placesOf(t *testing.T, err error) (places []string) {
	t.Helper()
	joined, ok := err.(interface{ Unwrap() []error })
	if err != nil && !ok {
		t.Fatalf("an error that joins nothing: %v", err)
	}
	if !ok {
		return nil
	}
	for _, e := range joined.Unwrap() {
		var p *Problem
		if !errors.As(e, &p) {
			t.Fatalf("no problem: %v", e)
		}
		places = append(places, p.Path)
	}
	return places
}

// TestActions shows a finding and a field under each action.
func TestActions(t *testing.T) {
	const in = `{"to":"306912345678","label":"203.0.113.5 2001:db8::7 ada@example.com","firstName":"Ada","body":"x ada@example.com","city":"Patra","from":"ACME"}`
	for surface, want := range map[string]string{
		"mask":    `{"to":"redacted_phone","label":"redacted_ip redacted_ip redacted_email","firstName":"redacted_name","body":"redacted_text","city":"redacted_location","from":"ACME"}`,
		"partial": `{"to":"redacted_phone_GR","label":"203.0.113.x 2001:db8:0:x redacted_email","firstName":"redacted_name","body":"redacted_text","city":"redacted_location","from":"ACME"}`,
		"drop":    `{"to":"redacted","label":"redacted redacted redacted","firstName":"redacted","body":"redacted","city":"redacted","from":"ACME"}`,
		"lax":     `{"to":"phone_GR_k1_","label":"redacted","firstName":"name_k1_","body":"x ada@example.com","city":"Patra","from":"redacted_phone"}`,
	} {
		p := testPolicy(t)
		got := shorten(string(p.mustSurface(t, surface).AppendJSON(Masked{}, p.Fields("any"), []byte(in), nil).Bytes()))
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", surface, got, want)
		}
	}
}

func TestDirectionTurnsSides(t *testing.T) {
	const in = `{"to":"ada","from":"ada"}`
	p := testPolicy(t)
	s := p.mustSurface(t, "log")
	for route, want := range map[string]string{
		"any": `{"to":"redacted_phone","from":"ada"}`,
		"in":  `{"to":"ada","from":"redacted_phone"}`,
	} {
		if got := string(s.AppendJSON(Masked{}, p.Fields(route), []byte(in), nil).Bytes()); got != want {
			t.Errorf("%s: got %s, want %s", route, got, want)
		}
	}
}

func TestDictionaryCanBeChanged(t *testing.T) {
	spec := testSpec()
	spec.Dictionary = []DictionarySpec{
		{Name: "body", Kind: "none"}, {Name: "nick", Kind: "name"}, {Name: "pet.name", Kind: "name"}, {Name: "to", Kind: "email", Subject: "account"},
	}
	p, err := Compile(spec, testKeyring(t))
	if err != nil {
		t.Fatal(err)
	}
	const in = `{"body":"hi","Nick":"A","pet":{"name":"Rex","age":"3"},"to":"x","to":[{"name":"Ada"}]}`
	const want = `{"body":"hi","Nick":"redacted_name","pet":{"name":"redacted_name","age":"3"},"to":"x","to":[{"name":"redacted_name"}]}`
	if got := string(p.mustSurface(t, "log").AppendJSON(Masked{}, p.Fields("any"), []byte(in), nil).Bytes()); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// TestDictionaryHasNoNameTwice keeps the table honest: the second of two entries would win without a word.
func TestDictionaryHasNoNameTwice(t *testing.T) {
	for what, table := range map[string][]entries{"fields": shipped, "headers": shippedHeaders} {
		seen := make(map[string]string)
		for _, e := range table {
			for _, name := range strings.Fields(e.names) {
				norm := name
				if parent, last, ok := strings.Cut(name, "."); ok {
					norm = normalName(parent) + "." + normalName(last)
				} else {
					norm = normalName(name)
				}
				if other := seen[norm]; other != "" {
					t.Errorf("%s: %s and %s are one name", what, other, name)
				}
				seen[norm] = name
			}
		}
	}
}

func TestFieldName(t *testing.T) {
	for in, want := range map[string]string{
		"to": "to ", "To_Number": "tonumber ", "first-name": "firstname ", "to[0]": "to ", "to[]": "to ", "messages[0][to]": "to messages",
		"sms.to": "to sms", "user[email]": "email user", "": " ", "17": " ", "to.17": "to ", "Κινητό": "Κινητό ", "a..b": "b a",
		strings.Repeat("x", 41): strings.Repeat("x", 41) + " ", strings.Repeat("x", 40): strings.Repeat("x", 40) + " ",
		strings.Repeat("x", 41) + ".to": "to " + strings.Repeat("x", 41), "Y-y" + strings.Repeat("x_", 40) + "Z[]": strings.Repeat("x", 40) + "z ",
		"y" + strings.Repeat("x_", 40) + "z.17": strings.Repeat("x", 40) + "z ",
		strings.Repeat("x_", 40):                strings.Repeat("x", 40) + " ",
	} {
		var f fieldName
		f.set([]byte(in))
		if got := string(f.name()) + " " + string(f.parent()); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
