package numbering

import (
	"math/rand/v2"
	"strconv"
	"testing"

	lib "github.com/nyaruka/phonenumbers/v2"
	"github.com/nyaruka/phonenumbers/v2/metadata"
)

// verdict is what both sides say of a number.
type verdict struct {
	e164            string
	possible, valid bool
	region          string
	typ             Type
}

func ours(n Number) verdict {
	v := verdict{string(n.AppendE164(nil)), n.Possible, n.Valid, n.Region.String(), n.Type}
	if n.Region == 0 {
		v.region = ""
	}
	return v
}

// theirs is the verdict of the library. What it cannot parse is the zero verdict.
func theirs(digits, region string) verdict {
	n, err := lib.Parse(digits, region)
	if err != nil {
		return verdict{}
	}
	typ := Unknown
	if t := lib.GetNumberType(n); t != lib.UNKNOWN {
		typ = Type(t) + 1
	}
	return verdict{strconv.Itoa(int(n.GetCountryCode())) + lib.GetNationalSignificantNumber(n),
		lib.IsPossibleNumber(n), lib.IsValidNumber(n), lib.GetRegionCodeForNumber(n), typ}
}

// compare judges digits by both sides: with a calling code if region is none, else as they are dialled there.
func compare(t *testing.T, digits string, region Region) (agreed verdict) {
	t.Helper()
	var n Number
	var want verdict
	if region == 0 {
		n, want = International([]byte(digits)), theirs("+"+digits, "ZZ")
	} else {
		n, want = National([]byte(digits), region), theirs(digits, region.String())
	}
	if got := ours(n); got != want {
		t.Errorf("%s in %s: got %+v, the library says %+v", digits, region, got, want)
	}
	return want
}

// example is an example number of the metadata, as calling code and national number.
type example struct {
	region         string
	code, national string
}

func examples(tb testing.TB) (list []example) {
	coll, err := metadata.Collection()
	if err != nil {
		tb.Fatal(err)
	}
	for _, m := range coll.GetMetadata() {
		for _, d := range []*metadata.PhoneNumberDesc{m.GeneralDesc, m.FixedLine, m.Mobile, m.TollFree, m.PremiumRate,
			m.SharedCost, m.PersonalNumber, m.Voip, m.Pager, m.Uan, m.Voicemail, m.Emergency, m.ShortCode, m.StandardRate,
			m.CarrierSpecific, m.SmsServices, m.NoInternationalDialling} {
			if s := d.GetExampleNumber(); s != "" {
				list = append(list, example{m.GetId(), strconv.Itoa(int(m.GetCountryCode())), s})
			}
		}
	}
	return list
}

func TestExamplesAsLibrary(t *testing.T) {
	valid, dialled := 0, 0
	for _, e := range examples(t) {
		if compare(t, e.code+e.national, 0).valid {
			valid++
		}
		region, ok := ParseRegion(e.region)
		if !ok {
			t.Fatalf("no region %s", e.region)
		}
		if region == world {
			continue
		}
		for _, prefix := range []string{"", "0", "1", "8", "00", "011", "00" + e.code, "011" + e.code, e.code, e.code + "0"} {
			if compare(t, prefix+e.national, region).valid {
				dialled++
			}
		}
	}
	t.Logf("%d valid examples, %d as dialled at home", valid, dialled)
}

// numbers makes digits that are worth a question: most of them along the automaton, as only those tell the plans apart.
type numbers struct{ *rand.Rand }

// walk follows the automaton from root at random, seldom over an edge to the dead state. It ends where the label has a bit
// of mask, most times, or where nothing can follow them.
func (r numbers) walk(root, mask uint16, most int) (digits []byte) {
	for state := int(root); len(digits) < most; {
		if label(state)&mask != 0 && r.IntN(3) != 0 {
			break
		}
		d := byte('0' + r.IntN(10))
		for i := 0; next(state, d) == 0 && i < 50 && r.IntN(200) != 0; i++ {
			d = byte('0' + r.IntN(10))
		}
		if state = next(state, d); state == 0 && r.IntN(8) != 0 {
			break
		}
		digits = append(digits, d)
	}
	return digits
}

func (r numbers) random(n int) (digits []byte) {
	for range n {
		digits = append(digits, byte('0'+r.IntN(10)))
	}
	return digits
}

// mutate changes, inserts or removes a digit.
func (r numbers) mutate(digits []byte) []byte {
	if len(digits) == 0 {
		return digits
	}
	i := r.IntN(len(digits))
	switch r.IntN(4) {
	case 0:
		return append(digits[:i:i], digits[i+1:]...)
	case 1:
		return append(append(digits[:i:i], byte('0'+r.IntN(10))), digits[i:]...)
	case 2:
		digits[i] = byte('0' + r.IntN(10))
		return digits
	}
	return append(digits, r.random(1+r.IntN(3))...)
}

// international is a number under a calling code that is assigned, most times.
func (r numbers) international() []byte {
	if r.IntN(50) == 0 {
		return r.random(r.IntN(22))
	}
	row := &codes[1+r.IntN(len(codes)-1)]
	digits := appendCode(nil, row.code, codeDigits(row.code))
	home := &regions[codeRegions[row.first+uint16(r.IntN(int(row.len)))]]
	switch r.IntN(8) {
	case 0:
		digits = append(digits, r.random(r.IntN(18))...)
	case 1:
		digits = append(digits, r.walk(home.prefix, cutMask, 8)...)
		digits = append(digits, r.walk(row.numbers, typeMask, 17)...)
	case 2:
		digits = append(digits, r.walk(home.numbers, typeMask, 19)...)
	default:
		digits = append(digits, r.walk(row.numbers, typeMask, 19)...)
	}
	for range r.IntN(5) / 3 {
		digits = r.mutate(digits)
	}
	return digits
}

// national is a number as it could be dialled in a region.
func (r numbers) national(home *regionRow) (digits []byte) {
	switch r.IntN(12) {
	case 0:
		return r.random(r.IntN(24))
	case 1:
		digits = append(r.walk(home.exit, cutMask, 10), r.international()...)
	case 2, 3:
		digits = appendCode(digits, home.code, codeDigits(home.code))
	case 4, 5, 6, 7:
		digits = r.walk(home.prefix, cutMask, 12)
	}
	if r.IntN(4) == 0 {
		digits = append(digits, r.walk(home.prefix, cutMask, 12)...)
	}
	digits = append(digits, r.walk(home.numbers, typeMask, 19)...)
	for range r.IntN(5) / 3 {
		digits = r.mutate(digits)
	}
	return digits
}

// TestNumbersAsLibrary compares with the library a million numbers of every calling code, half of them as they are dialled
// in every region.
func TestNumbersAsLibrary(t *testing.T) {
	count := 1_000_000
	if testing.Short() || raceEnabled {
		count = 50_000
	}
	const seed = 20
	r := numbers{rand.New(rand.NewPCG(seed, 0))}
	valid, plans := 0, map[string]bool{}
	for i := 0; i < count && !t.Failed(); i++ {
		digits, region := r.international(), Region(0)
		if i%2 == 1 {
			region = 1 + Region(i/2)%(world-1)
			digits = r.national(&regions[region])
		}
		if v := compare(t, string(digits), region); v.valid {
			valid++
			plans[v.region+" "+v.typ.String()] = true
		}
	}
	if !t.Failed() {
		t.Logf("%d numbers compared, differences: 0; %d valid, of %d regions and types; seed %d", count, valid, len(plans), seed)
	}
}
