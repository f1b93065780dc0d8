package redact

import (
	"bytes"
	"strings"
	"testing"
)

// TestCapturesReadNothingAsNames holds captures to showing nothing of what stands where names stand, or where there are none, unless
// it has the form of a name.
func TestCapturesReadNothingAsNames(t *testing.T) {
	p, s := capturePolicy(t)
	for _, c := range []struct {
		format Format
		in     string
		keeps  string // what stays all the same
	}{
		{Form, "Dear Ada Lovelace, your code is 4821", ""},
		{Form, "Dear Ada Lovelace, 2 = 1+1 & your code is 4821", ""},
		{Form, "<sms><firstName>Ada</firstName><text>Hi=Lovelace</text></sms>", ""},
		{Form, `"Dear Ada"`, ""},
		{Form, "Ada", ""},
		{Form, "QWRhIExvdmVsYWNl", ""},
		{Form, "%7B%22firstName%22%3A%22Ada%22%7D=&n=1", "&n=1"},
		{Form, "Dear+Ada&firstName=Ada&user.to[0]=306912345678&debug", "firstName= user.to[0]= &debug"},
		{JSON, `"Dear Ada Lovelace"`, ""},
		{JSON, `["Dear Ada",["Lovelace",306912345678],{"kept":"word"}]`, `"kept":"word"`},
		{JSON, `306912345678`, ""},
		{Multipart, "--B\r\nContent-Disposition: form-data; name=\"Dear Ada, 4821\"\r\nContent-Type: application/pdf; name=\"Ada.pdf\"\r\n\r\nDear Ada\r\n--B--\r\n",
			"Content-Type: application/pdf\r\n"},
		{Multipart, "--B\r\nContent-Disposition: form-data; name=\"to[0]\"\r\nContent-Type: Ada Lovelace\r\n\r\nx\r\n--B--\r\n", `name="to[0]"`},
	} {
		out, ok := s.AppendBody(Masked{}, p.Fields("any"), c.format, []byte("B"), []byte(c.in), nil)
		t.Logf("%s\n%s", c.in, out.Bytes())
		if !ok || c.format != Multipart && out.Len() != len(c.in) {
			t.Errorf("%s became %s", c.in, out.Bytes())
		}
		for _, needle := range []string{"Ada", "ovelace", "4821", "6912345678", "QWRh"} {
			if bytes.Contains(out.Bytes(), []byte(needle)) {
				t.Errorf("%s is in %s", needle, out.Bytes())
			}
		}
		for word := range strings.FieldsSeq(c.keeps) {
			if !bytes.Contains(out.Bytes(), []byte(word)) {
				t.Errorf("%s is not in %s any more", word, out.Bytes())
			}
		}
	}
	if got := string(s.AppendQuery(Masked{}, p.Fields("any"), []byte(`wsdl&{"firstName":"Ada"}&Dear+Ada`), nil).Bytes()); strings.Contains(got, "Ada") ||
		!strings.HasPrefix(got, "wsdl&{") {
		t.Errorf("the query became %s", got)
	}
}

// TestSurrogatesOfDecimals gives a number that a program wrote with a point or an exponent the surrogate of the same number.
func TestSurrogatesOfDecimals(t *testing.T) {
	p, s := capturePolicy(t)
	want := ""
	for _, in := range []string{`{"to":306912345678}`, `{"to":306912345678.0}`, `{"to":3.06912345678E11}`, `{"to":3.06912345678e+11}`} {
		out, ok := s.AppendBody(Masked{}, p.Fields("any"), JSON, nil, []byte(in), nil)
		got := string(out.Bytes())
		if want == "" {
			want = got
		}
		if !ok || got != want {
			t.Errorf("%s became %s, and not %s", in, got, want)
		}
	}
}

// TestCapturesFillParts fills every part of a multipart body with x that is said to be something else than text or a value.
func TestCapturesFillParts(t *testing.T) {
	p, s := capturePolicy(t)
	for contentType, shown := range map[string]bool{
		"": true, "text/plain": true, "Text/Plain; charset=utf-8": true, "application/json": true, "application/vnd.api+json": true, "text": false,
		"text/csv": false, "text/vcard; charset=utf-8": false, "message/rfc822": false, "multipart/mixed; boundary=c": false, "application/xml": false,
	} {
		head := ""
		if contentType != "" {
			head = "Content-Type: " + contentType + "\r\n"
		}
		in := "--B\r\nContent-Disposition: form-data; name=\"note\"\r\n" + head + "\r\nAda, Lovelace\r\n--B--\r\n"
		out, ok := s.AppendBody(Masked{}, p.Fields("any"), Multipart, []byte("B"), []byte(in), nil)
		if !ok || bytes.Contains(out.Bytes(), []byte("Ada")) != shown || bytes.Contains(out.Bytes(), []byte("\r\nxxxxxxxxxxxxx\r\n")) == shown {
			t.Errorf("%q: %s", contentType, out.Bytes())
		}
	}
}
