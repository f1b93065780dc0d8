package redact

import (
	"fmt"
	"strings"
	"testing"
)

// attributeTests are values of attributes and what a surface that masks shows of them.
var attributeTests = []struct{ name, value, want string }{
	{"sms.to", "306912345678", "redacted_phone"},
	{"sms.to", "support", "support"},
	{"http.request.body.content", "Hello Ada", "redacted_text"},
	{"http.request.header.authorization", "Basic QWRh", "redacted_secret"},
	{"http.request.header.x-msisdn", "306912345678", "redacted_phone"},
	{"http.request.header.accept", "text/html", "text/html"},
	{"rpc.grpc.request.metadata.x-imsi", "202011234567890", "redacted_id"},
	{"enduser.id", "ada", "redacted_id"},
	{"messaging.message.id", "ada", "ada"},
	{"messaging.destination.name", "orders", "orders"},
	{"destination.name", "Ada", "redacted_name"},
	{"client.address", "203.0.113.7", "redacted_ip"},
	{"server.address", "api.example", "api.example"},
	{"url.full", "https://x.example/?text=Hello+Ada&n=1", "https://x.example/?text=redacted_text&n=1"},
	{"url.query", "pin=1234&n=5678", "pin=redacted_secret&n=5678"},
	{"url.query", "code=1234", "code=redacted_secret"},
	{"url.query", "GET /a?to=306912345678", "GET /a?to=redacted_phone"},
	{"code", "4821", "redacted_secret"},
	{"db.query.text", "SELECT 1", "SELECT 1"},
	{"exception.message", "login with password=abc and Authorization: Bearer x", "login with password=redacted_secret and Authorization: redacted_secret"},
	{"exception.message", "no route to +306912345678", "no route to redacted_phone"},
	{"acme.ref", "ada", "redacted_id"},
	{"other.ref", "ada", "ada"},
	{"acme.kept", "+306912345678", "+306912345678"},
	{"other.kept", "+306912345678", "redacted"},
	{"kept", "+306912345678", "redacted"},
}

func TestAttributes(t *testing.T) {
	spec := Spec{
		Regions:    []string{"GR"},
		Surfaces:   map[string]SurfaceSpec{"log": {Fields: map[string]string{"acme.kept": "keep", "kept": "mask"}}},
		Dictionary: []DictionarySpec{{Name: "acme.ref", Kind: "id"}},
	}
	p, err := Compile(spec, nil)
	if err != nil {
		t.Fatal(err)
	}
	a := p.mustSurface(t, "log").Attributes()
	for range 2 { // the second time the names are known
		for _, tt := range attributeTests {
			at, clean := a.At(At{}, []byte(tt.name))
			if !clean {
				t.Errorf("%s: something is found in the name", tt.name)
			}
			out, changed := a.Text(Masked{}.AppendConst("x"), at, []byte(tt.value), nil)
			got := string(out.Bytes()[1:])
			if !changed {
				got += tt.value
			}
			if got != tt.want || changed != (tt.value != tt.want) {
				t.Errorf("%s: %q becomes %q, want %q", tt.name, tt.value, got, tt.want)
			}
		}
	}
}

// TestAttributesRememberNoData holds what is remembered of names to those in which nothing was found.
func TestAttributesRememberNoData(t *testing.T) {
	a := testPolicy(t).mustSurface(t, "log").Attributes()
	for range 2 {
		if _, clean := a.At(At{}, []byte("k.+306912345678")); clean {
			t.Fatal("nothing is found in the name")
		}
	}
	for i := range a.names {
		if a.names[i].n > 0 {
			t.Errorf("%q is remembered", a.names[i].name[:a.names[i].n])
		}
	}
}

func TestAttributeNumbers(t *testing.T) {
	a := testPolicy(t).mustSurface(t, "log").Attributes()
	for _, tt := range []struct {
		name string
		n    float64
		want string
	}{
		{"sms.to", 306912345678, "phone_GR_k1_abmmkaddephabmjbgdajdfgi"}, {"size", 306912345678, ""}, {"to", 12, ""}, {"geo.lat", 37.98, "redacted_location"},
		{"http.status_code", 200, ""}, {"pin", 482193, "redacted_secret"},
	} {
		at, _ := a.At(At{}, []byte(tt.name))
		if out, changed := a.Float(Masked{}, at, tt.n, nil); string(out.Bytes()) != tt.want || changed != (tt.want != "") {
			t.Errorf("%s: %v becomes %q, want %q", tt.name, tt.n, out.Bytes(), tt.want)
		}
		if out, _ := a.Int(Masked{}, at, int64(tt.n), nil); string(out.Bytes()) != tt.want {
			t.Errorf("%s: %d becomes %q, want %q", tt.name, int64(tt.n), out.Bytes(), tt.want)
		}
	}
}

// TestPlainQuery holds the short way through plain queries to the long one.
func TestPlainQuery(t *testing.T) {
	s := testPolicy(t).mustSurface(t, "log")
	a := s.Attributes()
	at, _ := a.At(At{}, []byte("url.query"))
	names := []string{"to", "n", "from", "phone", "code", "pin", "text", "ref", "email", "k.x", ""}
	values := []string{"%2B306912345678", "%2b447700900123", "%2B1", "%2B999123456789", "1234", "12345678", "abc", "Hello", "", "%41", "482193"}
	plain := 0
	for _, n1 := range names {
		for _, v1 := range values {
			for _, n2 := range names {
				for _, v2 := range values {
					q := []byte(n1 + "=" + v1 + "&" + n2 + "=" + v2)
					var short, long Tally
					got, _ := a.Text(Masked{}, at, q, &short)
					if a.plainQuery(q) {
						plain++
					}
					a.begin(Masked{}, q, &long)
					a.r.fieldsWithin(at.key, 0, len(q), true)
					want, _ := a.end(Masked{})
					if string(got.Bytes()) != string(want.Bytes()) || short != long {
						t.Fatalf("%s: %s, the long way %s", q, got.Bytes(), want.Bytes())
					}
				}
			}
		}
	}
	if plain < 500 {
		t.Errorf("only %d are plain", plain)
	}
}

// TestAttributesForget holds what is remembered to changing nothing: every value under every name, in an order that keeps turning,
// becomes what it becomes for one who remembers nothing, and counts the same.
func TestAttributesForget(t *testing.T) {
	names := []string{"n", "to", "sms.to", "enduser.id", "server.address", "user_agent.original", "url.query", "pin", "http.request.body.content", "user.email"}
	values := []string{"api.example", "306912345678", "+306912345678", "sdk/2.11 (linux; x)", "a=1&to=306912345678", "4821", "ada@example.com",
		"0f8fad5b-d9cb-469f-a165-70867728950e", "2026-11-23T10:00:00Z", strings.Repeat("x1 ", 16), strings.Repeat("x1 ", 17), "order 20261123071501"}
	for _, kinds := range []map[string]string{nil, {"phone": "keep", "email": "partial"}} {
		p, err := Compile(Spec{Regions: []string{"GR"}, Surfaces: map[string]SurfaceSpec{"trace": {Kinds: kinds}}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		s, _ := p.Surface("trace")
		old := s.Attributes()
		show := func(a *Attributes, name, value string) (string, Tally) {
			var tally Tally
			at, _ := a.At(At{}, []byte(name))
			out, changed := a.Text(Masked{}, at, []byte(value), &tally)
			return fmt.Sprint(string(out.Bytes()), changed), tally
		}
		for n := range 3 * len(names) * len(values) {
			name, value := names[n*7%len(names)], values[n*5/3%len(values)]
			got, counted := show(old, name, value)
			if want, all := show(s.Attributes(), name, value); got != want || counted != all {
				t.Fatalf("%s: %q became %s and %v, want %s and %v", name, value, got, counted, want, all)
			}
		}
	}
}
