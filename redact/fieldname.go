package redact

// maxFieldName bounds the normalised name of a field that a dictionary can know.
const maxFieldName = 40

// fieldName is the name of a field, normalised for looking it up: its last part, without case and separators. The parts of
// a name are separated by dots, brackets, colons and semicolons: sms.to, to[0], messages[0][to], and amp;to where a URL was
// copied out of a page. Parts that are numbers are passed over.
type fieldName struct {
	last, before [maxFieldName]byte
	n, m         uint8 // bytes of last and of before, the part ahead of it
	clean        bool  // the whole name is ASCII letters, underscores and hyphens: there can be no finding in it
	digits       bool  // the whole name is digits
}

// classes of bytes in names
const (
	nameLetter = iota
	nameUpper
	nameJoin // leaves no trace
	nameDigit
	nameBreak // ends a part
	nameOther
)

var nameClass = func() (t [256]uint8) {
	for c := range t {
		t[c] = nameOther
	}
	for c := 'a'; c <= 'z'; c++ {
		t[c], t[c-'a'+'A'] = nameLetter, nameUpper
	}
	for c := '0'; c <= '9'; c++ {
		t[c] = nameDigit
	}
	t['_'], t['-'], t[' '] = nameJoin, nameJoin, nameJoin
	for _, c := range ".[]/;:" {
		t[c] = nameBreak
	}
	return t
}()

// set normalises a decoded name.
func (f *fieldName) set(name []byte) {
	f.n, f.m = 0, 0
	f.clean, f.digits = true, len(name) > 0
	letters, long, ended := false, false, false // of the part that is read
	for _, c := range name {
		class := nameClass[c]
		f.clean = f.clean && class <= nameJoin
		f.digits = f.digits && class == nameDigit
		switch class {
		case nameJoin:
			continue
		case nameBreak:
			ended = true
			continue
		}
		if ended {
			if letters && !long {
				f.before, f.m = f.last, f.n
			}
			f.n, letters, long, ended = 0, false, false, false
		}
		if class == nameUpper {
			c |= 0x20
		}
		letters = letters || class != nameDigit
		if long = long || f.n == maxFieldName; !long {
			f.last[f.n] = c
			f.n++
		}
	}
	switch {
	case long:
		f.n = 0
	case !letters: // the last part is a number or empty
		f.last, f.n, f.m = f.before, f.m, 0
	}
}

func (f *fieldName) name() []byte   { return f.last[:f.n] }
func (f *fieldName) parent() []byte { return f.before[:f.m] }

// normalName normalises a name of a configuration.
func normalName(s string) string {
	var f fieldName
	f.set([]byte(s))
	return string(f.name())
}
