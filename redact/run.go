package redact

import (
	"bytes"

	"github.com/piiproxy/piiproxy/redact/internal/scan"
	"github.com/piiproxy/piiproxy/redact/internal/walk"
)

// The memory that a run keeps for the next one: bytes of each buffer, and open containers.
const (
	maxPooled      = 64 << 10
	maxPooledDepth = 128
)

// run is one call of an append method: the input, how much of it is in the output, and scratch memory. What is not changed
// is copied as it came: done is the offset up to which src has been copied or replaced.
type run struct {
	s    *Surface
	f    *Fields
	t    *Tally
	src  []byte
	done int
	dst  []byte

	mute  bool // count, but write nothing
	steps *[]Step
	base  int // offset of src in what is explained

	macs      macs
	names     [recalledNames]recalledName
	members   [recalledNames]recalledMember
	member    *recalledMember // the last one that was met
	opening   recalledMember  // stands ahead of the first one of a document
	canon     []byte          // the canonical value of a finding
	decoded   []byte          // a name or value, decoded
	name      fieldName       // the name that was looked up last
	stack     []frame
	pending   place
	last      int // behind the last token of a document, which began at lastStart
	keyEnd    int // behind its last key
	lastStart int
	json      walk.JSON
	collect   collector
	spare     Tally // counts if the caller does not want to know

	views views
	other output
	ends  [walk.RunLength]int // of strings that follow each other
}

// begin takes a run out of the surface's pool. The caller ends it with finish.
func (s *Surface) begin(dst Masked, f *Fields, src []byte, t *Tally) *run {
	r, _ := s.runs.Get().(*run)
	if r == nil {
		r = new(run)
	}
	if f == nil {
		f = s.log
	}
	if t == nil {
		t = &r.spare
	}
	r.s, r.f, r.t, r.src, r.done, r.dst = s, f, t, src, 0, dst.b
	r.mute, r.base, r.steps, r.views = false, 0, nil, bodyOnly
	return r
}

// finish copies the rest of the input, puts the run back without anything of the exchange that could be reached from it,
// and returns the output.
func (r *run) finish() Masked {
	r.flush(len(r.src))
	return r.release()
}

func (r *run) release() Masked {
	out := Masked{r.dst}
	r.f, r.t, r.src, r.dst, r.steps, r.other = nil, nil, nil, nil, nil, output{}
	r.json.Reset(nil, walk.Limits{})
	r.canon, r.decoded = emptied(r.canon), emptied(r.decoded)
	r.collect.values = emptied(r.collect.values)
	r.collect.slots = r.collect.slots[:0]
	r.name = fieldName{}
	if r.stack = r.stack[:0]; cap(r.stack) > maxPooledDepth {
		r.stack = nil
	}
	r.s.runs.Put(r)
	return out
}

// emptied returns b without its content, or nothing if it has grown large.
func emptied(b []byte) []byte {
	if cap(b) > maxPooled {
		return nil
	}
	return b[:0]
}

// flush copies the input up to the offset upto.
func (r *run) flush(upto int) {
	if upto > r.done {
		r.dst = append(r.dst, r.src[r.done:upto]...)
		r.done = upto
	}
}

// verdict is what became of a value.
type verdict uint8

const (
	same    verdict = iota // nothing was written: the value is to be copied
	changed                // something else was written, or copied and written up to done
)

// encoding is how the bytes of a value stand for text.
type encoding uint8

const (
	verbatim encoding = iota
	inString          // the inside of a JSON string
	inForm            // a form or a query
	isString          // verbatim, and known to be no number
)

// shortScan bounds the texts that are looked at before a cursor is made for them: it has much to remember.
const shortScan = 128

// scan replaces the findings in src[start:end].
func (r *run) scan(start, end int, key scan.Key) verdict {
	return r.scanUnder(start, end, key, &r.s.rules[EndUser])
}

func (r *run) scanUnder(start, end int, key scan.Key, rules *[numKinds]Action) verdict {
	if key == scan.KeyPhone && r.decimal(start, end, rules) {
		return changed
	}
	text := r.src[start:end]
	if key == scan.KeyNone && r.s.scanner.JustDigits(text) {
		return same
	}
	if k := r.s.scanner.WholeKind(text); k != scan.None {
		return r.wholeFinding(k, text, start, end, rules)
	}
	if len(text) <= shortScan && r.s.scanner.Quiet(text, r.s.names) {
		return same
	}
	v, line := same, start
	for start < end {
		start = r.scanTo(start, end, &line, key, rules, &v)
	}
	return v
}

// scanTo replaces the findings in src[start:end] up to the first value that the name ahead of it tells to hide, hides it, and returns
// its end. line is where the line ends that was looked at last; v becomes changed if anything was.
func (r *run) scanTo(start, end int, line *int, key scan.Key, rules *[numKinds]Action, v *verdict) int {
	text := r.src[start:end]
	c := r.cursor(text, key, rules)
	for c.Next() {
		f := &c.Finding
		if f.Kind == scan.Sign {
			if at := r.hideBehind(f, start, end, line, key, rules); at > 0 {
				c.Close()
				*v = changed
				return at
			}
		} else if r.found(f, text, start, rules) == changed {
			*v = changed
		}
	}
	c.Close()
	return end
}

// found replaces a finding of text, which begins at start, but nothing of a partial mask that a number ends in.
func (r *run) found(f *scan.Finding, text []byte, start int, rules *[numKinds]Action) verdict {
	network, within := inNetwork(f, text)
	switch {
	case !within || r.s.capture:
		return r.replace(f, text, start, rules)
	case network > f.Start:
		return r.scanUnder(start+f.Start, start+network, scan.KeyPhone, rules)
	}
	return same
}

// cursor returns a cursor over the findings of text, and the signs behind names, that says as much of them as rules make use of.
func (r *run) cursor(text []byte, key scan.Key, rules *[numKinds]Action) scan.Cursor {
	return r.s.scanner.ScanNames(text, key, r.s.names, rules[KindPhone] == Mask && r.steps == nil)
}

// wholeFinding replaces src[start:end], which stands for text and is a finding as a whole. What masks it need not know whose
// number it is.
func (r *run) wholeFinding(k scan.Kind, text []byte, start, end int, rules *[numKinds]Action) verdict {
	if rules[k] == Mask && r.steps == nil && !r.mute {
		r.t.Add(Kind(k), Mask)
		r.flush(start)
		r.dst = append(r.dst, masks[k]...)
		r.done = end
		return changed
	}
	f := r.s.scanner.Whole(k, text)
	f.End = end - start
	return r.replace(&f, text, start, rules)
}

// replace replaces a finding of text, which begins at start.
func (r *run) replace(f *scan.Finding, text []byte, start int, rules *[numKinds]Action) verdict {
	a := ruleFor(f, rules)
	r.note(f, start, a)
	r.t.Add(Kind(f.Kind), a)
	if a == Keep || r.mute {
		return same
	}
	r.flush(start + f.Start)
	r.show(f, text, r.src[start+f.Start:start+f.End], a)
	r.done = start + f.End
	return changed
}

// ruleFor returns the action for a finding. A loopback or unspecified address is nobody's, so it stays.
func ruleFor(f *scan.Finding, rules *[numKinds]Action) Action {
	if f.Local {
		return Keep
	}
	return rules[f.Kind]
}

// show writes what stands for a finding in text, which is written as raw.
func (r *run) show(f *scan.Finding, text, raw []byte, a Action) {
	k := Kind(f.Kind)
	switch a {
	case Token:
		r.canon = f.AppendCanonical(r.canon[:0], text)
		region := ""
		if k == KindPhone {
			region = regionName(f.Region)
		}
		r.dst = r.s.tokens.appendToken(r.dst, &r.macs, k, region, r.canon)
	case Partial:
		r.partial(f, text)
	case Surrogate:
		r.surrogate(f, text, raw)
	case Keep, Scan:
		r.dst = append(r.dst, text[f.Start:f.End]...)
	case Drop:
		r.dst = append(r.dst, withheld...)
	default:
		r.dst = append(r.dst, masks[k]...)
	}
}

// partial writes what tells no person apart.
func (r *run) partial(f *scan.Finding, text []byte) {
	switch Kind(f.Kind) {
	case KindPhone:
		r.dst = append(r.dst, masks[KindPhone]...)
		r.dst = append(r.dst, '_')
		r.dst = append(r.dst, regionName(f.Region)...)
	case KindIP:
		r.canon = f.AppendCanonical(r.canon[:0], text)
		r.dst = appendNetwork(r.dst, r.canon)
	default:
		r.dst = append(r.dst, masks[f.Kind]...)
	}
}

// field writes what stands for the value src[start:end] of a tagged field.
func (r *run) field(sp spot, start, end int, e encoding) verdict {
	if start >= end {
		return same
	}
	if sp.f.traits&codeShape != 0 && e != inForm && !looksLikeCode(r.src[start:end], e) {
		return r.scan(start, end, sp.key)
	}
	switch sp.treatment() {
	case toKeep:
		r.noteField(sp, start, end, Keep)
		r.t.Add(sp.f.tag.Kind, Keep)
		return same
	case toScan:
		return r.scan(start, end, sp.key)
	case toScanLeniently:
		return r.lenient(sp, start, end)
	case toImitate:
		if rules := r.rulesOf(sp); sp.key == scan.KeyPhone && r.decimal(start, end, &rules) {
			return changed
		}
		return r.imitate(sp, start, end, e)
	case toList:
		return r.list(sp, start, end)
	case toToken:
		return r.whole(sp, start, end, e)
	}
	return r.mask(sp, start, end)
}

// lenient keeps what is no finding: the word that a customer sends as.
func (r *run) lenient(sp spot, start, end int) verdict {
	if idle(r.src[start:end]) {
		return same
	}
	return r.scanUnder(start, end, sp.key, &r.s.rules[sp.f.tag.Subject])
}

// rulesOf returns the rules for findings in a field.
func (r *run) rulesOf(sp spot) [numKinds]Action {
	rules := r.s.rules[sp.f.tag.Subject]
	if sp.hold&fixed != 0 {
		rules[KindPhone], rules[KindEmail], rules[KindIP] = sp.act, sp.act, sp.act
	}
	return rules
}

// list writes the values that a field of a detectable kind holds, and nothing of what stands between them: a display name,
// say. If there is none it masks the field.
func (r *run) list(sp spot, start, end int) verdict {
	rules := r.rulesOf(sp)
	if r.number(rules[KindPhone], start, end, false) || sp.key == scan.KeyPhone && r.decimal(start, end, &rules) {
		return changed
	}
	text := r.src[start:end]
	if a := rules[KindPhone]; a != Surrogate {
		unread := (r.mute || a == Mask) && r.steps == nil
		if f, ok := r.s.scanner.WholePhone(text, unread); ok {
			return r.replaceWhole(&f, text, start, a)
		}
	}
	r.flush(start)
	mark, at, n := len(r.dst), 0, 0
	c := r.s.scanner.Scan(text, sp.key)
	for c.Next() {
		f := &c.Finding
		if _, within := inNetwork(f, text); within || f.Local && sp.f.tag.Kind != KindIP { // a loopback address is no telephone number
			continue
		}
		a := ruleFor(f, &rules)
		r.note(f, start, a)
		r.t.Add(Kind(f.Kind), a)
		n += r.replacementsIn(text[at:f.Start], mark)
		r.comma(mark)
		if !r.mute {
			r.show(f, text, text[f.Start:f.End], a)
		}
		at = f.End
		n++
	}
	c.Close()
	n += r.replacementsIn(text[at:], mark)
	if n == 0 {
		return r.mask(sp, start, end)
	}
	r.done = end
	return changed
}

// replaceWhole is list for a field that is one finding.
func (r *run) replaceWhole(f *scan.Finding, text []byte, start int, a Action) verdict {
	r.note(f, start, a)
	r.t.Add(Kind(f.Kind), a)
	r.flush(start)
	if !r.mute {
		r.show(f, text, text, a)
	}
	r.done = start + len(text)
	return changed
}

// whole writes what stands for the value of a field whose kind no detector knows.
func (r *run) whole(sp spot, start, end int, e encoding) verdict {
	switch sp.act {
	case Token:
	case Surrogate:
		return r.imitate(sp, start, end, e)
	default:
		return r.mask(sp, start, end)
	}
	raw := r.src[start:end]
	if isReplacement(raw) {
		return same
	}
	k := sp.f.tag.Kind
	r.noteField(sp, start, end, Token)
	r.t.Add(k, Token)
	if r.mute {
		return changed
	}
	if k == KindNone {
		k = KindID
	}
	r.flush(start)
	r.dst = r.s.tokens.appendToken(r.dst, &r.macs, k, "", r.decode(raw, e))
	r.done = end
	return changed
}

// mask writes the placeholder of the field's kind, or the one that does not even say that if the field is to go.
func (r *run) mask(sp spot, start, end int) verdict {
	if sp.act == Surrogate {
		return r.imitate(sp, start, end, isString)
	}
	a, k := Mask, sp.f.tag.Kind
	if sp.act == Drop {
		a, k = Drop, KindNone
	}
	r.noteField(sp, start, end, a)
	r.t.Add(sp.f.tag.Kind, a)
	r.flush(start)
	r.dst = append(r.dst, masks[k]...)
	r.done = end
	return changed
}

// decode returns the text that raw stands for. It is valid until the next call.
func (r *run) decode(raw []byte, e encoding) []byte {
	switch {
	case e == inString && bytes.IndexByte(raw, '\\') >= 0:
		r.decoded = walk.AppendUnescaped(r.decoded[:0], raw)
		return r.decoded
	case e == inForm && walk.FormEscaped(raw):
		r.decoded = walk.AppendFormDecoded(r.decoded[:0], raw)
		return r.decoded
	}
	return raw
}

// looksLikeCode reports whether a value is shaped like a one-time code: four to eight digits in a string. Numbers are mostly
// codes of errors, so only those of six digits, as most one-time codes have, are taken for one.
func looksLikeCode(v []byte, e encoding) bool {
	if len(v) < 4 || len(v) > 8 || e != inString && e != isString && len(v) != 6 {
		return false
	}
	for _, c := range v {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
