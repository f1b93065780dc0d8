package bench

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers/v2"
)

// A row is a text of the corpus and the truth about it.
type row struct {
	family string // what the row is like: the quality table has a line for each
	text   string
	spans  []Span
	region string // whose national numbers may stand in it; empty for none
	prose  bool   // people wrote it: the message profile reads it, the log profile all else
}

// corpus makes rows from a seed. Numbers are valid ones of the library's metadata, of every region, so the truth does not
// come from the detector that is measured.
type corpus struct {
	rand    *rand.Rand
	rows    []row
	regions []string
}

func makeCorpus(seed uint64, perFamily int) []row {
	c := &corpus{rand: rand.New(rand.NewPCG(seed, 1))}
	c.regions = slices.Sorted(maps.Keys(phonenumbers.GetSupportedRegions()))
	for i := range perFamily {
		region := c.regions[i%len(c.regions)]
		c.fill("phone in prose, international", region, true, internationalProse, c.international(region))
		c.fill("phone in prose, national", region, true, nationalProse, c.national(region))
		c.fill("phone in JSON", region, false, jsonPhones, c.bare(region))
		c.fill("phone in logfmt and logs", region, false, logPhones, c.written(region))
		c.fill("phone in a URL", region, false, urlPhones, c.escaped(region))
		c.fill("e-mail", "", false, emailTexts, c.email())
		c.fill("IP", "", false, ipTexts, c.ip())
		c.trap(region)
	}
	return c.rows
}

// fill makes a row of a random template, in which {} is value and {n} a number of some digits.
func (c *corpus) fill(family, region string, prose bool, templates []string, value written) {
	if value.text == "" {
		return
	}
	text := c.numbers(pick(c.rand, templates))
	at := strings.Index(text, "{}")
	text = text[:at] + value.text + text[at+2:]
	c.rows = append(c.rows, row{family, text, []Span{{at + value.skip, at + len(value.text), value.kind}}, region, prose})
}

// written is a value as it stands in a text; its first skip bytes are not personal data. Without text there is none.
type written struct {
	text, kind string
	skip       int
}

// trap makes a row without personal data.
func (c *corpus) trap(region string) {
	c.rows = append(c.rows, row{family: "traps in logs", text: c.numbers(pick(c.rand, logTraps))})
	c.rows = append(c.rows, row{family: "traps in prose", text: c.numbers(pick(c.rand, proseTraps)), region: region, prose: true})
}

// numbers replaces {n} by n random digits, the first of which is not zero, {hN} by hexadecimal digits, {L} by a card
// number, {d} by a date's day, {m} by its month and {e} by seconds of an epoch.
func (c *corpus) numbers(text string) string {
	var out strings.Builder
	for {
		end := strings.IndexByte(text, '}')
		open := strings.LastIndexByte(text[:max(end, 0)], '{')
		if open < 0 {
			if end < 0 {
				return out.String() + text
			}
			out.WriteString(text[:end+1])
			text = text[end+1:]
			continue
		}
		out.WriteString(text[:open])
		out.WriteString(c.number(text[open+1 : end]))
		text = text[end+1:]
	}
}

func (c *corpus) number(what string) string {
	var n int
	switch {
	case what == "":
		return "{}"
	case what == "d":
		return fmt.Sprintf("%02d", 1+c.rand.IntN(28))
	case what == "m":
		return fmt.Sprintf("%02d", 1+c.rand.IntN(12))
	case what == "H":
		return fmt.Sprintf("%02d", c.rand.IntN(24))
	case what == "M":
		return fmt.Sprintf("%02d", c.rand.IntN(60))
	case what == "e":
		return fmt.Sprint(1_500_000_000 + c.rand.IntN(300_000_000))
	case what == "L":
		return c.card()
	case what == "u":
		return c.hex(8) + "-" + c.hex(4) + "-4" + c.hex(3) + "-a" + c.hex(3) + "-" + c.hex(12)
	case what[0] == 'h':
		_, _ = fmt.Sscan(what[1:], &n)
		return c.hex(n)
	case what[0] >= '1' && what[0] <= '9':
		_, _ = fmt.Sscan(what, &n)
		return string(append([]byte{'1' + byte(c.rand.IntN(9))}, c.digits(n-1)...))
	}
	return "{" + what + "}"
}

func (c *corpus) digits(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = '0' + byte(c.rand.IntN(10))
	}
	return string(b)
}

func (c *corpus) hex(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = "0123456789abcdef"[c.rand.IntN(16)]
	}
	return string(b)
}

// card returns a card number that passes Luhn.
func (c *corpus) card() string {
	b := []byte(pick(c.rand, []string{"4", "51", "37", "6011"}) + c.digits(20))[:15]
	sum := 0
	for i, d := range b {
		v := int(d - '0')
		if i%2 == 0 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	b = append(b, '0'+byte((10-sum%10)%10))
	return string(b[:4]) + " " + string(b[4:8]) + " " + string(b[8:12]) + " " + string(b[12:])
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }
