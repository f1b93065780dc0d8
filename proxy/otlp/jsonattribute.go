package otlp

import "github.com/piiproxy/piiproxy/redact"

// keyAhead returns what the key says of the value that the cursor is at the beginning of, and that stands ahead of it.
func (s *Scrubber) keyAhead(outer redact.At) (redact.At, bool) {
	ahead := s.json
	for ahead.Skip() && ahead.Next() && ahead.Event == redact.JSONKey {
		isKey := attributeType.number(s.nameAt(&ahead)) == keyField
		if !ahead.Next() {
			break // which the walk will find, too
		}
		if isKey && ahead.Event == redact.JSONString {
			return s.attrs.At(outer, s.nameAt(&ahead))
		}
	}
	return s.attrs.At(outer, nil)
}

// jsonAttribute masks a KeyValue. With two keys it would be one thing to one reader and something else to the next.
func (s *Scrubber) jsonAttribute(outer redact.At, depth int) bool {
	var at redact.At
	var clean bool
	for known, keys := false, 0; ; {
		number, start, done, ok := s.member(attributeType)
		switch {
		case !ok || done:
			return ok
		case number == 0:
			ok = s.withhold(start)
		case number == keyField:
			if keys++; keys > 1 {
				return s.fail(Malformed, start)
			}
			if s.isNull() {
				break
			}
			if ok = s.token(redact.JSONString); ok && !known {
				at, clean = s.attrs.At(outer, s.nameAt(&s.json))
				known = true
			}
			if ok && !clean {
				s.jsonKey(outer)
			}
		case s.isNull():
		default:
			if !known {
				at, clean = s.keyAhead(outer)
				known = true
			}
			ok = s.token(redact.JSONObjectBegin) && s.jsonValue(at, depth)
		}
		if !ok {
			return false
		}
	}
}

// jsonKey masks the name of an attribute.
func (s *Scrubber) jsonKey(outer redact.At) {
	var changed bool
	if s.plain, changed = s.attrs.Name(s.plain.Reset(), outer, s.unquoted(), s.tally); changed {
		since := s.texts.Len()
		s.texts = s.texts.AppendQuoted(s.plain)
		s.replace(s.json.Start, s.json.End, since, asIs)
	}
}

// jsonValue masks an AnyValue that stands at at.
func (s *Scrubber) jsonValue(at redact.At, depth int) bool {
	if depth >= maxNested {
		return s.fail(TooDeep, s.json.Start)
	}
	for {
		number, start, done, ok := s.member(valueType)
		switch {
		case !ok || done:
			return ok
		case number == 0:
			ok = s.withhold(start)
		case s.isNull():
		case number == stringValue:
			ok = s.token(redact.JSONString) && s.jsonText(at, depth)
		case number == boolValue:
			ok = s.token(redact.JSONLiteral)
		case number == intValue:
			ok = s.jsonInt(start, at)
		case number == doubleValue:
			ok = s.jsonFloat(start, at)
		case number == bytesValue:
			ok = s.jsonBytes(at)
		default:
			ok = s.token(redact.JSONObjectBegin) && s.jsonValues(number, at, max(depth, 0)+1)
		}
		if !ok {
			return false
		}
	}
}

// jsonValues masks an ArrayValue or a KeyValueList.
func (s *Scrubber) jsonValues(of uint8, at redact.At, depth int) bool {
	for {
		number, start, done, ok := s.member(listType)
		switch {
		case !ok || done:
			return ok
		case number == 0:
			ok = s.withhold(start)
		case s.isNull():
		default:
			ok = s.token(redact.JSONArrayBegin) && s.jsonElements(of, at, depth)
		}
		if !ok {
			return false
		}
	}
}

// jsonElements masks the elements of an array of values or attributes.
func (s *Scrubber) jsonElements(of uint8, at redact.At, depth int) bool {
	for {
		if s.class != 0 || !s.step() {
			return false
		}
		if s.json.Event == redact.JSONArrayEnd {
			return true
		}
		ok := s.isNull()
		switch {
		case ok:
		case !s.token(redact.JSONObjectBegin):
		case of == listValue:
			ok = s.jsonAttribute(at, depth)
		default:
			ok = s.jsonValue(at, depth)
		}
		if !ok {
			return false
		}
	}
}
