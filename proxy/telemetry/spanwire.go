package telemetry

import (
	"encoding/binary"
	"unicode/utf8"
)

// The wire format of protobuf, as far as spans need it. Numbers of fields are those of OTLP.

// Types of fields on the wire.
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
	wireFixed32 = 5
)

func wireTag(field, wire int) byte { return byte(field<<3 | wire) } // one byte up to field 15

// varintLen returns how many bytes v takes.
func varintLen(v int) int {
	n := 1
	for ; v >= 0x80; v >>= 7 {
		n++
	}
	return n
}

func appendVarint(b []byte, v int) []byte { return binary.AppendUvarint(b, uint64(v)) }

func appendFixed64(b []byte, tag byte, v uint64) []byte {
	return binary.LittleEndian.AppendUint64(append(b, tag), v)
}

// lengthRoom is how long the length of a message is taken to be: that of 128 to 16383 bytes.
const lengthRoom = 2

// openMessage begins a message of a length that is not known yet, and returns where its content begins.
func openMessage(b []byte, tag byte) (out []byte, at int) {
	b = append(b, tag, 0, 0)
	return b, len(b)
}

// closeMessage writes the length of the message that began at at.
func closeMessage(b []byte, at int) []byte {
	n := len(b) - at
	if size := varintLen(n); size != lengthRoom {
		b = append(b, 0, 0, 0, 0, 0, 0, 0, 0)
		copy(b[at+size-lengthRoom:], b[at:at+n])
		b = b[:at+size-lengthRoom+n]
	}
	binary.PutUvarint(b[at-lengthRoom:], uint64(n))
	return b
}

// attribute is the beginning of a KeyValue: its key as it stands on the wire.
type attribute string

// newAttribute returns the attribute of that name, which must be shorter than 128 bytes.
func newAttribute(key string) attribute {
	return attribute(append([]byte{wireTag(1, wireBytes), byte(len(key))}, key...))
}

const (
	tagSpanAttribute = 9<<3 | wireBytes
	tagAnyValue      = 2<<3 | wireBytes // within a KeyValue
	tagStringValue   = 1<<3 | wireBytes // within an AnyValue
	tagIntValue      = 3<<3 | wireVarint
)

// appendString appends an attribute whose value is text. What is not UTF-8 in it becomes U+FFFD.
func (a attribute) appendString(b, text []byte) []byte {
	if !utf8.Valid(text) {
		return a.appendMended(b, text)
	}
	return append(a.begin(b, len(text)), text...)
}

// begin appends an attribute up to its value, a text of n bytes.
func (a attribute) begin(b []byte, n int) []byte {
	inner := 1 + varintLen(n) + n
	b = appendVarint(append(b, tagSpanAttribute), len(a)+1+varintLen(inner)+inner)
	b = append(b, a...)
	b = appendVarint(append(b, tagAnyValue), inner)
	return appendVarint(append(b, tagStringValue), n)
}

func (a attribute) appendMended(b, text []byte) []byte {
	return appendMended(a.begin(b, mendedLen(text)), text)
}

// appendMended appends text with U+FFFD for each byte that is no part of UTF-8.
func appendMended(b, text []byte) []byte {
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		b = utf8.AppendRune(b, r)
		text = text[size:]
	}
	return b
}

// mendedLen returns the length of what appendMended appends.
func mendedLen(text []byte) int {
	n := 0
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		n += utf8.RuneLen(r)
		text = text[size:]
	}
	return n
}

// appendInt appends an attribute whose value is a number of at least 0.
func (a attribute) appendInt(b []byte, v int) []byte {
	inner := 1 + varintLen(v)
	b = appendVarint(append(b, tagSpanAttribute), len(a)+2+inner)
	b = append(b, a...)
	b = append(b, tagAnyValue, byte(inner), tagIntValue)
	return appendVarint(b, v)
}

// constant returns a whole attribute with a value of the program, for tables.
func (a attribute) constant(value string) string { return string(a.appendString(nil, []byte(value))) }

// constants returns whole attributes for the words of an enum.
func (a attribute) constants(words []string) []string {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = a.constant(w)
	}
	return all
}
