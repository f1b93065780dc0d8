package http1

import (
	"bytes"
	"math"
	"time"
)

// maxNominated bounds the field names that Connection fields may nominate; honest peers nominate one or two.
const maxNominated = 16

// Fields is the parsed view of a block of field lines: of a request's head or of an answer's. It refers to the block, is
// valid as long as the block is unchanged, and may be parsed into again.
type Fields struct {
	// ContentLength is the value of the Content-Length field, and -1 if there is none.
	ContentLength int64
	// Chunked says that there is a Transfer-Encoding, which then is exactly "chunked".
	Chunked bool
	// Close and KeepAlive are the connection options of these names.
	Close, KeepAlive bool
	// Hosts counts the Host fields.
	Hosts int
	// Count counts all fields.
	Count int

	block        []byte
	lines        [maxIndexed + 1]fieldLine // of the first fields, and one that says where the last of them ends
	indexed      int                       // how many these are
	present      names
	disguised    bool // a field is framing to those who make variables of names
	host         span
	timeout      span // of a Keep-Alive field
	nominated    [maxNominated]span
	numNominated int
}

// maxIndexed is of how many fields it is remembered where they stand; what comes behind is searched for its line breaks anew.
const maxIndexed = 16

// fieldLine is where a field line begins in the block, and how long its name is. The next one begins at its end.
type fieldLine struct {
	start int32
	colon uint16
	bit   uint16 // of its name, as nameBit has it
}

// span is where something stands in the block; the block itself may move.
type span struct{ start, end int32 }

// Parse reads block: field lines, each ending in CR LF, and perhaps the empty line after them. At most maxCount fields are
// allowed. What it accepts has no folded line, no line break that is not CR LF, no control byte, no name that is not a
// token, at most one framing, and no Connection option that would remove a field that carries framing, routing or
// credentials. After a flaw the Fields must not be used.
func (f *Fields) Parse(block []byte, maxCount int) Flaw {
	*f = Fields{ContentLength: -1, block: block}
	for rest := block; len(rest) > 0; {
		line, next, flaw := cutLine(rest)
		if flaw != NoFlaw {
			return flaw
		}
		if len(line) == 0 {
			if len(next) > 0 {
				return LineBreak
			}
			break
		}
		colon, flaw := checkLine(line)
		if flaw != NoFlaw {
			return flaw
		}
		if f.Count++; f.Count > maxCount {
			return FieldCount
		}
		f.index(line[:colon], len(block)-len(rest), len(block)-len(next))
		if flaw := f.note(line[:colon], line[colon+1:], int32(len(block)-len(rest)+colon+1)); flaw != NoFlaw {
			return flaw
		}
		rest = next
	}
	if f.Chunked && f.ContentLength >= 0 {
		return TwoFramings
	}
	return NoFlaw
}

// index notes where a line stands, from start to end, and that there is a field of that name.
func (f *Fields) index(name []byte, start, end int) {
	bit := nameBit(name)
	f.present |= 1 << bit
	if n := f.Count - 1; n == f.indexed && n < maxIndexed && len(name) <= math.MaxUint16 {
		f.lines[n] = fieldLine{int32(start), uint16(len(name)), bit}
		f.indexed++
		f.lines[n+1].start = int32(end)
	}
}

// note takes in the fields that rule the message and the connection. The value begins at the offset at.
func (f *Fields) note(name, value []byte, at int32) Flaw {
	switch len(name) {
	case len("host"):
		if equalFold(name, "host") {
			f.Hosts++
			f.host = spanOf(value, trimOWS(value), at)
		}
	case len("connection"): // and of keep-alive
		if equalFold(name, "connection") {
			return f.noteConnection(value, at)
		}
		if equalFold(name, "keep-alive") {
			f.timeout = spanOf(value, trimOWS(value), at)
		}
	case len("content-length"):
		if equalFold(name, "content-length") {
			return f.noteLength(trimOWS(value))
		}
		f.disguised = f.disguised || SameVariable(name, "content-length")
	case len("transfer-encoding"):
		if equalFold(name, "transfer-encoding") {
			return f.noteEncoding(trimOWS(value))
		}
		f.disguised = f.disguised || SameVariable(name, "transfer-encoding")
	}
	return NoFlaw
}

// names is a set of field names by their lengths, first and last letters: it says of most names that they are not there, without
// a look at the fields.
type names uint64

func (n names) may(bit uint16) bool { return n&(1<<bit) != 0 }

// nameBit returns which bit of names stands for a name. Its factors are such that hardly two names that requests mostly have, or
// that they are asked for, share one.
func nameBit[T ~string | ~[]byte](name T) uint16 {
	return uint16(2*len(name)+30*int(name[0]|0x20)+5*int(name[len(name)-1]|0x20)) % 64
}

func (f *Fields) noteLength(value []byte) Flaw {
	n, ok := parseDecimal(value)
	if !ok || f.ContentLength >= 0 {
		return ContentLength
	}
	f.ContentLength = n
	return NoFlaw
}

func (f *Fields) noteEncoding(value []byte) Flaw {
	if f.Chunked || !equalFold(value, "chunked") {
		return TransferEncoding
	}
	f.Chunked = true
	return NoFlaw
}

// noteConnection takes in a list of connection options.
func (f *Fields) noteConnection(value []byte, at int32) Flaw {
	for rest := value; ; {
		item, next, more := bytes.Cut(rest, comma)
		option := trimOWS(item)
		switch {
		case len(option) == 0: // lists may hold empty items
		case !all(option, tokenByte) || f.numNominated == maxNominated || guarded(option):
			return ConnectionField
		default:
			f.Close = f.Close || equalFold(option, "close")
			f.KeepAlive = f.KeepAlive || equalFold(option, "keep-alive")
			f.nominated[f.numNominated] = spanOf(value, option, at)
			f.numNominated++
		}
		if !more {
			return NoFlaw
		}
		rest = next
	}
}

var comma, equals = []byte{','}, []byte{'='}

// spanOf returns where part, a slice of whole, stands if whole begins at the offset at.
func spanOf(whole, part []byte, at int32) span {
	start := at + int32(cap(whole)-cap(part))
	return span{start, start + int32(len(part))}
}

func (f *Fields) at(s span) []byte { return f.block[s.start:s.end:s.end] }

// All returns a cursor over all fields, in their order.
func (f *Fields) All() Cursor { return Cursor{fields: f, rest: f.block[f.lines[f.indexed].start:]} }

// Host returns the value of the last Host field, which [Fields.RequestFlaw] makes sure is the only one.
func (f *Fields) Host() []byte { return f.at(f.host) }

// Lookup returns the value of the first field of the name, which must be lower-case, and how many there are.
func (f *Fields) Lookup(name string) (value []byte, count int) {
	bit := nameBit(name)
	if !f.present.may(bit) {
		return nil, 0
	}
	for c := f.All(); c.nextLike(bit); {
		if equalFold(c.Name, name) {
			if count++; count == 1 {
				value = c.Value
			}
		}
	}
	return value, count
}

// RequestFlaw says what is wrong with the fields of a request, beyond what Parse refuses. http10 says that its version is
// HTTP/1.0, which knows no transfer encoding and may lack a Host. To programs that make variables of names Content_Length is a framing,
// and here it is none; see [SameVariable].
func (f *Fields) RequestFlaw(http10 bool) Flaw {
	switch {
	case http10 && f.Chunked:
		return TransferEncoding
	case f.disguised:
		return FieldName
	case f.Hosts > 1, f.Hosts == 0 && !http10, f.Hosts == 1 && !validAuthority(f.Host()):
		return HostField
	}
	return NoFlaw
}

// keepAlive returns for how long the peer keeps an idle connection, if a Keep-Alive field says so.
func (f *Fields) keepAlive() (time.Duration, bool) {
	for rest, more := f.at(f.timeout), true; more; {
		var item []byte
		item, rest, more = bytes.Cut(rest, comma)
		name, value, _ := bytes.Cut(trimOWS(item), equals)
		if equalFold(name, "timeout") {
			seconds, ok := parseDecimal(value)
			return time.Duration(min(seconds, 1e6)) * time.Second, ok
		}
	}
	return 0, false
}
