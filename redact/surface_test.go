package redact

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
)

// testSpec has a surface of each temper.
func testSpec() Spec {
	tokens := map[string]string{"phone": "token", "email": "token", "ip": "token"}
	return Spec{
		Regions: []string{"GR", "GB"},
		Surfaces: map[string]SurfaceSpec{
			"log":     {Kinds: tokens},
			"mask":    {},
			"partial": {Kinds: map[string]string{"phone": "partial", "email": "partial", "ip": "partial"}},
			"drop": {Kinds: map[string]string{"phone": "drop", "email": "drop", "ip": "drop", "name": "drop", "text": "drop",
				"secret": "drop", "location": "drop", "id": "drop"}},
			"lax": {Kinds: map[string]string{"phone": "token", "email": "keep", "ip": "keep", "name": "token", "text": "scan"},
				Fields: map[string]string{"label": "mask", "from": "token", "city": "keep"}, Account: "keep"},
			"message": {Kinds: tokens, Profile: "message"},
		},
		Fields: map[string]FieldsSpec{
			"in": {Inbound: true},
			"named": {NoDictionary: true, Fields: []FieldSpec{
				{JSON: "$.flow[*].to", Kind: "phone"}, {JSON: `$["a b"]`, Kind: "text"}, {JSON: "$.list[1]", Kind: "name"},
				{Form: "Who", Kind: "phone"}, {Query: "q", Kind: "text"}, {Path: "id", Kind: "id"}, {Header: "X-Who", Kind: "name"},
			}},
		},
	}
}

func testPolicy(t testing.TB) *Policy {
	t.Helper()
	p, err := Compile(testSpec(), testKeyring(t))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func testSurface(t testing.TB, name string) *Surface {
	t.Helper()
	s, err := testPolicy(t).Surface(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

type surfaceCase struct{ in, want string }

// shorten cuts the letters of tokens, which have a test of their own.
func shorten(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		i := strings.Index(s, "_k1_")
		if i < 0 {
			break
		}
		b.WriteString(s[:i+4])
		s = s[i+4:]
		n := 0
		for n < len(s) && n < tokenLetters && s[n] >= 'a' && s[n] <= 'p' {
			n++
		}
		if n != tokenLetters {
			b.WriteString("BAD")
		}
		s = s[n:]
	}
	return b.String() + s
}

func (p *Policy) mustSurface(t testing.TB, name string) *Surface {
	t.Helper()
	s, err := p.Surface(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var jsonCases = []surfaceCase{
	{`{"to":"+306912345678","n":1}`, `{"to":"phone_GR_k1_","n":1}`},
	{`{"to":306912345678}`, `{"to":"phone_GR_k1_"}`},
	{`{"to":["306912345678",447700900123]}`, `{"to":["phone_GR_k1_","phone_ZZ_k1_"]}`},
	{`{"to":"6912345678"}`, `{"to":"phone_GR_k1_"}`},
	{`{"to":"0.532.123.45.67","from":"0.5321234567"}`, `{"to":"phone_ZZ_k1_","from":"0.5321234567"}`},
	{`{"306912345678":{"status":"sent"},"12345678":1}`, `{"phone_GR_k1_":{"status":"sent"},"12345678":1}`},
	{`{"destinations":[{"to":"+306912345678","messageId":"m-1","bulkId":"b-1"}]}`, `{"destinations":[{"to":"phone_GR_k1_","messageId":"m-1","bulkId":"b-1"}]}`},
	{`{"\u0442\u0435\u043b\u0435\u0444\u043e\u043d":"6912345678","phoneNumberPrimary":6912345678}`,
		`{"\u0442\u0435\u043b\u0435\u0444\u043e\u043d":"phone_GR_k1_","phoneNumberPrimary":"phone_GR_k1_"}`},
	{`{"to":"ada"}`, `{"to":"redacted_phone"}`},
	{`{"to":"Ada Lovelace <ada@example.com>"}`, `{"to":"email_k1_"}`},
	{`{"from":"ACME","to":""}`, `{"from":"ACME","to":""}`},
	{`{"from":"+447700900123"}`, `{"from":"phone_ZZ_k1_"}`},
	{`{"body":"Hi Ada, 482193","flash":false}`, `{"body":"redacted_text","flash":false}`},
	{`{"body":{"text":"Hi Ada","imageURL":"https://x.example/?e=ada%40example.com","action":{"caption":"Track","z":"Ada"}}}`,
		`{"body":{"text":"redacted_text","imageURL":"https://x.example/?e=email_k1_","action":{"caption":"redacted_text","z":"redacted_text"}}}`},
	{`{"message":{"body":"x","label":"t-12","flash":false,"other":true,"n":5}}`,
		`{"message":{"body":"redacted_text","label":"t-12","flash":false,"other":true,"n":"redacted_text"}}`},
	{`{"arguments":{"name":"Ada","vip":true,"type":"x","n":null,"pin":"1"}}`,
		`{"arguments":{"name":"redacted_text","vip":"redacted_text","type":"redacted_text","n":null,"pin":"redacted_secret"}}`},
	{`{"to":[{"name":"Ada","address":"ada@example.com"}],"name":"Reminder"}`,
		`{"to":[{"name":"redacted_name","address":"email_k1_"}],"name":"Reminder"}`},
	{`{"from":{"name":"ACME","address":"ada@example.com"}}`, `{"from":{"name":"ACME","address":"email_k1_"}}`},
	{`{"to":{"phone":"447700900123","sip":"ada@example.com:5060"}}`, `{"to":{"phone":"phone_ZZ_k1_","sip":"email_k1_"}}`},
	{`{"label":"otp;customer=ada@example.com"}`, `{"label":"otp;customer=email_k1_"}`},
	{`{"recipientCountries":{"+12025550123":"US","447700900123":"GB"}}`, `{"recipientCountries":{"phone_US_k1_":"US","phone_ZZ_k1_":"GB"}}`},
	{`{"parameters":{"name":{"447700900123":"Ada","default":"you"}}}`,
		`{"parameters":{"name":{"phone_ZZ_k1_":"redacted_text","default":"redacted_text"}}}`},
	{`{"status":{"name":"Delivered"},"labels":[{"name":"ip","value":"2001:db8::1"}]}`,
		`{"status":{"name":"Delivered"},"labels":[{"name":"ip","value":"ip_k1_"}]}`},
	{`{"firstName":"Ada","last_name":"L","EMAIL":"ada@example.com","imsi":"202010000000001"}`,
		`{"firstName":"redacted_name","last_name":"redacted_name","EMAIL":"email_k1_","imsi":"redacted_id"}`},
	{`{"code":"482193"}`, `{"code":"redacted_secret"}`},
	{`{"code":"E_BUSY"}`, `{"code":"E_BUSY"}`},
	{`{"code":20003}`, `{"code":20003}`},
	{`{"code":482193}`, `{"code":"redacted_secret"}`},
	{`{"answer":482193}`, `{"answer":"redacted_secret"}`},
	{`{"callbackData":"{\"email\":\"ada@example.com\"}"}`, `{"callbackData":"{\"email\":\"email_k1_\"}"}`},
	{`{"to":"\u002b306912345678"}`, `{"to":"phone_GR_k1_"}`},
	{`{"t\u006f":"\u002b306912345678"}`, `{"t\u006f":"phone_GR_k1_"}`},
	{`{"email":true,"sms":false}`, `{"email":true,"sms":false}`},
	{` [ { "to" : "447700900123" } , null ] `, ` [ { "to" : "phone_ZZ_k1_" } , null ] `},
	{`"+306912345678"`, `"phone_GR_k1_"`},
	{`{"when":"2026-11-23T07:15:01.916Z","id":"66fb6987-6be1-4e92-b6d5-ca3ca5227d23","loyaltyId":"4000123412341234"}`,
		`{"when":"2026-11-23T07:15:01.916Z","id":"66fb6987-6be1-4e92-b6d5-ca3ca5227d23","loyaltyId":"4000123412341234"}`},
	{`{"host":"203.0.113.45","ip":"127.0.0.1"}`, `{"host":"ip_k1_","ip":"127.0.0.1"}`},
	{``, ``},
	// malformed from some byte on
	{`{"to":"447700900123","body":"Hi Ada",}`, `{"to":"phone_ZZ_k1_","body":"redacted_text",}`},
	{`{"to":"447700900123" "body":"Hi Ada"}`, `{"to":"phone_ZZ_k1_" "body":"redacted_text"}`},
	{`{"body":"Hi Ada, your co`, `{"body":"redacted_text`},
	{`{"body":Hi Ada}`, `{"body":redacted_text}`},
	{`{"arguments":{"a":nope,"b":"Ada"},"c":"d"}`, `{"arguments":{"a":redacted_text},"c":"d"}`},
	{`{'body':'Hi Ada','to':'447700900123'}`, `{'body':'redacted_text','to':'phone_ZZ_k1_'}`},
	{`{body: "Hi Ada", n: 1}`, `{body: "redacted_text", n: 1}`},
	{`answer=482193&to=%2B306912345678`, `answer=redacted_secret&to=phone_GR_k1_`},
	{`hello +306912345678`, `hello phone_GR_k1_`},
	{`{"a":12@example.com,"b":[1,2@b.co`, `{"a":email_k1_,"b":[1,email_k1_`},
	{`0@example.com 00`, `email_k1_ 00`},
	{`{"to":"desk ::1"}`, `{"to":"redacted_phone"}`},
}

func TestAppendJSON(t *testing.T) {
	p := testPolicy(t)
	s, f := p.mustSurface(t, "log"), p.Fields("any")
	for range 2 {
		for _, c := range jsonCases {
			got := shorten(string(s.AppendJSON(Masked{}, f, []byte(c.in), nil).Bytes()))
			if got != c.want {
				t.Errorf("%s\n got %s\nwant %s", c.in, got, c.want)
			}
			if json.Valid([]byte(c.in)) && !json.Valid([]byte(got)) {
				t.Errorf("%s\nis no JSON any more: %s", c.in, got)
			}
		}
	}
}

var formCases = []surfaceCase{
	{`To=%2B12025550123&StatusCallback=https%3A%2F%2Fh.example%2Fdlr%3Fc%3Dada%2540example.com&From=%2B15005550006&Body=Hi%20Ada`,
		`To=phone_US_k1_&StatusCallback=https%3A%2F%2Fh.example%2Fdlr%3Fc%3Demail_k1_&From=phone_US_k1_&Body=redacted_text`},
	{`to=+306912345678&a=b`, `to=phone_GR_k1_&a=b`},
	{`to=306912345678`, `to=phone_GR_k1_`},
	{`user%5Bmobile_no%5D=6912345678&order%5Bnumber%5D=6912345678`, `user%5Bmobile_no%5D=phone_GR_k1_&order%5Bnumber%5D=6912345678`},
	{`a=1&amp;to=306912345678&amp;body=hello`, `a=1&amp;to=phone_GR_k1_&amp;body=redacted_text`},
	{`user:first_name=Ada`, `user:first_name=redacted_name`},
	{`answer=482193`, `answer=redacted_secret`},
	{`code=a8f9Zk`, `code=redacted_secret`},
	{`emails=YWRhQGV4YW1wbGUuY29t`, `emails=redacted_email`},
	{`user[email]=ada%40example.com&to[0]=447700900123`, `user[email]=email_k1_&to[0]=phone_ZZ_k1_`},
	{`ada@example.com=1&x`, `email_k1_=1&x`},
	{`&&dateStart=2026-11-20T00:00:00Z&page=0&`, `&&dateStart=2026-11-20T00:00:00Z&page=0&`},
	{``, ``},
}

func TestAppendForm(t *testing.T) {
	p := testPolicy(t)
	s, f := p.mustSurface(t, "log"), p.Fields("any")
	for range 2 {
		for _, c := range formCases {
			if got := shorten(string(s.AppendForm(Masked{}, f, []byte(c.in), nil).Bytes())); got != c.want {
				t.Errorf("form %s\n got %s\nwant %s", c.in, got, c.want)
			}
			if got := shorten(string(s.AppendQuery(Masked{}, f, []byte(c.in), nil).Bytes())); got != c.want {
				t.Errorf("query %s\n got %s\nwant %s", c.in, got, c.want)
			}
		}
	}
}

var lineCases = []surfaceCase{
	{`2026-01-01T00:00:00Z INFO sent +306912345678 {"to":"306912345678","body":"hidden words"} in 3ms`,
		`2026-01-01T00:00:00Z INFO sent phone_GR_k1_ {"to":"phone_GR_k1_","body":"redacted_text"} in 3ms`},
	{`{"version":"1.1","host":"web-1","short_message":"sent to +306912345678","_to":"306912345678"}`,
		`{"version":"1.1","host":"web-1","short_message":"sent to phone_GR_k1_","_to":"phone_GR_k1_"}`},
	{`{"version":"1.1","host":"smpp-1","pdu":{"short_message":"Hi Ada"}}`, `{"version":"1.1","host":"smpp-1","pdu":{"short_message":"redacted_text"}}`},
	{`{"app":{"version":"1.1","host":"smpp-1"},"short_message":"Hi Ada"}`, `{"app":{"version":"1.1","host":"smpp-1"},"short_message":"redacted_text"}`},
	{`{"version":"1.1.2","host":"smpp-1","short_message":"Hi Ada"}`, `{"version":"1.1.2","host":"smpp-1","short_message":"redacted_text"}`},
	{`{"host":"smpp-1","short_message":"Hi Ada"}`, `{"host":"smpp-1","short_message":"redacted_text"}`},
	{`[ {"to":"306912345678","first_name":"Ada"}]`, `[ {"to":"phone_GR_k1_","first_name":"redacted_name"}]`},
	{"\ufeff" + `{"to":"306912345678","pin":"1234"}`, "\ufeff" + `{"to":"phone_GR_k1_","pin":"redacted_secret"}`},
	{`2026-11-23 07:15:01 sent to +306912345678 ok`, `2026-11-23 07:15:01 sent to phone_GR_k1_ ok`},
	{`{"level":"info","msg":"sent to ada@example.com","to":"447700900123","from":"idle","body":"Hi"}`,
		`{"level":"info","msg":"sent to email_k1_","to":"phone_ZZ_k1_","from":"idle","body":"redacted_text"}`},
	{`level=info msg="sent to ada@example.com" to=447700900123 from=idle first_name=Ada`,
		`level=info msg="sent to email_k1_" to=phone_ZZ_k1_ from=idle first_name=redacted_name`},
	{`level=info sms.to=447700900123 ada@example.com x="a b"`, `level=info sms.to=phone_ZZ_k1_ email_k1_ x="a b"`},
	{`[{"to":"447700900123","body":"Hi"}]`, `[{"to":"phone_ZZ_k1_","body":"redacted_text"}]`},
	{`[2026-11-23] [12345] to=447700900123`, `[2026-11-23] [12345] to=phone_ZZ_k1_`},
	{`=1 a=2`, `=1 a=2`},
	{`   `, `   `},
	{``, ``},
	{`{"a":1} trailing ada@example.com`, `{"a":1} trailing email_k1_`},
}

func TestAppendLine(t *testing.T) {
	s := testSurface(t, "log")
	var in, want []string
	for range 2 {
		for _, c := range lineCases {
			got, ok := s.AppendLine(Masked{}, []byte(c.in), nil)
			if !ok || shorten(string(got.Bytes())) != c.want {
				t.Errorf("%s\n got %s\nwant %s", c.in, shorten(string(got.Bytes())), c.want)
			}
			in, want = append(in, c.in), append(want, c.want)
		}
	}
	for _, end := range []string{"", "\n"} {
		chunk := strings.Join(in, "\n") + end
		got, failed := s.AppendLines(Masked{}, []byte(chunk), nil)
		if g := shorten(string(got.Bytes())); g != strings.Join(want, "\n")+end || failed != 0 {
			t.Errorf("as a chunk:\n%s\nwant\n%s", g, strings.Join(want, "\n"))
		}
	}
}

func TestAppendPath(t *testing.T) {
	p := testPolicy(t)
	s := p.mustSurface(t, "log")
	email, id := Name{"email"}, Name{"id"}
	for _, c := range []struct {
		route, in string
		params    []Param
		want      string
	}{
		{"any", "/emails/ada.lovelace%40example.com", nil, "/emails/email_k1_"},
		{"any", "/emails/ada.lovelace%40example.com/x", []Param{{email, 8, 34}}, "/emails/email_k1_/x"},
		{"any", "/emails/ada/x", []Param{{email, 8, 11}}, "/emails/redacted_email/x"},
		{"any", "/lookup/%2B306912345678", nil, "/lookup/phone_GR_k1_"},
		{"any", "/lookup/306912345678", []Param{{Name{"msisdn"}, 8, 20}}, "/lookup/phone_GR_k1_"},
		{"any", "/2step/0f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f1", []Param{{id, 7, 43}}, "/2step/0f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f1"},
		{"named", "/u/77", []Param{{id, 3, 5}}, "/u/redacted_id"},
		{"any", "/short", []Param{{email, 3, 99}}, "/short"},
	} {
		if got := shorten(string(s.AppendPath(Masked{}, p.Fields(c.route), []byte(c.in), c.params, nil).Bytes())); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.in, got, c.want)
		}
	}
}

func TestAppendHeader(t *testing.T) {
	p := testPolicy(t)
	s := p.mustSurface(t, "log")
	for _, c := range []struct{ route, name, in, want string }{
		{"any", "Authorization", "Basic NWYwMDAw", "redacted_secret"},
		{"any", "X-Forwarded-For", "203.0.113.77, 198.51.100.10", "ip_k1_,ip_k1_"},
		{"any", "Forwarded", `for="[2001:db8::1]:4711";proto=http`, "ip_k1_"},
		{"any", "X-Twilio-Signature", "ic3q41jAYyS+rCcg5gLztP6Y4hU=", "redacted_secret"},
		{"any", "User-Agent", "Mozilla/5.0 Chrome/120.0.6099.129", "Mozilla/5.0 Chrome/120.0.6099.129"},
		{"any", "Referer", "https://x.example/?e=ada%2540example.com", "https://x.example/?e=email_k1_"},
		{"any", "traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
		{"any", "Location", "/x", "/x"},
		{"named", "x-who", "Ada", "redacted_name"},
	} {
		if got := shorten(string(s.AppendHeader(Masked{}, p.Fields(c.route), []byte(c.name), []byte(c.in), nil).Bytes())); got != c.want {
			t.Errorf("%s: %s\n got %s\nwant %s", c.name, c.in, got, c.want)
		}
	}
}

// TestAppendAgent holds the short way to what AppendHeader does.
func TestAppendAgent(t *testing.T) {
	p, name := testPolicy(t), []byte("User-Agent")
	own, err := Compile(Spec{
		Surfaces: map[string]SurfaceSpec{"log": {}, "rule": {Fields: map[string]string{"user_agent": "drop"}}},
		Fields:   map[string]FieldsSpec{"tagged": {Fields: []FieldSpec{{Header: "user-agent", Kind: "id"}}}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []*Fields{nil, p.Fields("any"), p.Fields("named"), own.Fields("tagged"), own.Fields("any")} {
		for _, s := range []*Surface{p.mustSurface(t, "log"), own.mustSurface(t, "log"), own.mustSurface(t, "rule")} {
			for _, in := range []string{"", "sdk/1", "Mozilla/5.0 Chrome/120.0.6099.129", "to=306912345678", "to=77", `{"to":"x"}`, "+306912345678", "203.0.113.7",
				"ada@example.com", "x%3dy", strings.Repeat("sdk ", 50) + "+306912345678"} {
				var got, want Tally
				a, h := s.AppendAgent(Masked{}, f, []byte(in), &got), s.AppendHeader(Masked{}, f, name, []byte(in), &want)
				if string(a.Bytes()) != string(h.Bytes()) || got != want {
					t.Errorf("%s\n got %s\nwant %s", in, a.Bytes(), h.Bytes())
				}
			}
		}
	}
}

func TestAppendAddr(t *testing.T) {
	for _, c := range []struct{ surface, in, want string }{
		{"log", "203.0.113.45", "203.0.113.x"},
		{"log", "2001:db8:1:2::3", "2001:db8:1:x"},
		{"log", "2001::7", "2001:0:0:x"},
		{"log", "::ffff:203.0.113.45", "203.0.113.x"},
		{"log", "fe80::1%eth0", "fe80:0:0:x"},
		{"log", "127.0.0.1", "127.0.0.1"},
		{"log", "::1", "::1"},
	} {
		got := testSurface(t, c.surface).AppendAddr(Masked{}, netip.MustParseAddr(c.in), nil)
		if string(got.Bytes()) != c.want {
			t.Errorf("%s: got %s, want %s", c.in, got.Bytes(), c.want)
		}
	}
	if got := testSurface(t, "log").AppendAddr(Masked{}, netip.Addr{}, nil); string(got.Bytes()) != "redacted_ip" {
		t.Errorf("no address: got %s", got.Bytes())
	}
}

// TestLineThatPanics takes the keys away, so that every line with a finding fails.
func TestLineThatPanics(t *testing.T) {
	whole := testSurface(t, "log")
	s := &Surface{log: whole.log, scanner: whole.scanner, rules: whole.rules}
	before := MakeMasked(64).AppendConst("before ")
	var n Tally
	if out, ok := s.AppendLine(before, []byte("to=447700900123"), &n); ok || string(out.Bytes()) != "before " {
		t.Errorf("got %q, %v", out.Bytes(), ok)
	}
	out, failed := s.AppendLines(before, []byte("a@b.co\n\nto=447700900123\nlast"), &n)
	const want = "before redacted_line\n\nredacted_line\nlast"
	if string(out.Bytes()) != want || failed != 2 {
		t.Errorf("got %q, %d failed", out.Bytes(), failed)
	}
	if n != (Tally{}) {
		t.Error("what failed was counted")
	}
}

// TestNumberAheadOfNetwork has numbers that could go on in the partial mask behind them.
func TestNumberAheadOfNetwork(t *testing.T) {
	s := testSurface(t, "mask")
	for _, network := range []string{"20.0.113.x", "203.0.113.x", "2001:db8:1:x"} {
		for _, number := range []string{"+30 691 234 567", "+49 30 1234", "+49 30 123456", "+30 691 234 5678", "+306912345678"} {
			in := number + " " + network
			got := string(s.AppendText(Masked{}, []byte(in), nil).Bytes())
			if !strings.HasSuffix(got, "redacted_phone "+network) {
				t.Errorf("%s: %s", in, got)
			}
		}
	}
}
