// Package memo is a bounded cache in memory that its callers cannot tell from computing anew. It is an exit in the sense
// that it holds personal data, so its size is bounded and nothing in it can be listed.
package memo

import (
	"encoding/binary"
	"hash/maphash"
	"sync/atomic"
)

// KeySize is the size of a key: what is longer is not remembered.
const KeySize = 32

// ValueSize is the size of a value.
const ValueSize = 24

// Key is what a value was computed from. Two different inputs must give two different keys.
type Key [KeySize]byte

// Value is what was computed.
type Value [ValueSize]byte

const (
	sets       = 2048 // powers of two
	ways       = 4
	doorkeeper = 16384
	keyWords   = KeySize / 8
	words      = (KeySize + ValueSize) / 8
)

// Memo remembers what was computed from the keys that come back: about eight thousand of them, in half a megabyte that is
// taken at once. It is safe for concurrent use and takes no lock: who looks while somebody writes finds nothing.
type Memo struct {
	seed maphash.Seed
	sets [sets][ways]entry
	// seen has a few bits of the hash of keys that came once. A key is kept the second time, so that a stream of keys that
	// never come back does not drive out those that do.
	seen [doorkeeper]atomic.Uint32
}

// entry is one key with its value, as large as a cache line.
type entry struct {
	version atomic.Uint64 // odd while it is written, zero before
	words   [words]atomic.Uint64
}

// New returns an empty Memo.
func New() *Memo { return &Memo{seed: maphash.MakeSeed()} }

// Get returns what Add stored under k. It does not allocate.
func (m *Memo) Get(k *Key) (v Value, ok bool) {
	set := &m.sets[maphash.Bytes(m.seed, k[:])%sets]
	for i := range set {
		if set[i].get(k, &v) {
			return v, true
		}
	}
	return Value{}, false
}

// get copies the value if the key is k, and nobody wrote meanwhile.
func (e *entry) get(k *Key, v *Value) bool {
	version := e.version.Load()
	if version == 0 || version&1 != 0 {
		return false
	}
	for i := range keyWords {
		if e.words[i].Load() != binary.NativeEndian.Uint64(k[8*i:]) {
			return false
		}
	}
	for i := range words - keyWords {
		binary.NativeEndian.PutUint64(v[8*i:], e.words[keyWords+i].Load())
	}
	return e.version.Load() == version
}

// Add offers a value. It is kept if its key was offered not long ago, in place of the one of its set that is oldest.
func (m *Memo) Add(k *Key, v *Value) {
	h := maphash.Bytes(m.seed, k[:])
	seen, print := &m.seen[h/sets%doorkeeper], uint32(h>>32)|1
	if seen.Load() != print {
		seen.Store(print)
		return
	}
	set := &m.sets[h%sets]
	writes := uint64(0)
	for i := range set {
		writes += set[i].version.Load() / 2
	}
	set[writes%ways].put(k, v)
}

// put writes the entry, unless somebody else does.
func (e *entry) put(k *Key, v *Value) {
	version := e.version.Load()
	if version&1 != 0 || !e.version.CompareAndSwap(version, version+1) {
		return
	}
	for i := range keyWords {
		e.words[i].Store(binary.NativeEndian.Uint64(k[8*i:]))
	}
	for i := range words - keyWords {
		e.words[keyWords+i].Store(binary.NativeEndian.Uint64(v[8*i:]))
	}
	e.version.Store(version + 2)
}
