package scan

import (
	"encoding/binary"
	"math/bits"
)

// A filter passes over the bytes of a text that begin nothing and stops at anchors: the seventh byte of a run of digits and
// what may part them (shorter runs hold no number and no IPv4 address), and each @, colon, equals sign that may stand behind
// one of its names, and byte that may begin an escape. It looks at blocks of 64 bytes.
type filter struct {
	t    []byte
	base int    // where the current block begins
	bits uint64 // the anchors of the current block that were not passed yet
	run  joined // of the current block, for the next one
	five bool   // whether runs of five bytes are anchors already

	names *Names // nil: all equals signs are anchors

	crowded bool // the block before had many anchors that nothing begins at
	vainAt  int  // where the block begins that the last such anchor is of
	vain    int  // how many there were in it, among those that were looked at one by one
	noAt    int  // up to where no @ is of an e-mail address
}

// joined holds, for a block of bytes, where two and four bytes in a row may be of a number, and where one may. Of a block that a search
// returned it also has the equals signs of which it was not asked what they stand behind.
type joined struct{ one, two, four, equals uint64 }

// block is the size of what a filter looks at in one step.
const block = 64

// start makes f a filter of t from i on.
func (f *filter) start(t []byte, i int) {
	f.t, f.base, f.bits, f.run = t, i-block, 0, joined{}
	f.crowded, f.noAt = false, 0
}

// next returns the first anchor at i or later, or the length of the text. i must not be less than it was before.
func (f *filter) next(i int) int {
	if d := i - f.base; d >= block {
		f.bits = 0
		if d >= 2*block { // what lies between was looked at by others
			f.base, f.run = i-block, joined{}
		}
	} else if d > 0 {
		f.bits &= ^uint64(0) << d
	}
	for f.bits == 0 {
		f.base += block
		if f.base >= len(f.t) {
			f.base -= block
			return len(f.t)
		}
		f.load()
		if d := i - f.base; d > 0 {
			f.bits &= ^uint64(0) << d
		}
	}
	return f.base + bits.TrailingZeros64(f.bits)
}

// load makes the next block with an anchor the current one or, if there is none, the last block.
func (f *filter) load() {
	far := 3
	if f.five {
		far = 1
	}
	n := (len(f.t) - f.base) / block
	if n == 0 {
		rest := f.t[f.base:]
		if len(rest) <= shortText && f.run.one == 0 {
			f.bits, f.run.equals = shortAnchors(rest, far+4)
		} else {
			var last [block]byte
			copy(last[:], rest)
			_, f.bits = search(last[:], 0, 1, far, nil, &f.run)
		}
		if f.run.equals != 0 {
			f.dropEquals()
		}
		return
	}
	var e *endings
	if f.names != nil && f.base >= endBytes {
		e = &f.names.kinds[0]
	}
	var k int
	k, f.bits = search(f.t, f.base, n, far, e, &f.run)
	f.base += k * block
	if f.run.equals != 0 {
		f.dropEquals()
	}
	if f.crowded {
		f.thin()
	}
}

// dropEquals drops the equals signs of the current block that stand behind no name: most do. A search has done so where it could.
func (f *filter) dropEquals() {
	if f.names == nil {
		return
	}
	for rest := f.run.equals; rest != 0; rest &= rest - 1 {
		if i := f.base + bits.TrailingZeros64(rest); !f.names.Has(f.t, i, false) {
			f.bits &^= rest & -rest
		}
	}
}

// shortText is up to how many bytes it takes less time to look at them one by one.
const shortText = 32

// The bytes that may be of a number and those that are marks, as blockMasks has them.
var joinByte, markByte = func() (join [256]uint8, mark [256]uint64) {
	for c := '('; c <= '9'; c++ {
		join[c] = 0xff
	}
	join[' '] = 0xff
	for _, c := range "@:=\\%&" {
		mark[c] = 1
	}
	for c := 0xc0; c < 0x100; c++ {
		mark[c] = 1
	}
	return join, mark
}()

// shortAnchors returns the anchors of a text of at most a block, in which a run of far bytes has one, and which are equals signs.
func shortAnchors(text []byte, far int) (anchors, equals uint64) {
	run := uint8(0)
	for i, b := range text {
		run = (run + 1) & joinByte[b]
		a := markByte[b]
		if int(run) >= far {
			a = 1
		}
		anchors |= a << (i & 63)
		if b == '=' {
			equals |= 1 << (i & 63)
		}
	}
	return anchors, equals
}

// portableSearch looks at the n blocks that begin at t[base] until one has anchors. It returns which, and its anchors, or the
// last block and none. A run of far bytes more than four has its anchor; r is of the block before, and becomes that of the
// block returned. With e, for which four bytes must stand ahead of the first block, equals signs are anchors only where a name may end;
// without it all are, and r has them.
func portableSearch(t []byte, base, n, far int, e *endings, r *joined) (k int, anchors uint64) {
	for ; k < n; k++ {
		p := (*[block]byte)(t[base+k*block:])
		join, mark := blockMasks(p)
		was := *r
		r.one = join
		r.two = join & (join<<1 | was.one>>63)
		r.four = r.two & (r.two<<2 | was.two>>62)
		if anchors = mark | r.four&(r.four<<far|was.four>>(64-far)); anchors == 0 {
			continue
		}
		r.equals = equalsOf(p)
		for ; e != nil && r.equals != 0; r.equals &= r.equals - 1 {
			if !e.end(t, base+k*block+bits.TrailingZeros64(r.equals)) {
				anchors &^= r.equals & -r.equals
			}
		}
		if anchors != 0 {
			return k, anchors
		}
	}
	r.equals = 0
	return n - 1, 0
}

// equalsOf returns, as bits, the equals signs of a block.
func equalsOf(p *[block]byte) (equals uint64) {
	for k := 0; k < block; k += 8 {
		x := binary.LittleEndian.Uint64(p[k:])
		equals |= compress(^nonZero(x&^highs^'='*ones)&^x) << k
	}
	return equals
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// blockMasks returns, of a block as bits, the bytes that may be of a number, and the marks: @, colon, equals sign, and bytes
// that may begin an escape. It takes eight bytes at once; * and comma pass for bytes of a number, which costs a closer look and no more.
func blockMasks(p *[block]byte) (join, mark uint64) {
	for k := 0; k < block; k += 8 {
		x := binary.LittleEndian.Uint64(p[k:])
		y := x &^ highs
		j := between(y, '(', '9') | ^nonZero(y^' '*ones)
		m := ^(nonZero(y^'@'*ones) & nonZero(y^':'*ones) & nonZero(y^'='*ones) & nonZero(y^'\\'*ones)) | between(y, '%', '&')
		join |= compress(j&^x) << k
		mark |= compress(m&^x|x&(x<<1)) << k // of a character beyond ASCII the first byte
	}
	return join, mark
}

// between marks the bytes of x from lo to hi with their high bit. The bytes of x must be below 0x80.
func between(x uint64, lo, hi byte) uint64 {
	return (x + (0x80-uint64(lo))*ones) &^ (x + (0x7f-uint64(hi))*ones)
}

// joinEnd returns where the bytes end, from t[i] on, that may be of a number.
func joinEnd(t []byte, i int) int {
	for ; i+8 <= len(t); i += 8 {
		x := binary.LittleEndian.Uint64(t[i:])
		y := x &^ highs
		if m := ((between(y, '(', '9')|^nonZero(y^' '*ones))&nonZero(y^'*'*ones)&nonZero(y^','*ones)&^x ^ highs) & highs; m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for i < len(t) && is(t[i], classJoin) {
		i++
	}
	return i
}

// digitsEnd returns where the digits end from t[i] on.
func digitsEnd(t []byte, i int) int {
	for ; i+8 <= len(t); i += 8 {
		x := binary.LittleEndian.Uint64(t[i:])
		if m := (between(x&^highs, '0', '9')&^x ^ highs) & highs; m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for i < len(t) && isDigit(t[i]) {
		i++
	}
	return i
}

// digitsStart returns where the digits begin that end before t[end], and not before low, which is not behind end.
func digitsStart(t []byte, end, low int) int {
	if end-8 >= low {
		x := binary.LittleEndian.Uint64(t[end-8:])
		if n := bits.LeadingZeros64((between(x&^highs, '0', '9')&^x^highs)&highs) >> 3; n < 8 {
			return end - n
		}
	}
	for end > low && isDigit(t[end-1]) {
		end--
	}
	return end
}

// nonZero marks the bytes of x that are not zero with their high bit. The bytes of x must be below 0x80.
func nonZero(x uint64) uint64 { return x + 0x7f*ones }

// compress collects the high bits of the bytes of x, that of the first byte lowest.
func compress(x uint64) uint64 { return x & highs * 0x0002040810204081 >> 56 }

// nextEscape returns the first byte from i on that may begin an escape or is a line break, or end or what is behind it.
func nextEscape(t []byte, i, end int) int {
	for ; i+8 <= end; i += 8 {
		if m := escapeMask(binary.LittleEndian.Uint64(t[i:])); m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for ; i < end; i++ {
		if is(t[i], classEscape) || t[i] == '\n' {
			return i
		}
	}
	return i
}

// escapeMask marks the bytes of x that may begin an escape or are a line break.
func escapeMask(x uint64) uint64 {
	y := x &^ highs
	return (^(nonZero(y^'\\'*ones) & nonZero(y^'\n'*ones)) | between(y, '%', '&') | x) & highs
}
