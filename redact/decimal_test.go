package redact

import (
	"bytes"
	"testing"
)

// decimalNumbers are numbers that a program wrote with a point or an exponent.
var decimalNumbers = []surfaceCase{
	{`{"to":306912345678.0}`, `{"to":"redacted_phone"}`},
	{`{"msisdn":3.06912345678e11}`, `{"msisdn":"redacted_phone"}`},
	{`{"phones":[306912345678.00,3.06912345678E+11]}`, `{"phones":["redacted_phone","redacted_phone"]}`},
	{`{"from":1732347554.125,"to":1.5}`, `{"from":1732347554.125,"to":1.5}`},
	{`a=b to=306912345678.0`, `a=b to=redacted_phone`},
}

func TestNumbersWithPointOrExponent(t *testing.T) {
	s := testSurface(t, "mask")
	for _, c := range decimalNumbers {
		got, _ := s.AppendLine(Masked{}, []byte(c.in), nil)
		if string(got.Bytes()) != c.want {
			t.Errorf("%s\n got  %s\n want %s", c.in, got.Bytes(), c.want)
		}
	}
	s = testSurface(t, "log")
	f := testPolicy(t).Fields("any")
	want := s.AppendJSON(Masked{}, f, []byte(`{"to":"306912345678"}`), nil)
	for _, in := range []string{`{"to":306912345678.0}`, `{"to":3.06912345678e11}`} {
		if got := s.AppendJSON(Masked{}, f, []byte(in), nil); !bytes.Equal(got.Bytes(), want.Bytes()) {
			t.Errorf("%s\n got  %s\n want %s", in, got.Bytes(), want.Bytes())
		}
	}
}
