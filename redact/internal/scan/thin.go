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

// blockSigns are, as bits, where in a block the digits, the dots and the pluses stand, the letters of an IPv6 address, the colons, the @
// and the other letters.
type blockSigns struct {
	signs
	letters, colons, ats, others uint64
}

// portableBlockSigns reads the signs of a block.
func portableBlockSigns(p *[block]byte, s *blockSigns) {
	*s = blockSigns{}
	for k := 0; k < block; k += 8 {
		x := binary.LittleEndian.Uint64(p[k:])
		y := x &^ highs
		s.digits |= compress(between(y, '0', '9')&^x) << k
		s.dots |= compress(^nonZero(y^'.'*ones)&^x) << k
		s.pluses |= compress(^nonZero(y^'+'*ones)&^x) << k
		s.letters |= compress(between(y|' '*ones, 'a', 'f')&^x) << k
		s.colons |= compress(^nonZero(y^':'*ones)&^x) << k
		s.ats |= compress(^nonZero(y^'@'*ones)&^x) << k
		s.others |= compress(beyondHex(x)) << k
	}
}

// thin drops the anchors of the current block that are a colon or an @ of nothing, or of a run of digits that is too little for anything.
func (f *filter) thin() {
	before := bits.OnesCount64(f.bits)
	if before < manyAnchors || f.base < 0 || f.base+block > len(f.t) {
		return
	}
	var s blockSigns
	readBlockSigns((*[block]byte)(f.t[f.base:]), &s)
	address := s.digits | s.dots | s.letters | s.colons
	f.bits &^= s.colons &^ (mayBeAddresses(address, s.colons)&(address>>1|1<<(block-1)) | f.named(s.others))
	if f.base+block <= f.noAt {
		f.bits &^= s.ats
	}
	f.thinRuns(&s.signs)
	f.crowded = before-bits.OnesCount64(f.bits) >= manyAnchors/2
}

// named returns what stands behind a name in the current block: it has a letter near its end that is of no address.
func (f *filter) named(letters uint64) uint64 {
	named := letters<<1 | letters<<2 | letters<<3
	for k := 1; k <= 3 && k <= f.base; k++ {
		if beyondHex(uint64(f.t[f.base-k])) != 0 {
			named |= 1<<(4-k) - 1
		}
	}
	return named
}

// thinRuns drops the anchors of runs within the current block that are too little for anything, by themselves or as a part of what stands
// between other signs. No branch depends on what a run is: half of them would be guessed wrong.
func (f *filter) thinRuns(s *signs) {
	runs, parts, least := f.run.one, s.parts(false), minPlus
	if f.five {
		least = minShort
	}
	for rest := f.bits & runs; rest != 0; {
		k := bits.TrailingZeros64(rest)
		from, to := bits.Len64(^runs&(1<<k-1)), k+bits.TrailingZeros64(^(runs>>k))
		if from == 0 || to >= block || is(f.t[f.base+to], classEscape) {
			rest &^= 1<<to - 1 // it goes on elsewhere
			continue
		}
		from = max(from, bits.Len64(parts&(2<<k-1))-1)
		to = min(to, k+1+bits.TrailingZeros64(parts>>k>>1))
		within := uint64(1)<<to - 1<<from
		digits, dots := bits.OnesCount64(s.digits&within), bits.OnesCount64(s.dots&within)
		little, address := uint64(int64(digits-least)>>63), uint64(int64(3-digits)>>63)&uint64(int64(2-dots)>>63)
		f.bits &^= within & little &^ address
		rest &^= within
	}
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
