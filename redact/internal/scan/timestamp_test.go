package scan

import (
	"slices"
	"testing"
)

// checkTimestamps holds what passes over times to the rules, which are what looks at them where misses are wanted.
func checkTimestamps(t *testing.T, text string) {
	t.Helper()
	for _, o := range scanners {
		s := mustNew(t, o)
		for _, key := range []Key{KeyNone, KeyPhone, KeyName} {
			var want []Finding
			var misses []Miss
			c := s.Scan([]byte(text), key)
			c.misses = &misses
			for c.Next() {
				want = append(want, c.Finding)
			}
			c.Close()
			if got := findings(s, text, key); !slices.Equal(got, want) {
				t.Fatalf("%q: got %+v, by the rules alone %+v", text, got, want)
			}
		}
	}
}

// timestamps are dates and what is nearly one, among what could be taken for a part of a number with them.
var timestamps = func() (all []string) {
	for _, date := range []string{
		"2026-11-23T10:15:00", "2026-11-23 10:15:00", "1999-12-31T23:59:59", "2099-01-01 00:00:00", "2026-13-23T10:15:00", "2026-11-32T10:15:00",
		"1899-11-23T10:15:00", "2100-11-23T10:15:00", "2026-1a-23T10:15:00", "2026/11/23 10:15:00", "2026-11-23T10:15", "2026-11-23 10:15:00:2001:db8::1",
		"2026-11-23-10:15:00", "2026-11-23 a:1:2:3:4:5:6:7",
	} {
		for _, before := range []string{"", " ", "x", "7", "+", "+30 ", "a:", "to=", "%2B", "tel ", "203.0.113.7 ", "\n", "é"} {
			for _, after := range []string{"", "Z", ".123Z", ".123+02:00", " 6912345678", "+306912345678", ":7", "a", " +306912345678", "%2B306912345678", "@a.example"} {
				all = append(all, before+date+after+" and +306912345678", "a line\n"+before+date+after)
			}
		}
	}
	return all
}()

func TestTimestamps(t *testing.T) {
	for _, text := range timestamps {
		checkTimestamps(t, text)
	}
	for _, table := range tables {
		for _, test := range table.cases {
			raw, _ := unmark(test.text)
			for _, date := range []string{"2026-11-23T10:15:00Z ", "2026-11-23 10:15:00", "2026-11-23T10:15:00.5+"} {
				checkTimestamps(t, date+raw+date)
			}
		}
	}
}

func FuzzTimestamps(f *testing.F) {
	for i, text := range timestamps {
		if i%11 == 0 {
			f.Add(text)
		}
	}
	for _, table := range tables {
		for _, test := range table.cases {
			raw, _ := unmark(test.text)
			f.Add("2026-11-23 10:15:00" + raw + "2026-11-23T10:15:00Z")
		}
	}
	f.Fuzz(checkTimestamps)
}
