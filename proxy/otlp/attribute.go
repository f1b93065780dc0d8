package otlp

import (
	"encoding/binary"
	"math"

	"github.com/piiproxy/piiproxy/redact"
)

// nowhere is where a value stands under no name.
var nowhere redact.At

// onlyBody is the depth of the body of a log record, which is read as a line of a log if it is a string.
const onlyBody = -1

// The fields of KeyValue, AnyValue, ArrayValue and KeyValueList.
const (
	keyField   = 1
	valueField = 2

	stringValue = 1
	boolValue   = 2
	intValue    = 3
	doubleValue = 4
	arrayValue  = 5
	listValue   = 6
	bytesValue  = 7

	valuesField = 1
)

// short masks a KeyValue as nearly all are written: a key and one value that is a string, a number or a boolean, in either
// order, with lengths of one byte. It reports false, and has done nothing, if kv is none.
func (s *Scrubber) short(kv *wireField) bool {
	b := s.src[kv.start:kv.end:kv.end]
	if len(b) < 4 || len(b) > 0x7f || int(b[1]) > len(b)-4 {
		return false
	}
	mid := 2 + int(b[1])
	if int(b[mid+1]) != len(b)-mid-2 {
		return false
	}
	var name []byte
	v := wireField{number: valueField, wire: bytesType}
	const key, value = keyField<<3 | byte(bytesType), valueField<<3 | byte(bytesType)
	switch {
	case b[0] == key && b[mid] == value:
		name = b[2:mid]
		v.size, v.start, v.end = kv.start+mid+1, kv.start+mid+2, kv.end
	case b[0] == value && b[mid] == key:
		name = b[mid+2:]
		v.size, v.start, v.end = kv.start+1, kv.start+2, kv.start+mid
	default:
		return false
	}
	at, clean := s.attrs.At(nowhere, name)
	return clean && s.shortValue(kv, &v, at)
}

// shortValue masks the AnyValue v of the KeyValue kv.
func (s *Scrubber) shortValue(kv, v *wireField, at redact.At) bool {
	b := s.src[v.start:v.end:v.end]
	if len(b) < 2 {
		return false
	}
	since, changed := s.texts.Len(), false
	switch b[0] {
	case stringValueTag:
		if int(b[1]) != len(b)-2 {
			return false
		}
		s.texts, changed = s.attrs.Text(s.texts, at, b[2:], s.tally)
	case boolValue << 3:
		return len(b) == 2 && b[1] <= 1
	case intValue << 3:
		n, end := readVarint(b, 1)
		if end != len(b) {
			return false
		}
		s.texts, changed = s.attrs.Int(s.texts, at, int64(n), s.tally)
	default:
		return false
	}
	if changed {
		edits, delta := s.enter(kv)
		s.replace(v.size, v.end, since, valueOf)
		s.leave(kv, edits, delta)
	}
	return true
}

// attribute masks a KeyValue. Its key may stand behind its value, or twice: then both keys are of the value.
func (s *Scrubber) attribute(kv *wireField, outer redact.At, depth int) bool {
	at, clean, keys := nowhere, true, 0
	var f wireField
	for i := kv.start; i < kv.end; i = f.end {
		if !s.next(&f, i, kv.end) {
			return false
		}
		if f.number == keyField && f.wire == bytesType {
			here, ok := s.attrs.At(outer, s.src[f.start:f.end])
			if keys++; keys == 1 {
				at = here
			} else {
				at = s.attrs.Stricter(at, here)
			}
			clean = clean && ok
		}
	}
	if keys == 0 { // it has the empty key
		at, _ = s.attrs.At(outer, nil)
	}
	edits, delta := s.enter(kv)
	for i := kv.start; i < kv.end; i = f.end {
		s.next(&f, i, kv.end)
		switch {
		case f.number != keyField && f.number != valueField:
			s.drop(i, f.end)
		case f.wire != bytesType:
			return s.fail(Malformed, i)
		case f.number == valueField:
			if !s.value(&f, at, depth) {
				return false
			}
		case !clean:
			s.key(&f, outer)
		}
	}
	s.leave(kv, edits, delta)
	return true
}

// key masks the name of an attribute.
func (s *Scrubber) key(f *wireField, outer redact.At) {
	since := s.texts.Len()
	var changed bool
	if s.texts, changed = s.attrs.Name(s.texts, outer, s.src[f.start:f.end], s.tally); changed {
		s.replace(f.size, f.end, since, sized)
	}
}

// value masks an AnyValue that stands at at.
func (s *Scrubber) value(v *wireField, at redact.At, depth int) bool {
	if depth >= maxNested {
		return s.fail(TooDeep, v.size)
	}
	edits, delta := s.enter(v)
	var f wireField
	for i := v.start; i < v.end; i = f.end {
		if !s.next(&f, i, v.end) || !s.oneOf(&f, i, at, depth) || s.class != 0 {
			return false
		}
	}
	s.leave(v, edits, delta)
	return true
}

// valueTypes are the types of the fields of AnyValue.
var valueTypes = [...]wireType{
	stringValue: bytesType, boolValue: varintType, intValue: varintType, doubleValue: fixed64Type,
	arrayValue: bytesType, listValue: bytesType, bytesValue: bytesType,
}

// oneOf masks a field of an AnyValue, which begins at start.
func (s *Scrubber) oneOf(f *wireField, start int, at redact.At, depth int) bool {
	if f.number > bytesValue {
		s.drop(start, f.end)
		return true
	}
	if f.wire != valueTypes[f.number] {
		return s.fail(Malformed, start)
	}
	since, changed := s.texts.Len(), false
	switch f.number {
	case boolValue:
		if f.value > 1 {
			return s.fail(Malformed, start)
		}
	case stringValue:
		if depth == onlyBody {
			s.texts, changed = s.attrs.Line(s.texts, s.src[f.start:f.end], s.tally)
		} else {
			s.texts, changed = s.attrs.Text(s.texts, at, s.src[f.start:f.end], s.tally)
		}
		start = f.size
	case bytesValue:
		s.texts, changed = s.attrs.Bytes(s.texts, at, s.src[f.start:f.end], s.tally)
		start = f.size
	case intValue:
		s.texts, changed = s.attrs.Int(s.texts, at, int64(f.value), s.tally)
	case doubleValue:
		n := math.Float64frombits(binary.LittleEndian.Uint64(s.src[f.start:]))
		s.texts, changed = s.attrs.Float(s.texts, at, n, s.tally)
	case arrayValue, listValue:
		return s.values(f, at, max(depth, 0)+1)
	}
	switch {
	case !changed:
	case f.number == intValue || f.number == doubleValue:
		s.replace(start, f.end, since, stringTag)
	default:
		s.replace(start, f.end, since, sized)
	}
	return true
}

// values masks an ArrayValue or a KeyValueList, whose elements have the same number.
func (s *Scrubber) values(all *wireField, at redact.At, depth int) bool {
	edits, delta := s.enter(all)
	var f wireField
	for i := all.start; i < all.end; i = f.end {
		if !s.next(&f, i, all.end) || s.class != 0 {
			return false
		}
		if f.number != valuesField {
			s.drop(i, f.end)
			continue
		}
		if f.wire != bytesType {
			return s.fail(Malformed, i)
		}
		ok := false
		if all.number == listValue {
			ok = s.attribute(&f, at, depth)
		} else {
			ok = s.value(&f, at, depth)
		}
		if !ok {
			return false
		}
	}
	s.leave(all, edits, delta)
	return true
}
