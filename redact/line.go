package redact

import (
	"bytes"
	"encoding/binary"

	"github.com/piiproxy/piiproxy/redact/internal/scan"
	"github.com/piiproxy/piiproxy/redact/internal/walk"
)

// shape is how a line of a log is read.
type shape uint8

const (
	plainText shape = iota
	jsonLine
	logfmtLine
	jsonTail // text, and behind it a JSON object
)

// shapeOf sniffs a line.
func shapeOf(line []byte) shape {
	sh := shapeOfStart(line)
	if sh == plainText && bytes.Contains(line, objectStart) {
		return jsonTail
	}
	return sh
}

var (
	objectStart   = []byte(`{"`)
	lineBreak     = []byte("\n")
	byteOrderMark = []byte("\ufeff") // with which programs of Windows begin a file
)

// shapeOfStart looks at how a line begins: JSON opens with a brace, or a bracket and a brace, and logfmt with a name and an
// equals sign.
func shapeOfStart(line []byte) shape {
	line = bytes.TrimPrefix(line, byteOrderMark)
	if startsWithTime(line) {
		return plainText
	}
	start := 0
	for i, c := range line {
		switch {
		case i == start && (c == ' ' || c == '\t'):
			start++
		case i == start && c == '{':
			return jsonLine
		case i == start && c == '[' && i+1 < len(line) && line[i+1] == '{':
			return jsonLine
		case i > start && c == '=':
			if walk.LooksLogfmt(line) {
				return logfmtLine
			}
			return plainText
		case !logfmtName[c]:
			return plainText
		}
	}
	return plainText
}

// startsWithTime reports whether line begins with what is most likely a date and a time, and what is surely text: a digit,
// thirteen bytes without an equals sign, and a colon.
func startsWithTime(line []byte) bool {
	if len(line) < 16 || line[13] != ':' || line[0]-'0' > 9 {
		return false
	}
	const ones, highs, equals = 0x0101010101010101, 0x8080808080808080, '=' * 0x0101010101010101
	x, y := binary.LittleEndian.Uint64(line)^equals, binary.LittleEndian.Uint64(line[5:])^equals
	return ((x-ones)&^x|(y-ones)&^y)&highs == 0
}

// logfmtName has the bytes that names in logfmt are made of.
var logfmtName = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == '.' || c == '-' || c == '/' || c == '@'
	}
	return t
}()

// AppendLine appends one line of a log, without its line break: JSON, logfmt or text, as it looks, or text with JSON behind
// it. In JSON and logfmt the
// dictionary tells which fields to mask, but message and msg, a log's own words, are scanned, and so is a to or from
// in which there is nothing to mask; the surface's rules for fields come first. It reports false, and leaves dst as it
// was, if the line could not be masked.
func (s *Surface) AppendLine(dst Masked, line []byte, t *Tally) (out Masked, ok bool) {
	before := t.copied()
	defer func() {
		if recover() != nil { // what it says may quote the line
			out, ok = dst, false
			t.restore(&before)
		}
	}()
	r := s.begin(dst, s.log, line, t)
	r.line(shapeOf(line))
	return r.finish(), true
}

// AppendLines appends the lines of chunk, which end with their line breaks, as [Surface.AppendLine] would one by one. Lines
// of text that follow each other are masked together, which is much faster. A line that could not be masked is replaced
// by `redacted_line`; failed says how many were.
func (s *Surface) AppendLines(dst Masked, chunk []byte, t *Tally) (out Masked, failed int) {
	before := t.copied()
	defer func() {
		if recover() != nil {
			t.restore(&before)
			out, failed = s.eachLine(dst, chunk, t)
		}
	}()
	r := s.begin(dst, s.log, chunk, t)
	text := 0    // where the lines of text begin that were not scanned yet
	object := -1 // where the next object may begin; less than at: not looked for yet
	for at := 0; at < len(chunk); {
		end := len(chunk)
		if n := bytes.IndexByte(chunk[at:], '\n'); n >= 0 {
			end = at + n
		}
		sh := shapeOfStart(chunk[at:end])
		if sh == plainText {
			if object < at {
				object = indexFrom(chunk, at, objectStart)
			}
			if object < end {
				sh = jsonTail
			}
		}
		if sh != plainText {
			r.scan(text, at, scan.KeyNone)
			r.flush(at)
			r.src, r.done = chunk[at:end:end], 0
			r.line(sh)
			r.flush(end - at)
			r.src, r.done = chunk, end
			text = end
		}
		at = end + 1
	}
	r.scan(min(text, len(chunk)), len(chunk), scan.KeyNone)
	return r.finish(), 0
}

// indexFrom returns where what stands in b at i or behind it, or the length of b.
func indexFrom(b []byte, i int, what []byte) int {
	if n := bytes.Index(b[i:], what); n >= 0 {
		return i + n
	}
	return len(b)
}

// eachLine masks the lines of chunk one by one, after one of them has made a panic.
func (s *Surface) eachLine(dst Masked, chunk []byte, t *Tally) (out Masked, failed int) {
	for len(chunk) > 0 {
		line, rest, found := bytes.Cut(chunk, []byte("\n"))
		var ok bool
		if dst, ok = s.AppendLine(dst, line, t); !ok {
			failed++
			dst = dst.AppendConst("redacted_line")
		}
		if found {
			dst = dst.AppendConst("\n")
		}
		chunk = rest
	}
	return dst, failed
}

// line masks src, which is one line.
func (r *run) line(sh shape) {
	switch {
	case sh != plainText && bytes.HasPrefix(r.src, byteOrderMark):
		r.textThen(len(byteOrderMark), sh)
	case sh == jsonLine:
		r.document()
	case sh == logfmtLine:
		r.logfmt()
	case sh == jsonTail:
		r.textThen(bytes.Index(r.src, objectStart), jsonLine)
	default:
		r.scan(0, len(r.src), scan.KeyNone)
	}
}

// textThen masks src as text up to start, as loggers put a time and a level ahead of an object, and as a line of that shape from there
// on.
func (r *run) textThen(start int, sh shape) {
	line := r.src
	r.scan(0, start, scan.KeyNone)
	r.flush(start)
	r.src, r.done, r.base = line[start:], 0, r.base+start
	r.line(sh)
	r.flush(len(r.src))
	r.src, r.done, r.base = line, len(line), r.base-start
}

// logfmt masks src as logfmt. What is no pair is text.
func (r *run) logfmt() {
	var l walk.Logfmt
	l.Reset(r.src)
	at := 0
	for l.Next() {
		key := r.src[l.KeyStart:l.KeyEnd]
		r.name.set(key)
		if !r.name.clean || l.KeyStart > at+2 {
			r.scan(at, l.KeyEnd, scan.KeyNone)
		}
		sp := r.spotOf(nil, r.f.names, key, r.src[l.ValueStart:l.ValueEnd])
		e := verbatim
		if l.Quoted {
			e = inString
		}
		at = l.ValueEnd
		words := r.hidesWords(sp)
		switch {
		case l.Quoted:
		case words:
			at = upToNextPair(l, r.src)
		default:
			at = groupsEnd(r.src, l.ValueStart, at)
		}
		r.value(sp, l.ValueStart, at, e)
		if behind := at + 1; words && l.Quoted && behind < len(r.src) && r.src[behind] > ' ' {
			at = r.hide(sp, behind, upToNextPair(l, r.src))
		}
	}
	r.scan(at, len(r.src), scan.KeyNone)
}

// hidesWords reports whether a value is masked for what it is and not for what is found in it. Many a writer of logs puts
// such a value there without quotes, so that only its first word would be the value.
func (r *run) hidesWords(sp spot) bool { return r.hides(sp) && sp.f.tag.Kind > KindIP }

// groupsEnd returns where the groups of digits end that follow a value without quotes at line[start:end], parted by blanks, as people
// write a telephone number. If there are none it returns end.
func groupsEnd(line []byte, start, end int) int {
	for end > start && end+1 < len(line) && groupByte(line[end-1]) && line[end] == ' ' && groupByte(line[end+1]) {
		next := end + 1
		for next < len(line) && line[next] > ' ' {
			next++
		}
		if walk.BeginsPair(line[end+1 : next]) {
			break
		}
		end = next
	}
	return end
}

// groupByte reports whether c is a digit, or may stand ahead of or behind those of a group.
func groupByte(c byte) bool { return c >= '(' && c <= '9' && c != '*' && c != ',' }

// upToNextPair returns the end of what stands between the value of l and the next pair, less white space.
func upToNextPair(l walk.Logfmt, line []byte) int {
	start, end := l.ValueEnd, len(line)
	if l.Next() {
		end = l.KeyStart
	}
	for end > start && (line[end-1] == ' ' || line[end-1] == '\t' || line[end-1] == '\r' || line[end-1] == '\n') {
		end--
	}
	return end
}
