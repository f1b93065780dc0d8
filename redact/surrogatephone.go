package redact

import (
	"bytes"

	"github.com/piiproxy/piiproxy/redact/internal/numbering"
)

// maxWrittenDigits is more than a number has together with what is dialled before it and behind it.
const maxWrittenDigits = 40

// maxCanonicalDigits is how many digits a canonical number has at most.
const maxCanonicalDigits = 20

// writtenDigits is where the digits of a number stand in a text.
type writtenDigits struct {
	n     int
	at    [maxWrittenDigits]uint16
	value [maxWrittenDigits]byte // '0' to '9'
}

// read finds the digits of raw. It reports false if they are more than a number has.
func (w *writtenDigits) read(raw []byte) bool {
	for i := 0; i < len(raw); {
		u := unitAt(raw, i)
		if v := digitValue(u.r); v >= 0 {
			if w.n == len(w.at) || i > 1<<15 {
				return false
			}
			w.at[w.n], w.value[w.n] = uint16(i), '0'+byte(v)
			w.n++
		}
		i += u.width
	}
	return true
}

// appendPhone appends the surrogate of the number whose canonical digits are given, written like raw: only digits change. What is
// dialled before the national number stays, and of an extension the digits are others.
func appendPhone(dst, raw, canonical []byte, seed uint64) []byte {
	var buf [maxCanonicalDigits]byte
	if len(canonical) > len(buf) {
		canonical = canonical[:len(buf)]
	}
	other := numbering.AppendAnother(buf[:0], canonical, seed)
	var w writtenDigits
	if !w.read(raw) {
		return appendPlainPhone(dst, raw, other)
	}
	at, national := w.find(canonical)
	if at < 0 {
		return appendPlainPhone(dst, raw, other)
	}
	copy(w.value[at:], other[national:])
	draw := numbering.Draw(seed)
	for i := at + len(other) - national; i < w.n; i++ {
		w.value[i] = '0' + byte(draw.Below(10))
	}
	return w.appendTo(dst, raw)
}

// find returns where the canonical digits begin among those written, in full or from the national number on, and at which of
// them; -1 if they stand there in no such way.
func (w *writtenDigits) find(canonical []byte) (at, national int) {
	if at = bytes.Index(w.value[:w.n], canonical); at >= 0 {
		return at, 0
	}
	if _, national = numbering.CallingCode(canonical); national > 0 {
		return bytes.Index(w.value[:w.n], canonical[national:]), national
	}
	return -1, 0
}

// appendTo appends raw with the digits as they are now.
func (w *writtenDigits) appendTo(dst, raw []byte) []byte {
	done := 0
	for i := range w.n {
		at := int(w.at[i])
		u := unitAt(raw, at)
		dst = append(dst, raw[done:at]...)
		dst = appendAs(dst, raw[at:], u, u.r-rune(digitValue(u.r))+rune(w.value[i]-'0'))
		done = at + u.width
	}
	return append(dst, raw[done:]...)
}

// appendPlainPhone appends the digits of a number alone, and ahead of them a plus if there was one.
func appendPlainPhone(dst, raw, other []byte) []byte {
	if u := unitAt(raw, 0); u.r == '+' {
		dst = append(dst, raw[:u.width]...)
	}
	return append(dst, other...)
}
