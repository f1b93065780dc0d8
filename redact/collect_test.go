package redact

import (
	"encoding/json"
	"strings"
	"testing"
)

var collectCases = []struct {
	route    string
	format   Format
	in, want string
}{
	{"any", JSON, `{"body":"Hi Ada, your code is 482193","to":"+306912345678","from":"ACME","flash":false,"label":"otp"}`,
		`"body":"redacted_text","body_length":27,"body_encoding":"gsm7","body_parts":1,"to":"phone_GR_k1_","from":"ACME"`},
	{"any", JSON, `{"to":["+306912345678","447700900123"],"reminder":{"to":["12025550123"]},"x":[{"to":null}]}`,
		`"to":["phone_GR_k1_","phone_ZZ_k1_","phone_US_k1_"],"to_count":3`},
	{"any", JSON, `{"flow":[{"to":"447700900123","message":{"text":"Γεια 😀"}},{"to":{"phone":"447700900123"},"message":{"body":"b","label":"x"}}]}`,
		`"to":"phone_ZZ_k1_","text":"redacted_text","text_length":6,"text_encoding":"ucs2","text_parts":1,` +
			`"phone":"phone_ZZ_k1_","body":"redacted_text","body_length":1,"body_encoding":"gsm7","body_parts":1`},
	{"any", JSON, `{"to":["1","2","3","4","5","6","7","8","9","10"]}`,
		`"to":["redacted_phone","redacted_phone","redacted_phone","redacted_phone","redacted_phone","redacted_phone","redacted_phone","redacted_phone"],"to_count":10`},
	{"any", JSON, `{"to":[{"name":"Ada","address":"ada@example.com"}],"from":{"name":"ACME"}}`,
		`"to.name":"redacted_name","to.address":"email_k1_"`},
	{"in", JSON, `{"from":"ada","to":"ACME"}`, `"from":"redacted_phone","to":"ACME"`},
	{"any", JSON, `{"from":"a\"b"}`, `"from":"a\"b"`},
	{"any", JSON, `{"to":"447700900123","bo`, `"to":"phone_ZZ_k1_"`},
	{"any", JSON, `{"label":"ada@example.com"}`, ``},
	{"any", JSON, ``, ``},
	{"any", Form, `To=%2B306912345678&From=ACME+%22Shop%22&Body=Hi%20Ada&x=ada%40example.com`,
		`"to":"phone_GR_k1_","from":"ACME \"Shop\"","body":"redacted_text","body_length":6,"body_encoding":"gsm7","body_parts":1`},
	{"any", Form, `to=a&to=b`, `"to":["redacted_phone","redacted_phone"],"to_count":2`},
	{"any", Multipart, "--B\r\nContent-Disposition: form-data; name=\"to\"\r\n\r\n447700900123\r\n" +
		"--B\r\nContent-Disposition: form-data; name=\"body\"; filename=\"x\"\r\n\r\nAda\r\n--B--\r\n", `"to":"phone_ZZ_k1_"`},
	{"any", Text, `to=447700900123`, ``},
	{"any", Unread, `to=447700900123`, ``},
	{"named", JSON, `{"flow":[{"to":"447700900123"},{"to":"447700900123"}],"a b":"x","list":["n","n"],"body":"b"}`,
		`"flow[*].to":["phone_ZZ_k1_","phone_ZZ_k1_"],"flow[*].to_count":2,` +
			`"[\"a b\"]":"redacted_text","[\"a b\"]_length":1,"[\"a b\"]_encoding":"gsm7","[\"a b\"]_parts":1,"list[1]":"redacted_name"`},
	{"named", Form, `who=447700900123&to=447700900123`, `"Who":"phone_ZZ_k1_"`},
}

func TestAppendFields(t *testing.T) {
	p := testPolicy(t)
	s := p.mustSurface(t, "log")
	for range 2 {
		for _, c := range collectCases {
			got := shorten(string(s.AppendFields(Masked{}, p.Fields(c.route), c.format, []byte("B"), []byte(c.in), nil).Bytes()))
			if got != c.want {
				t.Errorf("%s\n got %s\nwant %s", c.in, got, c.want)
			}
			if !json.Valid([]byte("{" + got + "}")) {
				t.Errorf("%s: no JSON: %s", c.in, got)
			}
		}
	}
}

// TestAppendFieldsMeasuresEachTime: a value that stands beside texts of its name is measured like them, and has not the length of
// what another body had there.
func TestAppendFieldsMeasuresEachTime(t *testing.T) {
	spec := testSpec()
	spec.Fields["labelled"] = FieldsSpec{Fields: []FieldSpec{{JSON: "$.label", Kind: "text"}}}
	p, err := Compile(spec, testKeyring(t))
	if err != nil {
		t.Fatal(err)
	}
	s, f := p.mustSurface(t, "lax"), p.Fields("labelled")
	for _, n := range []string{"", "abc", "abcdefgh"} {
		s.AppendFields(Masked{}, f, JSON, nil, []byte(`{"label":["a","`+n+`"]}`), nil)
		got := s.AppendFields(Masked{}, f, JSON, nil, []byte(`{"label":"a","x":{"label":"ab"}}`), nil)
		if !strings.Contains(string(got.Bytes()), `"label_length":[1,2]`) {
			t.Errorf("behind a text of %d: %s", len(n), got.Bytes())
		}
	}
}

func TestAppendFieldsCountsWhatItDoesNotShow(t *testing.T) {
	p := testPolicy(t)
	s := p.mustSurface(t, "log")
	for _, c := range []struct {
		in          string
		kind        Kind
		act         Action
		want        uint32
		alsoIn      string
		alsoKind    Kind
		alsoCounted uint32
	}{
		{in: `{"to":[` + strings.Repeat(`"447700900123",`, 99) + `"447700900123"]}`, kind: KindPhone, act: Token, want: 100},
		{in: `{"label":"ada@example.com"}`, kind: KindEmail, act: Token, want: 1},
		{in: `{"ada@example.com":1}`, kind: KindEmail, act: Token, want: 1},
		{in: `{"a":1,} ada@example.com`, kind: KindEmail, act: Token, want: 1},
		{in: `{"body":"Hi ada@example.com"}`, kind: KindText, act: Mask, want: 1},
	} {
		var n Tally
		s.AppendFields(Masked{}, p.Fields("any"), JSON, nil, []byte(c.in), &n)
		if got := n.Count(c.kind, c.act); got != c.want {
			t.Errorf("%.60s: %d of %v %v, want %d", c.in, got, c.kind, c.act, c.want)
		}
	}
}

// TestManyNamesAreBounded holds the shown fields to a number, and the tally to all.
func TestManyNamesAreBounded(t *testing.T) {
	spec := testSpec()
	var fields []FieldSpec
	var in strings.Builder
	for i := range 3 * maxSlots {
		name := "f" + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + string(rune('a'+i/26))
		fields = append(fields, FieldSpec{Form: name, Kind: "name"})
		in.WriteString(name + "=Ada&")
	}
	spec.Fields["many"] = FieldsSpec{Fields: fields}
	p, err := Compile(spec, testKeyring(t))
	if err != nil {
		t.Fatal(err)
	}
	var n Tally
	out := p.mustSurface(t, "log").AppendFields(Masked{}, p.Fields("many"), Form, nil, []byte(in.String()), &n)
	if got := strings.Count(string(out.Bytes()), "redacted_name"); got != maxSlots {
		t.Errorf("%d fields shown, want %d", got, maxSlots)
	}
	if got := n.Count(KindName, Mask); got != 3*maxSlots {
		t.Errorf("%d fields counted, want %d", got, 3*maxSlots)
	}
}

func TestSizeOf(t *testing.T) {
	for _, c := range []struct {
		text string
		want messageSize
	}{
		{"", messageSize{0, 1, false}},
		{"Hi Ada, your code is 482193", messageSize{27, 1, false}},
		{strings.Repeat("a", 160), messageSize{160, 1, false}},
		{strings.Repeat("a", 161), messageSize{161, 2, false}},
		{strings.Repeat("a", 306), messageSize{306, 2, false}},
		{strings.Repeat("a", 307), messageSize{307, 3, false}},
		{strings.Repeat("€", 80), messageSize{80, 1, false}},
		{strings.Repeat("€", 81), messageSize{81, 2, false}},
		{strings.Repeat("a", 152) + strings.Repeat("€", 76) + "aa", messageSize{230, 3, false}}, // 152, 76 pairs and 1, 1
		{strings.Repeat("я", 70), messageSize{70, 1, true}},
		{strings.Repeat("я", 71), messageSize{71, 2, true}},
		{strings.Repeat("😀", 35), messageSize{35, 1, true}},
		{strings.Repeat("😀", 67), messageSize{67, 3, true}},
		{"`", messageSize{1, 1, true}},
	} {
		if got := sizeOf([]byte(c.text)); got != c.want {
			t.Errorf("%d bytes: got %+v, want %+v", len(c.text), got, c.want)
		}
	}
}

// TestOneAlphabet holds the two uses of the GSM alphabet to each other.
func TestOneAlphabet(t *testing.T) {
	for r := rune(1); r < 0x3000; r++ {
		if got, want := gsmSeptets(r) > 0, isGSM([]byte(string(r))); got != want {
			t.Errorf("%q: %v for its size and %v for its coding", r, got, want)
		}
	}
}
