package scan

import (
	"sync"
	"unicode/utf8"
)

// A view is a piece of a line with its escapes decoded and its characters folded: percent escapes (doubled ones too), \u
// escapes (of JSON inside JSON too), HTML entities, digits of every script, full-width signs, kinds of blanks and dashes.
// For each of its bytes it knows which raw bytes stand for it.
type view struct {
	b       []byte
	span    []span // of each byte of b; bytes of one character share one
	begin   int    // where in the text the piece begins
	exit    int    // from here on nothing has to do with an escape
	exitRaw int    // the same place in the text
}

// span is where a character stands in the piece of the text.
type span struct{ start, end uint16 }

const (
	viewBefore = 192  // bytes before an escape that are looked back over, at most
	viewAfter  = 320  // bytes behind the last escape that are looked ahead over
	viewReach  = 96   // bytes behind the last escape at which it is done with
	viewMost   = 8192 // bytes of a view; what is longer is seen in several
)

var views = sync.Pool{New: func() any {
	return &view{b: make([]byte, 0, 1024), span: make([]span, 0, 1024)}
}}

func (v *view) release() { views.Put(v) }

// open makes v the view of the text around the escape at text[i], from begin on.
func (v *view) open(text []byte, begin, i int) {
	v.begin = begin
	last, end := i, i
	for ; end < len(text) && end-last < viewAfter && end-begin < viewMost && text[end] != '\n'; end++ {
		if is(text[end], classEscape) && matters(text, end) {
			last = end
		}
	}
	v.exitRaw = min(last+viewReach, end)
	for v.exitRaw < end && is(text[v.exitRaw], classJoin|classLocal) {
		v.exitRaw++
	}
	if end < len(text) && v.exitRaw <= i {
		v.exitRaw = i + 1
	}
	v.decode(text[begin:end])
	v.exit = v.index(v.exitRaw)
}

// index returns the place in the view that stands for a place in the text or, if none does, for the next that has one.
func (v *view) index(raw int) int {
	raw -= v.begin
	lo, hi := 0, len(v.span)
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		if int(v.span[mid].start) < raw {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// raw returns the offsets in the text of a part of the view.
func (v *view) raw(start, end int) (int, int) {
	return v.begin + int(v.span[start].start), v.begin + int(v.span[end-1].end)
}

// decode fills the view from a piece of a line.
func (v *view) decode(piece []byte) {
	v.b, v.span = v.b[:0], v.span[:0]
	for i := 0; i < len(piece); {
		n := v.unescape(piece, i)
		for len(v.span) < len(v.b) {
			v.span = append(v.span, span{uint16(i), uint16(i + n)})
		}
		i += n
	}
	v.fold()
}

// unescape appends the character that stands at piece[i] and returns how many raw bytes it takes.
func (v *view) unescape(piece []byte, i int) int {
	r, n := rune(0), 0
	switch piece[i] {
	case '%':
		var b byte
		if b, n = unescapePercent(piece[i:]); n > 0 {
			v.b = append(v.b, b) // a byte, and not a character: the others of a character follow
			return n
		}
	case '\\':
		r, n = unescapeBackslash(piece[i:])
	case '&':
		r, n = unescapeEntity(piece[i:])
	}
	if n == 0 {
		v.b = append(v.b, piece[i])
		return 1
	}
	v.b = utf8.AppendRune(v.b, r)
	return n
}

// fold replaces characters that people take for an ASCII one by that one, and takes out those that nobody sees.
func (v *view) fold() {
	w := 0
	for i := 0; i < len(v.b); {
		if v.b[i] < utf8.RuneSelf {
			v.b[w], v.span[w] = v.b[i], v.span[i]
			w, i = w+1, i+1
			continue
		}
		r, n := utf8.DecodeRune(v.b[i:])
		switch f := foldRune(r); f {
		case 0:
			for k := range n {
				v.b[w+k], v.span[w+k] = v.b[i+k], v.span[i+k]
			}
			w += n
		case invisible:
		default:
			v.b[w], v.span[w] = f, span{v.span[i].start, v.span[i+n-1].end}
			w++
		}
		i += n
	}
	v.b, v.span = v.b[:w], v.span[:w]
}
