package redact

import (
	"github.com/piiproxy/piiproxy/redact/internal/scan"
	"github.com/piiproxy/piiproxy/redact/internal/walk"
)

// pairs masks src as a form or query. named are the fields that the route names there.
func (r *run) pairs(named map[string]*field) {
	var p walk.Pairs
	p.Reset(r.src)
	for p.Next() {
		key := r.decode(r.src[p.KeyStart:p.KeyEnd], inForm)
		sp := r.spotOf(named, r.f.names, key, r.src[p.ValueStart:p.ValueEnd])
		switch {
		case r.s.capture && (!isName(key) || p.ValueStart == p.KeyEnd && !r.name.clean): // a word alone may be a name, if it is but letters
			if sp.f == nil {
				sp = r.text()
			}
			r.value(r.text(), p.KeyStart, p.KeyEnd, inForm)
		case !r.name.clean:
			r.scan(p.KeyStart, p.KeyEnd, scan.KeyNone)
		}
		r.value(sp, p.ValueStart, p.ValueEnd, inForm)
	}
}

// spotOf returns the spot of a value under a name that is written as raw: what the route calls it, of which named are the fields,
// or else the dictionary. It sets the name.
func (r *run) spotOf(named map[string]*field, names *dictionary, raw, value []byte) spot {
	var p place
	if len(named) == 0 {
		if k := r.recall(names, raw, nil); k != nil {
			if k.field != nil && k.field.tag.Kind != KindNone {
				p.spot = r.tagged(k.field)
			} else if !idle(value) {
				p.key = k.key
			}
			return p.spot
		}
	}
	r.name.set(raw)
	f := named[string(r.name.name())]
	if f == nil {
		f = names.lookup(r.name.name(), r.outer(names))
		r.remember(names, raw, nil, f)
	}
	if f != nil && f.tag.Kind != KindNone {
		p.spot = r.tagged(f)
	} else if !idle(value) {
		p.key = phoneKey(raw)
	}
	if len(r.s.overrides) > 0 {
		r.override(&p)
	}
	return p.spot
}

// maxWrittenName is more bytes than the names of fields have.
const maxWrittenName = 64

// isName reports whether text has the form of a name of a field and not of something that somebody wrote.
func isName(text []byte) bool {
	for _, c := range text {
		if class := nameClass[c]; class == nameOther && c != '$' && c != '@' && c != '+' || c == ' ' {
			return false
		}
	}
	return len(text) <= maxWrittenName
}

// text returns the spot of what somebody wrote.
func (r *run) text() spot { return r.tagged(&bareFields[EndUser][KindText]) }

// outer returns the field of the part ahead of the last in the name that was set last, or nil.
func (r *run) outer(names *dictionary) *field {
	if r.name.m == 0 {
		return nil
	}
	return names.lookup(r.name.parent(), nil)
}

// namedSpot is spotOf for a name of the configuration.
func (r *run) namedSpot(named map[string]*field, names *dictionary, name string, value []byte) spot {
	r.decoded = append(r.decoded[:0], name...)
	return r.spotOf(named, names, r.decoded, value)
}
