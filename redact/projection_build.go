package redact

import (
	"strconv"

	"github.com/piiproxy/piiproxy/redact/internal/walk"
)

// requestRules is the outgoing request of a mapped connector.
type requestRules struct {
	path   []pathPiece
	query  []fill
	form   []fill
	json   *objectRule // nil: there is none
	header []fill
}

// pathPiece is a part of the path: text as it is written, or a segment to fill.
type pathPiece struct {
	text string
	fill *fill
}

// objectRule is an object of the outgoing JSON.
type objectRule struct{ members []memberRule }

// memberRule is a member of an outgoing object: a value, or an object of its own, perhaps as the one element of an array.
type memberRule struct {
	name   string
	key    []byte // as it is written, with its colon
	array  bool
	fill   *fill
	object *objectRule
}

// fill is one field of the outgoing request.
type fill struct {
	name        string // of a header
	key         []byte // of a query or form, as it is written, with its equals sign
	at          target
	from        filling
	source      int32    // for fromSource and fromCoding
	when        int32    // source of the condition; -1 if there is none
	parts       [][]byte // encoded: one for fromConst, and those between ids for fromID
	scale       scale
	required    bool
	destination bool
	field       string // for refusals
}

type filling uint8

const (
	fromSource filling = iota
	fromConst
	fromID
	fromCoding
)

// build makes the outgoing request of what was caught.
func (w *projector) build() bool {
	r := w.p.request
	if r == nil {
		return true
	}
	if r.json != nil {
		w.out.Body, _ = w.fillObject(w.out.Body, r.json)
		w.out.ContentType = "application/json"
	}
	if len(r.form) > 0 {
		w.out.Body = w.fillPairs(w.out.Body, r.form)
		w.out.ContentType = "application/x-www-form-urlencoded"
	}
	w.out.Query = w.fillPairs(w.out.Query, r.query)
	w.fillPath(r.path)
	w.fillHeader(r.header)
	return w.refusal.Reason == RefusedNone
}

func (w *projector) fillPath(pieces []pathPiece) {
	for i := range pieces {
		piece := &pieces[i]
		if piece.fill == nil {
			w.out.Path = append(w.out.Path, piece.text...)
			continue
		}
		var filled bool
		if w.out.Path, filled = w.fill(w.out.Path, piece.fill); !filled {
			w.refuse(RefusedMissing, piece.fill.field, -1)
			return
		}
	}
}

func (w *projector) fillHeader(fills []fill) {
	for i := range fills {
		start := len(w.out.HeaderText)
		var filled bool
		if w.out.HeaderText, filled = w.fill(w.out.HeaderText, &fills[i]); filled {
			w.out.Header = append(w.out.Header, Header{fills[i].name, start, len(w.out.HeaderText)})
		}
	}
}

func (w *projector) fillPairs(dst []byte, fills []fill) []byte {
	first := true
	for i := range fills {
		mark := len(dst)
		if !first {
			dst = append(dst, '&')
		}
		dst = append(dst, fills[i].key...)
		var filled bool
		if dst, filled = w.fill(dst, &fills[i]); !filled {
			dst = dst[:mark]
			continue
		}
		first = false
	}
	return dst
}

// fillObject appends an object with the members for which there is a value, and reports whether there was any.
func (w *projector) fillObject(dst []byte, o *objectRule) ([]byte, bool) {
	wrote := false
	dst = append(dst, '{')
	for i := range o.members {
		m := &o.members[i]
		mark := len(dst)
		if wrote {
			dst = append(dst, ',')
		}
		dst = append(dst, m.key...)
		if m.array {
			dst = append(dst, '[')
		}
		var filled bool
		if m.object != nil {
			dst, filled = w.fillObject(dst, m.object)
		} else {
			dst, filled = w.fill(dst, m.fill)
		}
		if !filled {
			dst = dst[:mark]
			continue
		}
		if m.array {
			dst = append(dst, ']')
		}
		wrote = true
	}
	return append(dst, '}'), wrote
}

// fill appends the value of f, and reports whether there is one. A refused value is none.
func (w *projector) fill(dst []byte, f *fill) ([]byte, bool) {
	if w.refusal.Reason != RefusedNone || f.when >= 0 && !w.holds(f) {
		return dst, false
	}
	switch f.from {
	case fromConst:
		return append(dst, f.parts[0]...), true
	case fromID:
		return w.fillID(dst, f), true
	case fromCoding:
		text, c := w.single(f, f.source)
		if c == nil || isGSM(text) {
			return dst, false
		}
		return append(dst, '2'), true
	}
	return w.fillSource(dst, f)
}

func (w *projector) fillID(dst []byte, f *fill) []byte {
	for i, part := range f.parts {
		if i > 0 {
			var reason Reason
			quoted := len(dst)
			if dst, reason = appendEncoded(dst, f.at, w.in.ID); reason != RefusedNone {
				w.refuse(reason, f.field, -1)
			}
			if f.at == intoJSON { // the quotes belong to the whole text
				inside := dst[quoted+1 : len(dst)-1]
				dst = append(dst[:quoted], inside...)
			}
		}
		dst = append(dst, part...)
	}
	return dst
}

// holds reports whether the condition of f is fulfilled.
func (w *projector) holds(f *fill) bool {
	text, c := w.single(f, f.when)
	switch {
	case c == nil:
		return false
	case c.event == walk.ObjectEnd || c.event == walk.ArrayEnd:
		for _, b := range text[1 : len(text)-1] {
			if b > ' ' {
				return true
			}
		}
		return false
	}
	return isOn(text)
}

// single returns the text of a source that must be there once at most; c is nil if it is not there, or is null.
func (w *projector) single(f *fill, source int32) (text []byte, c *caught) {
	s := &w.p.sources[source]
	c = &w.caught[source]
	switch {
	case c.count == 0:
		return nil, nil
	case c.count > 1:
		w.refuse(RefusedSeveral, s.field, w.offset(s.place, c.start))
		return nil, nil
	}
	text = w.textOf(s, c)
	if c.event == walk.Literal && text[0] == 'n' {
		return nil, nil
	}
	return text, c
}

// fillSource appends the value of a source.
func (w *projector) fillSource(dst []byte, f *fill) ([]byte, bool) {
	s := &w.p.sources[f.source]
	text, c := w.single(f, f.source)
	if c == nil {
		if f.required {
			w.refuse(RefusedMissing, s.field, -1)
		}
		return dst, false
	}
	offset := w.offset(s.place, c.start)
	container := c.event == walk.ObjectEnd || c.event == walk.ArrayEnd
	switch {
	case container && !s.whole:
		return dst, w.refuse(RefusedType, s.field, offset)
	case f.destination && !isNumber(text):
		return dst, w.refuse(RefusedSeparator, s.field, offset)
	case f.scale != unscaled:
		n, ok := f.scale.apply(text)
		if !ok {
			return dst, w.refuse(RefusedType, s.field, offset)
		}
		dst = strconv.AppendUint(dst, n, 10)
	case f.at == intoJSON && s.place == jsonSource:
		start, end := c.start, c.end
		if c.event == walk.String {
			start, end = start-1, end+1
		}
		dst = append(dst, w.in.Body[start:end]...)
	default:
		var reason Reason
		if dst, reason = appendEncoded(dst, f.at, text); reason != RefusedNone {
			return dst, w.refuse(reason, s.field, offset)
		}
	}
	w.flow.Passed++
	return dst, true
}
