// Package scan finds telephone numbers, e-mail addresses and IP addresses in text, in one pass over its bytes. It knows
// no policy: it says where a span is and which rule found it, and not what is to happen to it.
package scan

import (
	"errors"

	"github.com/piiproxy/piiproxy/redact/internal/numbering"
)

// Kind is a kind that can be found in text. Its values are those of redact.Kind.
type Kind uint8

// The kinds.
const (
	None Kind = iota
	Phone
	Email
	IP
)

// Sign is the kind of a finding that is none: an equals sign or colon behind what may be the name of a field, or the colon of a URL. Only
// cursors with [Names] have them.
const Sign Kind = 0xff

// Tier is how sure a finding of a phone number is, surest first. E-mail and IP findings have TierA.
type Tier uint8

// The tiers.
const (
	NoTier Tier = iota
	TierA       // an international prefix
	TierB       // a key that says so
	TierC       // a word before it, or a bare international mobile number
	TierD       // a national number in a configured region
)

// String returns the tier's letter.
func (t Tier) String() string { return [...]string{"", "A", "B", "C", "D"}[t] }

// Reason is the rule that found a span, or the veto that left a candidate alone.
type Reason uint8

// Profile selects which tiers count.
type Profile uint8

// The profiles.
const (
	Log     Profile = iota // tiers A and B, and strong C: for logs and traces
	Message                // adds weak C and D with the configured regions: for text that people wrote
)

// Key says what the name of the field that a text stands in promises.
type Key uint8

// The keys.
const (
	KeyNone  Key = iota // the text is not a field's value, or the name promises nothing
	KeyPhone            // the name promises a phone number: tier B
	KeyName             // the text is itself the name of a field
)

// Finding is a confirmed span of a text.
type Finding struct {
	Start, End int // byte offsets in the raw text, escapes included
	Kind       Kind
	Tier       Tier
	Reason     Reason
	Local      bool             // a loopback or unspecified address: nobody's
	Region     numbering.Region // of a phone number whose plan is known
	Digits     uint64           // a phone number's canonical digits: calling code first where it is known
	NumDigits  uint8            // how many digits Digits stands for, leading zeros included
}

// Options choose what a Scanner finds. The zero Options are the log profile without regions.
type Options struct {
	Profile Profile
	Regions []string // two letters each; the first is the default for national numbers under a phone key
}

// Scanner is a compiled set of rules. It is immutable and safe for concurrent use.
type Scanner struct {
	profile Profile
	least   int                // digits of a number
	regions []numbering.Region // as configured
	large   []numbering.Region // that count for messages if none are configured
}

// largeRegions are tried for the spelling of national numbers where no region is configured.
var largeRegions = []string{
	"US", "GB", "IN", "DE", "FR", "ES", "IT", "PL", "NL", "BE", "SE", "GR", "PT", "BR", "MX", "AR", "CN", "JP", "KR", "AU", "ZA", "NG",
	"RU", "TR", "ID", "PH", "SG", "MY", "TH", "VN", "EG", "KE", "PK", "BD", "IR", "SA", "AE", "IL", "CH", "AT", "IE", "DK", "NO", "FI", "CZ",
	"HU", "RO", "NZ", "CO", "CL",
}

// homes returns the regions whose national numbers count in messages.
func (s *Scanner) homes() []numbering.Region {
	if len(s.regions) > 0 {
		return s.regions
	}
	return s.large
}

// New compiles options. It fails on a region that has no numbering plan.
func New(o Options) (*Scanner, error) {
	s := &Scanner{profile: o.Profile, least: minPhone}
	if o.Profile == Message {
		s.least = minShort
	}
	for _, name := range o.Regions {
		r, ok := numbering.ParseRegion(name)
		if !ok {
			return nil, errRegion
		}
		s.regions = append(s.regions, r)
	}
	for _, name := range largeRegions {
		if r, ok := numbering.ParseRegion(name); ok {
			s.large = append(s.large, r)
		}
	}
	return s, nil
}

var errRegion = errors.New("scan: a region has no numbering plan; regions are two letters, such as GR")

// Miss is a candidate that was left alone.
type Miss struct {
	Start, End int
	Kind       Kind
	Reason     Reason
}

// Misses returns the candidates of text that no rule confirmed, with the veto of each: the slow twin of [Scanner.Scan] for
// explaining.
func (s *Scanner) Misses(text []byte, key Key) []Miss {
	var misses []Miss
	c := s.Scan(text, key)
	defer c.Close()
	c.misses = &misses
	for c.Next() {
	}
	return misses
}
