package redact

// Projection is the allow-list of one connector. It is immutable and safe for concurrent use, and does not allocate in
// steady state. Its output still holds personal data: it is plain bytes, and never Masked.
type Projection struct{}

// Input is what a projection may read of a request. It keeps none of it.
type Input struct {
	Format Format
	Body   []byte
	Query  []byte
	Params []ParamValue // of the path, decoded
	ID     []byte       // the proxy's own opaque id of the exchange
}

// ParamValue is one decoded parameter of a path.
type ParamValue struct {
	Name  Name
	Value []byte
}

// Outbound is the request that a connector gets, appended to what the caller left in its buffers.
type Outbound struct {
	Path        []byte
	Query       []byte // without question mark
	Body        []byte
	ContentType string   // of Body; empty if there is none
	Header      []Header // named headers, values cut out of HeaderText
	HeaderText  []byte
}

// Header is one header of an Outbound.
type Header struct {
	Name       string
	Start, End int // of the value, in HeaderText
}

// Reset empties o and keeps its memory.
func (o *Outbound) Reset() {}

// Flow counts what happened to the fields of a request on the way to a connector.
type Flow struct{ Passed, Dropped, Refused uint32 }

// Project builds the connector's request. On error out holds nothing of use and the request must be refused; the error is
// a [*Refusal].
func (p *Projection) Project(out *Outbound, in *Input, n *Flow) error { return nil }

// AppendJSON appends the allowed members of a JSON document. On error dst is as it was.
func (p *Projection) AppendJSON(dst, src []byte, n *Flow) ([]byte, error) { return dst, nil }

// AppendForm appends the allowed fields of a form. On error dst is as it was.
func (p *Projection) AppendForm(dst, src []byte, n *Flow) ([]byte, error) { return dst, nil }

// Pass reports whether the connector gets requests as they came.
func (p *Projection) Pass() bool { return false }

// Reason is why a projection refused a request.
type Reason uint8

// The reasons.
const (
	RefusedNone      Reason = iota
	RefusedMalformed        // the body cannot be walked
	RefusedFormat           // the body is in a format that the projection does not read
	RefusedDepth            // nested too deeply, or too many members
	RefusedDuplicate        // an allowed field stands there twice
	RefusedMissing          // a required field is not there
	RefusedSeparator        // a destination holds a separator, or is no number
	RefusedSeveral          // one value is wanted and there are several
	RefusedType             // an object or array where a value is wanted, or the reverse
	numReasons
)

// String returns the reason's word, as it stands in metrics and error bodies.
func (r Reason) String() string { return "" }

// Refusal says why a request was refused, and where, never with what.
type Refusal struct {
	Reason Reason
	Field  string // the path or name out of the configuration; empty if no field is to blame
	Offset int    // into the body; -1 if it is not known
}

// Error returns the reason, the field and the offset.
func (r *Refusal) Error() string { return "redact: request refused" }
