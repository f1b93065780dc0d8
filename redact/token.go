package redact

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/piiproxy/piiproxy/redact/internal/numbering"
	"github.com/piiproxy/piiproxy/redact/internal/scan"
)

// tokenBytes of the HMAC make a token, two letters a byte.
const (
	tokenBytes   = 12
	tokenLetters = 2 * tokenBytes
)

// tokens makes the tokens of one epoch of one entity. It is immutable and safe for concurrent use.
type tokens struct {
	epoch string
	keys  [numKinds]macKey // one a kind, so that the tokens of two kinds cannot be compared

	surrogates [numKinds]macKey // the keys of surrogates; of KindNone for fields of any kind
}

// newTokens derives the keys of an epoch. The derivation is part of every token ever written: changing it makes old logs
// and new ones disagree.
func newTokens(entity string, e *epochKey) (*tokens, error) {
	t := &tokens{epoch: e.id}
	for k := KindPhone; k < numKinds; k++ {
		info := "piiproxy token\x00" + entity + "\x00" + e.id + "\x00" + k.String()
		key, err := hkdf.Key(sha256.New, e.secret, nil, info, sha256.Size)
		if err != nil {
			return nil, errors.New("redact: keyring: the keys of an epoch cannot be derived")
		}
		t.keys[k] = newMacKey(key)
	}
	var err error
	t.surrogates, err = surrogateKeys(entity, e)
	return t, err
}

// macs are the memory that one run makes tokens in, and those that it made last: a message names the same person in several places.
// No two runs share any, for a processor computes a token in less time than it takes to ask another's cache for it. A run has the
// tokens of one epoch.
type macs struct {
	mac    mac
	recent [recentTokens]recentToken
	head   tokenHead
}

// tokenHead is what stands ahead of the letters in the token that was made last.
type tokenHead struct {
	kind   Kind
	region string
	text   []byte
}

const (
	recentTokens = 16 // a power of two
	recentValue  = 30 // bytes of a value that is remembered
)

// recentToken is the token of one value. A kind of zero means none.
type recentToken struct {
	kind    Kind
	size    uint8
	value   [recentValue]byte
	letters [tokenLetters]byte
}

// appendToken appends the token of a canonical value. region is empty but for phones.
func (t *tokens) appendToken(dst []byte, m *macs, k Kind, region string, canonical []byte) []byte {
	dst = t.appendHead(dst, m, k, region)
	n := len(canonical)
	if n == 0 || n > recentValue {
		return t.appendLetters(dst, m, k, canonical)
	}
	r := &m.recent[nameSlot(canonical)%recentTokens]
	if r.kind != k || string(r.value[:r.size]) != string(canonical) {
		r.kind, r.size = k, uint8(copy(r.value[:], canonical))
		t.appendLetters(r.letters[:0], m, k, canonical)
	}
	return append(dst, r.letters[:]...)
}

// appendOneOfMany is appendToken for one of many values that all are others, and that should not make m forget those that come again.
func (t *tokens) appendOneOfMany(dst []byte, m *macs, k Kind, region string, canonical []byte) []byte {
	return t.appendLetters(t.appendHead(dst, m, k, region), m, k, canonical)
}

// appendHead appends what stands ahead of the letters of a token.
func (t *tokens) appendHead(dst []byte, m *macs, k Kind, region string) []byte {
	if h := &m.head; h.kind != k || h.region != region {
		h.kind, h.region = k, region
		h.text = append(append(h.text[:0], kindNames[k]...), '_')
		if region != "" {
			h.text = append(append(h.text, region...), '_')
		}
		h.text = append(append(h.text, t.epoch...), '_')
	}
	return append(dst, m.head.text...)
}

// appendLetters appends the letters of a token: a to p for 0 to 15, so that no detector and no escaping ever touches them.
func (t *tokens) appendLetters(dst []byte, m *macs, k Kind, canonical []byte) []byte {
	sum := m.mac.of(&t.keys[k], canonical)
	for i := 0; i < tokenBytes; i += 4 {
		halves := uint64(binary.BigEndian.Uint32(sum[i:])) // each half of a byte becomes a byte
		halves = (halves<<16 | halves) & 0x0000ffff0000ffff
		halves = (halves<<8 | halves) & 0x00ff00ff00ff00ff
		halves = (halves<<4 | halves) & 0x0f0f0f0f0f0f0f0f
		dst = binary.BigEndian.AppendUint64(dst, halves+0x6161616161616161)
	}
	return dst
}

// regionName returns the region that stands in the token and the partial mask of a phone number.
func regionName(r numbering.Region) string {
	if r == numbering.Region(0) {
		return "ZZ"
	}
	return r.String()
}

// TokensOf returns the tokens of a value under every living epoch of an entity, newest first: what to search for to find
// a person in the logs. The value is read as the detectors read it, so its spelling does not matter; regions are those
// of the configuration. Errors do not quote the value.
func (k *Keyring) TokensOf(entity string, kind Kind, value string, regions []string) ([]Masked, error) {
	i, found := k.find(entity)
	if !found {
		return nil, errors.New("redact: keyring: no such entity")
	}
	canonical, region, err := canonicalValue(kind, []byte(value), regions)
	if err != nil {
		return nil, err
	}
	var all []Masked
	epochs := k.entities[i].epochs
	for j := len(epochs) - 1; j >= 0; j-- {
		if !epochs[j].live() {
			continue
		}
		t, err := newTokens(entity, &epochs[j])
		if err != nil {
			return nil, err
		}
		all = append(all, Masked{t.appendToken(nil, new(macs), kind, region, canonical)})
	}
	return all, nil
}

// canonicalValue returns what the tokens of a value are made of, and the region of a phone number.
func canonicalValue(kind Kind, value []byte, regions []string) (canonical []byte, region string, err error) {
	switch kind {
	case KindNone:
		return nil, "", errors.New("redact: token: no kind")
	case KindPhone, KindEmail, KindIP:
	default:
		return value, "", nil
	}
	s, err := scan.New(scan.Options{Profile: scan.Message, Regions: regions})
	if err != nil {
		return nil, "", fmt.Errorf("redact: token: %w", err)
	}
	c := s.Scan(value, keyOf(kind))
	defer c.Close()
	for c.Next() {
		if Kind(c.Finding.Kind) != kind {
			continue
		}
		canonical = c.Finding.AppendCanonical(nil, value)
		if kind == KindPhone {
			region = regionName(c.Finding.Region)
		}
		if c.Next() {
			return nil, "", errors.New("redact: token: more than one value")
		}
		return canonical, region, nil
	}
	return nil, "", fmt.Errorf("redact: token: this is no %s", kind)
}

// keyOf says what a field of that kind promises of its text.
func keyOf(k Kind) scan.Key {
	if k == KindPhone {
		return scan.KeyPhone
	}
	return scan.KeyNone
}
