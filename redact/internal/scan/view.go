package scan

import (
	"encoding/binary"
	"math"
	"math/bits"
	"sync"
	"unicode/utf8"
)

// A view is a piece of a line with its escapes decoded and its characters folded: percent escapes (doubled ones too), \u
// escapes (of JSON inside JSON too), HTML entities, digits of every script, full-width signs, kinds of blanks and dashes. It
// knows which raw bytes stand for each of its bytes.
type view struct {
	b       []byte
	parts   []part
	begin   int  // where in the text the piece begins
	exit    int  // from here on nothing has to do with an escape
	exitRaw int  // the same place in the text
	firm    int  // up to where in the text what is an escape does not depend on where the view ends
	near    int  // the part that was asked for last
	idle    span // in the text: the escapes of the view that are known not to matter
}

// A part is where the bytes of a view come from: a stretch of the piece that is as it was, or one escape.
type part struct {
	at     uint16 // where it begins in the view
	raw    uint16 // where it begins in the piece
	escape uint16 // how long the escape is, 0: it is no escape
}

const (
	viewBefore = 160  // bytes before an escape that are looked back over, at most
	viewAfter  = 224  // bytes behind the last escape that are looked ahead over
	viewReach  = 64   // bytes behind the last escape at which it is done with
	viewMost   = 8192 // bytes of a view; what is longer is seen in several
)

var views = sync.Pool{New: func() any {
	return &view{b: make([]byte, 0, viewMost+8), parts: make([]part, 0, 256)}
}}

func (v *view) release() { views.Put(v) }

// open makes v the view of the text around the escape at text[i], from begin on. It does not end before done, the place up to
// which the text has been looked at: the view must see all that led to it, or the text would lead to it again.
//
// What before, the view before it or nil, has of the same bytes is taken from there.
func (v *view) open(text []byte, begin, i, done int, before *view) {
	v.start(begin)
	last, tried := i, i+1
	limit := v.limit(text, last)
	plain, end := v.adopt(text, before, limit)
	for {
		if end < limit && !is(text[end], classEscape) {
			end = nextEscape(text, end, limit)
		}
		if end >= limit || text[end] == '\n' {
			k := v.lastMattering(text, tried)
			if k < 0 {
				v.idle = span{last + 1, end}
				break
			}
			last, tried = k, end
			limit = v.limit(text, last)
			continue
		}
		r, n := percentASCII(text, end)
		if n == 0 {
			r, n = decodeAt(text, end)
		}
		if n > 0 && end+n > limit && end >= i {
			if mattersAs(text, end, r, n) {
				last = end
			} else {
				last = max(last, v.lastMattering(text, tried))
			}
			tried = end + 1
			limit = v.limit(text, last)
		}
		if n == 0 || end+n > limit {
			if n > 0 {
				v.firm = min(v.firm, end)
			}
			end++
			continue
		}
		if plain < end {
			v.copy(text, plain, end)
		}
		v.escape(end, r, n)
		end += n
		for n == percentSize && len(v.parts) > fewParts {
			end = v.percents(text, end, limit)
			k := -1
			if limit-end <= percentsEnd {
				k, tried = v.lastMattering(text, tried), end
			}
			if k < 0 {
				break
			}
			last = k
			limit = v.limit(text, last)
		}
		plain = end
	}
	v.copy(text, plain, end)
	v.close(text, i, last, end, done)
}

// limit returns where a view ends in whose text the escape at last is the last that matters.
func (v *view) limit(text []byte, last int) int {
	return min(len(text), last+viewAfter, v.begin+viewMost)
}

// close sets where v, which ends at end, has nothing to do with an escape any more.
func (v *view) close(text []byte, i, last, end, done int) {
	v.firm = min(v.firm, end)
	v.exitRaw = min(last+viewReach, end)
	for v.exitRaw < end && is(text[v.exitRaw], classJoin|classLocal) {
		v.exitRaw++
	}
	if end < len(text) && v.exitRaw <= i {
		v.exitRaw = i + 1
	}
	v.exitRaw = max(v.exitRaw, min(done, end))
	v.exit = v.index(v.exitRaw)
}

const (
	percentSize = 3  // how long most percent escapes are
	nearParts   = 64 // among so many parts the next that is asked for mostly is
	fewParts    = 4  // of views with so few parts it is not worth the while to look for further escapes in another way
	percentsEnd = 24 // so near to the limit percents stops
)

// percents is what open does from text[plain] on, for as long as the next escape is a percent escape of one character of ASCII: where
// there is one there are often many. What it looks at and copies are the same eight bytes, and it does not ask whether any stand
// between two escapes: that would be guessed wrong too often. It returns the end of the last such escape.
func (v *view) percents(text []byte, plain, limit int) int {
	b, parts, k := v.b[:cap(v.b)], v.parts[:cap(v.parts)], len(v.parts)
	at, end, begin := len(v.b), plain, v.begin
	for end+16 <= limit && at+16 <= len(b) && k+2 <= len(parts) {
		x := binary.LittleEndian.Uint64(text[end:])
		binary.LittleEndian.PutUint64(b[at:], x)
		mask := escapeMask(x)
		if mask == 0 {
			at, end = at+8, end+8
			continue
		}
		n := bits.TrailingZeros64(mask) >> 3
		at, end = at+n, end+n
		r, size := percentASCII(text, end)
		if size == 0 {
			break
		}
		b[at] = byte(r)
		parts[k] = part{uint16(at - (end - plain)), uint16(plain - begin), 0}
		if end > plain {
			k++
		}
		parts[k] = part{uint16(at), uint16(end - begin), percentSize}
		k, at, end = k+1, at+1, end+percentSize
		plain = end
	}
	v.b, v.parts = b[:at-(end-plain)], parts[:k]
	return plain
}

// lastMattering returns the last escape in the view that begins at text[low] or behind it and matters, or -1. Few are looked at
// where many matter.
func (v *view) lastMattering(text []byte, low int) int {
	for k := len(v.parts) - 1; k >= 0; k-- {
		p := v.parts[k]
		from := v.begin + int(p.raw)
		if p.escape == 0 {
			continue
		}
		if from+int(p.escape) <= low {
			break
		}
		if v.idle.from <= from && from < v.idle.to {
			if v.idle.from <= low {
				break
			}
			continue
		}
		to := from + 1
		for to < from+int(p.escape) && text[to] == '\\' { // of many backslashes each may begin an escape
			to++
		}
		for to--; to >= max(from, low); to-- {
			if matters(text, to) {
				return to
			}
		}
	}
	return -1
}

func (v *view) start(begin int) {
	v.begin, v.firm, v.near, v.idle = begin, math.MaxInt, 0, span{}
	v.b, v.parts = v.b[:0], append(v.parts[:0], part{})
}

// decode makes v a view of the whole text.
func (v *view) decode(text []byte) {
	v.start(0)
	plain := 0
	for i := 0; ; {
		if i = nextEscape(text, i, len(text)); i >= len(text) {
			break
		}
		r, n := decodeAt(text, i)
		if n == 0 {
			i++
			continue
		}
		v.copy(text, plain, i)
		v.escape(i, r, n)
		i += n
		plain = i
	}
	v.copy(text, plain, len(text))
}

// escape appends what the escape at the place raw in the text stands for, of n bytes.
func (v *view) escape(raw int, r rune, n int) {
	v.parts = append(v.parts, part{uint16(len(v.b)), uint16(raw - v.begin), uint16(n)})
	if n := len(v.b); r >= 0 && r < utf8.RuneSelf && n < cap(v.b) {
		v.b = v.b[:n+1]
		v.b[n] = byte(r)
	} else if r >= 0 && r < utf8.RuneSelf {
		v.b = append(v.b, byte(r))
	} else if r >= 0 {
		v.b = utf8.AppendRune(v.b, r)
	}
}

// copy appends what is no escape.
func (v *view) copy(text []byte, from, to int) {
	if from == to {
		return
	}
	if from > v.begin {
		v.parts = append(v.parts, part{uint16(len(v.b)), uint16(from - v.begin), 0})
	}
	if n := len(v.b); to-from <= 8 && from+8 <= len(text) && n+8 <= cap(v.b) { // most stretches between escapes are short
		binary.LittleEndian.PutUint64(v.b[n:n+8], binary.LittleEndian.Uint64(text[from:]))
		v.b = v.b[:n+to-from]
		return
	}
	v.b = append(v.b, text[from:to]...)
}

// index returns the place in the view that stands for a place in the text or, if none does, for the next that has one.
func (v *view) index(raw int) int {
	raw -= v.begin
	if raw <= 0 {
		return 0
	}
	k := v.partOf(raw)
	p := v.parts[k]
	if p.escape > 0 && raw > int(p.raw) {
		return v.partEnd(k)
	}
	return min(int(p.at)+raw-int(p.raw), v.partEnd(k))
}

// raw returns the offsets in the text of a part of the view.
func (v *view) raw(start, end int) (int, int) {
	k := v.partAt(start)
	v.near = k
	first := v.parts[k]
	from := int(first.raw)
	if first.escape == 0 {
		from += start - int(first.at)
	}
	for k+1 < len(v.parts) && int(v.parts[k+1].at) < end {
		k++
	}
	last := v.parts[k]
	to := int(last.raw) + int(last.escape)
	if last.escape == 0 {
		to += end - int(last.at)
	}
	return v.begin + from, v.begin + to
}

// partAt returns the last part that begins at i in the view or before it. No branch depends on what is compared: of many parts half
// of the branches would be guessed wrong.
func (v *view) partAt(i int) int {
	k, n := v.near, len(v.parts)-v.near
	if far := k + nearParts; int(v.parts[k].at) > i {
		k, n = 0, k
	} else if far < len(v.parts) && int(v.parts[far].at) > i {
		n = nearParts
	}
	for n > 1 {
		half, next := n/2, k
		if int(v.parts[k+half].at) <= i {
			next = k + half
		}
		k, n = next, n-half
	}
	return k
}

// partOf returns the last part that begins at the place raw in the piece or before it.
func (v *view) partOf(raw int) int {
	lo, hi := 0, len(v.parts)
	for hi-lo > 1 {
		if mid := int(uint(lo+hi) / 2); int(v.parts[mid].raw) <= raw {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

func (v *view) partEnd(k int) int {
	if k+1 < len(v.parts) {
		return int(v.parts[k+1].at)
	}
	return len(v.b)
}
