package walk

// Event is what a step of a [JSON] cursor found.
type Event uint8

// The events.
const (
	End         Event = iota // the document is over and was valid
	ObjectBegin              // {
	ObjectEnd                // }
	ArrayBegin               // [
	ArrayEnd                 // ]
	Key                      // the name of a member; the next event is its value
	String
	Number
	Literal // true, false or null
	Invalid // the document is not valid from here on; see [JSON.Err]
)

// Limits bounds what a [JSON] cursor walks. A zero field means the default.
type Limits struct {
	Depth   int // open containers: [DefaultDepth], at most [MaxDepth]
	Members int // values in the whole document, members and elements alike: [DefaultMembers]
}

// The limits of a [JSON] cursor that was given none.
const (
	DefaultDepth   = 64
	MaxDepth       = 1024
	DefaultMembers = 1_000_000
)

// JSON is a cursor over one JSON document. It accepts exactly what RFC 8259 does, in UTF-8 and without a byte order mark,
// and escaped surrogates only in pairs. It does not look for duplicate keys: that is for callers, who know which keys
// matter.
type JSON struct {
	Event   Event
	Start   int  // of the token, with the quotes of a string
	End     int  // behind the token
	Escaped bool // the Key or String holds a backslash: see [AppendUnescaped]
	Depth   int  // containers open behind the token: a begin counts itself, an end no longer does

	src   []byte
	pos   int
	want  want
	depth int // limit
	left  int // values that may still come

	err Error

	// objects has a bit for each open container: set if it is an object. The innermost is in inObject too.
	inObject bool
	objects  [MaxDepth / 64]uint64
}

// want is what the grammar has next.
type want uint8

const (
	wantValue want = iota
	wantFirstElement
	wantFirstKey
	wantSeparator // a comma, the end of the container, or the end of the document
	wantNothing
)

// Reset starts at the beginning of src, which must not change while the cursor is in use.
func (j *JSON) Reset(src []byte, lim Limits) {
	j.Event, j.Start, j.End, j.Escaped, j.Depth = End, 0, 0, false, 0
	j.src, j.pos, j.want, j.inObject, j.err = src, 0, wantValue, false, Error{}
	j.depth, j.left = lim.Depth, lim.Members
	if j.depth <= 0 {
		j.depth = DefaultDepth
	}
	j.depth = min(j.depth, MaxDepth)
	if j.left <= 0 {
		j.left = DefaultMembers
	}
}

// Err returns nil, or the [*Error] that made Next return false before the end.
func (j *JSON) Err() error {
	if j.err.Class == 0 {
		return nil
	}
	return &Error{j.err.Class, j.err.Offset}
}

// Next steps to the next token. It reports false at the end of the document, and at the first byte that is not valid.
func (j *JSON) Next() bool {
	src := j.src
	i := skipSpace(src, j.pos)
	if j.want == wantSeparator {
		if j.Depth == 0 {
			return j.finish(i)
		}
		if i >= len(src) {
			return j.fail(Truncated, i)
		}
		switch c := src[i]; {
		case c == ',' && j.inObject:
			return j.key(skipSpace(src, i+1))
		case c == ',':
			return j.value(skipSpace(src, i+1))
		case c == '}' && j.inObject:
			return j.close(i, ObjectEnd)
		case c == ']' && !j.inObject:
			return j.close(i, ArrayEnd)
		}
		return j.fail(Syntax, i)
	}
	switch j.want {
	case wantFirstKey:
		if i < len(src) && src[i] == '}' {
			return j.close(i, ObjectEnd)
		}
		return j.key(i)
	case wantFirstElement:
		if i < len(src) && src[i] == ']' {
			return j.close(i, ArrayEnd)
		}
	case wantNothing:
		return false
	}
	return j.value(i)
}

// Skip goes from the beginning of a container, where the cursor must be, to its end, validating all of it. Start then is
// that of the whole container and Event is [ObjectEnd] or [ArrayEnd]. It reports false if the document is not valid. At
// any other event it does nothing.
func (j *JSON) Skip() bool {
	if j.Event != ObjectBegin && j.Event != ArrayBegin {
		return j.Event != Invalid
	}
	start, outer := j.Start, j.Depth-1
	for j.Next() {
		if j.Depth == outer {
			j.Start = start
			return true
		}
		j.Strings()
	}
	return false
}

// NextKey steps to the next key if that is quoted, a key in its quotes and without escapes, and parted from what is ahead as
// programs write it. Otherwise it does nothing and reports false: Next says what comes. It takes less time than Next.
func (j *JSON) NextKey(quoted []byte) bool {
	src, i := j.src, j.pos
	switch {
	case j.want == wantFirstKey:
	case j.want == wantSeparator && j.inObject && j.Depth > 0 && i < len(src) && src[i] == ',':
		i++
	default:
		return false
	}
	i = skipSpace(src, i)
	end := i + len(quoted)
	if end > len(src) || string(src[i:end]) != string(quoted) {
		return false
	}
	colon := skipSpace(src, end)
	if colon >= len(src) || src[colon] != ':' {
		return false
	}
	j.Event, j.Start, j.End, j.Escaped = Key, i, end, false
	j.pos, j.want = colon+1, wantValue
	return true
}

func (j *JSON) key(i int) bool {
	src := j.src
	if i >= len(src) {
		return j.fail(Truncated, i)
	}
	if src[i] != '"' {
		return j.fail(Syntax, i)
	}
	end := j.text(i)
	if end < 0 {
		return false
	}
	colon := skipSpace(src, end)
	if colon >= len(src) {
		return j.fail(Truncated, colon)
	}
	if src[colon] != ':' {
		return j.fail(Syntax, colon)
	}
	j.Event, j.Start, j.End = Key, i, end
	j.pos, j.want = colon+1, wantValue
	return true
}

func (j *JSON) value(i int) bool {
	src := j.src
	if i >= len(src) {
		return j.fail(Truncated, i)
	}
	if j.left--; j.left < 0 {
		return j.fail(TooMany, i)
	}
	var event Event
	var end int
	switch c := src[i]; {
	case c == '"':
		event, end = String, j.text(i)
	case c == '{':
		return j.open(i, ObjectBegin, wantFirstKey)
	case c == '[':
		return j.open(i, ArrayBegin, wantFirstElement)
	case c == '-' || c-'0' < 10:
		event, end = Number, j.number(i)
	default:
		event, end = Literal, j.literal(i)
	}
	if end < 0 {
		return false
	}
	j.Event, j.Start, j.End = event, i, end
	j.pos, j.want = end, wantSeparator
	return true
}

func (j *JSON) open(i int, e Event, next want) bool {
	if j.Depth >= j.depth {
		return j.fail(TooDeep, i)
	}
	word, bit := j.Depth/64, uint64(1)<<(j.Depth%64)
	j.inObject = e == ObjectBegin
	if j.inObject {
		j.objects[word] |= bit
	} else {
		j.objects[word] &^= bit
	}
	j.Depth++
	j.Event, j.Start, j.End = e, i, i+1
	j.pos, j.want = i+1, next
	return true
}

func (j *JSON) close(i int, e Event) bool {
	j.Depth--
	if outer := j.Depth - 1; outer >= 0 {
		j.inObject = j.objects[outer/64]>>(outer%64)&1 == 1
	}
	j.Event, j.Start, j.End = e, i, i+1
	j.pos, j.want = i+1, wantSeparator
	return true
}

func (j *JSON) finish(i int) bool {
	if i < len(j.src) {
		return j.fail(Syntax, i)
	}
	j.Event, j.Start, j.End = End, i, i
	j.pos, j.want = i, wantNothing
	return false
}

func (j *JSON) fail(c Class, offset int) bool {
	j.Event, j.Start, j.End = Invalid, offset, offset
	j.want = wantNothing
	j.err = Error{c, offset}
	return false
}

// skipSpace returns the offset of the first byte from i on that is not white space.
func skipSpace(src []byte, i int) int {
	const spaces = 1<<' ' | 1<<'\t' | 1<<'\n' | 1<<'\r'
	for i < len(src) && src[i] <= ' ' && uint64(spaces)>>src[i]&1 == 1 {
		i++
	}
	return i
}

// number returns the end of the number that starts at i, or -1.
func (j *JSON) number(i int) int {
	src := j.src
	if src[i] == '-' {
		i++
	}
	switch {
	case i >= len(src) || src[i]-'0' >= 10:
		return j.cut(i)
	case src[i] == '0':
		i++
	default:
		i = skipDigits(src, i)
	}
	if i < len(src) && src[i] == '.' {
		first := i + 1
		if i = skipDigits(src, first); i == first {
			return j.cut(i)
		}
	}
	if i < len(src) && src[i]|0x20 == 'e' {
		i++
		if i < len(src) && (src[i] == '+' || src[i] == '-') {
			i++
		}
		first := i
		if i = skipDigits(src, first); i == first {
			return j.cut(i)
		}
	}
	return i
}

func skipDigits(src []byte, i int) int {
	for i < len(src) && src[i]-'0' < 10 {
		i++
	}
	return i
}

// literal returns the end of the true, false or null that starts at i, or -1.
func (j *JSON) literal(i int) int {
	src, word := j.src, ""
	switch src[i] {
	case 't':
		word = "true"
	case 'f':
		word = "false"
	case 'n':
		word = "null"
	}
	for k := range len(word) {
		if i+k >= len(src) || src[i+k] != word[k] {
			return j.cut(i + k)
		}
	}
	if word == "" {
		return j.cut(i)
	}
	return i + len(word)
}

// cut fails at i, where the token has no such byte or no more bytes, and returns -1.
func (j *JSON) cut(i int) int {
	if i >= len(j.src) {
		j.fail(Truncated, i)
	} else {
		j.fail(Syntax, i)
	}
	return -1
}
