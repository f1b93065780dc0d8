package scan

import "encoding/binary"

// How the first eight bytes of a date such as 2026-11-23, and those of a time of the day such as 10:00:00, differ from zeros; and what
// added to the difference of a byte is more than seven bits if that is no digit or another sign.
const (
	isoDate    = '0' | '0'<<8 | '0'<<16 | '0'<<24 | '-'<<32 | '0'<<40 | '0'<<48 | '-'<<56
	isoTime    = '0' | '0'<<8 | ':'<<16 | '0'<<24 | '0'<<32 | ':'<<40 | '0'<<48 | '0'<<56
	beyondDate = 0x7f76767f76767676
	beyondTime = 0x76767f76767f7676
)

// timestamp returns the end of a date such as 2026-11-23T10:00:00 at t[i], or 0. Most lines of most logs have one, so it
// is told by arithmetic, and it is only told where the rules for numbers and addresses pass over it as well: with a time of
// the day up to its seconds, and else without that.
func timestamp(t []byte, i int) int {
	if i+20 > len(t) {
		return 0
	}
	b := (*[20]byte)(t[i:])
	x := binary.LittleEndian.Uint64(b[:]) ^ isoDate
	tens, ones := b[8]-'0', b[9]-'0'
	if (x+beyondDate|x)&highs != 0 || tens > 9 || ones > 9 {
		return 0
	}
	month, day := int(x>>40&0xff)*10+int(x>>48&0xff), int(tens)*10+int(ones)
	if !monthDay(month, day) || !year((int(x&0xff)*10+int(x>>8&0xff))*100) {
		return 0
	}
	if b[10] != 'T' && b[10] != ' ' {
		return 0
	}
	clock := binary.LittleEndian.Uint64(b[11:]) ^ isoTime
	if (clock+beyondTime|clock)&highs != 0 || is(b[19], classHex) || b[19] == ':' { // as isClock has it
		return 0
	}
	return i + 19
}
