package scan

import (
	"encoding/binary"
	"math/bits"
)

// longRun is from how many bytes on a run is looked through eight bytes at a time.
const longRun = 32

// A tally counts the digits of a run, its dots, its pluses and its parentheses.
type tally uint32

const (
	aDigit tally = 1
	aDot   tally = 1 << 8
	aPlus  tally = 1 << 16
	aParen tally = 1 << 24
)

// weight is what each byte adds to a tally.
var weight = func() (w [256]tally) {
	for b := byte('0'); b <= '9'; b++ {
		w[b] = aDigit
	}
	w['.'], w['+'], w['('], w[')'] = aDot, aPlus, aParen, aParen
	return w
}()

func (n tally) digits() int { return int(n & 0xff) }
func (n tally) dots() int   { return int(n >> 8 & 0xff) }
func (n tally) pluses() int { return int(n >> 16 & 0xff) }

// tooLittle reports whether a run holds no number of least digits, or one less behind a plus, and no IPv4 address.
func (n tally) tooLittle(least int) bool {
	if n.pluses() > 0 {
		least = min(least, minPlus)
	}
	return n.digits() < least && !(n.digits() >= 4 && n.dots() >= 3)
}

// signs are, as bits, where the digits, the dots and the pluses of a run stand that is shorter than longRun.
type signs struct{ digits, dots, pluses uint64 }

// readSigns returns the signs of run.
func readSigns(run []byte) (s signs) {
	var padded [longRun]byte
	copy(padded[:], run)
	for n := 0; n < len(run); n += 8 {
		x := binary.LittleEndian.Uint64(padded[n:]) // all below 0x80
		s.digits |= compress(between(x, '0', '9')) << n
		s.dots |= compress(^nonZero(x^'.'*ones)) << n
		s.pluses |= compress(^nonZero(x^'+'*ones)) << n
	}
	return s
}

// count returns how many of these signs there are within a part of the run.
func (s *signs) count(within uint64) tally {
	n := tally(bits.OnesCount64(s.digits&within)) + tally(bits.OnesCount64(s.dots&within))*aDot
	return n + tally(bits.OnesCount64(s.pluses&within))*aPlus
}

// begins returns the pluses that a number may follow on. before says whether a digit or a plus stands before the run that is not of the
// last finding.
func (s *signs) begins(before bool) uint64 {
	behind := (s.digits | s.pluses) << 1
	if before {
		behind |= 1
	}
	return s.pluses &^ behind &^ (s.pluses >> 1) &^ (s.dots >> 1)
}

// parts returns the pluses and dots over which no number goes on, not even in a form, where a plus may be a blank: a dot beside another
// or beside a plus, and a plus right behind another between what is no sign. before says whether a digit or a plus stands before the
// run.
func (s *signs) parts(before bool) uint64 {
	afterDot, afterPlus := s.dots<<1, s.pluses<<1
	number := s.digits | s.pluses
	twoBack := number << 2
	if before {
		twoBack |= 1 << 1
	}
	return s.dots&(afterDot|afterPlus) | s.pluses&(afterDot|afterPlus&twoBack&(number>>1))
}
