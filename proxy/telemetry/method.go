package telemetry

import "github.com/piiproxy/piiproxy/redact"

// Method is an HTTP method. The zero Method is one that the proxy does not know: what the client wrote there is not shown.
type Method uint8

// The methods.
const (
	MethodOther Method = iota
	MethodGet
	MethodHead
	MethodPost
	MethodPut
	MethodPatch
	MethodDelete
	MethodOptions
	numMethods
)

var methodMasked = [numMethods]redact.Masked{
	MethodOther:   redact.Masked{}.AppendConst("_OTHER"),
	MethodGet:     redact.Masked{}.AppendConst("GET"),
	MethodHead:    redact.Masked{}.AppendConst("HEAD"),
	MethodPost:    redact.Masked{}.AppendConst("POST"),
	MethodPut:     redact.Masked{}.AppendConst("PUT"),
	MethodPatch:   redact.Masked{}.AppendConst("PATCH"),
	MethodDelete:  redact.Masked{}.AppendConst("DELETE"),
	MethodOptions: redact.Masked{}.AppendConst("OPTIONS"),
}

var methodNames = words(methodMasked[:])

// ParseMethod returns the method that a request line names, in the exact case of RFC 9110, or [MethodOther]. It does not
// allocate and keeps nothing of b.
func ParseMethod(b []byte) Method {
	switch string(b) {
	case "GET":
		return MethodGet
	case "HEAD":
		return MethodHead
	case "POST":
		return MethodPost
	case "PUT":
		return MethodPut
	case "PATCH":
		return MethodPatch
	case "DELETE":
		return MethodDelete
	case "OPTIONS":
		return MethodOptions
	}
	return MethodOther
}

// String returns the method as it stands in a request line; "_OTHER" for one that the proxy does not know.
func (m Method) String() string { return methodNames[min(m, numMethods)] }

// Masked returns the same word as text that may be read.
func (m Method) Masked() redact.Masked { return methodMasked[min(m, numMethods-1)] }

// Methods returns every known method, for building tables.
func Methods() []Method { return values[Method](MethodGet, numMethods) }

// Idempotent reports whether repeating a request with this method is defined to change nothing more (RFC 9110).
func (m Method) Idempotent() bool {
	switch m {
	case MethodGet, MethodHead, MethodPut, MethodDelete, MethodOptions:
		return true
	}
	return false
}
