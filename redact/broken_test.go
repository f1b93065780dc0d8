package redact

import (
	"bytes"
	"strings"
	"testing"
)

// cutLines are lines of logs that a limit of the logger, or an unlucky writer, has cut or broken.
var cutLines = []surfaceCase{
	{`{"to":"306912345678`, `{"to":"redacted_phone`},
	{`{"msisdn": "306912345678`, `{"msisdn": "redacted_phone`},
	{`{"recipients":["306912345678","306912345679`, `{"recipients":["redacted_phone","redacted_phone`},
	{`{"to":[306912345678,x,"306912345679"],"id":"20261123071501"}`, `{"to":["redacted_phone",x,"redacted_phone"],"id":"20261123071501"}`},
	{`{"mobile":{"value":"306912345678`, `{"mobile":{"value":"redacted_phone`},
	{`{"recipientCountries":{"306912345678`, `{"recipientCountries":{"redacted_phone`},
	{`{"ip":203.0.113.45,"a":1}`, `{"ip":redacted_ip,"a":1}`},
	{`{"to":3069 1234 5678,"x":2}`, `{"to":redacted_phone,"x":2}`},
	{`{"pin":1234 56}`, `{"pin":redacted_secret}`},
	{`{"recipients":[{"msisdn":"306912345678","text":"see you`, `{"recipients":[{"msisdn":"redacted_phone","text":"redacted_text`},
}

func TestNumbersInBrokenLines(t *testing.T) {
	s := testSurface(t, "mask")
	for _, c := range cutLines {
		for range 2 {
			got, ok := s.AppendLine(Masked{}, []byte(c.in), nil)
			if !ok || string(got.Bytes()) != c.want {
				t.Errorf("%s\n got  %s\n want %s", c.in, got.Bytes(), c.want)
			}
		}
	}
}

// TestLinesAreMaskedOneByOne holds the masking of many lines together to that of each line: what stands in one line must
// not change the next.
func TestLinesAreMaskedOneByOne(t *testing.T) {
	s := testSurface(t, "mask")
	all := []string{
		"call me on +30", "6912345678", "to:", "306912345678", "tel", "call 6912345678", "me@", "example.com", "203.0.113.", "7",
		`msg="+30`, `6912345678"`, "to=", "\r", "%2", "B306912345678", `\u002`, "b306912345678", "", " ", "\x00", "\xff\xfe", "(+30)\r",
		`{"to":"306912345678"}` + "\r", "a=b to=306912345678\r", `at 7 {"to":"306912345678`, `call {"a":1} 6912345678`, "+30 \v691", "2345678", "2345678\f+30", "&#4", "3;306912345678",
	}
	for _, a := range all {
		for _, b := range all {
			lines := a + "\n" + b + "\n" + a
			var want []string
			for line := range strings.SplitSeq(lines, "\n") {
				out, _ := s.AppendLine(Masked{}, []byte(line), nil)
				want = append(want, string(out.Bytes()))
			}
			got, failed := s.AppendLines(Masked{}, []byte(lines), nil)
			if failed > 0 || !bytes.Equal(got.Bytes(), []byte(strings.Join(want, "\n"))) {
				t.Errorf("%q\n together   %q\n one by one %q", lines, got.Bytes(), want)
			}
		}
	}
}

// TestBrokenLinesRevealNothing cuts documents everywhere, and puts what is no JSON everywhere but into names: a member whose
// name cannot be read is any text.
func TestBrokenLinesRevealNothing(t *testing.T) {
	docs := []string{
		`{"level":"info","to":"306912345678","body":"hidden words"}`,
		`{"a":{"recipients":["306912345678",306912345678],"x":1},"pin":"hidden"}`,
		`{"recipients":[{"msisdn":306912345678,"first_name":"hidden"},{"phone":"306912345678"}]}`,
		`{"mobile":{"value":"306912345678"},"text":["hidden",{"x":"hidden"}],"password":"hidden"}`,
		`{"recipientCountries":{"306912345678":"GR"},"e":"ada@example.com","arguments":{"a":["hidden"]}}`,
	}
	junk := []string{"", ",", "{", "[", ":", " \x00", "\xff", "\\", "'", ",,", "\n", "//"}
	for _, name := range []string{"mask", "log", "drop"} {
		s := testSurface(t, name)
		for _, doc := range docs {
			for at := range doc {
				for _, j := range junk {
					in := doc[:at] + j + doc[at:]
					if j == "" {
						in = doc[:at]
					}
					if j != "" && !sameNames(doc, in) {
						continue
					}
					got := string(s.AppendJSON(Masked{}, nil, []byte(in), nil).Bytes())
					if strings.Contains(got, "hidden") || strings.Contains(got, "06912345678") || strings.Contains(got, "ada@example.com") {
						t.Errorf("%s\n in  %q\n got %q", name, in, got)
					}
				}
			}
		}
	}
}

// sameNames reports whether all names of doc, with the first byte of their values, stand in broken too.
func sameNames(doc, broken string) bool {
	for i := range doc {
		if doc[i] != ':' {
			continue
		}
		start := strings.LastIndexByte(doc[:i-1], '"')
		if !strings.Contains(broken, doc[start:i+2]) {
			return false
		}
	}
	return true
}
