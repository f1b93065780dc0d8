package redact

import (
	"bytes"

	"github.com/piiproxy/piiproxy/redact/internal/scan"
)

// withheld stands for what was dropped out of a text. It is a word and not nothing: nothing would join what stood around
// it, and the two could make a number together.
const withheld = "redacted"

// masks are the placeholders of the kinds.
var masks = func() (m [numKinds]string) {
	m[KindNone] = withheld
	for k := KindPhone; k < numKinds; k++ {
		m[k] = withheld + "_" + kindNames[k]
	}
	return m
}()

// wordByte has the bytes of replacements.
var wordByte = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == '.' || c == ':'
	}
	return t
}()

func (r *run) comma(mark int) {
	if len(r.dst) > mark {
		r.dst = append(r.dst, ',')
	}
}

// replacementsIn writes the replacements that stand in text already, and says how many there are: masking what has been
// masked changes nothing.
func (r *run) replacementsIn(text []byte, mark int) (n int) {
	for i := 0; i < len(text); {
		if !wordByte[text[i]] {
			i++
			continue
		}
		start := i
		for i < len(text) && wordByte[text[i]] {
			i++
		}
		if isReplacement(text[start:i]) {
			r.comma(mark)
			r.dst = append(r.dst, text[start:i]...)
			n++
		}
	}
	return n
}

// isReplacement reports whether word is a mask, a partial mask or a token, of whatever surface and epoch.
func isReplacement(word []byte) bool {
	if rest, ok := bytes.CutPrefix(word, []byte(withheld)); ok {
		if len(rest) == 0 || string(rest) == "_line" {
			return true
		}
		_, rest, ok = cutKind(rest[1:])
		return ok && word[len(withheld)] == '_' && (len(rest) == 0 || rest[0] == '_' && isRegion(rest[1:]))
	}
	if isNetwork(word) {
		return true
	}
	if len(word) <= tokenLetters {
		return false
	}
	k, rest, ok := cutKind(word)
	if !ok || len(rest) < 2 || rest[0] != '_' {
		return false
	}
	rest = rest[1:]
	if k == KindPhone {
		region, after, _ := bytes.Cut(rest, []byte("_"))
		if !isRegion(region) {
			return false
		}
		rest = after
	}
	return isEpochAndLetters(rest)
}

// cutKind cuts the word of a kind off the front.
func cutKind(s []byte) (Kind, []byte, bool) {
	for k := KindPhone; k < numKinds; k++ {
		if n := len(kindNames[k]); len(s) >= n && string(s[:n]) == kindNames[k] {
			return k, s[n:], true
		}
	}
	return KindNone, nil, false
}

func isRegion(s []byte) bool {
	if len(s) == 3 {
		return string(s) == "001"
	}
	return len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}

func isEpochAndLetters(s []byte) bool {
	epoch, letters, ok := bytes.Cut(s, []byte("_"))
	if !ok || len(letters) != tokenLetters || len(epoch) < 2 || len(epoch) > 7 || epoch[0] != 'k' {
		return false
	}
	for _, c := range epoch[1:] {
		if c < '0' || c > '9' {
			return false
		}
	}
	for _, c := range letters {
		if c < 'a' || c > 'p' {
			return false
		}
	}
	return true
}

// appendNetwork appends the first 24 bits of an IPv4 address or the first 48 of an IPv6 address, which is in the form of
// RFC 5952, and an x for the rest: 203.0.113.x, 2001:db8:1:x.
func appendNetwork(dst, canonical []byte) []byte {
	if bytes.IndexByte(canonical, ':') < 0 {
		dots := 0
		for i, c := range canonical {
			if c == '.' {
				if dots++; dots == 3 {
					dst = append(dst, canonical[:i]...)
					return append(dst, ".x"...)
				}
			}
		}
		return append(dst, masks[KindIP]...)
	}
	if i := bytes.LastIndexByte(canonical, ':'); bytes.IndexByte(canonical[i:], '.') > 0 { // ::ffff:192.0.2.1
		return appendNetwork(dst, canonical[i+1:])
	}
	end := bytes.IndexAny(canonical, "/%")
	if end < 0 {
		end = len(canonical)
	}
	return appendNetwork6(dst, canonical[:end])
}

func appendNetwork6(dst, a []byte) []byte {
	const groups, shown = 8, 3
	head, tail, short := bytes.Cut(a, []byte("::"))
	zeros := 0
	if short {
		zeros = groups - countGroups(head) - countGroups(tail)
	}
	n := 0
	for part := 0; part < 2; part++ {
		for len(head) > 0 && n < shown {
			var group []byte
			group, head, _ = bytes.Cut(head, []byte(":"))
			dst = append(append(dst, group...), ':')
			n++
		}
		for ; zeros > 0 && n < shown; zeros-- {
			dst = append(dst, "0:"...)
			n++
		}
		head = tail
	}
	return append(dst, 'x')
}

func countGroups(s []byte) int {
	if len(s) == 0 {
		return 0
	}
	return bytes.Count(s, []byte(":")) + 1
}

// maxNetwork bounds what is looked back over: three groups of four digits are the longest partial mask.
const maxNetwork = 16

// inNetwork reports whether a phone number that was found ends within a partial mask, and where that begins: under a key that promises a
// phone number, three groups of digits are one, and so are digits and the first of them.
func inNetwork(f *scan.Finding, text []byte) (start int, ok bool) {
	if f.Kind != scan.Phone || f.End >= len(text) || text[f.End] != '.' && text[f.End] != ':' {
		return 0, false
	}
	start, end := f.End, f.End
	for start > 0 && f.End-start < maxNetwork && wordByte[text[start-1]] {
		start--
	}
	for end < len(text) && end-f.End < maxNetwork && wordByte[text[end]] {
		end++
	}
	if isNetwork(text[start:end]) {
		return start, true
	}
	return f.Start, isNetwork(text[min(f.Start, end):end])
}

// isNetwork reports whether word is what appendNetwork writes.
func isNetwork(word []byte) bool {
	n := len(word) - 2
	if n < 5 || word[n+1] != 'x' {
		return false
	}
	sep, width := word[n], 3
	switch sep {
	case '.':
	case ':':
		width = 4
	default:
		return false
	}
	groups, size := 1, 0
	for _, c := range word[:n] {
		switch {
		case c == sep && size > 0:
			groups, size = groups+1, 0
		case size < width && (c >= '0' && c <= '9' || sep == ':' && c >= 'a' && c <= 'f'):
			size++
		default:
			return false
		}
	}
	return groups == 3 && size > 0
}
