// Package numbering knows the numbering plans of the world: which digits a telephone number may have, in which region and
// for which kind of line. It knows no text: its input is digits.
//
// All plans are one automaton over digits, and a number is judged by walking it: one step a digit, no regular expression, no
// allocation. The automaton is compiled by gen from the metadata of libphonenumber and lies in the binary as a table that
// nothing unpacks at start. Its verdicts are those of the library, without a difference: the calling code and the national
// number that its Parse reads, and of that number IsPossibleNumber, IsValidNumber, GetRegionCodeForNumber and
// GetNumberType.
package numbering

import (
	"iter"
	"slices"
	"strings"
)

//go:generate go run ./gen

// Region is a region with a numbering plan. The zero Region is none. Its number means nothing outside the process.
type Region uint16

// String returns the region's two letters, "001" for the plans of no region, and "ZZ" for none.
func (r Region) String() string {
	if int(r) >= len(regions) {
		return regions[0].name
	}
	return regions[r].name
}

// CallingCode returns the calling code of a region, or 0: the plans of no region have many.
func (r Region) CallingCode() uint16 {
	if int(r) >= len(regions) {
		return 0
	}
	return regions[r].code
}

// ParseRegion returns the region of two capital letters, such as "GR", or of "001".
func ParseRegion(s string) (Region, bool) {
	if s == regions[world].name {
		return world, true
	}
	i, ok := slices.BinarySearchFunc(regions[1:world], s, func(r regionRow, s string) int { return strings.Compare(r.name, s) })
	if !ok {
		return 0, false
	}
	return Region(i + 1), true
}

// Regions yields all regions in the order of their letters, and after them the region "001" of the plans that belong to none.
func Regions() iter.Seq[Region] {
	return func(yield func(Region) bool) {
		for r := range len(regions) - 1 {
			if !yield(Region(r + 1)) {
				return
			}
		}
	}
}

// Type is the kind of line that a number belongs to.
type Type uint8

// The types, as libphonenumber tells them apart. The automaton holds their numbers.
const (
	Unknown Type = iota
	FixedLine
	Mobile
	FixedLineOrMobile
	TollFree
	PremiumRate
	SharedCost
	VoIP
	PersonalNumber
	Pager
	UAN
	Voicemail
)

var typeNames = [...]string{"unknown", "fixed_line", "mobile", "fixed_line_or_mobile", "toll_free", "premium_rate",
	"shared_cost", "voip", "personal_number", "pager", "uan", "voicemail"}

// String returns the name of the type in small letters.
func (t Type) String() string {
	if int(t) >= len(typeNames) {
		return typeNames[Unknown]
	}
	return typeNames[t]
}

// A national number has two to seventeen digits, and a calling code has one to three.
const (
	minNational = 2
	maxNational = 17
	maxDigits   = maxNational + 3
)

// maxInput is more than the longest national number together with the longest of all that may be stripped from it; what
// is longer is no number. A rewritten prefix may make digits longer by a few.
const (
	maxInput = 48
	scratch  = maxInput + 16
)

// Number is what the plans say of some digits. The zero Number is not a number.
type Number struct {
	// Region is where a valid number belongs, and an invalid one if that much is plain: its calling code has one region
	// only, or its first digits belong to one. Otherwise it is none.
	Region      Region
	Type        Type   // Unknown if the number is not valid
	CallingCode uint16 // 0 if the digits cannot be read as a number
	CodeLen     uint8  // digits of the calling code
	Possible    bool   // its length is one that the calling code has, if only among neighbours
	Valid       bool   // some plan of the calling code has this number
	n           uint8
	digits      [maxDigits]byte
}

// AppendE164 appends the number as calling code and national digits, without a plus.
func (n *Number) AppendE164(dst []byte) []byte { return append(dst, n.digits[:n.n]...) }

// International reads digits ('0' to '9') that begin with a calling code. A national prefix after it is stripped as the
// library strips it. It does not allocate.
func International(digits []byte) Number {
	code, n := CallingCode(digits)
	if code == 0 || len(digits) <= minNational {
		return Number{}
	}
	return read(rowOfCode[code], n, firstRegion(rowOfCode[code]), digits[n:])
}

// Plain reports whether [International] takes digits as they are, for a number of a length that their calling code has, and
// says where it belongs. Most numbers are such, and this takes less time.
func Plain(digits []byte) (Region, bool) {
	code, n := CallingCode(digits)
	if code == 0 || n > len(digits) || Lengths(code)>>(len(digits)-n)&1 == 0 {
		return 0, false
	}
	return asTheyAre(code, digits[n:])
}

// AsTheyAre is Plain for digits of any number: where it reports true, International strips nothing from them.
func AsTheyAre(digits []byte) (Region, bool) {
	code, n := CallingCode(digits)
	if code == 0 {
		return 0, false
	}
	return asTheyAre(code, digits[n:])
}

func asTheyAre(code uint16, national []byte) (Region, bool) {
	c := &codes[rowOfCode[code]]
	if len(national) < minNational || len(national) > maxNational || !allDigits(national) || cutOf(regions[codeRegions[c.first]].prefix, national) != 0 {
		return 0, false
	}
	if c.len == 1 {
		return codeRegions[c.first], true
	}
	return c.region(labelOf(c.numbers, national)), true
}

// National reads digits as they are dialled in region: with or without national prefix and carrier code, with the exit
// code of the region and a calling code, or with the calling code of the region where the library takes it for that. What
// is stripped is what the library strips. It does not allocate.
func National(digits []byte, region Region) Number {
	if region == 0 || region >= world || len(digits) < minNational || len(digits) > maxInput {
		return Number{}
	}
	home := &regions[region]
	if rest, ok := stripExit(home, digits); ok {
		return International(rest)
	}
	var buf [scratch]byte
	if rest, ok := stripOwnCode(buf[:0], home, digits); ok {
		row := rowOfCode[home.code]
		return read(row, codeDigits(home.code), firstRegion(row), rest)
	}
	return read(rowOfCode[home.code], codeDigits(home.code), region, digits)
}

// CallingCode returns the calling code that digits begin with and how many digits it has, or 0, 0.
func CallingCode(digits []byte) (code uint16, n int) {
	if len(digits) == 0 || digits[0] == '0' {
		return 0, 0
	}
	for i, c := range digits[:min(len(digits), maxDigits-maxNational)] {
		d := c - '0'
		if d > 9 {
			return 0, 0
		}
		code = code*10 + uint16(d)
		if rowOfCode[code] != 0 {
			return code, i + 1
		}
	}
	return 0, 0
}

// byPrefix has, by the first three digits, how many digits a number may have with its calling code, as a set of bits.
var byPrefix = func() (t [1000]uint32) {
	for i := range t {
		d := [3]byte{'0' + byte(i/100), '0' + byte(i/10%10), '0' + byte(i%10)}
		if code, n := CallingCode(d[:]); code != 0 {
			t[i] = Lengths(code) << n
		}
	}
	return t
}()

// Fits reports whether b is digits, and with the calling code that they begin with as many as its numbers have.
func Fits(b []byte) bool {
	if len(b) < 3 || len(b) > maxDigits {
		return false
	}
	if n := len(b); n < 8 || n > 16 {
		if !allDigits(b) {
			return false
		}
	} else if !eightDigits(b) || !eightDigits(b[n-8:]) {
		return false
	}
	return byPrefix[int(b[0]-'0')*100+int(b[1]-'0')*10+int(b[2]-'0')]>>len(b)&1 == 1
}

// Lengths returns the possible lengths of a national number under a calling code, as a set of bits: bit 9 is nine digits.
// Lengths that only neighbours dial are not among them.
func Lengths(code uint16) uint32 {
	if int(code) >= len(rowOfCode) {
		return 0
	}
	return codes[rowOfCode[code]].lengths
}

// Version names the metadata that the tables were made from.
func Version() string { return version }
