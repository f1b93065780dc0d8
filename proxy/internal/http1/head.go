package http1

import (
	"bytes"
	"net/netip"
	"strconv"
	"unsafe"
)

// CheckRequestLine says what is wrong with the parts of a request line: the method must be a token, the target in origin
// form (or "*" for OPTIONS) in visible ASCII without a fragment, the version HTTP/1.0 or HTTP/1.1. CONNECT is refused.
func CheckRequestLine(method, target, version []byte) Flaw {
	switch {
	case len(method) == 0 || !all(method, tokenByte) || string(method) == "CONNECT",
		!validTarget(method, target),
		string(version) != "HTTP/1.1" && string(version) != "HTTP/1.0":
		return RequestLine
	}
	return NoFlaw
}

func validTarget(method, target []byte) bool {
	if string(target) == "*" {
		return string(method) == "OPTIONS"
	}
	return len(target) > 0 && target[0] == '/' && visible(target) && bytes.IndexByte(target, '#') < 0
}

// AppendRequestLine appends the request line of an HTTP/1.1 request. On a flaw dst is as it was.
func AppendRequestLine(dst, method, target []byte) ([]byte, Flaw) {
	if flaw := CheckRequestLine(method, target, []byte("HTTP/1.1")); flaw != NoFlaw {
		return dst, flaw
	}
	dst = append(append(dst, method...), ' ')
	return append(append(dst, target...), " HTTP/1.1\r\n"...), NoFlaw
}

// AppendField appends a field line. A name that is not a token or a value with a control byte (a line break, above all) is
// a flaw, and dst is as it was. It does not look at what the field means: framing is for [AppendContentLength].
func AppendField[N, V ~string | ~[]byte](dst []byte, name N, value V) ([]byte, Flaw) {
	if len(name) == 0 || !all(name, tokenByte) {
		return dst, FieldName
	}
	if !all(value, valueByte) {
		return dst, FieldValue
	}
	dst = append(append(dst, name...), ": "...)
	return append(append(dst, value...), "\r\n"...), NoFlaw
}

// AppendContentLength appends the one framing of a message whose body has n bytes.
func AppendContentLength(dst []byte, n int) []byte {
	dst = append(dst, "Content-Length: "...)
	return append(strconv.AppendInt(dst, int64(n), 10), "\r\n"...)
}

// AppendHeadEnd appends the empty line that ends a head.
func AppendHeadEnd(dst []byte) []byte { return append(dst, "\r\n"...) }

// validAuthority reports whether b is a host, a bracketed IPv6 address or a name, with or without a port.
func validAuthority(b []byte) bool {
	host, port := b, []byte(nil)
	if i := bytes.LastIndexByte(b, ':'); i >= 0 && bytes.IndexByte(b[i:], ']') < 0 {
		host, port = b[:i], b[i+1:]
	}
	if n, ok := parseDecimal(port); len(port) > 0 && (!ok || n > 65535) {
		return false
	}
	if len(host) > 2 && host[0] == '[' && host[len(host)-1] == ']' {
		return validIPv6(host[1 : len(host)-1])
	}
	return len(host) > 0 && all(host, hostByte) && validEscapes(host)
}

// validIPv6 reports whether b, which is not empty, is an address of IPv6 without a zone.
func validIPv6(b []byte) bool {
	if bytes.IndexByte(b, '%') >= 0 {
		return false
	}
	addr, err := netip.ParseAddr(unsafe.String(&b[0], len(b))) // b does not change meanwhile, and of what refers to it nothing is kept
	return err == nil && addr.Is6()
}

// validEscapes reports whether every percent sign of b has its two digits.
func validEscapes(b []byte) bool {
	for i := bytes.IndexByte(b, '%'); i >= 0; i = bytes.IndexByte(b, '%') {
		if b = b[i+1:]; leading(b[:min(len(b), 2)], hexByte) < 2 {
			return false
		}
	}
	return true
}
