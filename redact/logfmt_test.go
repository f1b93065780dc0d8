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
	{`level=info to=+30 691 234 5678 status=sent`, `level=info to=redacted_phone status=sent`},
	{`level=info peer=+30 (0) 210 123 4567`, `level=info peer=redacted_phone`},
	{`level=info peer=(+30) 210-123 4567 x=1`, `level=info peer=redacted_phone x=1`},
	{`level=info phone=691 234 5678 x=1`, `level=info phone=redacted_phone x=1`},
	{`to=0044 20 7183 8750 was sent x=1`, `to=redacted_phone was sent x=1`},
	{`level=info MYAPP_PRODUCTION_DATABASE_REPLICATION_USER_PASSWORD=hunter2 x=1`, `level=info MYAPP_PRODUCTION_DATABASE_REPLICATION_USER_PASSWORD=redacted_secret x=1`},
	{`level=info peer=whatsapp:+30 691 234 5678, then x=1`, `level=info peer=whatsapp:redacted_phone, then x=1`},
	{`level=info peers=[+30 6912345678,+30 6912345679] x=1`, `level=info peers=[redacted_phone,redacted_phone] x=1`},
	{`level=info url=https://h.example/?a=1&x=(+30) 691-234-5678&c=2 c=2`, `level=info url=https://h.example/?a=1&x=redacted_phone&c=2 c=2`},
	{`level=info x=5 6=7 8=9`, `level=info x=5 6=7 8=9`},
	{"\ufeffpassword=hunter2 x=1", "\ufeffpassword=redacted_secret x=1"},
	{"\ufeff{ \"password\":\"hunter2\"}", "\ufeff{ \"password\":\"redacted_secret\"}"},
	{`level=info cells=5 10 20 30 took=3 ms 200 x=1`, `level=info cells=5 10 20 30 took=3 ms 200 x=1`},
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
