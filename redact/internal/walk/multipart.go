package walk

import "bytes"

// The bounds of a multipart body.
const (
	maxPartHead = 8 << 10 // bytes of the header lines of one part
	maxParts    = 10_000
	maxBoundary = 70 // RFC 2046
)

// Multipart is a cursor over the parts of a multipart/form-data body. It is strict: line breaks are CR LF, and the body
// ends with its closing boundary.
type Multipart struct {
	NameStart, NameEnd int  // of the field's name, inside its quotes, as it was written; empty if it has none
	TypeStart, TypeEnd int  // of the value of Content-Type; empty if there is none
	File               bool // a file name was given
	Start, End         int  // of the content

	src      []byte
	boundary []byte
	pos      int // behind the boundary that begins the next part, at its CR LF or --
	parts    int
	started  bool
	done     bool
	err      Error
}

// Reset starts at the beginning of body. boundary is the parameter of the Content-Type, without the leading hyphens.
// Neither may change while the cursor is in use.
func (m *Multipart) Reset(body, boundary []byte) { *m = Multipart{src: body, boundary: boundary} }

// Err returns nil, or the [*Error] that made Next return false before the closing boundary.
func (m *Multipart) Err() error {
	if m.err.Class == 0 {
		return nil
	}
	return &Error{m.err.Class, m.err.Offset}
}

// Next steps to the next part. It reports false behind the closing boundary, and where the body is not valid.
func (m *Multipart) Next() bool {
	if m.done {
		return false
	}
	if !m.started && !m.begin() {
		return false
	}
	src, i := m.src, m.pos
	if bytes.HasPrefix(src[i:], []byte("--")) {
		m.done = true
		return false
	}
	i = skipPadding(src, i)
	if !bytes.HasPrefix(src[i:], []byte("\r\n")) {
		return m.fail(Syntax, i)
	}
	if m.parts++; m.parts > maxParts {
		return m.fail(TooMany, i)
	}
	if i = m.head(i + 2); i < 0 {
		return false
	}
	m.Start = i
	return m.content(i)
}

// begin finds the first boundary, which stands at the start or behind a preamble that ends with a line break.
func (m *Multipart) begin() bool {
	m.started = true
	if len(m.boundary) == 0 || len(m.boundary) > maxBoundary {
		return m.fail(Syntax, 0)
	}
	if len(m.src) >= 2 && m.src[0] == '-' && m.src[1] == '-' && bytes.HasPrefix(m.src[2:], m.boundary) {
		m.pos = 2 + len(m.boundary)
		return true
	}
	_, behind := m.find(0)
	if behind < 0 {
		return m.fail(Truncated, len(m.src))
	}
	m.pos = behind
	return true
}

// content ends the part at the next boundary. Its content may be empty: then the boundary's line break is the one that
// ended the header lines.
func (m *Multipart) content(start int) bool {
	at, behind := m.find(start - 2)
	if behind < 0 {
		return m.fail(Truncated, len(m.src))
	}
	m.End, m.pos = max(at, start), behind
	return true
}

// find returns the offsets of the next delimiter from i on, with its line break, and behind it; -1 if there is none. A
// longer word that only begins like the boundary is content.
func (m *Multipart) find(i int) (at, behind int) {
	for {
		n := bytes.Index(m.src[i:], []byte("\r\n--"))
		if n < 0 {
			return -1, -1
		}
		at = i + n
		behind = at + 4 + len(m.boundary)
		if bytes.HasPrefix(m.src[at+4:], m.boundary) && m.delimited(behind) {
			return at, behind
		}
		i = at + 2
	}
}

// delimited reports whether the delimiter line ends at i, as RFC 2046 wants: closing hyphens, or padding and a line break.
func (m *Multipart) delimited(i int) bool {
	return bytes.HasPrefix(m.src[i:], []byte("--")) || bytes.HasPrefix(m.src[skipPadding(m.src, i):], []byte("\r\n"))
}

// head reads the header lines of a part from i on and returns the offset behind their empty line, or -1.
func (m *Multipart) head(i int) int {
	m.NameStart, m.NameEnd, m.TypeStart, m.TypeEnd, m.File = i, i, i, i, false
	for limit := i + maxPartHead; ; {
		n := bytes.Index(m.src[i:min(len(m.src), limit)], []byte("\r\n"))
		switch {
		case n < 0 && limit < len(m.src):
			m.fail(TooMany, limit)
			return -1
		case n < 0:
			m.fail(Truncated, len(m.src))
			return -1
		case n == 0:
			return i + 2
		}
		line := m.src[i : i+n]
		colon := bytes.IndexByte(line, ':')
		if colon <= 0 {
			m.fail(Syntax, i)
			return -1
		}
		start := skipPadding(m.src, i+colon+1)
		switch name := line[:colon]; {
		case bytes.EqualFold(name, []byte("content-disposition")):
			m.disposition(start, i+n)
		case bytes.EqualFold(name, []byte("content-type")):
			m.TypeStart, m.TypeEnd = start, i+n
		}
		i += n + 2
	}
}

// disposition reads the parameters of a Content-Disposition that stands in src[i:end].
func (m *Multipart) disposition(i, end int) {
	for i < end {
		semicolon := bytes.IndexByte(m.src[i:end], ';')
		if semicolon < 0 {
			return
		}
		i = skipPadding(m.src, i+semicolon+1)
		equals := bytes.IndexByte(m.src[i:end], '=')
		if equals < 0 {
			return
		}
		name := m.src[i : i+equals]
		start, stop, behind := m.parameter(i+equals+1, end)
		switch {
		case bytes.EqualFold(name, []byte("name")):
			m.NameStart, m.NameEnd = start, stop
		case bytes.EqualFold(name, []byte("filename")), bytes.EqualFold(name, []byte("filename*")):
			m.File = true
		}
		i = behind
	}
}

// parameter returns where the value that begins at i starts and stops, without its quotes, and the offset behind it.
func (m *Multipart) parameter(i, end int) (start, stop, behind int) {
	if i >= end || m.src[i] != '"' {
		start = i
		for i < end && m.src[i] != ';' && m.src[i] != ' ' && m.src[i] != '\t' {
			i++
		}
		return start, i, i
	}
	i++
	for start = i; i < end && m.src[i] != '"'; i++ {
		if m.src[i] == '\\' && i+1 < end {
			i++
		}
	}
	return start, i, min(i+1, end)
}

func (m *Multipart) fail(c Class, offset int) bool {
	m.done, m.err = true, Error{c, offset}
	return false
}

func skipPadding(src []byte, i int) int {
	for i < len(src) && (src[i] == ' ' || src[i] == '\t') {
		i++
	}
	return i
}
