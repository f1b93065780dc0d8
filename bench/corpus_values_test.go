package bench

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/nyaruka/phonenumbers/v2"
)

// phone returns a valid number of region whose last digits are random, or nil if the library has no example of one.
func (c *corpus) phone(region string) *phonenumbers.PhoneNumber {
	kinds := []phonenumbers.PhoneNumberType{phonenumbers.MOBILE, phonenumbers.FIXED_LINE}
	example := phonenumbers.GetExampleNumberForTypeInRegion(region, kinds[c.rand.IntN(2)])
	if example == nil {
		return nil
	}
	national := phonenumbers.GetNationalSignificantNumber(example)
	for range 20 {
		keep := max(len(national)-1-c.rand.IntN(5), 1)
		candidate, err := phonenumbers.Parse(fmt.Sprintf("+%d%s%s", example.GetCountryCode(), national[:keep], c.digits(len(national)-keep)), "ZZ")
		if err == nil && phonenumbers.IsValidNumberForRegion(candidate, region) {
			return candidate
		}
	}
	return example
}

func (c *corpus) international(region string) written {
	n := c.phone(region)
	if n == nil {
		return written{}
	}
	e164 := phonenumbers.Format(n, phonenumbers.E164)
	pretty := phonenumbers.Format(n, phonenumbers.INTERNATIONAL)
	text := pick(c.rand, []string{
		e164, pretty, strings.ReplaceAll(pretty, " ", "-"), strings.ReplaceAll(pretty, " ", "."),
		strings.ReplaceAll(pretty, " ", "\u00a0"), "00" + e164[1:], "00 " + pretty[1:], "(+" + strings.Replace(pretty[1:], " ", ") ", 1),
	})
	return written{text: text, kind: "phone"}
}

// national writes a number as people of the region do. Numbers of fewer than eight digits are left out: without context
// nobody can tell them from others.
func (c *corpus) national(region string) written {
	n := c.phone(region)
	if n == nil {
		return written{}
	}
	text := phonenumbers.Format(n, phonenumbers.NATIONAL)
	if digitCount(text) < 8 {
		return written{}
	}
	return written{text: text, kind: "phone"}
}

// bare is a number as this trade sends it: with or without plus, in one run.
func (c *corpus) bare(region string) written {
	n := c.phone(region)
	if n == nil {
		return written{}
	}
	e164 := phonenumbers.Format(n, phonenumbers.E164)
	return written{text: pick(c.rand, []string{e164, e164[1:], "00" + e164[1:]}), kind: "phone"}
}

func (c *corpus) written(region string) written { return c.bare(region) }

func (c *corpus) escaped(region string) written {
	n := c.phone(region)
	if n == nil {
		return written{}
	}
	e164 := phonenumbers.Format(n, phonenumbers.E164)
	return written{text: pick(c.rand, []string{url.QueryEscape(e164), e164, e164[1:], "%252B" + e164[1:]}), kind: "phone"}
}

func (c *corpus) email() written {
	local := pick(c.rand, []string{"ada", "ada.lovelace", "a_b", "o'brien", "x+tag", "αβγ", "user" + c.digits(4), "jean-luc"})
	domain := pick(c.rand, []string{"example.com", "mail.example.org", "xn--bcher-kva.example", "bücher.example", "example.co.uk", "sub-1.example.net"})
	at := pick(c.rand, []string{"@", "@", "@", "%40"})
	return written{text: local + at + domain, kind: "email"}
}

func (c *corpus) ip() written {
	if c.rand.IntN(2) == 0 {
		ip := netip.AddrFrom4([4]byte{byte(1 + c.rand.IntN(223)), byte(c.rand.IntN(256)), byte(c.rand.IntN(256)), byte(c.rand.IntN(256))})
		if ip.IsLoopback() {
			return written{}
		}
		return written{text: ip.String(), kind: "ip"}
	}
	var b [16]byte
	copy(b[:], []byte{0x20, 0x01, 0x0d, 0xb8})
	for i := 4 + c.rand.IntN(10); i < 16; i++ {
		b[i] = byte(c.rand.IntN(256))
	}
	ip := netip.AddrFrom16(b)
	return written{text: pick(c.rand, []string{ip.String(), ip.StringExpanded(), strings.ToUpper(ip.String())}), kind: "ip"}
}

func digitCount(s string) int {
	n := 0
	for _, r := range s {
		if r >= '0' && r <= '9' {
			n++
		}
	}
	return n
}
