package numbering

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
)

// hostile are digits that once were, or well could be, a way into a corner: each is asked for with a calling code and as
// dialled in every region.
var hostile = []string{
	"", "0", "00", "000", "1", "11", "12", "30", "306", "3069", "999", "9999999999", "210", "2101234567",
	"00000000000000000", "000000000000000000", "99999999999999999999", "12345678901234567890123456789012345678901234567890",
	"0011", "00110", "0030", "00300", "0111", "01112", "810", "8107", "81070", "0117", "1481123456", "744481123456",
	"8001234567", "18001234567", "188012345678", "79123456789", "89123456789", "67912345678", "4407400123456",
	"18002074001234", "18002018002074001234", "0037680123456", "00037680123456", "000312345", "0003123456", "81003768090",
	"90411112345678", "0411112345678", "041111234567890", "0111512345678", "91115123456", "541115123456", "54011151234567",
	"183112345678", "6118310412345678", "1100112345678", "19005551234", "15001234567", "12110139123", "106012345", "6891234",
	"\x00\x01\x02", "30a912345678", "+306912345678", "3069123456:8", "٣٠٦٩١٢٣٤٥٦٧٨", "69123456/8", "00/0691234567",
}

func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		digits, region, e164, where string
		typ                         Type
		possible, valid             bool
	}{
		{"306912345678", "", "306912345678", "GR", Mobile, true, true},
		{"306912345678", "GR", "306912345678", "GR", Mobile, true, true},
		{"6912345678", "GR", "306912345678", "GR", Mobile, true, true},
		{"00306912345678", "GR", "306912345678", "GR", Mobile, true, true},
		{"302101234567", "", "302101234567", "GR", FixedLine, true, true},
		{"3069123456", "", "3069123456", "GR", Unknown, false, false},
		{"447700900397", "", "447700900397", "", Unknown, true, false},
		{"4407400123456", "", "447400123456", "GB", Mobile, true, true},
		{"07400123456", "GB", "447400123456", "GB", Mobile, true, true},
		{"447911123456", "", "447911123456", "GG", Mobile, true, true},
		{"12015550123", "", "12015550123", "US", FixedLineOrMobile, true, true},
		{"5550123", "US", "15550123", "", Unknown, true, false},
		{"0111523456789", "AR", "5491123456789", "AR", Mobile, true, true},
		{"80012345678", "", "80012345678", "001", TollFree, true, true},
		{"79123456789", "", "79123456789", "RU", Mobile, true, true},
		{"77710009998", "", "77710009998", "KZ", Mobile, true, true},
		{"2101234567", "", "", "", Unknown, false, false},
	} {
		region, _ := ParseRegion(c.region)
		n := International([]byte(c.digits))
		if region != 0 {
			n = National([]byte(c.digits), region)
		}
		want := verdict{c.e164, c.possible, c.valid, c.where, c.typ}
		if got := ours(n); got != want {
			t.Errorf("%s in %s: got %+v, want %+v", c.digits, region, got, want)
		}
		if n.CallingCode != 0 && int(n.CodeLen) != codeDigits(n.CallingCode) {
			t.Errorf("%s: calling code %d of %d digits", c.digits, n.CallingCode, n.CodeLen)
		}
	}
}

func TestRegions(t *testing.T) {
	var names []string
	for r := range Regions() {
		names = append(names, r.String())
		if back, ok := ParseRegion(r.String()); back != r || !ok {
			t.Errorf("region %s reads back as %s", r, back)
		}
		if r != world && Lengths(r.CallingCode()) == 0 {
			t.Errorf("region %s: no lengths", r)
		}
	}
	if len(names) != len(slices.Compact(names)) || names[len(names)-1] != "001" {
		t.Error("regions are not all different, the world the last")
	}
	for _, s := range []string{"", "gr", "ZZ", "GRE", "G", "00", "0011"} {
		if r, ok := ParseRegion(s); ok || r != 0 {
			t.Errorf("%q is read as region %s", s, r)
		}
	}
	if s := Region(60000).String(); s != "ZZ" || Region(60000).CallingCode() != 0 {
		t.Errorf("a region that is none is %s", s)
	}
	if n := National([]byte("6912345678"), 60000); n != (Number{}) {
		t.Errorf("dialled in no region: %+v", n)
	}
}

func TestCallingCode(t *testing.T) {
	for _, c := range []struct {
		digits string
		code   uint16
		n      int
	}{
		{"", 0, 0}, {"0", 0, 0}, {"1", 1, 1}, {"12", 1, 1}, {"30", 30, 2}, {"3", 0, 0}, {"35", 0, 0}, {"357", 357, 3},
		{"35799", 357, 3}, {"210", 0, 0}, {"8781", 878, 3}, {"999", 0, 0}, {"3a", 0, 0}, {"3\xff0", 0, 0},
	} {
		if code, n := CallingCode([]byte(c.digits)); code != c.code || n != c.n {
			t.Errorf("%q: got %d of %d digits", c.digits, code, n)
		}
	}
}

func TestLengths(t *testing.T) {
	for code, want := range map[uint16]uint32{30: 1<<10 | 1<<11 | 1<<12, 1: 1 << 10, 45: 1 << 8, 0: 0, 210: 0, 999: 0, 1000: 0, 65535: 0} {
		if got := Lengths(code); got != want {
			t.Errorf("%d: got %b, want %b", code, got, want)
		}
	}
}

// TestStripsLessThanInputHas holds the bound on input to the tables: an exit code, a calling code and two prefixes may be
// stripped from one number.
func TestStripsLessThanInputHas(t *testing.T) {
	most, grown := 0, 0
	for _, c := range cuts {
		kept := len(c.literal) + int(c.to-c.from)
		most, grown = max(most, int(c.end)-kept), max(grown, kept-int(c.end))
	}
	if longest := maxNational + 3*most + 3; longest > maxInput {
		t.Errorf("input of %d digits may be a number", longest)
	}
	if maxInput+2*grown > scratch {
		t.Errorf("a rewritten prefix makes digits longer by %d", grown)
	}
}

// TestTable holds every edge and label of the automaton to what may be read from it.
func TestTable(t *testing.T) {
	if len(automaton) != states*stride {
		t.Fatalf("table of %d bytes for %d states", len(automaton), states)
	}
	for s := range states {
		for d := byte('0'); d <= '9'; d++ {
			if to := next(s, d); to >= states || s == 0 && to != 0 {
				t.Fatalf("state %d leads to %d", s, to)
			}
		}
	}
	if label(0) != 0 || Version() == "" {
		t.Error("the dead state has a label, or the tables have no version")
	}
}

func TestAllocatesNothing(t *testing.T) {
	for _, c := range judged {
		digits := []byte(c.digits)
		region, _ := ParseRegion(c.region)
		dst := make([]byte, 0, maxDigits)
		if n := testing.AllocsPerRun(100, func() {
			number := International(digits)
			if region != 0 {
				number = National(digits, region)
			}
			dst = number.AppendE164(dst[:0])
		}); n != 0 {
			t.Errorf("%s: %v allocations", c.name, n)
		}
	}
}

// TestReadsBack holds the canonical form to be one: a valid number, written out, is the same number again.
func TestReadsBack(t *testing.T) {
	for _, e := range examples(t) {
		n := International([]byte(e.code + e.national))
		if back := International(n.AppendE164(nil)); n.Valid && back != n {
			t.Errorf("%s reads back as %s", n.AppendE164(nil), back.AppendE164(nil))
		}
	}
}

// TestPlain holds what is plain to what a closer look makes of it.
func TestPlain(t *testing.T) {
	check := func(digits []byte) (plain bool) {
		region, plain := Plain(digits)
		n := International(digits)
		if e164 := n.AppendE164(nil); plain && (string(e164) != string(digits) || n.Region != region || !n.Possible) {
			t.Errorf("%s is plain in %s, and reads as %s in %s", digits, region, e164, n.Region)
		} else if region, same := AsTheyAre(digits); plain && !same || same && (string(e164) != string(digits) || n.Region != region) {
			t.Errorf("%s belongs to %s as it stands, and reads as %s in %s", digits, region, e164, n.Region)
		}
		return plain
	}
	for _, digits := range hostile {
		check([]byte(digits))
	}
	valid, all := 0, 0
	for _, e := range examples(t) {
		digits := []byte(e.code + e.national)
		if plain := check(digits); International(digits).Valid {
			all++
			if plain {
				valid++
			}
		}
	}
	if valid < all*9/10 {
		t.Errorf("only %d of %d examples are plain", valid, all)
	}
	r := numbers{rand.New(rand.NewPCG(1, 0))}
	for range 200_000 {
		code := &codes[1+r.IntN(len(codes)-1)]
		check(append(appendCode(nil, code.code, codeDigits(code.code)), r.walk(code.numbers, typeMask, maxNational)...))
		check(r.random(1 + r.IntN(maxDigits+2)))
	}
}

func TestHostileAsLibrary(t *testing.T) {
	for _, digits := range hostile {
		everywhere(t, digits)
	}
}

// everywhere compares digits with a calling code and as dialled in every region. What are not digits alone is no number,
// whatever the library, which reads text, makes of it.
func everywhere(t *testing.T, digits string) {
	t.Helper()
	if allDigits([]byte(digits)) {
		for r := range world {
			compare(t, digits, r)
		}
		return
	}
	for r := range world {
		n := National([]byte(digits), r)
		if r == 0 {
			n = International([]byte(digits))
		}
		if n != (Number{}) {
			t.Errorf("%q in %s is read as %s", digits, r, n.AppendE164(nil))
		}
	}
}

// FuzzAsLibrary: no digits are judged in another way than by the library, in no region.
func FuzzAsLibrary(f *testing.F) {
	for _, digits := range hostile {
		f.Add(digits, uint8(0))
	}
	for _, c := range judged {
		region, _ := ParseRegion(c.region)
		f.Add(c.digits, uint8(region))
	}
	f.Fuzz(func(t *testing.T, digits string, region uint8) {
		r := Region(region)
		if r >= world || !allDigits([]byte(digits)) {
			r = 0
		}
		if allDigits([]byte(digits)) {
			compare(t, digits, r)
		} else if len(digits) < 2*maxInput {
			everywhere(t, digits)
		}
	})
}

func TestFits(t *testing.T) {
	for i := range 1_000_000 {
		digits := []byte(strconv.Itoa(i) + "000000000000000000000")[:3+i%19]
		code, n := CallingCode(digits)
		want := code != 0 && len(digits) <= maxDigits && Lengths(code)>>(len(digits)-n)&1 == 1
		if got := Fits(digits); got != want {
			t.Fatalf("%s: %v", digits, got)
		}
	}
	for n := range maxDigits + 1 {
		digits := []byte("30691234567890123456789")[:n]
		for i := range digits {
			kept := digits[i]
			for c := range 256 {
				digits[i] = byte(c)
				if got, want := allDigits(digits), fewDigits(digits); got != want || !want && Fits(digits) {
					t.Fatalf("%q: %v", digits, got)
				}
			}
			digits[i] = kept
		}
	}
}
