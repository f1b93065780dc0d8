package redact

import (
	"bytes"

	"github.com/piiproxy/piiproxy/redact/internal/scan"
	"github.com/piiproxy/piiproxy/redact/internal/walk"
)

// Names of fields are values, too: {"name":"password","value":"…"}, as lists of headers and of parameters have them. There a member
// tells of another one in its object, whichever comes first.

// role is what a member says of others in its object.
type role uint8

const (
	noRole role = iota
	naming      // its text is the name of a field
	valued      // it is that field's value
)

// roleOf returns the role of a member of that normalised name.
func roleOf(name []byte) role {
	switch string(name) {
	case "name", "key", "k", "field", "header", "param", "parameter", "attribute", "property", "variable", "fieldname", "headername",
		"parametername", "attributename":
		return naming
	case "value", "values", "val", "v":
		return valued
	}
	return noRole
}

// pair gives the value of the key that was just walked the place that another member of its object names.
func (r *run) pair() {
	top := &r.stack[len(r.stack)-1]
	if r.pending.role != valued || r.pending.f != nil {
		return
	}
	if !top.named.told() && !top.looked {
		top.looked = true
		top.named = r.namedBehind(r.json.End)
		r.name.clean, r.name.digits = true, false // of the key, which has a role
	}
	if top.named.told() {
		r.pending.spot, r.pending.nameStart, r.pending.nameEnd = top.named, 0, 0
	}
}

// told reports whether sp is that of a name that says something.
func (sp *spot) told() bool { return sp.f != nil || sp.key != scan.KeyNone }

// named remembers what the string says that was just walked, for the value that it names.
func (r *run) named() {
	if n := len(r.stack); n > 0 && !r.stack[n-1].array && r.json.Event == walk.String {
		r.stack[n-1].named = r.spotNamed(r.src[r.json.Start+1 : r.json.End-1])
	}
}

// spotNamed returns the spot of a field whose name is written as text in a JSON string.
func (r *run) spotNamed(text []byte) spot {
	if len(text) > maxTextName || isReplacement(text) {
		return spot{}
	}
	text = r.decode(text, inString)
	if !isName(text) {
		return spot{}
	}
	r.name.set(text)
	f := r.f.names.lookup(r.name.name(), r.outer(r.f.names))
	if f == nil {
		f = r.f.headers.lookup(r.name.name(), nil)
	}
	var p place
	switch {
	case f != nil && f.tag.Kind != KindNone:
		p.spot = r.tagged(f)
	case f == nil:
		p.key = phoneKey(text)
	}
	if len(r.s.overrides) > 0 {
		r.override(&p)
	}
	return p.spot
}

// maxNamed is how many members behind a value are asked for its name. None of them may be an object or an array.
const maxNamed = 8

// namedBehind returns what a member says that stands behind the value of the key that ends at src[i].
func (r *run) namedBehind(i int) spot {
	for range maxNamed {
		i = scalarEnd(r.src, skipSpaceAnd(r.src, i, ':'))
		if i = skipSpaceAnd(r.src, i, ','); i < 0 || i >= len(r.src) || r.src[i] != '"' {
			break
		}
		key := i + 1
		i = closingQuote(r.src, i) + 1
		value := skipSpaceAnd(r.src, i, ':')
		if value < 0 || value >= len(r.src) {
			break
		}
		if r.src[value] != '"' {
			continue
		}
		if r.name.set(r.decode(r.src[key:i-1], inString)); r.name.clean && roleOf(r.name.name()) == naming {
			return r.spotNamed(r.src[value+1 : closingQuote(r.src, value)])
		}
	}
	return spot{}
}

// skipSpaceAnd returns where what stands in src behind blanks, sep and more blanks begins; -1 if sep is not there, or i is not either.
func skipSpaceAnd(src []byte, i int, sep byte) int {
	if i = skipSpaces(src, i); i < 0 || i >= len(src) || src[i] != sep {
		return -1
	}
	return skipSpaces(src, i+1)
}

func skipSpaces(src []byte, i int) int {
	for i >= 0 && i < len(src) && (src[i] == ' ' || src[i] == '\t' || src[i] == '\n' || src[i] == '\r') {
		i++
	}
	return i
}

// scalarEnd returns the end of the string, number or literal at src[i], -1 if another value is there, or none.
func scalarEnd(src []byte, i int) int {
	if i < 0 || i >= len(src) || src[i] == '{' || src[i] == '[' {
		return -1
	}
	if src[i] == '"' {
		return min(closingQuote(src, i)+1, len(src))
	}
	if n := bytes.IndexAny(src[i:], ",} \t\r\n"); n >= 0 {
		return i + n
	}
	return -1
}
