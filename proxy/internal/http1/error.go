package http1

// Class is why an exchange with an upstream failed.
type Class uint8

// The classes.
const (
	_              Class = iota
	Dial                 // refused, unreachable, or its name does not resolve
	ConnectTimeout       // no connection, or no TLS handshake, within the time for it
	TLS                  // the handshake failed, or the peer ended it with an alert
	Busy                 // every connection was in use for as long as a request may wait for one
	Timeout              // the deadline of the exchange passed
	Closed               // the connection ended before any byte of the answer
	Truncated            // the connection ended within the answer
	Malformed            // the answer is not strict HTTP/1.1, or was not asked for
	Oversize             // the answer is larger than allowed
	Canceled             // the pool was closed
	numClasses
)

var classText = [numClasses]string{
	Dial: "cannot connect", ConnectTimeout: "timeout while connecting", TLS: "tls failed", Busy: "no free connection",
	Timeout: "timeout", Closed: "closed before an answer", Truncated: "truncated answer", Malformed: "malformed answer",
	Oversize: "answer too large", Canceled: "closed pool",
}

// String returns a constant text for the class.
func (c Class) String() string {
	if c < numClasses && classText[c] != "" {
		return classText[c]
	}
	return "no error"
}

// Flaw is what is wrong with bytes that are not strict HTTP/1.1. The zero Flaw is none.
type Flaw uint8

// The flaws.
const (
	NoFlaw            Flaw = iota
	RequestLine            // a method, a target or a version that is not strict
	StatusLine             // not HTTP/1.x, three digits, a space and a reason
	FieldName              // empty, or not a token: a space before the colon too
	FieldValue             // a control byte
	Folded                 // a field that goes on in the next line
	LineBreak              // a line that does not end in CR LF, or none where there must be one
	ContentLength          // not a plain decimal number, or more than one
	TransferEncoding       // anything but one "chunked", or in HTTP/1.0
	TwoFramings            // Content-Length and Transfer-Encoding at once
	ConnectionField        // nominates a field that is not its to remove, or too many
	HostField              // not exactly one, or not a host and port
	HeadSize               // the head is larger than allowed
	FieldCount             // more fields than allowed
	BodySize               // the body is larger than allowed
	ChunkLine              // a chunk's size, extension or end that is not strict
	TrailerField           // a trailer that is not a strict field, or too many
	InterimAnswer          // 101, which nobody asked for, one with a body, or too many
	UnaskedBytes           // the upstream spoke before it was asked
	MissingCloseAlert      // a TLS connection ended without saying so
	TargetSize             // the request line is larger than allowed
	Version                // of HTTP, which is not 1.0 or 1.1
	Unsupported            // CONNECT, or an Upgrade to another protocol
	Expectation            // an Expect of anything but 100-continue
	numFlaws
)

var flawText = [numFlaws]string{
	NoFlaw: "none", RequestLine: "request line", StatusLine: "status line", FieldName: "field name", FieldValue: "field value",
	Folded: "folded field", LineBreak: "line break", ContentLength: "content length", TransferEncoding: "transfer encoding",
	TwoFramings: "two framings", ConnectionField: "connection field", HostField: "host field", HeadSize: "head size",
	FieldCount: "field count", BodySize: "body size", ChunkLine: "chunk", TrailerField: "trailer",
	InterimAnswer: "interim answer", UnaskedBytes: "unasked bytes", MissingCloseAlert: "missing close alert",
	TargetSize: "target size", Version: "version", Unsupported: "unsupported", Expectation: "expectation",
}

// String returns a constant text for the flaw.
func (f Flaw) String() string {
	if f < numFlaws {
		return flawText[f]
	}
	return "unknown"
}

// Error is how an exchange with an upstream failed. Its text is made of constants: no byte of the exchange, no name and no
// address is in it.
type Error struct {
	Class   Class
	Flaw    Flaw // of a malformed or too large answer
	Written bool // a byte of the request may have reached the upstream: whether it was carried out is not known
}

// Error returns a constant text for the class, the flaw and whether anything was written.
func (e *Error) Error() string {
	text := "http1: " + e.Class.String()
	if e.Flaw != NoFlaw {
		text += " (" + e.Flaw.String() + ")"
	}
	if e.Written {
		text += " after the request was written"
	}
	return text
}

// fault is an [Error] on its way up, without the allocation. The zero fault is none.
type fault struct {
	class Class
	flaw  Flaw
}

func (f fault) is() bool { return f.class != 0 }

func malformed(flaw Flaw) fault { return fault{Malformed, flaw} }
