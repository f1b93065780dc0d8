package redact

import (
	"bytes"
	"unicode/utf8"

	"github.com/piiproxy/piiproxy/redact/internal/scan"
)

// What is looked at of a field within a value: bytes of its raw name, and of a value that may be a code.
const (
	maxNestedName = 256
	maxCode       = 16
)

// sign is a byte that text within a value stands for, and how it is written there: as it is, as \u0026, or as %26, %2526 …
type sign struct {
	c     byte
	level int // how many times it is encoded with per-cent signs
	width int
}

// signAt reads the sign at src[i].
func signAt(src []byte, i int) sign {
	switch c := src[i]; c {
	case '%':
		s := sign{c: c, width: 1}
		for i+s.width+1 < len(src) {
			hi, lo := hexValue(src[i+s.width]), hexValue(src[i+s.width+1])
			if s.c != '%' || hi|lo < 0 {
				break
			}
			s.c, s.level, s.width = byte(hi<<4|lo), s.level+1, s.width+2
		}
		return s
	case '\\':
		if i+5 < len(src) && string(src[i+1:i+4]) == "u00" {
			if hi, lo := hexValue(src[i+4]), hexValue(src[i+5]); hi|lo >= 0 {
				return sign{c: byte(hi<<4 | lo), width: 6}
			}
		}
		return sign{c: c, width: 1}
	default:
		return sign{c: c, width: 1}
	}
}

func hexValue(c byte) int {
	switch {
	case c-'0' <= 9:
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// quoteSign is a quotation mark with the backslashes ahead of it.
type quoteSign struct {
	start, end  int
	level       int
	backslashes int
}

// closes reports whether a mark of that level behind so many backslashes ends the text that q opens: each level of JSON in
// JSON doubles the backslashes and puts one ahead of the mark.
func (q *quoteSign) closes(level, backslashes int) bool {
	return level == q.level && backslashes&(2*q.backslashes+1) == q.backslashes
}

// nested walks a value that has no tag for the fields in it: a URL or a form, or JSON, encoded as often as it may be. It goes
// over the bytes once, and never back.
type nested struct {
	src         []byte // up to the end of the value
	at          int
	name        int  // where the name of a pair may begin, or -1
	opened      bool // ahead of it stands a question mark, ampersand or number sign
	url         bool // a question mark or number sign came
	loose       bool // the value is more than a URL or form: blanks and quotation marks end what is in it
	slash       int  // where the backslashes right ahead begin, or -1
	backslashes int
	prev, last  quoteSign
	named       spot // of the value that a member of the object at hand has named
}

// plainSign has the bytes that mean nothing to the walk.
var plainSign = func() (t [256]bool) {
	for c := range t {
		t[c] = wordByte[c] && c != ':' || c == '-'
	}
	return t
}()

// mayNest reports whether there can be a field in value.
func mayNest(value []byte) bool {
	return bytes.IndexByte(value, '=') >= 0 || bytes.IndexByte(value, '%') >= 0 || bytes.IndexByte(value, '"') >= 0 ||
		bytes.IndexByte(value, '\\') >= 0 && bytes.Contains(value, escapedASCII)
}

var escapedASCII = []byte(`\u00`)

// untagged masks a value that has no tag: the fields in it, and the findings in the rest.
func (r *run) untagged(key scan.Key, start, end int) verdict {
	if !mayNest(r.src[start:end]) {
		return r.scan(start, end, key)
	}
	return r.fieldsWithin(key, start, end, false)
}

// fieldsWithin does what untagged does where there may be a field. query says that the value is the query of a URL.
func (r *run) fieldsWithin(key scan.Key, start, end int, query bool) verdict {
	n := nested{src: r.src[:end], at: start, name: start, slash: -1, opened: query, url: query}
	n.prev.end, n.last.end = -1, -1
	from, v := start, same
	for n.at < end {
		if plainSign[n.src[n.at]] {
			n.at++
			n.slash = -1
			continue
		}
		s := signAt(n.src, n.at)
		n.at += s.width
		var f nestedField
		switch s.c {
		case '=':
			f = r.nestedPair(&n, s)
		case ':':
			f = r.nestedMember(&n, s)
		}
		if f.start < f.end {
			r.scan(from, f.start, key)
			r.hideNested(&f)
			from, n.at, v = f.end, f.end, changed
			n.name, n.slash = -1, -1
			n.prev.end, n.last.end = -1, -1 // a value is no name, whatever comes behind it
			continue
		}
		n.step(s)
	}
	if r.scan(from, end, key) == changed {
		v = changed
	}
	return v
}

// step takes note of a sign that ends at n.at.
func (n *nested) step(s sign) {
	start := n.at - s.width
	if s.c == '\\' {
		if n.slash < 0 {
			n.slash, n.backslashes = start, 0
		}
		n.backslashes++
		if !n.opened {
			n.name = -1
		}
		return
	}
	switch c := s.c; {
	case c == '}':
		n.named = spot{}
		n.name = -1
	case c == '?' || c == '#':
		n.name, n.opened, n.url = n.at, true, true
	case c == '&':
		n.name, n.opened = n.at, true
	case c == '"':
		n.prev, n.last = n.last, quoteSign{start: start, end: n.at, level: s.level}
		if n.slash >= 0 {
			n.last.start, n.last.backslashes = n.slash, n.backslashes
		}
		n.name, n.opened, n.loose = -1, false, true
	case c <= ' ' || c == '<' || c == '{' || c == '(':
		n.name, n.opened, n.loose = -1, false, true
	case c == '=' || !n.opened && (!wordByte[c] || c == ':') && c != '-' && c != '[' && c != ']':
		n.name = -1
	}
	n.slash = -1
}

// nestedField is the value of a field within a value. The zero nestedField is none.
type nestedField struct {
	spot
	start, end int
	e          encoding
	quote      []byte // goes around what stands for the value, which has none
}

// nestedPair returns the value of the pair whose equals sign was just read, if it is to be hidden.
func (r *run) nestedPair(n *nested, eq sign) (f nestedField) {
	end := n.at - eq.width
	if n.name < 0 || end <= n.name || end-n.name > maxNestedName {
		return f
	}
	if f.spot = r.spotWithin(n.src[n.name:end]); f.f == nil || f.f.traits&codeShape != 0 && !n.opened {
		return f
	}
	f.start, f.end, f.e = n.at, n.pairEnd(eq.level), inForm
	return f
}

// pairEnd returns the end of the value at n.at, of a pair whose equals sign is of that level.
func (n *nested) pairEnd(level int) int {
	slash := -1
	for i := n.at; i < len(n.src); {
		s := signAt(n.src, i)
		switch {
		case s.level > level:
		case s.c == '&', s.c == '#' && n.url:
			return i
		case n.loose && (s.c <= ' ' || s.c == '"' || s.c == '<' || s.c == '>' || slash >= 0 && (s.c == 'n' || s.c == 'r')):
			if slash >= 0 {
				return slash
			}
			return i
		}
		if s.c != '\\' {
			slash = -1
		} else if slash < 0 {
			slash = i
		}
		i += s.width
	}
	return len(n.src)
}

// nestedMember returns the value of the member whose colon was just read, if it is to be hidden.
func (r *run) nestedMember(n *nested, colon sign) (f nestedField) {
	open, shut := &n.prev, &n.last
	if open.end < 0 || shut.start <= open.end || shut.start-open.end > maxNestedName ||
		!onlyBlanks(n.src[shut.end:n.at-colon.width]) || !bytes.Equal(n.src[open.start:open.end], n.src[shut.start:shut.end]) {
		return f
	}
	f.spot = r.spotWithin(n.src[open.end:shut.start])
	role := roleOf(r.name.name())
	if role == valued && f.f == nil {
		f.spot, n.named = n.named, spot{}
	}
	if f.f == nil && role != naming {
		return f
	}
	at := n.at
	for at < len(n.src) {
		s := signAt(n.src, at)
		if s.c > ' ' && (s.c != '+' || s.level > 0) {
			break
		}
		at += s.width
	}
	f.e = inString
	quote, src := n.src[open.start:open.end], n.src
	if f.f == nil {
		if bytes.HasPrefix(src[at:], quote) {
			name := at + len(quote)
			n.named = r.spotWithin(src[name:open.textEnd(src[:min(len(src), name+maxTextName+2*len(quote))], name)])
		}
		return f
	}
	if f.f.traits&codeShape != 0 {
		src = src[:min(len(src), at+2*len(quote)+maxCode)] // what is not hidden must not be gone over again and again
	}
	if bytes.HasPrefix(n.src[at:], quote) {
		f.start = min(at+len(quote), len(src))
		f.end = open.textEnd(src, f.start)
	} else {
		f.start, f.quote, f.e = at, quote, verbatim
		f.end = open.wordsEnd(src, at)
	}
	value := src[f.start:f.end]
	if f.f.traits&codeShape != 0 && !looksLikeCode(value, f.e) || f.e == verbatim && string(value) == "null" {
		return nestedField{}
	}
	return f
}

func onlyBlanks(b []byte) bool {
	for _, c := range b {
		if c != ' ' && c != '\t' && c != '+' {
			return false
		}
	}
	return true
}

// textEnd returns where the text that begins at i behind a mark like q ends: ahead of the next one, or at the end of src.
func (q *quoteSign) textEnd(src []byte, i int) int {
	start := i
	for backslashes := 0; i < len(src); {
		s := signAt(src, i)
		i += s.width
		switch {
		case s.c == '"' && q.closes(s.level, backslashes):
			return max(i-(q.end-q.start), start)
		case s.c == '\\':
			backslashes++
		default:
			backslashes = 0
		}
	}
	return len(src)
}

// wordsEnd is bareEnd for what may be words without quotes, as in YAML, between which blanks may stand.
func (q *quoteSign) wordsEnd(src []byte, i int) int {
	end := q.bareEnd(src, i)
	if i == len(src) || nameClass[src[i]] != nameLetter && nameClass[src[i]] != nameUpper && src[i] < utf8.RuneSelf {
		return end
	}
	last := end
	for end < len(src) && src[end] == ' ' {
		next := q.bareEnd(src, end+1)
		if next > end+1 {
			last = next
		}
		end = next
	}
	return last
}

// bareEnd returns where the value at i ends that is no text, among members whose names have marks like q: with its bracket if
// it is a container, and else ahead of what separates it from the next.
func (q *quoteSign) bareEnd(src []byte, i int) int {
	depth, backslashes := 0, 0
	for i < len(src) {
		s := signAt(src, i)
		switch s.c {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth < 0 {
				return i
			} else if depth == 0 {
				return i + s.width
			}
		case '"':
			if depth == 0 {
				return i
			}
			if q.closes(s.level, backslashes) {
				i = q.textEnd(src, i+s.width)
				s.width = min(q.end-q.start, len(src)-i)
			}
		case ',', ' ', '&', '\n', '\r':
			if depth == 0 {
				return i
			}
		case '\\':
			if depth == 0 {
				return i
			}
			backslashes++
			i += s.width
			continue
		}
		backslashes = 0
		i += s.width
	}
	return len(src)
}

// nameText returns the text that a name within a value stands for, in whatever order its letters were escaped: what looks like an
// escape is taken for one. It is valid until the next call.
func (r *run) nameText(name []byte) []byte {
	for range maxNameEscapes {
		if bytes.IndexByte(name, '%') < 0 && bytes.IndexByte(name, '\\') < 0 && bytes.IndexByte(name, '+') < 0 {
			break
		}
		r.decoded = append(r.decoded[:0], name...)
		text := r.decoded[:0]
		for i := 0; i < len(r.decoded); {
			s := signAt(r.decoded, i)
			i += s.width
			switch {
			case s.c == '+' && s.level == 0:
				s.c = ' '
			case s.c == '\\' && s.level == 0:
				continue
			}
			text = append(text, s.c)
		}
		name, r.decoded = text, text
	}
	return name
}

// maxNameEscapes is how often a name may be escaped, per-cent signs of per-cent signs counted once.
const maxNameEscapes = 3

// spotWithin returns the spot of a field of that name within a value. It is the zero spot unless the value is to be hidden for
// what it is and not for what is found in it. A replacement is no name.
func (r *run) spotWithin(name []byte) spot {
	if isReplacement(name) {
		r.name.set(nil)
		return spot{}
	}
	r.name.set(r.nameText(name))
	var p place
	if f := r.f.names.lookup(r.name.name(), r.outer(r.f.names)); f != nil && f.tag.Kind != KindNone {
		p.spot = r.tagged(f)
	}
	if len(r.s.overrides) > 0 {
		r.override(&p)
	}
	if p.f == nil || p.act >= Scan || p.f.tag.Kind >= KindPhone && p.f.tag.Kind <= KindIP || p.hold&fixed == 0 && p.f.traits&lenient != 0 {
		return spot{}
	}
	return p.spot
}

// hideNested writes what stands for the value of f.
func (r *run) hideNested(f *nestedField) {
	r.flush(f.start)
	if f.act == Surrogate {
		f.quote = nil // brackets, quotes and numbers stay what they are
	}
	r.dst = append(r.dst, f.quote...)
	r.whole(f.spot, f.start, f.end, f.e)
	r.flush(f.end)
	r.dst = append(r.dst, f.quote...)
}
