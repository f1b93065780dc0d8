package redact

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"strconv"
	"unicode/utf8"

	"github.com/piiproxy/piiproxy/redact/internal/numbering"
	"github.com/piiproxy/piiproxy/redact/internal/scan"
	"github.com/piiproxy/piiproxy/redact/internal/walk"
)

// surrogateKeys derives the keys of the surrogates of an epoch. They are others than those of its tokens.
func surrogateKeys(entity string, e *epochKey) (keys [numKinds]macKey, err error) {
	for k := range numKinds {
		info := "piiproxy surrogate\x00" + entity + "\x00" + e.id + "\x00" + k.String()
		key, err := hkdf.Key(sha256.New, e.secret, nil, info, sha256.Size)
		if err != nil {
			return keys, errors.New("redact: keyring: the keys of an epoch cannot be derived")
		}
		keys[k] = newMacKey(key)
	}
	return keys, nil
}

// seed returns what the surrogate of a value is drawn with.
func (t *tokens) seed(m *macs, k Kind, canonical []byte) uint64 {
	return binary.LittleEndian.Uint64(m.mac.of(&t.surrogates[k], canonical))
}

// surrogate writes what stands for a finding of text that is written as raw.
func (r *run) surrogate(f *scan.Finding, text, raw []byte) {
	r.canon = f.AppendCanonical(r.canon[:0], text)
	seed := r.s.tokens.seed(&r.macs, Kind(f.Kind), r.canon)
	switch Kind(f.Kind) {
	case KindPhone:
		r.dst = appendPhone(r.dst, raw, r.canon, seed)
	case KindEmail:
		r.dst = appendAddress(r.dst, raw, len(r.canon), seed)
	default:
		r.dst = appendDocumented(r.dst, raw, r.canon, seed)
	}
}

// maxAddressLocal bounds the local part of the surrogate of an e-mail address, and leastAddressLocal tells people apart.
const maxAddressLocal, leastAddressLocal = 64, 4

// appendAddress appends user-…@example.com, of n bytes where that can be, with the sign in it written as in raw.
func appendAddress(dst, raw []byte, n int, seed uint64) []byte {
	const prefix, domain, base36 = "user-", "example.com", "0123456789abcdefghijklmnopqrstuvwxyz"
	draw := numbering.Draw(seed)
	n = min(max(n-len(domain)-1, leastAddressLocal), maxAddressLocal)
	if n >= len(prefix)+leastAddressLocal {
		dst = append(dst, prefix...)
		n -= len(prefix)
	} else {
		dst = append(dst, prefix[0])
		n--
	}
	for range n {
		dst = append(dst, base36[draw.Below(len(base36))])
	}
	dst = append(dst, writtenIn(raw, '@')...)
	return append(dst, domain...)
}

// appendDocumented appends an address out of the ranges for documentation, about as long as the canonical one, with its signs
// written as in raw.
func appendDocumented(dst, raw, canonical []byte, seed uint64) []byte {
	draw := numbering.Draw(seed)
	address, prefix := canonical, []byte(nil)
	if i := bytes.IndexByte(canonical, '/'); i >= 0 {
		address, prefix = canonical[:i], canonical[i+1:]
	}
	if bytes.IndexByte(address, ':') >= 0 {
		dst = appendDocumented6(dst, writtenIn(raw, ':'), address, &draw)
	} else {
		dst = appendDocumented4(dst, writtenIn(raw, '.'), address, &draw)
	}
	if prefix != nil {
		dst = append(dst, writtenIn(raw, '/')...)
		dst = append(dst, prefix...)
	}
	return dst
}

// documentation4 are the networks of RFC 5737, the shortest first.
var documentation4 = [...]string{"192.0.2.", "203.0.113.", "198.51.100."}

func appendDocumented4(dst, dot, address []byte, draw *numbering.Draw) []byte {
	const length = 12 // of the middle one with two digits
	which := 1
	if len(address) < length {
		which = 0
	} else if len(address) > length+1 {
		which = 2
	}
	net := documentation4[which]
	var buf [15]byte
	for {
		text := append(buf[:0], net...)
		if text = strconv.AppendInt(text, 1+int64(draw.Below(254)), 10); !bytes.Equal(text, address) {
			return appendWith(dst, text, '.', dot)
		}
	}
}

// appendWith appends text with each sign written in that way.
func appendWith(dst, text []byte, sign byte, written []byte) []byte {
	for _, c := range text {
		if c == sign {
			dst = append(dst, written...)
		} else {
			dst = append(dst, c)
		}
	}
	return dst
}

// appendDocumented6 appends an address out of 2001:db8::/32, in the form of RFC 5952, with as many groups as address has, each
// of as many digits. The first two groups of address make room for those of the network.
func appendDocumented6(dst, colon, address []byte, draw *numbering.Draw) []byte {
	head, tail, short := bytes.Cut(address, []byte("::"))
	for range 2 {
		_, head, _ = bytes.Cut(head, []byte(":"))
	}
	if short && len(head)+len(tail) == 0 {
		tail = []byte("1") // the network itself must not stay either
	}
	var buf [64]byte
	for {
		text := append(buf[:0], "2001:db8"...)
		if len(head) > 0 {
			text = appendGroups(append(text, ':'), head, draw)
		}
		if short {
			text = appendGroups(append(text, "::"...), tail, draw)
		}
		if !bytes.Equal(text, address) {
			return appendWith(dst, text, ':', colon)
		}
	}
}

// appendGroups appends groups of as many digits as those of text.
func appendGroups(dst, text []byte, draw *numbering.Draw) []byte {
	first := true
	for _, c := range text {
		if c == ':' {
			dst, first = append(dst, c), true
			continue
		}
		digit := draw.Below(16)
		if first && digit == 0 {
			digit = 1
		}
		dst, first = append(dst, lowerHex[digit]), false
	}
	return dst
}

// imitate writes what stands for the value src[start:end] of a tagged field: the findings in it become their surrogates, and all
// the rest filler of the same length.
func (r *run) imitate(sp spot, start, end int, e encoding) verdict {
	k, raw := sp.f.tag.Kind, r.src[start:end]
	r.noteField(sp, start, end, Surrogate)
	r.t.Add(k, Surrogate)
	if r.mute {
		return changed
	}
	r.flush(start)
	r.done = end
	if e == verbatim && (string(raw) == "true" || string(raw) == "false") {
		r.dst = append(r.dst, "true"...) // it stays a literal, and says nothing
		return changed
	}
	r.canon = appendText(r.canon[:0], raw, e)
	seed := r.s.tokens.seed(&r.macs, k, r.canon)
	mark := len(r.dst)
	for range 4 { // a short text may come out as it was
		p := filler{draw: numbering.Draw(seed), strict: strictnessOf(k, raw, e)}
		r.dst = r.dst[:mark]
		r.imitateParts(sp, raw, &p)
		if p.changed || !p.able {
			break
		}
		seed++
	}
	return changed
}

func (r *run) imitateParts(sp spot, raw []byte, p *filler) {
	if idle(raw) {
		r.dst = p.appendFiller(r.dst, raw)
		return
	}
	rules, at := r.rulesOf(sp), 0
	c := r.s.scanner.Scan(raw, sp.key)
	for c.Next() {
		f := &c.Finding
		a := ruleFor(f, &rules)
		if a == Keep && sp.f.tag.Kind != KindIP {
			continue // a loopback address is a part of the text
		}
		r.dst = p.appendFiller(r.dst, raw[at:f.Start])
		r.show(f, raw, raw[f.Start:f.End], a)
		r.t.Add(Kind(f.Kind), a)
		p.begun, p.changed, at = true, true, f.End
	}
	c.Close()
	r.dst = p.appendFiller(r.dst, raw[at:])
}

// strictnessOf returns how strictly filler stands for a value.
func strictnessOf(k Kind, raw []byte, e encoding) stuffing {
	switch {
	case e == verbatim && isJSONNumber(raw):
		return digits
	case k == KindSecret:
		return all
	}
	return letters
}

// appendText appends the text that raw stands for, however often it is encoded.
func appendText(dst, raw []byte, e encoding) []byte {
	for i := 0; i < len(raw); {
		u := unitAt(raw, i)
		switch {
		case e == inForm && raw[i] == '+':
			dst = append(dst, ' ')
		case u.width == 1:
			dst = append(dst, raw[i])
		default:
			dst = utf8.AppendRune(dst, u.r)
		}
		i += u.width
	}
	return dst
}

// isJSONNumber reports whether text is a number as JSON has them.
func isJSONNumber(text []byte) bool {
	if len(text) == 0 || text[0] != '-' && text[0]-'0' > 9 {
		return false
	}
	var j walk.JSON
	j.Reset(text, walk.Limits{})
	return j.Next() && j.Event == walk.Number && j.End == len(text)
}
