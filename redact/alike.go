package redact

import (
	"slices"

	"github.com/piiproxy/piiproxy/redact/internal/walk"
)

// An array mostly has elements of one kind: a campaign, the numbers of its recipients. What its first string was found to be, the
// strings that follow it are.

// treatment is what is done with every value of a field.
type treatment uint8

const (
	toMask treatment = iota
	toKeep
	toScan
	toScanLeniently
	toImitate
	toList
	toToken
)

// treatment returns what is done with the values of a field that has a tag. What only may be a code is asked first if it looks
// like one.
func (sp *spot) treatment() treatment {
	k := sp.f.tag.Kind
	found := k == KindPhone || k == KindEmail || k == KindIP
	switch {
	case sp.act == Keep:
		return toKeep
	case sp.act == Scan:
		return toScan
	case sp.hold&fixed == 0 && (sp.f.traits&lenient != 0 || found && sp.f.tag.Subject == Account):
		return toScanLeniently
	case sp.act == Drop:
		return toMask
	case sp.act == Surrogate:
		return toImitate
	case found:
		return toList
	case sp.act == Token:
		return toToken
	}
	return toMask
}

// uniform reports whether every value of the field that is not empty is masked, whatever it is.
func (sp *spot) uniform() bool {
	return sp.f != nil && sp.f.traits&codeShape == 0 && sp.treatment() == toMask
}

// lists reports whether the values of the field are mostly telephone numbers.
func (sp *spot) lists() bool {
	return sp.f != nil && sp.f.tag.Kind == KindPhone && sp.f.traits&codeShape == 0 && sp.treatment() == toList
}

// nextAlike walks from a string to the next element of the array that it is in, if that is a string too and what stands there has
// the same place.
func (r *run) nextAlike() bool {
	if !r.json.NextString() {
		return false
	}
	r.passed(1)
	return true
}

// nextRun walks from such a string over those that follow it closely. The first of them lies gap bytes behind first, where the
// string ended that was walked before.
func (r *run) nextRun() (first, gap int, ends []int) {
	first = r.json.End
	n, gap := r.json.Run(r.ends[:])
	if n > 0 {
		r.passed(n)
	}
	return first, gap, r.ends[:n]
}

// passed notes that n elements of the innermost array were walked over.
func (r *run) passed(n int) {
	r.stack[len(r.stack)-1].index += n
	r.lastStart, r.last = r.json.Start, r.json.End
}

// sameForAll reports whether the elements of the innermost array have one place.
func (r *run) sameForAll() bool {
	if len(r.stack) == 0 {
		return false
	}
	top := &r.stack[len(r.stack)-1]
	return top.array && (top.node < 0 || len(r.f.tree.nodes[top.node].elements) == 0)
}

// alike takes the strings behind the one that was just walked, whose place is theirs.
func (r *run) alike() {
	if !r.sameForAll() {
		return
	}
	sp := r.keyed(r.pending.spot)
	numbers := sp.lists()
	if r.steps != nil || !numbers && !sp.uniform() {
		for r.nextAlike() {
			r.take()
		}
		return
	}
	var c *slot
	if r.views != bodyOnly {
		c = r.slotFor(sp)
	}
	for {
		switch {
		case c.hasRoom() && (numbers && sp.act != Mask || c.f.tag.Kind == KindText): // it shows more than a mask
		case numbers:
			r.numbers(sp, c)
		default:
			r.uniform(sp, c)
		}
		if !r.nextAlike() {
			return
		}
		r.takeField(sp, c, r.json.Start+1, r.json.End-1)
	}
}

// take does with the key or value that was just walked what this run is for.
func (r *run) take() {
	sp := r.pending.spot
	switch {
	case r.json.Event == walk.Key:
		if r.name.clean {
			return
		}
	case sp.f == nil && !r.s.capture && idle(r.src[r.json.Start:r.json.End]):
		return
	case r.json.Event == walk.String && sp.f != nil && r.views == both:
		r.takeField(r.keyed(sp), r.slotFor(sp), r.json.Start+1, r.json.End-1)
		return
	}
	if r.views != bodyOnly {
		r.turn()
		r.collected()
		r.turn()
	}
	if r.views != fieldsOnly {
		r.shown()
	}
}

// keyed returns the spot of the value at hand with what its name promises a scan.
func (r *run) keyed(sp spot) spot {
	if r.pending.nameEnd > 0 {
		sp.key = phoneKey(r.src[r.pending.nameStart:r.pending.nameEnd])
	}
	return sp
}

// takeField is take for the string src[start:end] of a tagged field with the slot c. What stands for it in the document is shown of
// the field.
func (r *run) takeField(sp spot, c *slot, start, end int) {
	switch r.views {
	case bodyOnly:
		r.field(sp, start, end, inString)
	case fieldsOnly:
		r.turn()
		r.gatherField(sp, c, start, end, inString)
		r.turn()
	case both:
		r.flush(start)
		mark, spare := len(r.dst), r.t
		r.t = r.other.t
		r.field(sp, start, end, inString)
		r.flush(end)
		r.t = spare
		if c.hasRoom() {
			at := len(r.other.dst)
			r.other.dst = append(r.other.dst, r.dst[mark:]...)
			r.other.dst = r.keep(c, sp.f.tag.Kind, r.other.dst, at, start, end)
		}
		c.add(1)
	}
}

// counted counts n values of a field with the slot c that were taken without looking at each, to whose kind k the action a was
// applied.
func (r *run) counted(c *slot, k Kind, a Action, n int) {
	if r.views == bodyOnly {
		r.t.add(k, a, uint32(n))
		return
	}
	r.other.t.add(k, a, uint32(n))
	c.add(n)
}

// uniform masks the strings that follow, of which every one is.
func (r *run) uniform(sp spot, c *slot) {
	a, shown := Mask, sp.f.tag.Kind
	if sp.act == Drop {
		a, shown = Drop, KindNone
	}
	for {
		first, gap, ends := r.nextRun()
		if len(ends) == 0 {
			return
		}
		r.showMasks(c, shown, len(ends))
		r.counted(c, sp.f.tag.Kind, a, len(ends))
		r.repeat(masks[shown], first, gap, ends)
	}
}

// numbers takes the strings that follow, most of which are telephone numbers.
func (r *run) numbers(sp spot, c *slot) {
	for {
		first, gap, ends := r.nextRun()
		if len(ends) == 0 {
			return
		}
		for len(ends) > 0 {
			n := r.numbersAmong(sp, c, first, gap, ends)
			if n == 0 {
				r.takeField(sp, c, first+gap, ends[0]-1)
				n = 1
			}
			first, ends = ends[n-1], ends[n:]
		}
	}
}

// numbersAmong takes the strings that end at ends up to the first that is no international number as programs write them, and
// says how many that is.
func (r *run) numbersAmong(sp spot, c *slot, first, gap int, ends []int) (n int) {
	if r.views == fieldsOnly || sp.act == Mask {
		if n = r.phonesAmong(first, gap, ends); n > 0 {
			r.showMasks(c, KindPhone, n)
			r.counted(c, KindPhone, sp.act, n)
			r.repeat(masks[KindPhone], first, gap, ends[:n])
		}
		return n
	}
	for n < len(ends) && r.number(sp.act, first+gap, ends[n]-1, true) {
		first = ends[n]
		n++
	}
	if r.views == both {
		r.counted(c, KindPhone, sp.act, n)
	}
	return n
}

// showMasks shows the masks of n values of kind k in c, which is of no text, as far as it has room.
func (r *run) showMasks(c *slot, k Kind, n int) {
	values := &r.dst
	if r.views == both {
		values = &r.other.dst
	}
	for ; n > 0 && c.hasRoom(); n-- {
		at := len(*values)
		*values = r.keep(c, k, append(*values, masks[k]...), at, 0, 0)
	}
}

// phonesAmong returns how many of the strings that end at ends are telephone numbers as a whole, up to the first that is not.
func (r *run) phonesAmong(first, gap int, ends []int) int {
	for i, end := range ends {
		if !r.s.scanner.IsPhone(r.src[first+gap : end-1]) {
			return i
		}
		first = end
	}
	return len(ends)
}

// repeat writes a mask for each of the strings that end at ends, with what stands between them as it came.
func (r *run) repeat(mask string, first, gap int, ends []int) {
	if r.views == fieldsOnly {
		return
	}
	r.flush(first + gap)
	r.dst = append(r.dst, mask...)
	if more := len(ends) - 1; more > 0 {
		unit := 1 + gap + len(mask)
		at, size := len(r.dst), more*unit
		r.dst = slices.Grow(r.dst, size)[:at+size]
		copy(r.dst[at:], r.src[first-1:first+gap])
		copy(r.dst[at+1+gap:], mask)
		for n := unit; n < size; n *= 2 {
			copy(r.dst[at+n:], r.dst[at:at+n])
		}
	}
	r.done = ends[len(ends)-1] - 1
}

// number replaces src[start:end] by a token or a mask if it is an international number as programs write it. Else it does nothing
// and reports false: for that there is [run.list], which does the same to numbers, and takes longer. It may be one of many.
func (r *run) number(a Action, start, end int, many bool) bool {
	if a != Token && a != Mask || r.steps != nil || r.mute {
		return false
	}
	digits, region, ok := r.s.scanner.PlainPhone(r.src[start:end])
	if !ok {
		return false
	}
	r.t.Add(KindPhone, a)
	r.flush(start)
	switch {
	case a == Mask:
		r.dst = append(r.dst, masks[KindPhone]...)
	case many:
		r.dst = r.s.tokens.appendOneOfMany(r.dst, &r.macs, KindPhone, regionName(region), digits)
	default:
		r.dst = r.s.tokens.appendToken(r.dst, &r.macs, KindPhone, regionName(region), digits)
	}
	r.done = end
	return true
}
