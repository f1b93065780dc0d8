package bench

import (
	"encoding/json"
	"testing"

	"github.com/piiproxy/piiproxy/redact"
)

// lawSeeds are texts in which values stand beside what is like them.
var lawSeeds = []string{
	"call +306912345678 or ada@example.com at 203.0.113.9",
	`{"to":"+306912345678","n":[1,{"a":"mail ada@example.com now"}],"ip":"2001:db8:0:0:0:0:0:1"}`,
	"to=+306912345678&mail=<ada@example.com> msg=\"from 203.0.113.9\" 12:34:56",
	"+306912345678 +447700900123 +12025550123",
	`{"a":"b@c.de`, "\xff +306912345678 \x00", "a@b@c.de +1+306912345678", "1.2.3.4.5 1.2.3.4 ::1", "{\"+306912345678\":1}",
	"00000000000000)+10000000", "0@example.com 00", "000000A+1000000@example.com",
	"(+306912345678) [203.0.113.9] {ada@example.com} '+4915112345678'",
}

func maskingSurface(t testing.TB) *redact.Surface {
	policy, err := redact.Compile(redact.Spec{Surfaces: map[string]redact.SurfaceSpec{"log": {}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := policy.Surface("log")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// FuzzNothingConfirmedSurvives states the first law: what the slow and obvious detector confirms in a text stands in no
// output of a masking surface, whichever way the text went in.
func FuzzNothingConfirmedSurvives(f *testing.F) {
	for _, seed := range lawSeeds {
		f.Add(seed)
	}
	for _, r := range makeCorpus(3, 40) {
		f.Add(r.text)
	}
	s := maskingSurface(f)
	f.Fuzz(func(t *testing.T, text string) {
		src := []byte(text)
		quoted, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		lines, _ := s.AppendLines(redact.Masked{}, src, nil)
		outputs := map[string]redact.Masked{
			"text":           s.AppendText(redact.Masked{}, src, nil),
			"lines":          lines,
			"JSON":           s.AppendJSON(redact.Masked{}, nil, src, nil),
			"a JSON string":  s.AppendJSON(redact.Masked{}, nil, quoted, nil),
			"a JSON member":  s.AppendJSON(redact.Masked{}, nil, []byte(`{"x":[`+string(quoted)+`]}`), nil),
			"form":           s.AppendForm(redact.Masked{}, nil, src, nil),
			"query":          s.AppendQuery(redact.Masked{}, nil, src, nil),
			"path":           s.AppendPath(redact.Masked{}, nil, src, nil, nil),
			"header":         s.AppendHeader(redact.Masked{}, nil, []byte("X-Custom"), src, nil),
			"untagged field": s.AppendField(redact.Masked{}, redact.Tag{}, src, nil),
		}
		for name, out := range outputs {
			for _, left := range Reference(string(out.Bytes())) {
				t.Errorf("%s: %s survives: %q in %q, out of %q", name, left.Kind, string(out.Bytes())[left.Start:left.End], out.Bytes(), text)
			}
		}
	})
}
