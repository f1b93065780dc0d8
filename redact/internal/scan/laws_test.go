package scan

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// scanners are the rules that the laws are held against.
var scanners = []Options{
	{},
	{Regions: []string{"GR", "GB"}},
	{Profile: Message},
	{Profile: Message, Regions: []string{"US"}},
}

// checkSpans holds findings to their bounds, their order and their lines.
func checkSpans(t *testing.T, text string, found []Finding) {
	t.Helper()
	floor := 0
	for _, f := range found {
		if f.Start < floor || f.End <= f.Start || f.End > len(text) {
			t.Fatalf("%q: span %d:%d behind %d", text, f.Start, f.End, floor)
		}
		if bytes.IndexByte([]byte(text[f.Start:f.End]), '\n') >= 0 {
			t.Fatalf("%q: span %d:%d holds a line break", text, f.Start, f.End)
		}
		if f.Kind == None || f.Tier == NoTier || f.Reason.String() == "" {
			t.Fatalf("%q: span %d:%d has no kind, tier or reason", text, f.Start, f.End)
		}
		floor = f.End
	}
}

// byLine scans each line of a text for itself.
func byLine(s *Scanner, text string, key Key) []Finding {
	var all []Finding
	at := 0
	for line := range bytes.Lines([]byte(text)) {
		for _, f := range findings(s, string(line), key) {
			f.Start += at
			f.End += at
			all = append(all, f)
		}
		at += len(line)
	}
	return all
}

func checkLaws(t *testing.T, text string) {
	t.Helper()
	for _, o := range scanners {
		s := mustNew(t, o)
		for _, key := range []Key{KeyNone, KeyPhone, KeyName} {
			found := findings(s, text, key)
			checkSpans(t, text, found)
			if lines := byLine(s, text, key); key != KeyName && !slices.Equal(found, lines) {
				t.Fatalf("%q: whole %+v, by line %+v", text, found, lines)
			}
			for _, f := range found {
				f.AppendCanonical(nil, []byte(text))
			}
			for _, m := range s.Misses([]byte(text), key) {
				if m.Start < 0 || m.End > len(text) || m.End < m.Start || m.Reason.String() == "" {
					t.Fatalf("%q: miss %+v", text, m)
				}
			}
		}
	}
}

func TestPrefixes(t *testing.T) {
	for _, table := range tables {
		for _, test := range table.cases {
			raw, _ := unmark(test.text)
			for i := range len(raw) + 1 {
				checkLaws(t, raw[:i])
				checkLaws(t, raw[i:])
				checkLaws(t, raw[:i]+"\n"+raw[i:])
			}
		}
	}
}

func FuzzLaws(f *testing.F) {
	for _, table := range tables {
		for _, test := range table.cases {
			raw, _ := unmark(test.text)
			f.Add(raw)
			f.Add(raw + "\n" + raw)
		}
	}
	f.Fuzz(checkLaws)
}

// anchors is the filter the slow and obvious way.
func anchors(t []byte, least int, names *Names) []int {
	var at []int
	run := 0
	for i, b := range t {
		switch {
		case b >= '(' && b <= '9' || b == ' ':
			if run++; run >= least {
				at = append(at, i)
			}
			continue
		case b == '=' && names != nil && (i < 2 || !names.Has(t, i, false)):
		case b == '@' || b == ':' || b == '=' || b == '\\' || b == '%' || b == '&' || b >= 0xc0:
			at = append(at, i)
		}
		run = 0
	}
	return at
}

func checkFilter(t *testing.T, text []byte) {
	t.Helper()
	sameAnchors(t, text)
	for least, five := range map[int]bool{7: false, 5: true} {
		for _, names := range []*Names{nil, &noNames, someNames} {
			var got []int
			f := filter{five: five, names: names}
			f.start(text, 0)
			for i := f.next(0); i < len(text); i = f.next(i + 1) {
				got = append(got, i)
			}
			if want := anchors(text, least, names); !slices.Equal(got, want) {
				t.Fatalf("%q: got %v, want %v", text, got, want)
			}
		}
	}
}

func TestFilterBytes(t *testing.T) {
	for b := range 256 {
		checkFilter(t, bytes.Repeat([]byte{byte(b)}, 150))
		for n := range shortText + 1 {
			checkFilter(t, append(bytes.Repeat([]byte{'7'}, n), byte(b), '7', '7', '7', '7', '7', '7', '7', byte(b)))
		}
		checkFilter(t, append(bytes.Repeat([]byte{'7'}, 60), byte(b), '7', '7', '7', '7', '7', '7', '7', byte(b)))
	}
}

func FuzzFilter(f *testing.F) {
	for _, table := range tables {
		for _, test := range table.cases {
			f.Add([]byte(test.text + test.text + test.text))
		}
	}
	f.Add([]byte("pin=1 a=2 tax_id=3 Password=4 to=5 %5D=6 =7 n=to=8"))
	f.Fuzz(checkFilter)
}

// checkWhole holds the finding that a text is as a whole to the one that is found in it.
func checkWhole(t *testing.T, text []byte) {
	t.Helper()
	for _, o := range []Options{{}, {Regions: []string{"GR"}}, {Profile: Message, Regions: []string{"GR"}}} {
		s := mustNew(t, o)
		if k := s.WholeKind(text); k != None {
			checkFound(t, s, text, s.Whole(k, text))
		}
		for _, plus := range []string{"+", "%2B", "%2b"} {
			escaped := bytes.Replace(text, []byte("+"), []byte(plus), 1)
			f, ok := s.WholePhone(escaped, false)
			if digits, region, plain := s.PlainPhone(escaped); plain {
				if canonical := f.AppendCanonical(nil, escaped); !ok || region != f.Region || !bytes.Equal(canonical, digits) {
					t.Fatalf("%q: plainly %s in %s, as a whole %+v", escaped, digits, region, f)
				}
			}
			if ok {
				checkFound(t, s, escaped, f)
				f.Region, f.Digits, f.NumDigits = 0, 0, 0
				if spans, _ := s.WholePhone(escaped, true); spans != f {
					t.Fatalf("%q: as a span %+v", escaped, spans)
				}
			} else if s.WholeKind(text) == Phone {
				t.Fatalf("%q is one, and %q none", text, escaped)
			}
		}
	}
}

func checkFound(t *testing.T, s *Scanner, text []byte, f Finding) {
	t.Helper()
	for _, key := range []Key{KeyNone, KeyPhone} {
		if found := findings(s, string(text), key); len(found) != 1 || found[0] != f {
			t.Fatalf("%q: as a whole %+v, within it %+v", text, f, found)
		}
	}
}

func TestWhole(t *testing.T) {
	digits := "306912345678901"
	for code := range 1000 {
		for n := 3; n <= len(digits); n++ {
			checkWhole(t, fmt.Appendf(nil, "+%d%s", code, digits[:n]))
		}
		checkWhole(t, fmt.Appendf(nil, "%d.%d.0.%d", code, code/4, code%7))
	}
	for _, text := range []string{"+306912345678", "203.0.113.7", "203.000.113.007"} {
		if mustNew(t, Options{}).WholeKind([]byte(text)) == None {
			t.Errorf("%s is none", text)
		}
	}
	for _, text := range []string{"+306912345678 ", "306912345678", "+0306912345678", "+999123456789", "1.2.3.4.5", "127.0.0.1", "127.000.000.001", "203.0.113.07", "0.0.0.0", ""} {
		if mustNew(t, Options{}).WholeKind([]byte(text)) != None {
			t.Errorf("%s is one", text)
		}
	}
}

// TestJustDigits holds what is told of digits alone to what is found in them: nothing.
func TestJustDigits(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	begins := []string{"", "30691", "4477009", "1202555", "2026112", "17323", "0030691", "9", "2103", "0x1", "5 6"}
	var all []*Scanner
	for _, o := range scanners {
		all = append(all, mustNew(t, o))
	}
	for range 20_000 {
		text := []byte(begins[random.IntN(len(begins))])
		for range random.IntN(24) {
			text = append(text, byte('0'+random.IntN(10)))
		}
		for _, s := range all {
			if !s.JustDigits(text) {
				continue
			}
			if found := findings(s, string(text), KeyNone); s.profile == Message || len(found) > 0 {
				t.Fatalf("%s: %+v", text, found)
			}
		}
	}
	s := mustNew(t, Options{})
	for text, want := range map[string]bool{"1": true, "20261123071501": true, "306912345678": true, "0030691": false, "": false, "12a": false, "1 2": false} {
		if got := s.JustDigits([]byte(text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestCanonical(t *testing.T) {
	for _, test := range []struct {
		want    string
		regions []string
		texts   []string
	}{
		{"306912345678", []string{"GR"}, []string{"+306912345678", "+30 (0) 6912345678", "00306912345678", "to=011306912345678", "to=306912345678",
			"to=6912345678", "to=%2B306912345678", "tel 691 234 5678", "＋306912345678", "+30-691-234-5678"}},
		{"447700900123", []string{"GR", "GB"}, []string{"+447700900123", "+44 (0) 7700 900-123", "to=447700900123", "00447700900123", "to=07700900123", "+4407700900123"}},
		{"12025550123", []string{"US"}, []string{"+12025550123", "(202) 555-0123", "1-202-555-0123 x12", "to=2025550123"}},
		{"302101234567", nil, []string{"+30 (0) 210 123 4567", "+30(0)2101234567", "to=302101234567", "to=00302101234567"}},
		{"6912345678", nil, []string{"to=6912345678"}},
		{"Ada@example.com", nil, []string{"Ada@EXAMPLE.com", "Ada%40example.com", `Ada\u0040Example.com`, "Ada%2540example.com", "Ada&#64;example.com"}},
		{"2001:db8::1", nil, []string{"2001:0DB8:0:0::1", "2001:db8::1%eth0", "[2001:db8::0001]:80", "2001%3Adb8%3A%3A1"}},
		{"203.0.113.5", nil, []string{"203.0.113.5:80", "::ffff:203.0.113.5", "203%2E0%2E113%2E5"}},
		{"10.0.0.0/8", nil, []string{"10.0.0.0/8"}},
	} {
		s := mustNew(t, Options{Profile: Message, Regions: test.regions})
		for _, text := range test.texts {
			found := findings(s, text, KeyNone)
			if len(found) != 1 {
				t.Errorf("%s: %d findings", text, len(found))
				continue
			}
			if got := string(found[0].AppendCanonical(nil, []byte(text))); got != test.want {
				t.Errorf("%s: got %q, want %q", text, got, test.want)
			}
		}
	}
}

func TestAllocations(t *testing.T) {
	text := []byte(`2026-11-23T07:15:01Z to=306912345678 from=%2B447700900123 ip=2001:db8::1 203.0.113.5 mail=ada%40example.com tel 07700 900456` + "\n")
	s := mustNew(t, Options{Profile: Message, Regions: []string{"GB"}})
	dst := make([]byte, 0, 256)
	found := 0
	if n := testing.AllocsPerRun(200, func() {
		c := s.Scan(text, KeyNone)
		for c.Next() {
			found++
			dst = c.Finding.AppendCanonical(dst[:0], text)
		}
		c.Close()
	}); n != 0 && !raceEnabled {
		t.Errorf("%v allocations", n)
	}
	if found != 6*201 {
		t.Errorf("%d findings", found)
	}
}

func TestMisses(t *testing.T) {
	for text, want := range map[string]Reason{
		"2012-01-02 08:00": vetoDate, "4111 1111 1111 1111": vetoCard, "4111 1111 1111 1112": vetoCard, "1732347554123": vetoEpoch, "duration=12345678": vetoNothing,
		"version 8.5.1.2": vetoVersion, "45+31-339243873": vetoArithmetic,
	} {
		misses := mustNew(t, Options{}).Misses([]byte(text), KeyNone)
		if !slices.ContainsFunc(misses, func(m Miss) bool { return m.Reason == want }) {
			t.Errorf("%s: got %v, want %v", text, misses, want)
		}
	}
}

// TestNoCards holds numbers side by side to being none of a card, whose first digit says whose card it is.
func TestNoCards(t *testing.T) {
	c := mustNew(t, Options{Profile: Message}).Scan([]byte("call 9123 4567 9234 5678"), KeyNone)
	defer c.Close()
	if !c.Next() {
		t.Error("nothing found")
	}
}
