package redact

// maxFieldName bounds the normalised name of a field that a dictionary can know.
const maxFieldName = 40

// fieldName is the name of a field, normalised for looking it up: its last part, without case and separators. The parts of
// a name are separated by dots, brackets, colons and semicolons: sms.to, to[0], messages[0][to], and amp;to where a URL was
// copied out of a page. Parts that are numbers are passed over.
type fieldName struct {
	last, before [maxFieldName + 1]byte
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
	for i, c := range name {
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
			if long {
				f.keepEnd(name[:i])
			}
			if letters {
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
	case long: // only its end can say something
		f.keepEnd(name)
	case !letters: // the last part is a number or empty
		f.last, f.n, f.m = f.before, f.m, 0
	}
}

// keepEnd makes f the end of a name whose last part is longer than what a dictionary can know, by one byte: it is none of its names,
// but may end like one.
func (f *fieldName) keepEnd(name []byte) {
	f.n = maxFieldName + 1
	for n, i := f.n, len(name)-1; n > 0; i-- {
		c := name[i]
		switch nameClass[c] {
		case nameJoin, nameBreak:
			continue
		case nameUpper:
			c |= 0x20
		}
		n--
		f.last[n] = c
	}
}

func (f *fieldName) name() []byte   { return f.last[:f.n] }
func (f *fieldName) parent() []byte { return f.before[:f.m] }

// normalName normalises a name of a configuration. It is empty if a dictionary cannot know the name.
func normalName(s string) string {
	var f fieldName
	f.set([]byte(s))
	if f.n > maxFieldName {
		return ""
	}
	return string(f.name())
}
