package redact

import (
	"bytes"
	"encoding/binary"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/piiproxy/piiproxy/redact/internal/scan"
)

// The names that Attributes remembers: how many, and of how many bytes.
const (
	knownNames   = 512 // a power of two
	maxKnownName = 64
)

// Attributes masks the values of a document that its caller walks: telemetry in binary, say. Each method masks one value,
// knows of it what [Attributes.At] says, and reports whether it changed anything: if not, dst is returned as it was and
// the caller keeps the value as it came. Dictionary and rules are those of lines of a log, and besides the names of the
// semantic conventions are known.
//
// Attributes belongs to one goroutine at a time. It keeps neither dst nor src, does not allocate in steady state, and after
// a panic must not be used any more. What it remembers are names, and short values, in which nothing was found.
type Attributes struct {
	r       run
	ignore  Tally
	number  [40]byte
	scratch []byte // what a name would become
	names   [knownNames]knownName
	values  [knownValues]knownValue
}

type knownName struct {
	at   At
	n    uint8
	name [maxKnownName]byte
}

// At is what is known of a value from the names that it stands under. The zero At knows nothing: the value is scanned.
type At struct {
	spot
	within *field
	query  bool // the value is the query of a URL
}

// Attributes returns a new Attributes of s.
func (s *Surface) Attributes() *Attributes {
	a := &Attributes{}
	a.r.s, a.r.f = s, s.attributes
	return a
}

// At returns what the name says of its value, within what is known of the object around it, and whether nothing is in the
// name itself that [Attributes.Name] would mask.
func (a *Attributes) At(outer At, name []byte) (at At, clean bool) {
	if outer.f != nil || outer.within != nil || len(name) > maxKnownName || len(name) == 0 {
		return a.resolve(outer, name)
	}
	k := &a.names[nameSlot(name)]
	if int(k.n) == len(name) && string(k.name[:k.n]) == string(name) {
		return k.at, true
	}
	at, clean = a.resolve(outer, name)
	if clean {
		k.at, k.n = at, uint8(copy(k.name[:], name))
	}
	return at, clean
}

// nameSlot is a cheap hash: two names in one slot cost time and nothing else.
func nameSlot(name []byte) uint64 {
	const odd = 0x9e3779b97f4a7c15
	n := len(name)
	h := uint64(n)
	if n >= 8 {
		h ^= binary.LittleEndian.Uint64(name) * odd
		h ^= binary.LittleEndian.Uint64(name[n/2-4:])
		h = h*odd ^ binary.LittleEndian.Uint64(name[n-8:])
	} else {
		for _, c := range name {
			h = h<<8 | uint64(c)
		}
	}
	return h * odd >> (64 - 9)
}

func (a *Attributes) resolve(outer At, name []byte) (At, bool) {
	r := &a.r
	a.begin(Masked{a.scratch[:0]}, name, &a.ignore)
	r.mute = true
	clean := r.untagged(a.nameKey(outer), 0, len(name)) == same && a.ignore == Tally{}
	a.scratch, a.ignore, r.mute, r.src, r.dst = emptied(r.dst), Tally{}, false, nil, nil

	r.name.set(name)
	known := r.f.names.whole[string(name)]
	if known == nil {
		known = r.f.names.lookup(r.name.name(), r.parent(outer.within))
	}
	if known == nil && ofHeader(r.name.parent()) {
		known = r.f.headers.lookup(r.name.name(), nil)
	}
	at := At{within: known}
	switch {
	case known == nil || known.tag.Kind == KindNone:
		if outer.f != nil && (known == nil || outer.f.traits&whole != 0) {
			at.spot = outer.spot
			at.hold &^= own
			break
		}
		at.key = phoneKey(name)
		if known != nil {
			at.query = known.traits&isQuery != 0
		}
	case known.traits&codeShape != 0 && outer.f != nil:
		at.spot = outer.spot
		at.hold &^= own
	default:
		at.spot = r.tagged(known)
	}
	a.override(&at, name)
	return at, clean
}

// override applies the surface's own rule for the whole name, or else for its last part.
func (a *Attributes) override(at *At, name []byte) {
	r := &a.r
	if len(r.s.overrides) == 0 {
		return
	}
	p := place{spot: at.spot}
	if o, ok := r.s.dotted[string(name)]; ok {
		if p.f == nil {
			p.f = o.field
		}
		p.act, p.hold = o.act, own|fixed
	} else {
		r.override(&p)
	}
	at.spot = p.spot
}

// nameKey says what is promised of the names in an object: the digits of a name are a phone number where outer says so.
func (a *Attributes) nameKey(outer At) scan.Key {
	if outer.f == nil && (outer.within == nil || outer.within.traits&phoneKeys == 0) {
		return scan.KeyNone
	}
	if a.r.name.set(a.r.src); a.r.name.digits {
		return scan.KeyPhone
	}
	return scan.KeyNone
}

// Stricter returns what to do with a value that stands under two names.
func (a *Attributes) Stricter(x, y At) At {
	switch hx, hy := a.r.hides(x.spot), a.r.hides(y.spot); {
	case x.f == nil && y.f == nil:
		x.key, x.query = max(x.key, y.key), x.query || y.query
	case x.f == nil || hy && !hx || hx == hy && y.f != nil && y.act < x.act:
		y.key = max(x.key, y.key)
		return y
	default:
		x.key = max(x.key, y.key)
	}
	return x
}

// Name appends a name with the findings in it replaced.
func (a *Attributes) Name(dst Masked, outer At, name []byte, t *Tally) (Masked, bool) {
	a.begin(dst, name, t)
	a.r.untagged(a.nameKey(outer), 0, len(name))
	return a.end(dst)
}

// Text appends a string.
func (a *Attributes) Text(dst Masked, at At, value []byte, t *Tally) (Masked, bool) {
	query := at.query && at.f == nil
	if at.f == nil && (idle(value) || !query && a.quiet(value)) {
		return dst, false
	}
	known := a.known(value)
	if known.is(at, value) {
		return dst, false
	}
	plain := query && a.plainQuery(value)
	a.begin(dst, value, t)
	counted := a.r.t.all
	switch {
	case plain:
		a.maskPlain()
	case query:
		a.r.fieldsWithin(at.key, 0, len(value), true)
	default:
		a.r.value(at.spot, 0, len(value), isString)
	}
	nothing := a.r.t.all == counted
	out, changed := a.end(dst)
	if !changed && nothing {
		known.set(at, value)
	}
	return out, changed
}

// quiet reports whether there is neither a finding nor a field in a value. Escapes are never quiet.
func (a *Attributes) quiet(value []byte) bool {
	return a.r.s.scanner.Quiet(value, nil) && bytes.IndexByte(value, '"') < 0
}

// Line appends what an application logged: text, JSON or logfmt, as it looks.
func (a *Attributes) Line(dst Masked, value []byte, t *Tally) (Masked, bool) {
	if idle(value) {
		return dst, false
	}
	a.begin(dst, value, t)
	r := &a.r
	r.f = r.s.log
	if sh := shapeOf(value); sh == plainText {
		r.untagged(scan.KeyNone, 0, len(value))
	} else {
		r.line(sh)
	}
	r.f = r.s.attributes
	return a.end(dst)
}

// Bytes appends a value that is text or something else. Of something else nobody can say what it holds: it is withheld.
func (a *Attributes) Bytes(dst Masked, at At, value []byte, t *Tally) (Masked, bool) {
	if readable(value) || len(value) == 0 {
		return a.Text(dst, at, value, t)
	}
	if at.f != nil && at.hold&fixed != 0 && at.act == Keep {
		return dst, false
	}
	a.begin(dst, value, t)
	if a.r.hides(at.spot) {
		a.r.mask(at.spot, 0, len(value))
	} else {
		a.r.mask(spot{f: &bareFields[EndUser][KindNone], act: Drop}, 0, len(value))
	}
	return a.end(dst)
}

// Int appends a number of which something is replaced, as text.
func (a *Attributes) Int(dst Masked, at At, n int64, t *Tally) (Masked, bool) {
	if at.f == nil && n > -shortest && n < shortest {
		return dst, false
	}
	return a.digits(dst, at, strconv.AppendInt(a.number[:0], n, 10), t)
}

// shortest is the least number with so many digits that something may be found in it.
const shortest = 10_000

// Float appends a number of which something is replaced, as text. Whole numbers are read as such.
func (a *Attributes) Float(dst Masked, at At, f float64, t *Tally) (Masked, bool) {
	const large = 1 << 60
	switch m := math.Abs(f); {
	case m < large && f == math.Trunc(f):
		return a.Int(dst, at, int64(f), t)
	case m >= 1e-4 && m < large:
		return a.digits(dst, at, strconv.AppendFloat(a.number[:0], f, 'f', -1, 64), t)
	}
	return a.digits(dst, at, strconv.AppendFloat(a.number[:0], f, 'g', -1, 64), t)
}

func (a *Attributes) digits(dst Masked, at At, text []byte, t *Tally) (Masked, bool) {
	a.begin(dst, text, t)
	a.r.value(at.spot, 0, len(text), verbatim)
	return a.end(dst)
}

func (a *Attributes) begin(dst Masked, src []byte, t *Tally) {
	r := &a.r
	if t == nil {
		t = &r.spare
	}
	r.t, r.src, r.done, r.dst = t, src, 0, dst.b
}

// end returns what was written, or dst if that is the value as it came.
func (a *Attributes) end(dst Masked) (Masked, bool) {
	r := &a.r
	out, changed := dst, false
	if r.done > 0 {
		r.flush(len(r.src))
		if changed = !bytes.Equal(r.dst[len(dst.b):], r.src); changed {
			out = Masked{r.dst}
		} else {
			out = Masked{r.dst[:len(dst.b)]}
		}
	}
	r.src, r.dst, r.t = nil, nil, nil
	return out, changed
}

// Release forgets the memory that large values took.
func (a *Attributes) Release() {
	r := &a.r
	r.json.Reset(nil, JSONLimits{})
	r.canon, r.decoded = emptied(r.canon), emptied(r.decoded)
	if r.stack = r.stack[:0]; cap(r.stack) > maxPooledDepth {
		r.stack = nil
	}
}

// readable reports whether value is text as people write it.
func readable(value []byte) bool {
	for _, c := range value {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0x7f {
			return false
		}
	}
	return utf8.Valid(value)
}
