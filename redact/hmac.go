package redact

import (
	"crypto/sha256"
	"hash"
)

// resumable is a hash that goes on from where another one was, as those of the standard library do.
type resumable interface {
	hash.Hash
	AppendBinary([]byte) ([]byte, error)
	UnmarshalBinary([]byte) error
}

// macKey is a key of HMAC-SHA-256 (RFC 2104), as the states of the hash behind the two blocks that are made of it. To go on from
// them costs half of what it does to begin with the key, and a fifth less than crypto/hmac, which has them too. It is immutable.
type macKey struct{ inner, outer []byte }

// newMacKey returns the states of a key of at most a block, as the keys of tokens are.
func newMacKey(key []byte) macKey {
	behind := func(pad byte) []byte {
		var block [sha256.BlockSize]byte
		copy(block[:], key)
		for i := range block {
			block[i] ^= pad
		}
		h := sha256.New().(resumable)
		h.Write(block[:])
		state, err := h.AppendBinary(nil)
		if err != nil {
			panic("redact: the state of SHA-256 cannot be kept")
		}
		return state
	}
	return macKey{behind(0x36), behind(0x5c)}
}

// mac is the memory in which HMACs are computed, made when it is first needed.
type mac struct {
	hash resumable
	sum  [sha256.Size]byte
}

// of returns the HMAC of text under key. It is valid until the next call.
func (m *mac) of(key *macKey, text []byte) []byte {
	if m.hash == nil {
		m.hash = sha256.New().(resumable)
	}
	return m.behind(key.outer, m.behind(key.inner, text))
}

// behind returns the hash of text behind what led to state.
func (m *mac) behind(state, text []byte) []byte {
	if m.hash.UnmarshalBinary(state) != nil {
		panic("redact: the state of SHA-256 was not kept")
	}
	m.hash.Write(text)
	return m.hash.Sum(m.sum[:0])
}
