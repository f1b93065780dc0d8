package redact

import (
	"crypto/hmac"
	"crypto/sha256"
	"math/rand/v2"
	"testing"
)

// TestMacIsHMAC holds ours to the library's, over texts of every length around the blocks of the hash.
func TestMacIsHMAC(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	fill := func(b []byte) []byte {
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		return b
	}
	var used mac
	for size := range 200 {
		key, text := fill(make([]byte, 1+size%sha256.BlockSize)), fill(make([]byte, size))
		h := hmac.New(sha256.New, key)
		h.Write(text)
		states := newMacKey(key)
		for range 2 {
			if got, want := string(used.of(&states, text)), string(h.Sum(nil)); got != want {
				t.Fatalf("a key of %d and a text of %d bytes: %x, want %x", len(key), size, got, want)
			}
		}
	}
}
