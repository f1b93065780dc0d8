package redact

import "github.com/piiproxy/piiproxy/redact/internal/scan"

// A log that has bodies shows the fields of a document and the document, and both are found in one walk.

// views says what is made of a document.
type views uint8

const (
	bodyOnly views = iota
	fieldsOnly
	both
)

// output is what is made of a document beside what dst, done and t of a run say: where it is written, up to where the input is in
// it, and what counts its findings.
type output struct {
	dst  []byte
	done int
	t    *Tally
}

// turn goes on with the other output, if there are two.
func (r *run) turn() {
	if r.views != both {
		return
	}
	o := output{r.dst, r.done, r.t}
	r.dst, r.done, r.t = r.other.dst, r.other.done, r.other.t
	r.other = o
}

// AppendFieldsAndJSON appends to fields what [Surface.AppendFields] appends of a JSON document, and to body what
// [Surface.AppendJSON] does, in one walk. What is found counts once, as AppendFields counts it.
func (s *Surface) AppendFieldsAndJSON(fields, body Masked, f *Fields, src []byte, t *Tally) (Masked, Masked) {
	return s.appendViews(both, fields, body, f, src, t)
}

// appendViews makes views of a JSON document: its fields, and itself if body is asked for.
func (s *Surface) appendViews(v views, fields, body Masked, f *Fields, src []byte, t *Tally) (Masked, Masked) {
	r := s.begin(body, f, src, nil)
	r.views = v
	if t == nil {
		t = &r.spare
	}
	r.other = output{dst: r.collect.values[:0], t: t}
	if v == fieldsOnly {
		r.dst, r.t = r.other.dst, t
	}
	r.walk()
	r.turn()
	r.count(r.last, len(src), scan.KeyNone)
	r.collect.values = r.dst
	fields.b = r.appendSlots(fields.b)
	r.turn()
	if v == both {
		r.restOfDocument()
		r.flush(len(src))
	}
	return fields, r.release()
}
