// Package numbering knows the numbering plans of the world: which digits a telephone number may have, in which region and
// for which kind of line. It knows no text: its input is digits.
package numbering

// Region is a region with a numbering plan. The zero Region is none.
type Region uint16

// String returns the region's two letters, "001" for a plan of no region, and "ZZ" for none.
func (r Region) String() string { return "ZZ" }

// ParseRegion returns the region of two letters, such as "GR".
func ParseRegion(s string) (Region, bool) { return 0, false }

// Type is the kind of line that a number belongs to.
type Type uint8

// The types, as libphonenumber tells them apart.
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

// maxDigits bounds a number: a calling code and the longest national number that the library takes.
const maxDigits = 20

// Number is what the plans say of some digits.
type Number struct {
	Region      Region // of a valid number; none if it is not valid
	Type        Type   // of a valid number
	CallingCode uint16 // 0 if the digits begin with no calling code
	CodeLen     uint8  // digits of the calling code
	Possible    bool   // its length is one that the calling code has
	Valid       bool   // some plan of the calling code has this number
	n           uint8
	digits      [maxDigits]byte
}

// AppendE164 appends the number as calling code and national digits, without a plus.
func (n *Number) AppendE164(dst []byte) []byte { return append(dst, n.digits[:n.n]...) }

// International reads digits ('0' to '9') that begin with a calling code. It does not allocate.
func International(digits []byte) Number { return Number{} }

// National reads digits as they are dialled in region: national prefixes and carrier codes are stripped as the library
// strips them. It does not allocate.
func National(digits []byte, region Region) Number { return Number{} }

// CallingCode returns the calling code that digits begin with and how many digits it has, or 0, 0.
func CallingCode(digits []byte) (code uint16, n int) { return 0, 0 }

// Lengths returns the possible lengths of a national number under a calling code, as a set of bits: bit 9 is nine digits.
func Lengths(code uint16) uint32 { return 0 }

// Version names the metadata that the tables were made from.
func Version() string { return "" }
