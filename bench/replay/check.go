package replay

import "strings"

// maxName bounds the names of listeners and routes, as the proxy's configuration does.
const maxName = 63

// check returns what makes e unfit to be sent, or "". It names members of the format only. It is strict because what it lets
// through is written to a connection as it stands.
func (e *Exchange) check() string {
	switch {
	case !isName(e.Listener):
		return "member listener: not a name of a-z, 0-9 and -"
	case !isName(e.Route):
		return "member route: not a name of a-z, 0-9 and -"
	case !isToken(e.Method):
		return "member method: not a method"
	case !isTarget(e.Target):
		return "member target: not a path with an optional query"
	case e.AtUS < 0 || e.AtUS > maxAtUS:
		return "member at_us: out of range"
	case e.Status != 0 && (e.Status < 100 || e.Status > 999):
		return "member status: not a status"
	case e.BodyBytes < 0 || e.BodyBytes > maxLine:
		return "member body_bytes: out of range"
	case e.bodies() > 1:
		return "more than one of body, body_base64 and body_bytes"
	}
	for _, h := range e.Headers {
		if !isToken(h[0]) {
			return "member headers: not the name of a header"
		}
		if !isValue(h[1]) {
			return "member headers: a control character in a value"
		}
	}
	return ""
}

// maxAtUS is a century: what is more would overflow.
const maxAtUS = 100 * 365 * 24 * 3600 * 1_000_000

func (e *Exchange) bodies() int {
	n := 0
	for _, there := range []bool{e.Body != "", len(e.BodyBase64) > 0, e.BodyBytes > 0} {
		if there {
			n++
		}
	}
	return n
}

// isName reports whether s is empty or a name as the configuration has them: those may be shown.
func isName(s string) bool {
	if len(s) > maxName {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// ValidHeader reports whether a header can be sent as it is, and is not one that framing needs.
func ValidHeader(h [2]string) bool { return isToken(h[0]) && isValue(h[1]) && !ofConnection(h[0]) }

func isToken(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return s != ""
}

func isTarget(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c == 0x7f || c == '#' {
			return false
		}
	}
	return s != "" && (s[0] == '/' || s == "*")
}

func isValue(s string) bool {
	for _, c := range []byte(s) {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
