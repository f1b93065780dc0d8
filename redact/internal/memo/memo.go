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

// Memo remembers what was computed from the keys that come back: about six thousand of them, and for a moment some two
// thousand that came once, in half a megabyte that is taken at once. It is safe for concurrent use and takes no lock: who looks while somebody writes finds nothing.
type Memo struct {
	seed maphash.Seed
	sets [sets][ways]entry
	// seen has a few bits of the hash of keys that came once. Until a key comes again it stands in the first entry of its set
	// only, so that a stream of keys that never come back does not drive out those that do.
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

// Add offers a value. It is kept until the next one of its set is offered: long enough for the one message that names a person
// twice. If it is offered again not long after, it is kept in place of the oldest of its set that were.
func (m *Memo) Add(k *Key, v *Value) {
	h := maphash.Bytes(m.seed, k[:])
	set, seen, print := &m.sets[h%sets], &m.seen[h/sets%doorkeeper], uint32(h>>32)|1
	if seen.Load() != print {
		seen.Store(print)
		set[0].put(k, v)
		return
	}
	writes := uint64(0)
	for i := range set[1:] {
		writes += set[1+i].version.Load() / 2
	}
	set[1+writes%(ways-1)].put(k, v)
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
