package redact

import (
	"hash/maphash"
	"strconv"
	"sync"

	"github.com/piiproxy/piiproxy/redact/internal/walk"
)

// Projection is the allow-list of one connector. It is immutable and safe for concurrent use, and does not allocate in
// steady state. Its output still holds personal data: it is plain bytes, and never Masked.
//
// What it reads it reads strictly, because a document that two parsers read in two ways is a way past a rule. A body that
// cannot be walked to its end is refused, and so is one in which a member on the way to an allowed field stands twice,
// keys compared after decoding.
type Projection struct {
	pass, observe bool

	tree     pathTree
	keys     [][]byte // by node: the member's key as it is written, with its colon; nil for a wildcard's
	fields   []string // by node: the path of a field there or below, for refusals
	sources  []source // by leaf of the tree; those with names too
	json     bool     // some source is a JSON path
	form     bool
	copies   bool          // some allowed source is a JSON path, so that the walk also writes
	required bool          // some allowed source must be there
	request  *requestRules // nil: there is none

	seed maphash.Seed
	idle sync.Pool // of *Outbound, for the append methods
}

// source is a field of the incoming request that the rules name.
type source struct {
	place       sourcePlace
	name        string // of a form field, query or path parameter, decoded
	emit        []byte // that name as it is written, with its equals sign
	field       string // as the configuration writes it
	whole       bool   // a JSON path that ends with .**: objects and arrays too, with all that is in them
	allowed     bool   // copied to the same place; else it is captured for a field of the request
	required    bool   // if allowed
	destination bool   // if allowed
}

type sourcePlace uint8

const (
	jsonSource sourcePlace = iota
	formSource
	querySource
	paramSource
)

// Input is what a projection may read of a request. It keeps none of it.
type Input struct {
	Format  Format
	Body    []byte
	Query   []byte
	Params  []ParamValue // of the path, decoded
	ID      []byte       // the proxy's own opaque id of the exchange
	Depth   int          // limit of open objects and arrays in Body; 64 if zero
	Members int          // limit of values in Body; 1,000,000 if zero
}

// ParamValue is one decoded parameter of a path.
type ParamValue struct {
	Name  Name
	Value []byte
}

// Outbound is the request that a connector gets, appended to what the caller left in its buffers. It is for one
// projection at a time, and may be used again after Reset.
type Outbound struct {
	Path        []byte // empty if the rules name none
	Query       []byte // without question mark
	Body        []byte
	ContentType string   // of Body; empty if there is none, or if the request passes as it came
	Header      []Header // named headers, values cut out of HeaderText
	HeaderText  []byte

	work *projector // made once, and kept for its memory
}

// Header is one header of an Outbound.
type Header struct {
	Name       string
	Start, End int // of the value, in HeaderText
}

// Reset empties o and keeps its memory.
func (o *Outbound) Reset() { o.restore(outboundMark{}) }

// outboundMark is how much an Outbound holds.
type outboundMark struct{ path, query, body, header, text int }

func (o *Outbound) mark() outboundMark {
	return outboundMark{len(o.Path), len(o.Query), len(o.Body), len(o.Header), len(o.HeaderText)}
}

func (o *Outbound) restore(m outboundMark) {
	o.Path, o.Query, o.Body = o.Path[:m.path], o.Query[:m.query], o.Body[:m.body]
	o.Header, o.HeaderText = o.Header[:m.header], o.HeaderText[:m.text]
	o.ContentType = ""
}

// Flow counts what happened to the fields of a request on the way to a connector. An object or array that is passed or
// dropped as a whole counts once. Of a refused request only the refusal is counted.
type Flow struct{ Passed, Dropped, Refused uint32 }

// Project builds the connector's request. On error out is as it was and the request must be refused; the error is a
// [*Refusal]. n may be nil.
func (p *Projection) Project(out *Outbound, in *Input, n *Flow) error {
	if out.work == nil {
		out.work = new(projector)
	}
	before, w := out.mark(), out.work
	w.begin(p, in, out)
	if !p.pass || p.observe {
		w.project()
	}
	if n != nil {
		n.Passed += w.flow.Passed
		n.Dropped += w.flow.Dropped
		n.Refused += w.flow.Refused
	}
	if p.pass {
		out.restore(before)
		out.Body = append(out.Body, in.Body...)
		out.Query = append(out.Query, in.Query...)
		w.end()
		return nil
	}
	if w.refusal.Reason == RefusedNone {
		w.end()
		return nil
	}
	refusal := w.refusal // declared here, so that only a refusal allocates
	w.end()
	out.restore(before)
	return &refusal
}

// AppendJSON appends the allowed members of a JSON document. On error dst is as it was.
func (p *Projection) AppendJSON(dst, src []byte, n *Flow) ([]byte, error) {
	return p.appendBody(dst, src, JSON, n)
}

// AppendForm appends the allowed fields of a form. On error dst is as it was.
func (p *Projection) AppendForm(dst, src []byte, n *Flow) ([]byte, error) {
	return p.appendBody(dst, src, Form, n)
}

func (p *Projection) appendBody(dst, src []byte, format Format, n *Flow) ([]byte, error) {
	out, _ := p.idle.Get().(*Outbound)
	if out == nil {
		out = new(Outbound)
	}
	out.Reset()
	kept := out.Body
	out.Body = dst
	in := Input{Format: format, Body: src}
	err := p.Project(out, &in, n)
	dst, out.Body = out.Body, kept
	p.idle.Put(out)
	return dst, err
}

// Pass reports whether the connector gets requests as they came.
func (p *Projection) Pass() bool { return p.pass }

// Reason is why a projection refused a request.
type Reason uint8

// The reasons.
const (
	RefusedNone      Reason = iota
	RefusedMalformed        // the body cannot be walked, or a name or value is not encoded well
	RefusedFormat           // the body is in a format that the projection does not read
	RefusedDepth            // nested too deeply, or too many members
	RefusedDuplicate        // an allowed field, or an object that holds one, stands there twice
	RefusedMissing          // a required field is not there
	RefusedSeparator        // a destination is no number, or a value holds what would end its place: a line break, a slash
	RefusedSeveral          // one value is wanted and there are several
	RefusedType             // an object or array where a value is wanted, or no number where one is wanted
	numReasons
)

var reasonWords = [numReasons]string{"none", "malformed", "format", "depth", "duplicate", "missing", "separator", "several", "type"}

// String returns the reason's word, as it stands in metrics and error bodies.
func (r Reason) String() string {
	if r >= numReasons {
		return "none"
	}
	return reasonWords[r]
}

// Refusal says why a request was refused, and where, never with what.
type Refusal struct {
	Reason Reason
	Field  string // the path or name out of the configuration; empty if no field is to blame
	Offset int    // into the body; -1 if it is not known
}

// Error returns the reason, the field and the offset.
func (r *Refusal) Error() string {
	s := "redact: request refused: " + r.Reason.String()
	if r.Field != "" {
		s += ": field " + r.Field
	}
	if r.Offset >= 0 {
		s += " at byte " + strconv.Itoa(r.Offset)
	}
	return s
}

// projector is the state of one call of Project.
type projector struct {
	p       *Projection
	in      Input // a copy, so that the caller's can stay on its stack
	out     *Outbound
	flow    Flow
	refusal Refusal

	doc    walk.JSON
	whole  string // the field that was copied as a whole last
	muted  int    // above zero the walk does not write: a whole object is copied when it is over
	caught []caught
	keys   keyTable
	text   []byte // what was decoded last
}

// caught is what the incoming request holds of a source.
type caught struct {
	start, end int // of the raw value, where its place is; a string without its quotes
	count      int
	event      walk.Event // ObjectEnd and ArrayEnd stand for whole containers
	escaped    bool
}

// keepScratch bounds the memory that a projector keeps between requests.
const keepScratch = 64 << 10

func (w *projector) begin(p *Projection, in *Input, out *Outbound) {
	w.p, w.in, w.out = p, *in, out
	w.flow, w.refusal, w.muted = Flow{}, Refusal{}, 0
	if cap(w.caught) < len(p.sources) {
		w.caught = make([]caught, len(p.sources))
	}
	w.caught = w.caught[:len(p.sources)]
	clear(w.caught)
	w.keys.begin(len(p.tree.nodes))
}

// end lets go of all that belongs to the request.
func (w *projector) end() {
	w.doc.Reset(nil, walk.Limits{})
	w.p, w.in, w.out, w.refusal, w.whole = nil, Input{}, nil, Refusal{}, ""
	if cap(w.text) > keepScratch {
		w.text = nil
	}
	w.keys.end()
}

func (w *projector) project() {
	if w.body() && w.params() && w.queryPairs() && w.complete() {
		w.build()
	}
	if w.refusal.Reason != RefusedNone {
		w.flow = Flow{Refused: 1}
	}
}

// refuse ends the projection. Only the first refusal counts. It reports false.
func (w *projector) refuse(reason Reason, field string, offset int) bool {
	if w.refusal.Reason == RefusedNone {
		w.refusal = Refusal{reason, field, offset}
	}
	return false
}

// body reads the incoming body, and copies what is allowed of it.
func (w *projector) body() bool {
	in, p := &w.in, w.p
	switch {
	case in.Format == NoBody || len(in.Body) == 0:
		return true
	case !p.json && !p.form:
		w.flow.Dropped++ // nobody asked for it
		return true
	case in.Format == JSON && p.json:
		return w.document()
	case in.Format == Form && p.form:
		before := len(w.out.Body)
		if !w.pairs(in.Body, formSource, &w.out.Body) {
			return false
		}
		if len(w.out.Body) > before {
			w.out.ContentType = "application/x-www-form-urlencoded"
		}
		return true
	}
	return w.refuse(RefusedFormat, "", -1)
}

// params looks up the parameters of the path.
func (w *projector) params() bool {
	for i := range w.p.sources {
		s := &w.p.sources[i]
		if s.place != paramSource {
			continue
		}
		for k := range w.in.Params {
			if w.in.Params[k].Name.s == s.name {
				w.caught[i] = caught{start: k, count: 1, event: walk.String}
			}
		}
	}
	return true
}

func (w *projector) queryPairs() bool { return w.pairs(w.in.Query, querySource, &w.out.Query) }

// complete checks that all is there that must be.
func (w *projector) complete() bool {
	if !w.p.required {
		return true
	}
	for i := range w.p.sources {
		if s := &w.p.sources[i]; s.required && w.caught[i].count == 0 {
			return w.refuse(RefusedMissing, s.field, -1)
		}
	}
	return true
}
