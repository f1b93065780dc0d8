package walk

// Logfmt is a cursor over the key=value pairs of one line of a log, separated by white space. A value may stand in double
// quotes, with backslash escapes as in JSON: its offsets are those inside the quotes. Words that are no pair are passed
// over; every input can be walked.
type Logfmt struct {
	KeyStart, KeyEnd, ValueStart, ValueEnd int
	Quoted                                 bool // the value stood in quotes, the last of which may be missing

	src []byte
	pos int
}

// Reset starts at the beginning of line, which must not change while the cursor is in use.
func (l *Logfmt) Reset(line []byte) { *l = Logfmt{src: line} }

// Next steps to the next pair, and reports false if there is none.
func (l *Logfmt) Next() bool {
	src, i := l.src, l.pos
	for {
		for i < len(src) && logfmtSpace(src[i]) {
			i++
		}
		start := i
		for i < len(src) && logfmtKey(src[i]) {
			i++
		}
		if i > start && i < len(src) && src[i] == '=' {
			l.KeyStart, l.KeyEnd = start, i
			l.value(i + 1)
			return true
		}
		for i < len(src) && !logfmtSpace(src[i]) {
			i++
		}
		if i >= len(src) {
			l.pos = i
			return false
		}
	}
}

func (l *Logfmt) value(i int) {
	src := l.src
	l.Quoted = i < len(src) && src[i] == '"'
	if !l.Quoted {
		l.ValueStart = i
		for i < len(src) && !logfmtSpace(src[i]) {
			i++
		}
		l.ValueEnd, l.pos = i, i
		return
	}
	i++
	l.ValueStart = i
	for i < len(src) && src[i] != '"' {
		if src[i] == '\\' {
			i++
		}
		i++
	}
	l.ValueEnd = min(i, len(src))
	l.pos = min(i+1, len(src))
}

func logfmtSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// logfmtKey reports whether c may stand in a key. URLs and quoted texts have equals signs too, so a key is letters, digits
// and what joins them, and nothing else.
func logfmtKey(c byte) bool {
	switch {
	case c|0x20 >= 'a' && c|0x20 <= 'z', c >= '0' && c <= '9':
		return true
	}
	return c == '_' || c == '.' || c == '-' || c == '/' || c == '@'
}

// BeginsPair reports whether line begins with a key and an equals sign.
func BeginsPair(line []byte) bool {
	i := 0
	for i < len(line) && logfmtKey(line[i]) {
		i++
	}
	return i > 0 && i < len(line) && line[i] == '='
}

// LooksLogfmt reports whether line is better read as logfmt than as text: its first word is a pair, and it has another.
func LooksLogfmt(line []byte) bool {
	var l Logfmt
	l.Reset(line)
	if !l.Next() {
		return false
	}
	for _, c := range line[:l.KeyStart] {
		if !logfmtSpace(c) {
			return false
		}
	}
	return l.Next()
}
