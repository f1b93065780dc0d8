package otlp

import (
	"math"
	"slices"

	"github.com/piiproxy/piiproxy/redact"
)

// Signal is what a request carries.
type Signal uint8

// The signals.
const (
	Traces  Signal = iota // an ExportTraceServiceRequest
	Logs                  // an ExportLogsServiceRequest
	Metrics               // an ExportMetricsServiceRequest
	numSignals
)

// Encoding is how a request is written.
type Encoding uint8

// The encodings.
const (
	Protobuf Encoding = iota
	JSON
)

// Stats counts what was in a request and what became of it.
type Stats struct {
	Items   int // spans, log records or data points
	Changed int // values and names of which something was replaced
	Dropped int // fields that OTLP does not define
}

// Class is what is wrong with a request.
type Class uint8

// The classes.
const (
	Malformed Class = iota + 1 // not the encoding, or a field in a type that is not its own
	TooDeep                    // arrays and maps nested more than 64 times
	TooMany                    // more values to replace than memory is set aside for
	TooLarge                   // 2 GiB or more
	Failed                     // masking failed: a fault of this program
)

var classNames = [...]string{"", "malformed", "nested too deeply", "too many values to replace", "too large", "cannot be masked"}

// Error says what is wrong with a request and where, never with what.
type Error struct {
	Class  Class
	Offset int // into the request
}

// Error returns the class.
func (e *Error) Error() string { return "otlp: " + classNames[e.Class] }

const (
	maxNested  = 64        // arrays and maps within each other
	maxEdits   = 1 << 20   // of one request
	keptEdits  = 1 << 14   // that a Scrubber keeps room for, and for the texts
	keptTexts  = 1 << 20   // bytes
	keptString = 64 << 10  // bytes of a decoded string
	maxSize    = 1<<31 - 1 // of a request
)

// Scrubber masks requests through one surface. It belongs to one goroutine at a time, keeps what it needs for the next
// request, at most about two megabytes, and does not allocate in steady state.
type Scrubber struct {
	surface *redact.Surface
	attrs   *redact.Attributes
	tally   *redact.Tally
	src     []byte
	class   Class // 0: nothing is wrong so far
	offset  int   // where it went wrong
	stats   Stats

	edits []edit
	delta int           // by how much the edits so far make the request longer
	texts redact.Masked // of the edits

	json    redact.JSONCursor
	decoded []byte        // a string of JSON, or bytes that were base64
	name    []byte        // a name of JSON, decoded
	plain   redact.Masked // a text before it is quoted
}

// NewScrubber returns a Scrubber of surface.
func NewScrubber(surface *redact.Surface) *Scrubber {
	return &Scrubber{surface: surface, attrs: surface.Attributes()}
}

// Append appends the request src, masked, to dst, which must not overlap src. It counts what it finds in t, which may be
// nil. On an error, always an [*Error], dst is returned as it was; t may have counted by then. Neither dst nor src is kept.
func (s *Scrubber) Append(dst, src []byte, signal Signal, enc Encoding, t *redact.Tally) (out []byte, stats Stats, err error) {
	if signal >= numSignals || enc > JSON {
		return dst, Stats{}, &Error{Class: Failed}
	}
	if len(src) > maxSize {
		return dst, Stats{}, &Error{Class: TooLarge}
	}
	defer func() {
		if recover() != nil { // what it says may quote the request
			s.attrs = s.surface.Attributes()
			s.release()
			out, stats, err = dst, Stats{}, &Error{Class: Failed}
		}
	}()
	s.src, s.tally = src, t
	ok := false
	if enc == JSON {
		ok = s.document(roots[signal])
	} else {
		ok = s.message(roots[signal], 0, len(src))
	}
	if !ok || s.class != 0 {
		err = &Error{max(s.class, Malformed), s.offset}
		s.release()
		return dst, Stats{}, err
	}
	out, stats = s.write(dst), s.stats
	s.release()
	return out, stats, nil
}

// fail notes what is wrong at the offset at, unless something was before, and returns false.
func (s *Scrubber) fail(c Class, at int) bool {
	if s.class == 0 {
		s.class, s.offset = c, at
	}
	return false
}

// release makes s ready for the next request, without anything of this one.
func (s *Scrubber) release() {
	s.src, s.tally, s.class, s.offset, s.stats, s.delta = nil, nil, 0, 0, Stats{}, 0
	s.edits, s.texts, s.plain = s.edits[:0], s.texts.Reset(), s.plain.Reset()
	s.json.Reset(nil, redact.JSONLimits{})
	s.attrs.Release()
	if cap(s.edits) > keptEdits {
		s.edits = nil
	}
	if s.texts.Cap() > keptTexts {
		s.texts = redact.Masked{}
	}
	if s.plain.Cap() > keptString {
		s.plain = redact.Masked{}
	}
	if s.decoded = s.decoded[:0]; cap(s.decoded) > keptString {
		s.decoded = nil
	}
	if s.name = s.name[:0]; cap(s.name) > keptString {
		s.name = nil
	}
}

// form is how the text of an edit is written.
type form uint8

const (
	nothing   form = iota
	length         // the number from, as a varint
	sized          // its length and the text
	stringTag      // the tag of a string value, its length, and the text
	valueOf        // the length of an AnyValue, and it: a string value of the text
	asIs           // the text
	base64Of       // the text in base64
)

// edit replaces src[start:end]. Edits stand in the order of their offsets, and do not overlap.
type edit struct {
	start, end uint32
	from, to   uint32 // the text of a replaced value, in texts
	form       form
}

// add adds an edit. Of those that drop bytes, neighbours become one.
func (s *Scrubber) add(e edit) {
	if n := len(s.edits); n > 0 && e.form == nothing && s.edits[n-1].form == nothing && s.edits[n-1].end == e.start {
		s.edits[n-1].end = e.end
	} else if n >= maxEdits || s.texts.Len() > math.MaxUint32/2 {
		s.fail(TooMany, int(e.start))
		return
	} else {
		s.edits = append(s.edits, e)
	}
	size := int(e.to - e.from)
	switch e.form {
	case sized:
		size += varintLen(uint64(size))
	case stringTag:
		size += 1 + varintLen(uint64(size))
	case valueOf:
		size += 1 + varintLen(uint64(size))
		size += varintLen(uint64(size))
	case base64Of:
		size = (size + 2) / 3 * 4
	}
	s.delta += size - int(e.end-e.start)
}

// replace adds an edit whose text is what was appended to texts since it was so long.
func (s *Scrubber) replace(start, end, since int, f form) {
	s.stats.Changed++
	s.add(edit{uint32(start), uint32(end), uint32(since), uint32(s.texts.Len()), f})
}

// drop adds an edit that removes a field which OTLP does not define.
func (s *Scrubber) drop(start, end int) {
	s.stats.Dropped++
	s.add(edit{start: uint32(start), end: uint32(end)})
}

// write appends src with the edits.
func (s *Scrubber) write(dst []byte) []byte {
	dst = slices.Grow(dst, len(s.src)+s.delta)
	texts, done := s.texts.Bytes(), uint32(0)
	for i := range s.edits {
		e := &s.edits[i]
		dst = append(dst, s.src[done:e.start]...)
		done = e.end
		switch e.form {
		case length:
			dst = appendVarint(dst, uint64(e.from))
			continue
		case valueOf:
			n := uint64(e.to - e.from)
			dst = appendVarint(dst, 1+uint64(varintLen(n))+n)
			fallthrough
		case stringTag:
			dst = append(dst, stringValueTag)
			fallthrough
		case sized:
			dst = appendVarint(dst, uint64(e.to-e.from))
		case base64Of:
			dst = appendBase64(dst, texts[e.from:e.to])
			continue
		}
		dst = append(dst, texts[e.from:e.to]...)
	}
	return append(dst, s.src[done:]...)
}
