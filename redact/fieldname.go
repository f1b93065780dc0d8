package redact

// maxFieldName bounds the normalised name of a field that a dictionary can know.
const maxFieldName = 40

// fieldName is the name of a field, normalised for looking it up: its last part, without case and separators. The parts of
// a name are separated by dots and brackets: sms.to, to[0], messages[0][to]. Parts that are numbers are passed over.
type fieldName struct {
	last, before [maxFieldName]byte
	n, m         uint8 // bytes of last and of before, the part ahead of it
	clean        bool  // the whole name is ASCII letters, underscores and hyphens: there can be no finding in it
	digits       bool  // the whole name is digits
}

// classes of bytes in names
const (
	nameOther = iota
	nameLetter
	nameUpper
	nameDigit
	nameJoin  // leaves no trace
	nameBreak // ends a part
)

var nameClass = func() (t [256]uint8) {
	for c := 'a'; c <= 'z'; c++ {
		t[c], t[c-'a'+'A'] = nameLetter, nameUpper
	}
	for c := '0'; c <= '9'; c++ {
		t[c] = nameDigit
	}
	t['_'], t['-'], t[' '] = nameJoin, nameJoin, nameJoin
	t['.'], t['['], t[']'], t['/'] = nameBreak, nameBreak, nameBreak, nameBreak
	return t
}()

// set normalises a decoded name.
func (f *fieldName) set(name []byte) {
	f.n, f.m = 0, 0
	f.clean, f.digits = true, len(name) > 0
	letters, long := false, false
	for i := 0; i < len(name); i++ {
		c := name[i]
		switch nameClass[c] {
		case nameUpper:
			c |= 0x20
			fallthrough
		case nameLetter:
			letters, f.digits = true, false
		case nameDigit:
			f.clean = false
		case nameJoin:
			f.digits = false
			continue
		case nameBreak:
			f.clean, f.digits = false, false
			f.endPart(letters && !long)
			letters, long = false, false
			continue
		default:
			letters, f.clean, f.digits = true, false, false
		}
		if f.n == maxFieldName {
			long = true
			continue
		}
		f.last[f.n] = c
		f.n++
	}
	if long {
		f.n = 0
	}
	if !letters && f.m > 0 { // the last part is a number or empty
		f.last, f.n, f.m = f.before, f.m, 0
	}
}

// endPart begins another part. A part without a letter, or one that is too long, is forgotten.
func (f *fieldName) endPart(keep bool) {
	if keep {
		f.before, f.m = f.last, f.n
	}
	f.n = 0
}

func (f *fieldName) name() []byte   { return f.last[:f.n] }
func (f *fieldName) parent() []byte { return f.before[:f.m] }

// normalName normalises a name of a configuration.
func normalName(s string) string {
	var f fieldName
	f.set([]byte(s))
	return string(f.name())
}
