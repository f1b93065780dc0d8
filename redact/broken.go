package redact

import (
	"bytes"

	"github.com/piiproxy/piiproxy/redact/internal/scan"
)

// broken masks src from the offset at on, where it stopped being JSON; keyed says that a key with its colon came last. The
// rest is text, but a member that would have been masked in a valid document must not be read because of a comma too
// many: names that are followed by a colon still count. Where a container of such a member is open, or opens, all of it
// goes. Where a name promises telephone numbers, digits are still one, though a line was cut within them.
func (r *run) broken(at int, keyed bool) {
	if r.ranOn(at) {
		at = r.lastStart
		keyed = r.keyEnd > 0 && skipColon(r.src, r.keyEnd) == at
	}
	if at == 0 && r.looksForm() {
		r.pairs(r.f.form)
		return
	}
	if open, sp := r.openTag(); open > 0 {
		if keyed {
			at = skipColon(r.src, at)
		}
		for at < len(r.src) && (r.src[at] == ',' || r.src[at] == ' ' || r.src[at] == '\t') {
			at++ // what parts elements stays, wherever the reader stopped
		}
		for ; open > 0 && at < len(r.src); open-- { // the brackets stay, so that the next reader counts as many
			at = r.hide(sp, at, closing(r.src, at)) + 1
		}
		at = min(at, len(r.src))
	} else if keyed && r.hides(r.pending.spot) {
		at = r.hideValue(r.pending.spot, skipColon(r.src, at))
	}
	promised := r.promisedUpTo(at, keyed)
	from := at // what is not scanned yet
	if colon := skipBlanks(r.src, at); colon < len(r.src) && r.src[colon] == ':' && !keyed {
		at = r.lastStart // an element that turns out to be a name: a bracket is missing
	}
	for {
		key, end, colon := nextKey(r.src, at)
		if colon < 0 {
			break
		}
		if at = colon + 1; at < from {
			continue // a colon within the element that turned out to be a name
		}
		r.name.set(r.src[key:end])
		p := r.resolve(r.src[key:end], &place{node: -1}, nil, r.known(r.src[key:end], r.parent(nil)))
		if r.hides(p.spot) {
			r.scanBroken(from, at, promised)
			at = r.hideValue(p.spot, at)
			from = at
		}
	}
	r.scanBroken(from, len(r.src), promised)
}

// ranOn reports whether the last token is a number or a literal that goes on at the byte where the document broke, and that was
// left as it is: 12@example.com is no number.
func (r *run) ranOn(at int) bool {
	if at == 0 || at != r.last || r.done > r.lastStart {
		return false
	}
	c := r.src[r.lastStart]
	return c == '-' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z'
}

// scanBroken replaces the findings in src[start:end], of which the part ahead of promised holds telephone numbers.
func (r *run) scanBroken(start, end, promised int) {
	if start < promised {
		cut := min(promised, end)
		r.scan(start, cut, scan.KeyPhone)
		start = cut
	}
	r.scan(start, end, scan.KeyNone)
}

// promisedUpTo returns the end of the part of src behind at that belongs to a member whose name promises telephone numbers,
// or at.
func (r *run) promisedUpTo(at int, keyed bool) int {
	for i := range r.stack {
		p := &r.stack[i].place
		if r.promises(p) || p.within != nil && p.within.traits&phoneKeys != 0 {
			end := at
			for range len(r.stack) - i {
				end = min(closing(r.src, end)+1, len(r.src))
			}
			return end
		}
	}
	if keyed && r.promises(&r.pending) {
		_, end := valueAt(r.src, skipColon(r.src, at))
		return end
	}
	return at
}

// promises reports whether the name of the value at p says that it is a telephone number.
func (r *run) promises(p *place) bool {
	return p.key == scan.KeyPhone || p.nameEnd > 0 && phoneKey(r.src[p.nameStart:p.nameEnd]) == scan.KeyPhone
}

// looksForm reports whether src, which is no JSON, is better read as a form: a name and an equals sign come first.
func (r *run) looksForm() bool {
	for i, c := range r.src {
		switch {
		case c == '=':
			return i > 0
		case !wordByte[c] && c != '-' && c != '[' && c != ']' && c != '%', c != '[' && i > 0 && r.src[i-1] == ']':
			return false
		}
	}
	return false
}

// openTag returns how many containers must close until the outermost one that is to be hidden has, and its spot.
func (r *run) openTag() (int, spot) {
	for i := range r.stack {
		if sp := r.stack[i].spot; r.hides(sp) && sp.f.traits&plain == 0 {
			return len(r.stack) - i, sp
		}
	}
	return 0, spot{}
}

// hides reports whether a value is masked even where no finding is in it.
func (r *run) hides(sp spot) bool {
	return sp.f != nil && sp.act < Scan && (sp.hold&fixed != 0 || sp.f.traits&(lenient|codeShape) == 0 &&
		(sp.f.tag.Subject == EndUser || sp.f.tag.Kind > KindIP))
}

// hide writes the placeholder of sp for src[start:end], and returns end.
func (r *run) hide(sp spot, start, end int) int {
	if start < end {
		r.mask(sp, start, end)
	}
	return end
}

// hideValue hides the value that begins at or behind at, up to its quote, bracket or comma, and returns its end.
func (r *run) hideValue(sp spot, at int) int {
	src := r.src
	at = skipBlanks(src, at)
	if at == len(src) {
		return at
	}
	start, end := valueAt(src, at)
	if src[at] == '{' || src[at] == '[' {
		return r.hide(sp, start, end)
	}
	r.value(sp, start, end, inString)
	return end
}

// valueAt returns what the value that begins at at has, up to its quote, bracket or comma. It may be the end of src.
func valueAt(src []byte, at int) (start, end int) {
	if at >= len(src) {
		return at, at
	}
	at = behindPrefix(src, at)
	switch src[at] {
	case '"', '\'':
		return at + 1, closingQuote(src, at)
	case '{', '[':
		return at, closing(src, at+1)
	}
	if n := bytes.IndexAny(src[at:], ",}]\r\n"); n >= 0 {
		return at, at + n
	}
	return at, len(src)
}

// skipBlanks returns the offset of the first byte from at on that is no white space.
func skipBlanks(src []byte, at int) int {
	for at < len(src) && (src[at] == ' ' || src[at] == '\t') {
		at++
	}
	return at
}

// skipColon returns the offset of the first byte from at on that is neither white space nor the first colon.
func skipColon(src []byte, at int) int {
	if at = skipBlanks(src, at); at < len(src) && src[at] == ':' {
		at = skipBlanks(src, at+1)
	}
	return at
}

// closingQuote returns the offset of the quote that ends the text that opens at i, or the end of src.
func closingQuote(src []byte, i int) int {
	quote := src[i]
	for i++; i < len(src); i++ {
		switch src[i] {
		case '\\':
			i++
		case quote:
			return i
		}
	}
	return len(src)
}

// closing returns the offset of the bracket that closes the container around i, or the end of src.
func closing(src []byte, i int) int {
	for depth := 1; i < len(src); i++ {
		switch src[i] {
		case '"':
			i = closingQuote(src, i)
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(src)
}

// nextKey finds the next name ahead of a colon, quoted or bare. colon is -1 if there is none.
func nextKey(src []byte, at int) (key, end, colon int) {
	for i := at; i < len(src); i++ {
		if src[i] != ':' {
			continue
		}
		end := i
		for end > at && (src[end-1] == ' ' || src[end-1] == '\t') {
			end--
		}
		if end > at && (src[end-1] == '"' || src[end-1] == '\'') {
			end--
		}
		key := end
		for key > at && (wordByte[src[key-1]] && src[key-1] != ':' || src[key-1] == '-') {
			key--
		}
		if key < end {
			return key, end, i
		}
	}
	return 0, 0, -1
}
