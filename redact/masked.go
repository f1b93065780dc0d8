package redact

import (
	"encoding/binary"
	"strconv"
	"time"

	"github.com/piiproxy/piiproxy/redact/internal/walk"
)

// constant is the type of text that is part of the program. It is not exported, so callers outside this package can only
// pass untyped constants for it, never a value that came from traffic.
type constant string

// Masked is text that a person may read: everything in it came through a [Surface], or is a constant, a number, a time or
// a [Name]. Only this package can put text into one. The append methods return the extended value, as append does, and
// the caller goes on with that value only. The zero Masked is empty.
type Masked struct{ b []byte }

// MakeMasked returns an empty Masked with room for size bytes.
func MakeMasked(size int) Masked { return Masked{make([]byte, 0, size)} }

// Bytes returns the text for writing it to a sink. The result is valid until the next append or [Masked.Reset] and must
// not be modified.
func (m Masked) Bytes() []byte { return m.b }

// Len returns the length in bytes.
func (m Masked) Len() int { return len(m.b) }

// Reset returns an empty Masked that uses the same memory.
func (m Masked) Reset() Masked { return Masked{m.b[:0]} }

// Cap returns how many bytes fit without allocating.
func (m Masked) Cap() int { return cap(m.b) }

// AppendConst appends text of the program.
func (m Masked) AppendConst(c constant) Masked { return Masked{append(m.b, c...)} }

// AppendInt appends n in decimal.
func (m Masked) AppendInt(n int64) Masked { return Masked{strconv.AppendInt(m.b, n, 10)} }

// AppendFloat appends f with at most the given number of decimal places, zeros cut: for durations and ratios.
func (m Masked) AppendFloat(f float64, places int) Masked {
	return Masked{strconv.AppendFloat(m.b, f, 'f', places, 64)}
}

// AppendTime appends t in UTC as RFC 3339 with microseconds.
func (m Masked) AppendTime(t time.Time) Masked {
	t = t.UTC()
	year, month, day := t.Date()
	if year < 0 || year > 9999 {
		return Masked{t.AppendFormat(m.b, "2006-01-02T15:04:05.000000Z")}
	}
	hour, minute, second := t.Clock()
	b := [27]byte([]byte("0000-00-00T00:00:00.000000Z"))
	setDigits(b[0:4], year)
	setDigits(b[5:7], int(month))
	setDigits(b[8:10], day)
	setDigits(b[11:13], hour)
	setDigits(b[14:16], minute)
	setDigits(b[17:19], second)
	setDigits(b[20:26], t.Nanosecond()/1000)
	return Masked{append(m.b, b[:]...)}
}

// setDigits writes n in decimal over all of b.
func setDigits(b []byte, n int) {
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
}

// AppendName appends a name of the configuration.
func (m Masked) AppendName(n Name) Masked { return Masked{append(m.b, n.s...)} }

// AppendHex appends v as lower-case hexadecimal digits, zero-padded to 16: for ids that the program made.
func (m Masked) AppendHex(v uint64) Masked {
	b := binary.BigEndian.AppendUint64(m.b, hexDigits(uint32(v>>32)))
	return Masked{binary.BigEndian.AppendUint64(b, hexDigits(uint32(v)))}
}

// hexDigits returns the eight hexadecimal digits of v, the first of them highest.
func hexDigits(v uint32) uint64 {
	const ones = 0x0101010101010101
	x := uint64(v)&0xffff0000<<16 | uint64(v)&0xffff
	x = x&0x0000ff000000ff00<<8 | x&0x000000ff000000ff
	x = x&0x00f000f000f000f0<<4 | x&0x000f000f000f000f
	letters := (x + 6*ones) >> 4 & ones
	return x + '0'*ones + letters*('a'-10-'0')
}

// AppendMasked appends v, which is masked already.
func (m Masked) AppendMasked(v Masked) Masked { return Masked{append(m.b, v.b...)} }

// AppendQuoted appends v as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD, so that the line stays
// valid JSON.
func (m Masked) AppendQuoted(v Masked) Masked {
	m.b = append(m.b, '"')
	m.b = walk.AppendEscaped(m.b, v.b)
	m.b = append(m.b, '"')
	return m
}
