package scan

import "github.com/piiproxy/piiproxy/redact/internal/numbering"

// WholeKind returns the kind of the finding that Scan makes of text if that is nothing but a plus and the digits of a number,
// or an IPv4 address that is somebody's, as a field's value often is. Scan finds the same, and takes longer.
func (s *Scanner) WholeKind(text []byte) Kind {
	if len(text) < minPhone || len(text) > maxPhone+1 {
		return None
	}
	if text[0] == '+' {
		if numbering.Fits(text[1:]) {
			return Phone
		}
		return None
	}
	if text[0]-'0' > 9 {
		return None
	}
	if b, n := parse4(text); n == len(text) && b[0] != 127 && b != [4]byte{} {
		return IP
	}
	return None
}

// Whole returns the finding that a text is of which WholeKind has said the kind.
func (s *Scanner) Whole(k Kind, text []byte) Finding {
	c := Cursor{Finding: Finding{End: len(text), Kind: k, Tier: TierA, Reason: ruleIPv4}}
	if k == Phone {
		c.Finding.Reason = ruleInternational
		c.e164(text[1:])
	}
	return c.Finding
}

// JustDigits reports whether text is digits and nothing else in which Scan finds nothing under a key that promises nothing, for a
// log says of such that they are a number only where a word, a sign or a prefix ahead of them does. Ids and times mostly are.
func (s *Scanner) JustDigits(text []byte) bool {
	return s.profile == Log && len(text) > 0 && text[0]-'1' < 9 && digitsEnd(text, 1) == len(text)
}

// IsPhone reports whether a text is what WholePhone finds.
func (s *Scanner) IsPhone(text []byte) bool {
	digits := behindPlus(text)
	return digits != nil && numbering.Fits(digits)
}

// WholePhone returns the finding that a text is which is an international number and nothing else, with its plus as it is or
// as %2B, as it mostly stands in a field: the one that Scan would find. With spans it is the one that ScanSpans would find.
func (s *Scanner) WholePhone(text []byte, spans bool) (f Finding, ok bool) {
	if !s.IsPhone(text) {
		return f, false
	}
	f = Finding{End: len(text), Kind: Phone, Tier: TierA, Reason: ruleInternational}
	if spans {
		return f, true
	}
	c := Cursor{Finding: f}
	c.e164(behindPlus(text))
	return c.Finding, true
}

// PlainPhone returns the canonical digits and the region of the finding of WholePhone, where the digits stand in text as they
// are. That is so of most numbers; of the others it says nothing.
func (s *Scanner) PlainPhone(text []byte) (digits []byte, region numbering.Region, ok bool) {
	if digits = behindPlus(text); digits == nil {
		return nil, 0, false
	}
	region, ok = numbering.Plain(digits)
	return digits, region, ok
}

// behindPlus returns what stands behind the plus, as it is or as %2B, of a text that begins with one and is as long as a
// number, or nil.
func behindPlus(text []byte) (rest []byte) {
	switch {
	case len(text) > 3 && text[0] == '%' && text[1] == '2' && text[2]|0x20 == 'b':
		rest = text[3:]
	case len(text) > 1 && text[0] == '+':
		rest = text[1:]
	}
	if len(rest) < minPhone-1 || len(rest) > maxPhone {
		return nil
	}
	return rest
}
