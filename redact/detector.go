package redact

import (
	"fmt"

	"github.com/piiproxy/piiproxy/redact/internal/numbering"
	"github.com/piiproxy/piiproxy/redact/internal/scan"
)

// Detector finds personal data in text without doing anything about it: for tools that search or measure. It is immutable
// and safe for concurrent use.
type Detector struct{ scanner *scan.Scanner }

// Found is one finding of a [Detector].
type Found struct {
	Start, End int // byte offsets in the text, escapes included
	Kind       Kind
	Tier       string // "A" to "D" for phones, surest first
	Region     string // of a phone number, two letters; empty if it is not known
	Rule       string // the rule that found it, a short phrase
}

// NewDetector returns a detector of the profile "log" or "message", for national numbers of regions.
func NewDetector(profile string, regions []string) (*Detector, error) {
	p, err := parseProfile(profile)
	if err != nil {
		return nil, err
	}
	s, err := scan.New(scan.Options{Profile: p, Regions: regions})
	if err != nil {
		return nil, fmt.Errorf("redact: %w", err)
	}
	return &Detector{s}, nil
}

// Find appends the findings of text, in order, to dst. No finding reaches over a line break.
func (d *Detector) Find(dst []Found, text []byte) []Found {
	c := d.scanner.Scan(text, scan.KeyNone)
	defer c.Close()
	for c.Next() {
		f := &c.Finding
		found := Found{Start: f.Start, End: f.End, Kind: Kind(f.Kind), Rule: f.Reason.String()}
		if f.Kind == scan.Phone {
			found.Tier, found.Region = f.Tier.String(), regionOf(f)
		}
		dst = append(dst, found)
	}
	return dst
}

// AppendJSON appends f as a JSON object and a line break, for the tools that read findings: its line, its offsets counted
// from lineStart, what it is and how sure, and never its text.
func (f *Found) AppendJSON(dst Masked, line int64, lineStart int) Masked {
	dst = dst.AppendConst(`{"line":`).AppendInt(line)
	dst = dst.AppendConst(`,"start":`).AppendInt(int64(f.Start - lineStart))
	dst = dst.AppendConst(`,"end":`).AppendInt(int64(f.End - lineStart))
	dst = dst.AppendConst(`,"kind":"`)
	dst.b = append(dst.b, f.Kind.String()...)
	if f.Region != "" {
		dst = dst.AppendConst(`","region":"`)
		dst.b = append(dst.b, f.Region...)
	}
	if f.Tier != "" {
		dst = dst.AppendConst(`","tier":"`)
		dst.b = append(dst.b, f.Tier...)
	}
	return dst.AppendConst("\"}\n")
}

func regionOf(f *scan.Finding) string {
	if f.Region == numbering.Region(0) {
		return ""
	}
	return f.Region.String()
}

func parseProfile(name string) (scan.Profile, error) {
	switch name {
	case "", "log":
		return scan.Log, nil
	case "message":
		return scan.Message, nil
	}
	return scan.Log, fmt.Errorf("redact: profile %q: want log or message", name)
}
