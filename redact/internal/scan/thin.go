package scan

import (
	"encoding/binary"
	"math/bits"
)

// manyAnchors is from how many anchors in a block on it takes less time to look at all of them at once than one by one, and inVain
// how many of them nothing began at before.
const (
	manyAnchors = 6
	inVain      = 3
)

// vain is called where nothing begins at an anchor. If that is so with some of a block, the others are told at once that begin nothing
// either, and those of the blocks that follow, for as long as it pays. Where misses are wanted all are looked at.
func (c *Cursor) vain() {
	f := &c.f
	if f.vainAt != f.base {
		f.vainAt, f.vain = f.base, 0
	}
	if f.vain++; f.vain == inVain && c.misses == nil {
		f.thin()
	}
}

// thin drops the anchors of the current block that are a colon or an @ of nothing.
func (f *filter) thin() {
	before := bits.OnesCount64(f.bits)
	if before < manyAnchors || f.base < 0 || f.base+block > len(f.t) {
		return
	}
	var address, colons, ats, letters uint64 // what may be of an IPv6 address, and of that the colons; letters that are not
	for k := 0; k < block; k += 8 {
		x := binary.LittleEndian.Uint64(f.t[f.base+k:])
		address |= compress(addressMask(x)) << k
		colons |= compress(colonMask(x)) << k
		letters |= compress(beyondHex(x)) << k
		ats |= compress(^nonZero(x&^highs^'@'*ones)&^x) << k
	}
	named := letters<<1 | letters<<2 | letters<<3 // what stands behind a name: it has such a letter near its end
	for k := 1; k <= 3 && k <= f.base; k++ {
		if beyondHex(uint64(f.t[f.base-k])) != 0 {
			named |= 1<<(4-k) - 1
		}
	}
	f.bits &^= colons &^ (mayBeAddresses(address, colons) | named)
	if f.base+block <= f.noAt {
		f.bits &^= ats
	}
	f.crowded = before-bits.OnesCount64(f.bits) >= manyAnchors/2
}

// mayBeAddresses returns those runs of the bits of address that may be an IPv6 address or a time of the day: two colons stand side by
// side there, or with a number of two digits between, or it has room for six, or it goes on in the next block.
func mayBeAddresses(address, colons uint64) uint64 {
	two := address & (address >> 1)
	four := two & (two >> 2)
	eight := four & (four >> 4)
	seeds := colons&(colons>>1) | colons&(colons>>3) | eight&(eight>>3) | address&(1|1<<(block-1))
	// Each seed grows over the run it is in: up by a carry, and down by one, two, four places, and so on.
	runs := ((seeds + address) ^ address | seeds) & address
	for n, over := 1, address; n < block; n *= 2 {
		runs |= over & (runs >> n)
		over &= over >> n
	}
	return runs
}
