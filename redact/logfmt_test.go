package redact

import "testing"

// unquotedValues are values of more than one word, as writers of logs who forget the quotes put them.
var unquotedValues = []surfaceCase{
	{`level=info authorization=Bearer abc.def.ghi x=1`, `level=info authorization=redacted_secret x=1`},
	{`level=info body=hello there you x=1`, `level=info body=redacted_text x=1`},
	{`level=info body={"a":"secret one"} x=1`, `level=info body=redacted_text x=1`},
	{`level=info body='secret words' to='306912345678'`, `level=info body=redacted_text to='redacted_phone'`},
	{`level=info first_name=Maria Anna`, `level=info first_name=redacted_name`},
	{`level=info password=abc"def ghi" x=1`, `level=info password=redacted_secret x=1`},
	{`level=info route=sms sent to somebody x=1`, `level=info route=sms sent to somebody x=1`},
}

func TestUnquotedValuesOfLogfmt(t *testing.T) {
	s := testSurface(t, "mask")
	for _, c := range unquotedValues {
		got, _ := s.AppendLine(Masked{}, []byte(c.in), nil)
		if string(got.Bytes()) != c.want {
			t.Errorf("%s\n got  %s\n want %s", c.in, got.Bytes(), c.want)
		}
	}
}
