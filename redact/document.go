package redact

import (
	"encoding/binary"

	"github.com/piiproxy/piiproxy/redact/internal/scan"
	"github.com/piiproxy/piiproxy/redact/internal/walk"
)

// spot is what is known of a value from where it stands. The zero spot knows nothing: the value is scanned.
type spot struct {
	f    *field // nil: not tagged
	act  Action // of f on this surface
	hold hold
	key  scan.Key // what the name promises a scan
} // of four fields, for such the compiler keeps in registers

// hold is why a spot has its tag and its action.
type hold uint8

const (
	// own: the tag is that of the value's own name, or of the array around it, and not of an object further out.
	own hold = 1 << iota
	// fixed: the action is the surface's rule for this very field, and not for its kind.
	fixed
)

// place is a spot in a document.
type place struct {
	spot
	node   int32  // in the route's paths
	role   role   // of the name
	within *field // what the dictionary says of the name, for the members of an object

	// Where the name stands that may still promise something to a scan. Most values hold nothing that looks like a number, and
	// need not know.
	nameStart, nameEnd int
}

// frame is an object or array that is open.
type frame struct {
	place
	array  bool
	looked bool // for a name of a value behind it
	index  int  // of the next element
	named  spot // of the value that a member has named
}

// start begins to walk src as a JSON document.
func (r *run) start() {
	r.json.Reset(r.src, walk.Limits{Depth: walk.MaxDepth})
	r.stack, r.lastStart, r.last, r.keyEnd = r.stack[:0], 0, 0, 0
	r.member = &r.opening
	r.pending = place{node: r.f.root()}
	if f := r.f.at(r.pending.node); f != nil {
		r.pending.spot = r.tagged(f)
	}
}

// next walks to the next key in which there may be something to find, or to the next value that is no container, whose place is then
// in pending.
func (r *run) next() bool {
	for {
		known := r.nextRecalled()
		if !known && !r.json.Next() {
			return false
		}
		r.lastStart, r.last = r.json.Start, r.json.End
		switch r.json.Event {
		case walk.Key:
			r.keyEnd = r.json.End
			if !known {
				r.enter(&r.stack[len(r.stack)-1].place)
			}
			if r.pending.role != noRole {
				r.pair()
			}
			if !r.name.clean {
				return true
			}
		case walk.ObjectBegin, walk.ArrayBegin:
			r.here()
			r.stack = append(r.stack, frame{place: r.pending, array: r.json.Event == walk.ArrayBegin})
		case walk.ObjectEnd, walk.ArrayEnd:
			r.stack = r.stack[:len(r.stack)-1]
		default:
			r.here()
			if r.pending.role == naming {
				r.named()
			}
			return true
		}
	}
}

// here puts the place of the value that begins into pending: an element's is that of its array.
func (r *run) here() {
	if len(r.stack) == 0 {
		return
	}
	top := &r.stack[len(r.stack)-1]
	if !top.array {
		return
	}
	r.pending = top.place
	if top.node >= 0 {
		r.pending.node = r.f.tree.element(top.node, top.index)
		if f := r.f.at(r.pending.node); f != nil {
			r.pending.spot = r.tagged(f)
		}
	}
	top.index++
}

// enter puts the place of the value of the key that was just walked into pending.
func (r *run) enter(outer *place) {
	raw := r.src[r.json.Start+1 : r.json.End-1]
	if r.json.Escaped {
		raw = r.decode(raw, inString)
	}
	k := r.memberSlot(raw, outer)
	if r.recallMember(k, raw, outer) {
		return
	}
	node := r.f.tree.member(outer.node, raw)
	r.name.set(raw)
	known := r.known(raw, r.parent(outer.within))
	if known != nil && known.norm == gelfMessage {
		k = nil // another line may be no GELF
		if r.isGELF() {
			known = scanned
		}
	}
	r.pending = r.resolve(raw, outer, r.f.at(node), known)
	r.pending.node = node
	if r.name.clean {
		r.pending.role = roleOf(r.name.name())
	}
	r.rememberMember(k, raw, outer)
}

// parent returns the field of the part of the name ahead of the last, or else of the object around it.
func (r *run) parent(within *field) *field {
	if r.name.m == 0 {
		return within
	}
	return r.f.names.lookup(r.name.parent(), nil)
}

// known returns what the dictionary says of the name that was set last, and is written as raw, or nil.
func (r *run) known(raw []byte, within *field) *field {
	f := r.f.names.lookup(r.name.name(), within)
	if f != nil && isReplacement(raw) {
		return nil // what stands for a finding names nothing
	}
	return f
}

// resolve says what a member of that name is. named is what the route says of it, and known the dictionary, nil if nothing.
func (r *run) resolve(raw []byte, outer *place, named, known *field) place {
	p := place{node: -1, within: known}
	switch {
	case named != nil:
		p.spot = r.tagged(named)
	case known == nil || known.tag.Kind == KindNone:
		if outer.f != nil && (known == nil || outer.f.traits&whole != 0) {
			p.spot = outer.spot
			p.hold &^= own
		} else if r.json.Event != walk.Key || r.json.Escaped {
			p.key = phoneKey(raw)
		} else {
			p.nameStart, p.nameEnd = r.json.Start+1, r.json.End-1
		}
	case known.traits&codeShape != 0 && outer.f != nil:
		p.spot = outer.spot
		p.hold &^= own
	default:
		p.spot = r.tagged(known)
	}
	if len(r.s.overrides) > 0 {
		r.override(&p)
	}
	return p
}

func phoneKey(name []byte) scan.Key {
	if scan.PhoneKey(name) {
		return scan.KeyPhone
	}
	return scan.KeyNone
}

// tagged returns the spot of a value with the tag of f.
func (r *run) tagged(f *field) spot {
	return spot{f: f, act: r.s.rules[f.tag.Subject][f.tag.Kind], hold: own, key: keyOf(f.tag.Kind)}
}

// override applies the surface's rule for the name that was looked up last.
func (r *run) override(p *place) {
	o, ok := r.s.overrides[string(r.name.name())]
	if !ok {
		return
	}
	if p.f == nil {
		p.f = o.field
	}
	p.act, p.hold = o.act, own|fixed
}

// document masks src as JSON, and as text from where it stops being JSON.
func (r *run) document() {
	r.walk()
	r.restOfDocument()
}

// restOfDocument masks what comes behind the last token of a document that stops being one.
func (r *run) restOfDocument() {
	if r.json.Event == walk.Invalid {
		r.broken(r.last, r.last > 0 && r.last == r.keyEnd)
	}
}

// wholeDocument masks src as JSON up to where it stops being JSON, and reports whether that is its end.
func (r *run) wholeDocument() bool {
	r.walk()
	return r.json.Event != walk.Invalid
}

// walk takes all keys and values of src as a JSON document, up to where it stops being one.
func (r *run) walk() {
	r.start()
	for r.next() {
		r.take()
		if r.json.Event == walk.String {
			r.alike()
		}
	}
}

// shown masks the key or value that was just walked.
func (r *run) shown() {
	switch {
	case r.json.Event == walk.Key:
		r.memberName()
	case r.json.Event == walk.String || !r.runsOn():
		r.scalar(r.pending.spot)
	}
}

// runsOn reports whether the number or literal that was just walked is only how a longer text begins, as of an address without
// quotes: the document breaks here, and what it is shows only with the rest.
func (r *run) runsOn() bool {
	for i := r.json.End; i < len(r.src); i++ {
		switch r.src[i] {
		case ' ', '\t', '\r', '\n':
		default:
			return r.src[i] != ',' && r.src[i] != ']' && r.src[i] != '}'
		}
	}
	return false
}

// memberName masks the findings in a key. The digits of a key are a phone number where the object's name says so.
func (r *run) memberName() {
	if r.name.clean {
		return
	}
	key := scan.KeyNone
	if r.name.digits {
		key = scan.KeyName
	}
	if outer := &r.stack[len(r.stack)-1]; r.name.digits && (outer.f != nil || outer.within != nil && outer.within.traits&phoneKeys != 0) {
		key = scan.KeyPhone
	}
	r.scan(r.json.Start+1, r.json.End-1, key)
}

// scalar masks the value that was just walked.
func (r *run) scalar(sp spot) {
	start, end := r.json.Start, r.json.End
	if sp.f == nil && r.s.capture && r.nameless() {
		sp = r.text()
	}
	if sp.f == nil && idle(r.src[start:end]) {
		return
	}
	if r.pending.nameEnd > 0 {
		sp.key = phoneKey(r.src[r.pending.nameStart:r.pending.nameEnd])
	}
	switch r.json.Event {
	case walk.String:
		r.value(sp, start+1, end-1, inString)
	case walk.Number:
		r.bare(sp, start, end)
	default:
		if keepsLiteral(sp, r.src[start]) {
			return
		}
		r.bare(sp, start, end)
	}
}

// nameless reports whether the string or number that was just walked stands in no object, so that nothing says what it is.
func (r *run) nameless() bool {
	for i := range r.stack {
		if !r.stack[i].array {
			return false
		}
	}
	return r.json.Event == walk.String || r.json.Event == walk.Number
}

// idle reports whether no finding can be in a value: nothing in it is a digit, a sign that addresses have, or the beginning
// of an escape.
func idle(value []byte) bool {
	for len(value) > 2*8 {
		if !isLettered(binary.LittleEndian.Uint64(value)) && !idleBytes(value[:8]) {
			return false
		}
		value = value[8:]
	}
	return idleBytes(value)
}

func idleBytes(value []byte) bool {
	for _, c := range value {
		if idleByte[c] {
			continue
		}
		return false
	}
	return true
}

// isLettered reports whether eight bytes are letters and spaces, of which most of a long text consists.
func isLettered(w uint64) bool {
	const ones = 0x0101010101010101
	const highs = 0x80 * ones
	lower := w | 0x20*ones // by their high bits, of bytes that have none themselves:
	letters := (lower + (0x80-'a')*ones) &^ (lower + (0x7f-'z')*ones)
	spaces := ^((w ^ ' '*ones) + 0x7f*ones)
	return w&highs == 0 && (letters|spaces)&highs == highs
}

var idleByte = func() (t [256]bool) {
	for c := range t {
		t[c] = nameClass[c] == nameLetter || nameClass[c] == nameUpper
	}
	for _, c := range " _-.,\"" {
		t[c] = true
	}
	return t
}()

// keepsLiteral reports whether true, false or null stays as it is. A switch of the name of a channel, such as "email":
// true, is no address; what is filled into a message is a part of it whatever its type.
func keepsLiteral(sp spot, first byte) bool {
	if first == 'n' || sp.f == nil {
		return true
	}
	switch sp.f.tag.Kind {
	case KindPhone, KindEmail, KindIP:
		return sp.hold&fixed == 0
	}
	return sp.hold&own == 0 && sp.f.traits&whole == 0
}

// bare masks a number or literal, which becomes a string if anything of it is replaced.
func (r *run) bare(sp spot, start, end int) {
	r.flush(start)
	mark := len(r.dst)
	r.dst = append(r.dst, '"')
	if r.value(sp, start, end, verbatim) == same {
		r.dst = r.dst[:len(r.dst)-1]
		return
	}
	r.flush(end)
	if now := r.dst[mark+1:]; isJSONNumber(now) || string(now) == "true" { // a surrogate is of the same type
		copy(r.dst[mark:], now)
		r.dst = r.dst[:len(r.dst)-1]
		return
	}
	r.dst = append(r.dst, '"')
}

// value masks a value, tagged or not.
func (r *run) value(sp spot, start, end int, e encoding) verdict {
	if sp.f == nil {
		if idle(r.src[start:end]) {
			return same
		}
		return r.untagged(sp.key, start, end)
	}
	return r.field(sp, start, end, e)
}
