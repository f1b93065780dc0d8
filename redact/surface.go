package redact

import "net/netip"

// Format is how the bytes of a body are to be read.
type Format uint8

// The formats. The zero Format is a body that is not read.
const (
	Unread Format = iota
	NoBody
	JSON
	Form
	Multipart
	Text
)

// Surface is what we emit for reading, with its rules. It is immutable and safe for concurrent use; its append methods
// never fail, do not allocate in steady state, keep neither dst nor src, and count what they do in t, which may be nil.
type Surface struct{}

// AppendText appends src, which may hold several lines, with every finding replaced.
func (s *Surface) AppendText(dst Masked, src []byte, t *Tally) Masked { return dst }

// AppendJSON appends a JSON document with its tagged fields and every finding replaced. From the first malformed byte on
// the rest is treated as text.
func (s *Surface) AppendJSON(dst Masked, f *Fields, src []byte, t *Tally) Masked { return dst }

// AppendForm appends a form body.
func (s *Surface) AppendForm(dst Masked, f *Fields, src []byte, t *Tally) Masked { return dst }

// AppendQuery appends a query, without its question mark.
func (s *Surface) AppendQuery(dst Masked, f *Fields, src []byte, t *Tally) Masked { return dst }

// Param is one parameter of a path: where its raw value stands.
type Param struct {
	Name       Name
	Start, End int
}

// AppendPath appends a path whose parameters a route has found. All of it is scanned, tagged parameters are replaced.
func (s *Surface) AppendPath(dst Masked, f *Fields, path []byte, params []Param, t *Tally) Masked {
	return dst
}

// AppendHeader appends the value of the header name as the tags and the dictionary say.
func (s *Surface) AppendHeader(dst Masked, f *Fields, name, value []byte, t *Tally) Masked {
	return dst
}

// AppendField appends the value v of a field with that tag.
func (s *Surface) AppendField(dst Masked, tag Tag, v []byte, t *Tally) Masked { return dst }

// AppendAddr appends the client's address under the surface's client rule.
func (s *Surface) AppendAddr(dst Masked, ip netip.Addr, t *Tally) Masked { return dst }

// AppendFields appends the tagged fields of a body as members of a JSON object, `"to":"phone_GR_k1_…","body":"redacted_text"`,
// without braces. The member names come from the configuration and the dictionary. It shows at most a fixed number of
// values, and counts the findings in all others; boundary is that of a multipart body. Text kinds also get their length,
// parts and encoding.
func (s *Surface) AppendFields(dst Masked, f *Fields, format Format, boundary, body []byte, t *Tally) Masked {
	return dst
}

// AppendLine appends one line of a log, without its line break: JSON, logfmt or text, as it looks. It reports false, and
// leaves dst as it was, if the line could not be masked.
func (s *Surface) AppendLine(dst Masked, line []byte, t *Tally) (Masked, bool) { return dst, false }
