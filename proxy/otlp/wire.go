package otlp

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// wireType is how a field of protobuf is written.
type wireType uint8

const (
	varintType wireType = iota
	fixed64Type
	bytesType
	groupBegin // not used since proto2
	groupEnd
	fixed32Type
)

// stringValueTag begins the string of an AnyValue.
const stringValueTag = 1<<3 | byte(bytesType)

// wireOf is the type that a field must have.
var wireOf = [...]wireType{
	integer: varintType, fixed32: fixed32Type, fixed64: fixed64Type, real64: fixed64Type,
	text: bytesType, constant: bytesType, id8: bytesType, id16: bytesType,
	message: bytesType, keyValue: bytesType, anyValue: bytesType, logBody: bytesType,
	packed64: bytesType, packedVarint: bytesType,
}

// unpacked is the type that a list of numbers may have instead.
var unpacked = [packedVarint + 1]wireType{packed64: fixed64Type, packedVarint: varintType}

// wireField is one field on the wire.
type wireField struct {
	number uint32
	wire   wireType
	size   int    // where the length begins, of bytes
	start  int    // of the content: of bytes behind the length
	end    int    // behind the field
	value  uint64 // of a varint
}

// next reads the field at at. It reports false if there is none that ends before end.
func (s *Scrubber) next(f *wireField, at, end int) bool {
	src := s.src[:end]
	if at >= end {
		return s.fail(Malformed, at)
	}
	tag, i := uint64(src[at]), at+1
	if tag >= 0x80 {
		if tag, i = readVarint(src, at); i < 0 || tag > 1<<32-1 {
			return s.fail(Malformed, at)
		}
	}
	f.number, f.wire, f.start = uint32(tag>>3), wireType(tag&7), i
	if f.number == 0 {
		return s.fail(Malformed, at)
	}
	switch f.wire {
	case varintType:
		if f.value, f.end = readVarint(src, i); f.end < 0 {
			return s.fail(Malformed, i)
		}
	case fixed64Type:
		f.end = i + 8
	case fixed32Type:
		f.end = i + 4
	case bytesType:
		if i >= end {
			return s.fail(Malformed, i)
		}
		n, from := uint64(src[i]), i+1
		if n >= 0x80 {
			if n, from = readVarint(src, i); from < 0 {
				return s.fail(Malformed, i)
			}
		}
		if n > uint64(end-from) {
			return s.fail(Malformed, i)
		}
		f.size, f.start, f.end = i, from, from+int(n)
	default:
		return s.fail(Malformed, at)
	}
	if f.end > end {
		return s.fail(Malformed, i)
	}
	return true
}

// readVarint reads the number at src[i] and returns what is behind it, or -1.
func readVarint(src []byte, i int) (v uint64, end int) {
	v, n := binary.Uvarint(src[i:])
	if n <= 0 {
		return 0, -1
	}
	return v, i + n
}

func varintLen(v uint64) int { return (bits.Len64(v|1) + 6) / 7 }

func appendVarint(dst []byte, v uint64) []byte { return binary.AppendUvarint(dst, v) }

// enter reserves the edit of a length, for it stands ahead of those of the content; leave with what it returned ends it.
func (s *Scrubber) enter(f *wireField) (edits, delta int) {
	edits, delta = len(s.edits), s.delta
	if edits < maxEdits {
		s.edits = append(s.edits, edit{start: uint32(f.size), end: uint32(f.start), form: length})
	} else {
		s.fail(TooMany, f.size)
	}
	return edits, delta
}

// leave gives the reserved edit the new length, or takes it back if nothing was changed.
func (s *Scrubber) leave(f *wireField, edits, delta int) {
	if len(s.edits) <= edits+1 {
		s.edits = s.edits[:edits]
		return
	}
	e := &s.edits[edits]
	e.from = uint32(f.end - f.start + s.delta - delta)
	s.delta += varintLen(uint64(e.from)) - (f.start - f.size)
}

// message walks src[at:end], a message of that type.
func (s *Scrubber) message(m *messageType, at, end int) bool {
	var f wireField
	for ; at < end; at = f.end {
		if !s.next(&f, at, end) {
			return false
		}
		if f.number >= uint32(len(m.fields)) || m.fields[f.number].class == unknown {
			s.drop(at, f.end)
			continue
		}
		d := &m.fields[f.number]
		if want := wireOf[d.class]; f.wire != want {
			if d.class < packed64 || f.wire != unpacked[d.class] {
				return s.fail(Malformed, at)
			}
			continue
		}
		if d.class == integer && !isShort(f.value) {
			return s.fail(Malformed, at)
		}
		if f.wire == bytesType && !s.content(d, &f) || s.class != 0 {
			return false
		}
	}
	return true
}

// isShort reports whether a varint is of 32 bits, with or without a sign. Counts and enums are, and others would be cut by who
// reads them.
func isShort(v uint64) bool { return v <= math.MaxUint32 || int64(v) >= math.MinInt32 && int64(v) < 0 }

// content masks the bytes of a field.
func (s *Scrubber) content(d *field, f *wireField) bool {
	switch d.class {
	case text:
		return s.text(f)
	case message:
		if d.item {
			s.stats.Items++
		}
		edits, delta := s.enter(f)
		ok := s.message(d.msg, f.start, f.end)
		s.leave(f, edits, delta)
		return ok
	case keyValue:
		return s.short(f) || s.attribute(f, nowhere, 0)
	case logBody:
		return s.value(f, nowhere, onlyBody)
	case id8, id16:
		if n := f.end - f.start; n != 0 && (n != 8 || d.class != id8) && (n != 16 || d.class != id16) {
			return s.fail(Malformed, f.size)
		}
	case packed64:
		if (f.end-f.start)%8 != 0 {
			return s.fail(Malformed, f.size)
		}
	case packedVarint:
		for i := f.start; i < f.end; {
			next := i
			if _, next = readVarint(s.src[:f.end], i); next < 0 {
				return s.fail(Malformed, i)
			}
			i = next
		}
	}
	return true
}

// text masks a string that stands under no name.
func (s *Scrubber) text(f *wireField) bool {
	since := s.texts.Len()
	var changed bool
	if s.texts, changed = s.attrs.Text(s.texts, nowhere, s.src[f.start:f.end], s.tally); changed {
		s.replace(f.size, f.end, since, sized)
	}
	return true
}
