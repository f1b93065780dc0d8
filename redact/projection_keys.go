package redact

import (
	"bytes"
	"hash/maphash"
	"math"

	"github.com/piiproxy/piiproxy/redact/internal/walk"
)

// keyTable finds members that stand twice in one object. Objects are numbered as they begin, over all documents, so that
// nothing has to be cleared between them. Members that a path names are remembered by the path's node; where any member
// counts, under a wildcard or in what is copied as a whole, by their keys in a hash table.
type keyTable struct {
	object uint32   // that began last
	first  uint32   // of this document: smaller numbers in the table are stale
	stamps []uint32 // by node: the object in which its member was met last
	slots  []keySlot
	used   int
	key    []byte // for comparing
}

type keySlot struct {
	object     uint32
	hash       uint32
	start, end int // of the key in the document, without its quotes
}

const (
	minKeySlots  = 64
	keepKeySlots = 4096
)

func (k *keyTable) begin(nodes int) {
	if k.object > math.MaxUint32/2 { // one document cannot hold as many objects as are left
		clear(k.stamps)
		clear(k.slots)
		k.object = 0
	}
	if len(k.stamps) < nodes {
		k.stamps = make([]uint32, nodes)
	}
	k.first, k.used = k.object+1, 0
}

func (k *keyTable) end() {
	if len(k.slots) > keepKeySlots {
		k.slots = nil
	}
	if cap(k.key) > keepScratch {
		k.key = nil
	}
}

// open numbers an object.
func (k *keyTable) open() uint32 {
	k.object++
	return k.object
}

// again reports whether the member of node was met in object before.
func (k *keyTable) again(object uint32, node int32) bool {
	if k.stamps[node] == object {
		return true
	}
	k.stamps[node] = object
	return false
}

// keyAgain reports whether key, the decoded text of src[start:end], was met in object before.
func (k *keyTable) keyAgain(seed maphash.Seed, object uint32, key, src []byte, start, end int) bool {
	if 2*(k.used+1) > len(k.slots) {
		k.grow()
	}
	h := maphash.Bytes(seed, key)
	slot := keySlot{object, uint32(h >> 32), start, end}
	mask := len(k.slots) - 1
	for i := k.place(slot); ; i = (i + 1) & mask {
		s := &k.slots[i]
		if s.object < k.first {
			*s = slot
			k.used++
			return false
		}
		if s.object == object && s.hash == slot.hash && k.same(src[s.start:s.end], key) {
			return true
		}
	}
}

// place is where the search for a slot begins. Objects with the same keys must not share it.
func (k *keyTable) place(s keySlot) int {
	return int(s.hash^s.object*0x9e3779b1) & (len(k.slots) - 1)
}

func (k *keyTable) grow() {
	old := k.slots
	k.slots = make([]keySlot, max(minKeySlots, 2*len(old)))
	mask := len(k.slots) - 1
	for _, s := range old {
		if s.object < k.first {
			continue
		}
		i := k.place(s)
		for k.slots[i].object >= k.first {
			i = (i + 1) & mask
		}
		k.slots[i] = s
	}
}

// same reports whether raw stands for key.
func (k *keyTable) same(raw, key []byte) bool {
	if bytes.IndexByte(raw, '\\') < 0 {
		return bytes.Equal(raw, key)
	}
	k.key = walk.AppendUnescaped(k.key[:0], raw)
	return bytes.Equal(k.key, key)
}
