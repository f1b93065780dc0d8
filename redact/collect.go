package redact

import (
	"strconv"

	"github.com/piiproxy/piiproxy/redact/internal/scan"
	"github.com/piiproxy/piiproxy/redact/internal/walk"
)

const (
	maxSlots     = 48  // tagged fields of different names that are shown of one body
	maxValues    = 8   // values that are shown of one field
	maxShownText = 512 // bytes of one value; a longer one is masked
)

// collector gathers the tagged fields of a body: the values of one name may stand far apart.
type collector struct {
	values []byte // what is shown, ready to stand in JSON strings
	slots  []slot
	text   []byte // a value of a form, as it would stand in a JSON string
}

// slot is the values of one field.
type slot struct {
	f     *field
	count int // of all its values
	shown int
	value [maxValues]struct{ start, end int }
	size  [maxValues]messageSize
}

// AppendFields appends the tagged fields of a body as members of a JSON object, `"to":"phone_GR_k1_…","body":"redacted_text"`,
// without braces. The member names come from the configuration and the dictionary. It shows at most a fixed number of
// values, and counts the findings in all others; boundary is that of a multipart body. Text kinds also get their length
// in characters, their encoding as a short message, and its parts: `"body_length":27,"body_encoding":"gsm7","body_parts":1`.
// A field with several values is an array of the first few, beside `"to_count":30000`.
func (s *Surface) AppendFields(dst Masked, f *Fields, format Format, boundary, body []byte, t *Tally) Masked {
	if format == JSON {
		fields, _ := s.appendViews(fieldsOnly, dst, Masked{}, f, body, t)
		return fields
	}
	r := s.begin(dst, f, body, t)
	out := r.dst
	r.dst = r.collect.values[:0]
	switch format {
	case Form:
		r.collectForm()
	case Multipart:
		r.collectMultipart(boundary)
	case Text:
		r.count(0, len(body), scan.KeyNone)
	}
	r.collect.values = r.dst
	r.dst = r.appendSlots(out)
	return r.release()
}

// collected gathers the value that was just walked, or counts what is in the key.
func (r *run) collected() {
	start, end, e := r.json.Start, r.json.End, verbatim
	switch r.json.Event {
	case walk.Key:
		r.mute = true
		r.memberName()
		r.mute = false
		return
	case walk.String:
		start, end, e = start+1, end-1, inString
	case walk.Literal:
		if keepsLiteral(r.pending.spot, r.src[start]) {
			return
		}
	}
	r.gather(r.keyed(r.pending.spot), start, end, e)
}

func (r *run) collectForm() {
	var p walk.Pairs
	p.Reset(r.src)
	for p.Next() {
		key := r.decode(r.src[p.KeyStart:p.KeyEnd], inForm)
		sp := r.spotOf(r.f.form, r.f.names, key, r.src[p.ValueStart:p.ValueEnd])
		if !r.name.clean {
			r.count(p.KeyStart, p.KeyEnd, scan.KeyNone)
		}
		if sp.f == nil {
			r.count(p.ValueStart, p.ValueEnd, sp.key)
			continue
		}
		r.gatherText(sp, r.decode(r.src[p.ValueStart:p.ValueEnd], inForm))
	}
}

func (r *run) collectMultipart(boundary []byte) {
	var m walk.Multipart
	m.Reset(r.src, boundary)
	for m.Next() {
		if m.File {
			continue // not read, so nothing of it is shown
		}
		name := r.src[m.NameStart:m.NameEnd]
		sp := r.spotOf(r.f.form, r.f.names, name, r.src[m.Start:m.End])
		if sp.f == nil {
			r.count(m.Start, m.End, sp.key)
			continue
		}
		r.gatherText(sp, r.src[m.Start:m.End])
	}
}

// count counts the findings in src[start:end].
func (r *run) count(start, end int, key scan.Key) {
	r.mute = true
	r.scan(start, end, key)
	r.mute = false
}

// gatherText gathers a value that is no JSON string, as if it were one.
func (r *run) gatherText(sp spot, text []byte) {
	src := r.src
	r.collect.text = walk.AppendEscaped(r.collect.text[:0], text)
	r.src = r.collect.text
	r.gather(sp, 0, len(r.src), inString)
	r.src = src
	r.collect.text = emptied(r.collect.text)
}

// gather adds the value src[start:end] to the slot of its field.
func (r *run) gather(sp spot, start, end int, e encoding) {
	if sp.f == nil {
		r.count(start, end, sp.key)
		return
	}
	r.gatherField(sp, r.slotFor(sp), start, end, e)
}

// gatherField is gather for a tagged field with the slot c.
func (r *run) gatherField(sp spot, c *slot, start, end int, e encoding) {
	mark := len(r.dst)
	r.done, r.mute = start, !c.hasRoom()
	r.field(sp, start, end, e)
	r.mute = false
	if c.hasRoom() {
		r.flush(end)
		r.dst = r.keep(c, sp.f.tag.Kind, r.dst, mark, start, end)
	} else {
		r.dst = r.dst[:mark]
	}
	c.add(1)
}

// keep notes that values[mark:] is shown in c for src[start:end], which is of that kind. A longer one is masked.
func (r *run) keep(c *slot, k Kind, values []byte, mark, start, end int) []byte {
	if len(values)-mark > maxShownText {
		values = append(values[:mark], masks[k]...)
	}
	c.value[c.shown].start, c.value[c.shown].end = mark, len(values)
	if c.f.tag.Kind == KindText {
		c.size[c.shown] = sizeOf(r.decode(r.src[start:end], inString))
	}
	c.shown++
	return values
}

// hasRoom reports whether one more value is shown in c, which is nil if none is.
func (c *slot) hasRoom() bool { return c != nil && c.shown < maxValues }

// add counts n more values.
func (c *slot) add(n int) {
	if c != nil {
		c.count += n
	}
}

// slotFor returns the slot of the values of a spot, or nil if none of them is shown.
func (r *run) slotFor(sp spot) *slot {
	if sp.act == Drop {
		return nil
	}
	return r.slotOf(sp.f)
}

// slotOf returns the slot of a field, or nil if there is none left. Fields of one member name share a slot.
func (r *run) slotOf(f *field) *slot {
	slots := r.collect.slots
	for i := range slots {
		if slots[i].f == f || slots[i].f.member == f.member {
			return &slots[i]
		}
	}
	if len(slots) == maxSlots || f.member == "" {
		return nil
	}
	if len(slots) < cap(slots) {
		slots = slots[:len(slots)+1]
		c := &slots[len(slots)-1]
		c.f, c.count, c.shown = f, 0, 0
	} else {
		slots = append(slots, slot{f: f})
	}
	r.collect.slots = slots
	return &slots[len(slots)-1]
}

// appendSlots writes the slots as members of a JSON object.
func (r *run) appendSlots(dst []byte) []byte {
	begin := len(dst)
	for i := range r.collect.slots {
		c := &r.collect.slots[i]
		if c.shown == 0 {
			continue
		}
		keys := c.f.keys
		if len(dst) == begin {
			dst = append(dst, keys.value[len(","):]...)
		} else {
			dst = append(dst, keys.value...)
		}
		if c.count == 1 {
			dst = r.appendOne(dst, c)
		} else {
			dst = r.appendSeveral(dst, c)
		}
	}
	return dst
}

// appendOne writes the one value of a field behind its key and, of a message, what may be known of it: how long it is and what it is
// sent as.
func (r *run) appendOne(dst []byte, c *slot) []byte {
	dst = append(dst, '"')
	dst = append(dst, r.collect.values[c.value[0].start:c.value[0].end]...)
	dst = append(dst, '"')
	if c.f.tag.Kind != KindText {
		return dst
	}
	keys, size := c.f.keys, c.size[0]
	dst = append(dst, keys.length...)
	dst = strconv.AppendInt(dst, int64(size.characters), 10)
	dst = append(dst, keys.encoding...)
	dst = append(dst, size.encoding()...)
	dst = append(dst, keys.parts...)
	return strconv.AppendInt(dst, int64(size.parts), 10)
}

// appendSeveral writes the values of a field as arrays, and how many there are.
func (r *run) appendSeveral(dst []byte, c *slot) []byte {
	dst = c.each(dst, func(dst []byte, k int) []byte {
		dst = append(dst, '"')
		dst = append(dst, r.collect.values[c.value[k].start:c.value[k].end]...)
		return append(dst, '"')
	})
	keys := c.f.keys
	dst = append(dst, keys.count...)
	dst = strconv.AppendInt(dst, int64(c.count), 10)
	if c.f.tag.Kind != KindText {
		return dst
	}
	dst = c.each(append(dst, keys.length...), func(dst []byte, k int) []byte {
		return strconv.AppendInt(dst, int64(c.size[k].characters), 10)
	})
	dst = c.each(append(dst, keys.encoding...), func(dst []byte, k int) []byte { return append(dst, c.size[k].encoding()...) })
	return c.each(append(dst, keys.parts...), func(dst []byte, k int) []byte {
		return strconv.AppendInt(dst, int64(c.size[k].parts), 10)
	})
}

// each writes an array of the values that are shown.
func (c *slot) each(dst []byte, value func(dst []byte, k int) []byte) []byte {
	dst = append(dst, '[')
	for k := range c.shown {
		if k > 0 {
			dst = append(dst, ',')
		}
		dst = value(dst, k)
	}
	return append(dst, ']')
}

// memberKeys are the keys under which a field is shown, each behind a comma.
type memberKeys struct{ value, count, length, encoding, parts string }

// named makes f shown under a name, which is ready to stand in a JSON string.
func (f *field) named(member string) *field {
	key := func(suffix string) string { return `,"` + member + suffix + `":` }
	f.member = member
	f.keys = &memberKeys{key(""), key("_count"), key("_length"), key("_encoding"), key("_parts")}
	return f
}
