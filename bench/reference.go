// Package bench holds what measures piiproxy and nothing that runs in it: reference implementations, corpora with the truth
// about every span, and the quality of detection on them.
package bench

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Span is a piece of a text that holds personal data.
type Span struct {
	Start, End int    // byte offsets
	Kind       string // "phone", "email" or "ip"
}

var (
	referenceEmail = regexp.MustCompile(`[A-Za-z0-9][A-Za-z0-9._+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,12}`)
	referencePhone = regexp.MustCompile(`\+[1-9][0-9]{7,13}`)
	referenceIPv4  = regexp.MustCompile(`[0-9]{1,3}(?:\.[0-9]{1,3}){3}`)
	// four numbers behind one of these words may be a version
	referenceVersion = regexp.MustCompile(`(?i)(version|ver|v|rev|revision|release|build|firmware|section|chapter|clause|oid|\pL+/)[ :=/."'<>()\[\]{}\\]*$`)
	referenceIPv6    = regexp.MustCompile(`[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){7}`)
)

// Reference finds personal data the slow and obvious way, with regular expressions and net/netip. It confirms only what
// nobody would dispute, and only where blanks, quotes or brackets stand on both sides, so whatever it finds must not
// survive masking: it is the oracle of that law. Its findings are in no order.
func Reference(text string) []Span {
	always := func(string) bool { return true }
	found := confirm(text, "email", referenceEmail, hasDomain)
	found = append(found, confirm(text, "phone", referencePhone, always)...)
	found = append(found, confirm(text, "ip", referenceIPv4, isSomebodysIP)...)
	return append(found, confirm(text, "ip", referenceIPv6, isSomebodysIP)...)
}

// hasDomain reports whether the domain of an address is no longer than one can be, and ends like one and not like a file or a unit of systemd.
func hasDomain(s string) bool {
	_, domain, _ := strings.Cut(s, "@")
	for label := range strings.SplitSeq(domain, ".") {
		if len(label) > 63 {
			return false
		}
	}
	return len(domain) <= 253 && !slices.Contains(nobodys, domain[strings.LastIndexByte(domain, '.')+1:])
}

// nobodys are the ends of names of files and units that look like an address: icon@2x.png.
var nobodys = strings.Fields("service socket timer mount slice scope png jpg jpeg gif webp svg html json")

func isSomebodysIP(s string) bool {
	ip, err := netip.ParseAddr(s)
	return err == nil && !ip.IsLoopback() && !ip.IsUnspecified()
}

func confirm(text, kind string, shape *regexp.Regexp, judge func(string) bool) []Span {
	var found []Span
	for _, at := range shape.FindAllStringIndex(text, -1) {
		before, _ := utf8.DecodeLastRuneInString(text[:at[0]])
		after, _ := utf8.DecodeRuneInString(text[at[1]:])
		if kind == "ip" && referenceVersion.MatchString(text[:at[0]]) {
			continue
		}
		if edge(before, at[0] == 0) && edge(after, at[1] == len(text)) && judge(text[at[0]:at[1]]) {
			found = append(found, Span{at[0], at[1], kind})
		}
	}
	return found
}

// edge reports whether a value may plainly end beside r, or beside an end of the text.
func edge(r rune, end bool) bool {
	return end || unicode.IsSpace(r) || slices.Contains([]rune(`"'<>()[]{}`), r)
}
