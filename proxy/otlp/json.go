package otlp

import (
	"bytes"
	"encoding/base64"
	"strconv"

	"github.com/piiproxy/piiproxy/redact"
)

// maxOpen bounds the open containers of a JSON document: what is around a value, and four for each that is nested.
const maxOpen = 16 + 4*maxNested

// document masks the request in JSON that is a message of that type.
func (s *Scrubber) document(m *messageType) bool {
	s.json.Reset(s.src, redact.JSONLimits{Depth: maxOpen})
	if !s.step() {
		return false
	}
	if s.json.Event != redact.JSONObjectBegin {
		return s.fail(Malformed, s.json.Start)
	}
	if !s.object(m) {
		return false
	}
	if s.json.Next() || s.json.Event != redact.JSONEnd {
		return s.fail(Malformed, s.json.Start)
	}
	return true
}

// step goes to the next token, of which there must be one.
func (s *Scrubber) step() bool {
	return s.json.Next() || s.fail(Malformed, s.json.Start)
}

// isNull reports whether the cursor is at a null: a field that is not there.
func (s *Scrubber) isNull() bool {
	return s.json.Event == redact.JSONLiteral && s.src[s.json.Start] == 'n'
}

// token requires that the value at the cursor is of one kind.
func (s *Scrubber) token(e redact.JSONEvent) bool {
	return s.json.Event == e || s.fail(Malformed, s.json.Start)
}

// nameAt returns the name or string that j is at. It is valid until the next call.
func (s *Scrubber) nameAt(j *redact.JSONCursor) []byte {
	raw := s.src[j.Start+1 : j.End-1]
	if !j.Escaped {
		return raw
	}
	s.name = redact.AppendJSONUnescaped(s.name[:0], raw)
	return s.name
}

// member steps over the name of the next member of an object and to its value. number is 0 if m has no such field, and
// done says that the object is over instead. start is where the name begins.
func (s *Scrubber) member(m *messageType) (number uint8, start int, done, ok bool) {
	if s.class != 0 || !s.step() {
		return 0, 0, false, false
	}
	if s.json.Event == redact.JSONObjectEnd {
		return 0, 0, true, true
	}
	start = s.json.Start
	number = m.number(s.nameAt(&s.json))
	return number, start, false, s.step()
}

// object masks the object that the cursor is at the beginning of.
func (s *Scrubber) object(m *messageType) bool {
	for {
		number, start, done, ok := s.member(m)
		switch {
		case !ok || done:
			return ok
		case number == 0:
			ok = s.withhold(start)
		case s.isNull():
		default:
			ok = s.field(&m.fields[number])
		}
		if !ok {
			return false
		}
	}
}

// withhold replaces a member that OTLP does not define, whose name begins at start.
func (s *Scrubber) withhold(start int) bool {
	if !s.json.Skip() {
		return s.fail(Malformed, s.json.Start)
	}
	s.stats.Dropped++
	since := s.texts.Len()
	s.texts = s.texts.AppendConst(`"redacted":null`)
	s.add(edit{uint32(start), uint32(s.json.End), uint32(since), uint32(s.texts.Len()), asIs})
	return true
}

// field masks the value of a field.
func (s *Scrubber) field(d *field) bool {
	if !d.many {
		return s.single(d)
	}
	if !s.token(redact.JSONArrayBegin) {
		return false
	}
	for {
		if s.class != 0 || !s.step() {
			return false
		}
		if s.json.Event == redact.JSONArrayEnd {
			return true
		}
		if !s.isNull() && !s.single(d) {
			return false
		}
	}
}

// single masks one value of a field.
func (s *Scrubber) single(d *field) bool {
	switch d.class {
	case text:
		return s.token(redact.JSONString) && s.jsonText(nowhere, 0)
	case constant:
		return s.token(redact.JSONString)
	case id8:
		return s.hexID(16)
	case id16:
		return s.hexID(32)
	case message, keyValue, anyValue, logBody:
		if !s.token(redact.JSONObjectBegin) {
			return false
		}
	default:
		return s.number(d.class)
	}
	switch d.class {
	case keyValue:
		return s.jsonAttribute(nowhere, 0)
	case logBody:
		return s.jsonValue(nowhere, onlyBody)
	}
	if d.item {
		s.stats.Items++
	}
	return s.object(d.msg)
}

// hexID checks an id, which is empty or has so many hexadecimal digits.
func (s *Scrubber) hexID(digits int) bool {
	if !s.token(redact.JSONString) {
		return false
	}
	id := s.src[s.json.Start+1 : s.json.End-1]
	if len(id) != 0 && len(id) != digits {
		return s.fail(Malformed, s.json.Start)
	}
	for _, c := range id {
		if c-'0' > 9 && c|0x20-'a' > 5 {
			return s.fail(Malformed, s.json.Start)
		}
	}
	return true
}

// enumPrefixes begin the names that numbers may have.
var enumPrefixes = [][]byte{[]byte("SPAN_KIND_"), []byte("STATUS_CODE_"), []byte("SEVERITY_NUMBER_"), []byte("AGGREGATION_TEMPORALITY_")}

// The lengths of numbers.
const (
	maxShort = 11 // of 32 bits, with a sign
	maxLong  = 20 // of 64 bits
	maxReal  = 40
)

// number checks a measured value, a time, a count or an enum, which stays as it is. As a string it must still be a number.
func (s *Scrubber) number(c class) bool {
	raw := s.src[s.json.Start:s.json.End]
	switch s.json.Event {
	case redact.JSONLiteral:
		if c == integer {
			return true
		}
	case redact.JSONString:
		raw = raw[1 : len(raw)-1]
		if c == integer && isEnum(raw) || c != integer && isSpecial(raw) {
			return true
		}
		fallthrough
	case redact.JSONNumber:
		ok := false
		switch c {
		case integer:
			ok = isShortNumber(raw)
		case real64, packed64:
			ok = len(raw) <= maxReal && isReal(raw)
		default:
			ok = len(raw) <= maxLong && isWhole(raw)
		}
		if ok {
			return true
		}
	}
	return s.fail(Malformed, s.json.Start)
}

// isEnum reports whether name is of an enum of OTLP. Those of severities end with a digit.
func isEnum(name []byte) bool {
	for _, prefix := range enumPrefixes {
		rest, ok := bytes.CutPrefix(name, prefix)
		if !ok {
			continue
		}
		for i, c := range rest {
			if (c < 'A' || c > 'Z') && c != '_' && (c-'0' > 9 || i != len(rest)-1) {
				return false
			}
		}
		return len(rest) <= maxReal
	}
	return false
}

// isSpecial reports whether word is a floating-point number that JSON has no number for.
func isSpecial(word []byte) bool {
	return string(word) == "NaN" || string(word) == "Infinity" || string(word) == "-Infinity"
}

// isWhole reports whether raw is a whole number.
func isWhole(raw []byte) bool {
	raw = bytes.TrimPrefix(raw, []byte{'-'})
	return len(raw) > 0 && digits(raw) == len(raw)
}

// isShortNumber reports whether raw is a whole number as [isShort] wants it.
func isShortNumber(raw []byte) bool {
	if len(raw) > maxShort || !isWhole(raw) {
		return false
	}
	n, err := strconv.ParseInt(string(raw), 10, 64)
	return err == nil && isShort(uint64(n))
}

// isReal reports whether raw is a floating-point number, and nothing else of such digits and signs: an address, say.
func isReal(raw []byte) bool {
	raw = bytes.TrimPrefix(raw, []byte{'-'})
	n := digits(raw)
	if n == 0 {
		return false
	}
	if raw = raw[n:]; len(raw) > 0 && raw[0] == '.' {
		raw = raw[1+digits(raw[1:]):]
	}
	if len(raw) == 0 {
		return true
	}
	sign := min(len(raw), 2)
	if c := raw[sign-1]; c != '+' && c != '-' {
		sign = 1
	}
	return raw[0]|0x20 == 'e' && len(raw) > sign && digits(raw[sign:]) == len(raw)-sign
}

// digits returns how many digits raw begins with.
func digits(raw []byte) int {
	for i, c := range raw {
		if c-'0' > 9 {
			return i
		}
	}
	return len(raw)
}

// unquoted returns what the string at the cursor stands for. It is valid until the next call.
func (s *Scrubber) unquoted() []byte {
	raw := s.src[s.json.Start+1 : s.json.End-1]
	if !s.json.Escaped {
		return raw
	}
	s.decoded = redact.AppendJSONUnescaped(s.decoded[:0], raw)
	return s.decoded
}

// jsonText masks the string at the cursor.
func (s *Scrubber) jsonText(at redact.At, depth int) bool {
	var changed bool
	if depth == onlyBody {
		s.plain, changed = s.attrs.Line(s.plain.Reset(), s.unquoted(), s.tally)
	} else {
		s.plain, changed = s.attrs.Text(s.plain.Reset(), at, s.unquoted(), s.tally)
	}
	if changed {
		since := s.texts.Len()
		s.texts = s.texts.AppendQuoted(s.plain)
		s.replace(s.json.Start, s.json.End, since, asIs)
	}
	return true
}

// asString replaces the member whose name begins at start and whose number is at the cursor by a string, if it was changed.
func (s *Scrubber) asString(start int, changed bool) bool {
	if changed {
		since := s.texts.Len()
		s.texts = s.texts.AppendConst(`"stringValue":`).AppendQuoted(s.plain)
		s.replace(start, s.json.End, since, asIs)
	}
	return true
}

// jsonInt masks the whole number at the cursor, which may be a string.
func (s *Scrubber) jsonInt(start int, at redact.At) bool {
	raw := s.src[s.json.Start:s.json.End]
	if s.json.Event == redact.JSONString {
		raw = raw[1 : len(raw)-1]
	}
	if s.json.Event != redact.JSONNumber && s.json.Event != redact.JSONString || !isWhole(raw) || len(raw) > maxLong {
		return s.fail(Malformed, s.json.Start)
	}
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil {
		return s.fail(Malformed, s.json.Start)
	}
	var changed bool
	s.plain, changed = s.attrs.Int(s.plain.Reset(), at, n, s.tally)
	return s.asString(start, changed)
}

// jsonFloat masks the floating-point number at the cursor, which may be a string.
func (s *Scrubber) jsonFloat(start int, at redact.At) bool {
	if !s.number(real64) {
		return false
	}
	raw := s.src[s.json.Start:s.json.End]
	if s.json.Event == redact.JSONString {
		raw = raw[1 : len(raw)-1]
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		return s.fail(Malformed, s.json.Start)
	}
	var changed bool
	s.plain, changed = s.attrs.Float(s.plain.Reset(), at, f, s.tally)
	return s.asString(start, changed)
}

// jsonBytes masks the base64 at the cursor.
func (s *Scrubber) jsonBytes(at redact.At) bool {
	if !s.token(redact.JSONString) {
		return false
	}
	raw := s.unquoted()
	coding := base64.StdEncoding
	if len(raw)%4 != 0 {
		coding = base64.RawStdEncoding
	}
	s.name = append(s.name[:0], raw...)
	n, err := coding.Decode(s.name, s.name)
	if err != nil {
		return s.fail(Malformed, s.json.Start)
	}
	since := s.texts.Len()
	var changed bool
	if s.texts, changed = s.attrs.Bytes(s.texts, at, s.name[:n], s.tally); changed {
		s.replace(s.json.Start+1, s.json.End-1, since, base64Of)
	}
	return true
}

func appendBase64(dst, text []byte) []byte { return base64.StdEncoding.AppendEncode(dst, text) }
