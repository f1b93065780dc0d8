// Package memo is a bounded cache in memory that its callers cannot tell from computing anew. It is an exit in the sense
// that it holds personal data, so its size is bounded and nothing in it can be listed.
package memo

import (
	"hash/maphash"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
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
	shards     = 16 // so that two cores seldom want the same lock
	shardSize  = 512
	doorkeeper = 1024 // a power of two
)

// Memo remembers what was computed from the keys that come back: about eight thousand of them, the least recently used
// making room. It is safe for concurrent use.
type Memo struct {
	seed   maphash.Seed
	shards [shards]shard
}

// shard is a part of the cache with a lock of its own. A key is kept the second time it is seen; until then only a few
// bits of its hash are, so that a stream of keys that never come back costs neither memory nor allocations.
type shard struct {
	mu   sync.Mutex
	lru  *simplelru.LRU[Key, Value]
	seen [doorkeeper]uint32
	_    [64]byte // keeps two locks out of one cache line
}

// New returns an empty Memo.
func New() *Memo {
	m := &Memo{seed: maphash.MakeSeed()}
	for i := range m.shards {
		lru, err := simplelru.NewLRU[Key, Value](shardSize, nil)
		if err != nil {
			panic("memo: a shard has no room")
		}
		m.shards[i].lru = lru
	}
	return m
}

// Get returns what Add stored under k. It does not allocate.
func (m *Memo) Get(k *Key) (Value, bool) {
	s := &m.shards[maphash.Bytes(m.seed, k[:])%shards]
	s.mu.Lock()
	v, ok := s.lru.Get(*k)
	s.mu.Unlock()
	return v, ok
}

// Add offers a value. It is kept if its key was offered not long ago.
func (m *Memo) Add(k *Key, v *Value) {
	h := maphash.Bytes(m.seed, k[:])
	s := &m.shards[h%shards]
	slot, print := h/shards%doorkeeper, uint32(h>>32)|1
	s.mu.Lock()
	if s.seen[slot] == print {
		s.lru.Add(*k, *v)
	} else {
		s.seen[slot] = print
	}
	s.mu.Unlock()
}
