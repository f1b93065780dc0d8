package redact

import (
	"bytes"

	"github.com/piiproxy/piiproxy/redact/internal/walk"
)

// document walks a JSON body once. It copies the allowed fields, where there are any, and catches the sources.
func (w *projector) document() bool {
	w.doc.Reset(w.in.Body, walk.Limits{Depth: w.in.Depth, Members: w.in.Members})
	if !w.p.copies {
		w.muted = 1
	}
	if !w.doc.Next() {
		return w.stop()
	}
	if !w.value(0, false) {
		w.hold()
	}
	if w.refusal.Reason != RefusedNone {
		return false
	}
	if w.doc.Next(); w.doc.Event != walk.End {
		return w.stop()
	}
	if w.p.copies {
		w.out.ContentType = "application/json"
	}
	return true
}

// stop refuses a document that the cursor could not follow.
func (w *projector) stop() bool {
	err, _ := w.doc.Err().(*walk.Error)
	switch {
	case err == nil:
		return w.refuse(RefusedMalformed, "", -1)
	case err.Class == walk.TooDeep, err.Class == walk.TooMany:
		return w.refuse(RefusedDepth, "", err.Offset)
	}
	return w.refuse(RefusedMalformed, "", err.Offset)
}

// value deals with the value at the cursor, which node leads to, and goes to its end. In strict mode it is part of what is
// copied as a whole. It reports whether it wrote something that is allowed.
func (w *projector) value(node int32, strict bool) bool {
	if e := w.doc.Event; e == walk.ObjectBegin || e == walk.ArrayBegin {
		return w.container(node, strict, e == walk.ObjectBegin)
	}
	leaves := w.p.tree.leaves(node)
	if len(leaves) == 0 {
		if !strict {
			w.flow.Dropped++
		}
		return false
	}
	c := caught{start: w.doc.Start, end: w.doc.End, event: w.doc.Event}
	if c.event == walk.String {
		c.start, c.end, c.escaped = c.start+1, c.end-1, w.doc.Escaped
	}
	if !w.catch(leaves, c) || w.muted > 0 {
		return false
	}
	w.out.Body = append(w.out.Body, w.in.Body[w.doc.Start:w.doc.End]...)
	w.flow.Passed++
	return true
}

// catch notes what stands in the sources of leaves, and reports whether one of them allows to copy it.
func (w *projector) catch(leaves []int32, c caught) (copied bool) {
	container := c.event == walk.ObjectEnd || c.event == walk.ArrayEnd
	for _, leaf := range leaves {
		s, at := &w.p.sources[leaf], &w.caught[leaf]
		if !s.allowed {
			c.count = at.count + 1
			*at = c
			continue
		}
		if container && !s.whole {
			if s.required || s.destination {
				return w.refuse(RefusedType, s.field, c.start)
			}
			continue
		}
		if s.destination && !isNumber(w.textOf(s, &c)) {
			return w.refuse(RefusedSeparator, s.field, c.start)
		}
		if c.event != walk.Literal || w.in.Body[c.start] != 'n' {
			at.count++
		}
		copied = true
	}
	return copied
}

// container deals with the object or array that begins at the cursor.
func (w *projector) container(node int32, strict, object bool) bool {
	leaves := w.p.tree.leaves(node)
	start, whole, copied, needed := w.doc.Start, false, false, false
	for _, leaf := range leaves {
		s := &w.p.sources[leaf]
		needed = needed || !s.allowed
		if s.whole {
			whole, copied, w.whole = true, copied || s.allowed, s.field
		}
	}
	if !strict && !whole && !w.inner(node, object) {
		if !w.doc.Skip() {
			return w.stop()
		}
		if !needed {
			w.flow.Dropped++
		}
		w.catch(leaves, caught{start: start, end: w.doc.End, event: w.doc.Event})
		return false
	}
	mark := len(w.out.Body)
	if copied {
		w.muted++
	}
	var wrote bool
	if object {
		wrote = w.object(node, strict || whole)
	} else {
		wrote = w.array(node, strict || whole)
	}
	if copied {
		w.muted--
	}
	if w.refusal.Reason != RefusedNone {
		return false
	}
	if !wrote {
		w.out.Body = w.out.Body[:mark]
	}
	if len(leaves) > 0 && w.catch(leaves, caught{start: start, end: w.doc.End, event: w.doc.Event}) && w.muted == 0 {
		w.out.Body = append(w.out.Body[:mark], w.in.Body[start:w.doc.End]...)
		w.flow.Passed++
		return true
	}
	return wrote
}

// inner reports whether the rules name something inside the object or array that node leads to.
func (w *projector) inner(node int32, object bool) bool {
	if node < 0 {
		return false
	}
	n := &w.p.tree.nodes[node]
	if object {
		return n.anyName >= 0 || len(n.members) > 0
	}
	return n.anyIndex >= 0 || len(n.elements) > 0
}

// object walks the members of an object, copies those that are allowed, and reports whether there were any.
func (w *projector) object(node int32, strict bool) bool {
	id, wrote := w.keys.open(), false
	every := strict || node >= 0 && w.p.tree.nodes[node].anyName >= 0
	w.put('{')
	for w.doc.Next() && w.doc.Event == walk.Key {
		start, end := w.doc.Start, w.doc.End
		key := w.in.Body[start+1 : end-1]
		if w.doc.Escaped {
			w.text = walk.AppendUnescaped(w.text[:0], key)
			key = w.text
		}
		child := w.p.tree.member(node, key)
		if child >= 0 || strict {
			if every && w.keys.keyAgain(w.p.seed, id, key, w.in.Body, start+1, end-1) || !every && w.keys.again(id, child) {
				return w.refuse(RefusedDuplicate, w.fieldOf(child), start)
			}
		}
		if !w.doc.Next() {
			break
		}
		if child < 0 && !strict {
			w.flow.Dropped++
			if !w.doc.Skip() {
				break
			}
			continue
		}
		if w.member(child, strict, wrote, start, end) {
			wrote = true
		} else if w.refusal.Reason != RefusedNone {
			return false
		}
	}
	if w.doc.Event != walk.ObjectEnd {
		return w.stop()
	}
	w.put('}')
	return wrote
}

// member writes the key at start and the value at the cursor, or neither.
func (w *projector) member(node int32, strict, comma bool, start, end int) bool {
	if w.muted > 0 || node < 0 {
		return w.value(node, strict)
	}
	mark := len(w.out.Body)
	if comma {
		w.out.Body = append(w.out.Body, ',')
	}
	if key := w.p.keys[node]; key != nil {
		w.out.Body = append(w.out.Body, key...)
	} else {
		w.out.Body = append(append(w.out.Body, w.in.Body[start:end]...), ':')
	}
	if w.value(node, strict) {
		return true
	}
	w.out.Body = w.out.Body[:mark]
	return false
}

// array walks the elements of an array, copies those that are allowed, and reports whether there were any. So that none
// moves to another's place, an element of which nothing is allowed leaves an empty one behind.
func (w *projector) array(node int32, strict bool) bool {
	wrote := false
	each := w.copiesEach(node)
	w.put('[')
	for i := 0; w.doc.Next() && w.doc.Event != walk.ArrayEnd; i++ {
		if i > 0 {
			w.put(',')
		}
		if w.value(w.p.tree.element(node, i), strict) {
			wrote = true
			if each != nil {
				i += w.strings(each)
			}
			continue
		}
		if w.refusal.Reason != RefusedNone {
			return false
		}
		w.hold()
	}
	if w.doc.Event != walk.ArrayEnd {
		return w.stop()
	}
	w.put(']')
	return wrote
}

// copiesEach returns what was caught of the elements of an array if every string in it is copied and nothing else is done
// with it, or nil.
func (w *projector) copiesEach(node int32) *caught {
	if node < 0 || w.muted > 0 || len(w.p.tree.nodes[node].elements) > 0 {
		return nil
	}
	leaves := w.p.tree.leaves(w.p.tree.nodes[node].anyIndex)
	if len(leaves) != 1 {
		return nil
	}
	if s := &w.p.sources[leaves[0]]; !s.allowed || s.destination {
		return nil
	}
	return &w.caught[leaves[0]]
}

// strings copies the strings that follow one in such an array, commas and all, and returns how many there were.
func (w *projector) strings(each *caught) int {
	start := w.doc.End
	n := w.doc.Strings()
	w.out.Body = append(w.out.Body, w.in.Body[start:w.doc.End]...)
	each.count += n
	w.flow.Passed += uint32(n)
	return n
}

// hold writes an empty value of the shape of the one at the cursor.
func (w *projector) hold() {
	if w.muted > 0 {
		return
	}
	switch w.doc.Event {
	case walk.ObjectEnd:
		w.out.Body = append(w.out.Body, "{}"...)
	case walk.ArrayEnd:
		w.out.Body = append(w.out.Body, "[]"...)
	default:
		w.out.Body = append(w.out.Body, "null"...)
	}
}

func (w *projector) put(c byte) {
	if w.muted == 0 {
		w.out.Body = append(w.out.Body, c)
	}
}

// fieldOf returns a field of the configuration at or below node, or that is copied as a whole.
func (w *projector) fieldOf(node int32) string {
	if node < 0 {
		return w.whole
	}
	return w.p.fields[node]
}

// textOf returns the decoded text of a value, valid until the next call.
func (w *projector) textOf(s *source, c *caught) []byte {
	switch s.place {
	case paramSource:
		return w.in.Params[c.start].Value
	case jsonSource:
		raw := w.in.Body[c.start:c.end]
		if !c.escaped {
			return raw
		}
		w.text = walk.AppendUnescaped(w.text[:0], raw)
		return w.text
	}
	raw := w.in.Body
	if s.place == querySource {
		raw = w.in.Query
	}
	raw = raw[c.start:c.end]
	if !c.escaped {
		return raw
	}
	w.text = walk.AppendFormDecoded(w.text[:0], raw)
	return w.text
}

// pairs walks a form or a query, copies the allowed fields to dst, and catches the sources.
func (w *projector) pairs(src []byte, place sourcePlace, dst *[]byte) bool {
	var pairs walk.Pairs
	before := len(*dst)
	for pairs.Reset(src); pairs.Next(); {
		key := src[pairs.KeyStart:pairs.KeyEnd]
		if bad := walk.FormValid(key); bad >= 0 {
			return w.refuse(RefusedMalformed, "", w.offset(place, pairs.KeyStart+bad))
		}
		if walk.FormEscaped(key) {
			w.text = walk.AppendFormDecoded(w.text[:0], key)
			key = w.text
		}
		used := false
		c := caught{start: pairs.ValueStart, end: pairs.ValueEnd, count: 1, event: walk.String}
		for i := range w.p.sources {
			s := &w.p.sources[i]
			if s.place != place || s.name != string(key) {
				continue
			}
			used = true
			if !w.pair(i, src, c) {
				return false
			}
			if s.allowed {
				if len(*dst) > before {
					*dst = append(*dst, '&')
				}
				*dst = append(append(*dst, s.emit...), src[c.start:c.end]...)
				w.flow.Passed++
			}
			key = w.again(src[pairs.KeyStart:pairs.KeyEnd])
		}
		if !used {
			w.flow.Dropped++
		}
	}
	return true
}

// again decodes a key once more, because looking at its value took the memory that held it.
func (w *projector) again(key []byte) []byte {
	if !walk.FormEscaped(key) {
		return key
	}
	w.text = walk.AppendFormDecoded(w.text[:0], key)
	return w.text
}

// pair catches one value of a form or query.
func (w *projector) pair(i int, src []byte, c caught) bool {
	s := &w.p.sources[i]
	value, offset := src[c.start:c.end], w.offset(s.place, c.start)
	if w.caught[i].count > 0 {
		return w.refuse(RefusedDuplicate, s.field, offset)
	}
	if walk.FormValid(value) >= 0 {
		return w.refuse(RefusedMalformed, s.field, offset)
	}
	c.escaped = walk.FormEscaped(value)
	if s.allowed {
		if !plainPair(value, s.place == querySource) {
			return w.refuse(RefusedMalformed, s.field, offset)
		}
		if s.destination && !isNumber(w.textOf(s, &c)) {
			return w.refuse(RefusedSeparator, s.field, offset)
		}
	}
	w.caught[i] = c
	return true
}

// plainPair reports whether a value that is copied as it came cannot be taken for more than one: some parsers split at a
// semicolon, and in a target white space, control characters and # end the query.
func plainPair(value []byte, query bool) bool {
	if bytes.IndexByte(value, ';') >= 0 {
		return false
	}
	for _, c := range value {
		if query && (c <= ' ' || c == 0x7f || c == '#') {
			return false
		}
	}
	return true
}

// offset returns an offset for a refusal: those in the query are not of the body.
func (w *projector) offset(place sourcePlace, at int) int {
	if place == jsonSource || place == formSource {
		return at
	}
	return -1
}
