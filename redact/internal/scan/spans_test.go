package scan

import (
	"slices"
	"strings"
	"testing"
)

// TestScanSpans holds the findings of which nobody asks for the digits to those of which somebody does.
func TestScanSpans(t *testing.T) {
	var all strings.Builder
	for _, table := range tables {
		for _, test := range table.cases {
			raw, _ := unmark(test.text)
			all.WriteString(raw + "\n" + raw + " ")
		}
	}
	text := all.String()
	for _, o := range scanners {
		s := mustNew(t, o)
		for _, key := range []Key{KeyNone, KeyPhone, KeyName} {
			want := findings(s, text, key)
			for i := range want {
				want[i].Region, want[i].Digits, want[i].NumDigits = 0, 0, 0
			}
			var got []Finding
			c := s.ScanSpans([]byte(text), key)
			for c.Next() {
				got = append(got, c.Finding)
			}
			c.Close()
			if !slices.Equal(got, want) {
				t.Errorf("%+v, key %d: got %d findings, want %d", o, key, len(got), len(want))
			}
		}
	}
}
