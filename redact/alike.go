package redact

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
	case !sp.fixed && (sp.f.traits&lenient != 0 || found && sp.f.tag.Subject == Account):
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
	r.stack[len(r.stack)-1].index++
	r.lastStart, r.last = r.json.Start, r.json.End
	return true
}

// sameForAll reports whether the elements of the innermost array have one place.
func (r *run) sameForAll() bool {
	if len(r.stack) == 0 {
		return false
	}
	top := &r.stack[len(r.stack)-1]
	return top.array && (top.node < 0 || len(r.f.tree.nodes[top.node].elements) == 0)
}

// alike masks the strings behind the one that was just walked, whose spot sp is theirs.
func (r *run) alike(sp spot) {
	if !r.sameForAll() {
		return
	}
	switch {
	case sp.uniform():
		for r.nextAlike() {
			if start, end := r.json.Start+1, r.json.End-1; start < end {
				r.mask(sp, start, end)
			}
		}
	case sp.lists():
		for r.nextAlike() {
			if start, end := r.json.Start+1, r.json.End-1; !r.number(sp.act, start, end) {
				r.field(sp, start, end, inString)
			}
		}
	default:
		for r.nextAlike() {
			r.scalar(sp)
		}
	}
}

// gatherAlike gathers the strings behind the one that was just gathered, whose spot sp is theirs.
func (r *run) gatherAlike(sp spot) {
	if !r.sameForAll() {
		return
	}
	for r.nextAlike() {
		start, end := r.json.Start+1, r.json.End-1
		if sp.f == nil && idle(r.src[start:end]) {
			continue
		}
		if !r.gather(sp, start, end, inString) {
			r.countAlike(sp)
		}
	}
}

// countAlike counts the strings behind one of which nothing was shown, so that nothing is of them either, as long as it can be
// told at a glance what they are.
func (r *run) countAlike(sp spot) {
	numbers := sp.lists()
	if !numbers && !sp.uniform() {
		return
	}
	n, a, k := 0, sp.act, sp.f.tag.Kind
	if !numbers && a != Drop {
		a = Mask
	}
	for r.nextAlike() {
		start, end := r.json.Start+1, r.json.End-1
		if !numbers {
			n++
			if start < end {
				r.t.Add(k, a)
			}
		} else if _, ok := r.s.scanner.WholePhone(r.src[start:end], true); ok {
			n++
			r.t.Add(k, a)
		} else {
			r.gather(sp, start, end, inString)
		}
	}
	if c := r.slotFor(sp); c != nil {
		c.count += n
	}
}

// number replaces src[start:end] by a token or a mask if it is an international number as programs write it. Else it does nothing
// and reports false: for that there is [run.list], which does the same to numbers, and takes longer.
func (r *run) number(a Action, start, end int) bool {
	if a != Token && a != Mask || r.steps != nil || r.mute {
		return false
	}
	digits, region, ok := r.s.scanner.PlainPhone(r.src[start:end])
	if !ok {
		return false
	}
	r.t.Add(KindPhone, a)
	r.flush(start)
	if a == Token {
		r.dst = r.s.tokens.appendToken(r.dst, &r.macs, KindPhone, regionName(region), digits)
	} else {
		r.dst = append(r.dst, masks[KindPhone]...)
	}
	r.done = end
	return true
}
