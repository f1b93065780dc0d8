package scan

// Views of neighbouring escapes overlap: each sees what surrounds its own. What is in one of them already is not decoded again.

// adopt takes into v, which is empty, what the view before it has of the same bytes, from where escapes begin at the same places in both
// up to the last that ends before limit. It returns what open has looked at then: where the bytes begin that are to be copied yet,
// and where to go on.
func (v *view) adopt(text []byte, before *view, limit int) (plain, end int) {
	plain, end = v.begin, v.begin
	if before == nil || end < before.begin {
		return plain, end
	}
	limit = min(limit, before.firm)
	for end < limit {
		k := before.partOf(end - before.begin)
		p := before.parts[k]
		if stop := before.begin + p.rawEnd(); p.escape > 0 && before.begin+int(p.raw) < end {
			plain, end = v.realign(text, plain, end, min(stop, limit))
			continue
		}
		if p.escape == 0 {
			k++
		}
		m := len(before.parts) - 1
		for m >= k && (before.parts[m].escape == 0 || before.begin+before.parts[m].rawEnd() > limit) {
			m--
		}
		if m >= k {
			v.copy(text, plain, before.begin+int(before.parts[k].raw))
			same := end
			end = v.take(before, k, m)
			plain, v.idle = end, span{max(before.idle.from, same), min(before.idle.to, end)}
		}
		break
	}
	return plain, end
}

// realign decodes what begins in the midst of an escape of the view before v, which ends at stop, or up to what ends behind it.
func (v *view) realign(text []byte, plain, end, stop int) (int, int) {
	for end < stop {
		r, n := rune(0), 0
		if is(text[end], classEscape) {
			r, n = decodeAt(text, end)
		}
		if n == 0 {
			end++
			continue
		}
		v.copy(text, plain, end)
		v.escape(end, r, n)
		end += n
		plain = end
	}
	return plain, end
}

// take appends the parts from k to m of the view before v, and returns where they end in the text.
func (v *view) take(before *view, k, m int) int {
	from, to := int(before.parts[k].at), before.partEnd(m)
	at, raw := uint16(len(v.b)-from), uint16(before.begin-v.begin)
	v.b = append(v.b, before.b[from:to]...)
	for _, p := range before.parts[k : m+1] {
		v.parts = append(v.parts, part{p.at + at, p.raw + raw, p.escape})
	}
	return before.begin + before.parts[m].rawEnd()
}

// rawEnd returns where in the piece the part ends that is an escape.
func (p *part) rawEnd() int { return int(p.raw) + int(p.escape) }
