package bench

import (
	"slices"
	"testing"
)

var referenceCases = []struct {
	text string
	want []Span
}{
	{"", nil},
	{"call +306912345678 now", []Span{{5, 18, "phone"}}},
	{`{"to":"+306912345678"}`, []Span{{7, 20, "phone"}}},
	{"a@b.co, <me@example.org>", []Span{{9, 23, "email"}}},
	{"from 203.0.113.9 and 127.0.0.1", []Span{{5, 16, "ip"}}},
	{"2001:db8:0:0:0:0:0:1 left", []Span{{0, 20, "ip"}}},
	{"1.2.3.4.5 +3069 12:34:56 x+306912345678", nil},
}

func TestReference(t *testing.T) {
	for _, test := range referenceCases {
		if got := Reference(test.text); !slices.Equal(got, test.want) {
			t.Errorf("%q: got %v, want %v", test.text, got, test.want)
		}
	}
}
