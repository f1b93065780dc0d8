package route

import "bytes"

// maxHost is how long a host name may be.
const maxHost = 255

// Path is the path of a request as routes see it: escapes of unreserved characters are decoded, so that /sm%73 is /sms,
// and the hexadecimal digits of all others are upper case. Slashes are never made and never lost. The zero Path is ready
// for use.
type Path struct {
	raw    []byte // borrowed from the request
	normal []byte // raw itself, or room
	room   []byte // kept for the next request
}

// Raw returns the path as it came.
func (p *Path) Raw() []byte { return p.raw }

// Reset forgets the request and keeps the memory.
func (p *Path) Reset() { *p = Path{room: p.room[:0]} }

// Parse takes over raw, which must not change while p is in use, and reports whether it has one reading only. It refuses
// what servers are known to read differently: a path that does not begin with a slash, empty segments and dot segments in
// any disguise (//, /../, %2e%2e, ..%2f, ..;x), backslashes, broken escapes, an escaped NUL, and bytes that no path may
// hold. An escaped slash is data of its segment.
func (p *Path) Parse(raw []byte) bool {
	p.raw, p.normal = raw, raw
	if len(raw) == 0 || raw[0] != '/' {
		return false
	}
	if bytes.IndexByte(raw, '%') >= 0 {
		var ok bool
		if p.room, ok = appendNormal(p.room[:0], raw); !ok {
			return false
		}
		p.normal = p.room
	}
	return oneReading(p.normal)
}

// appendNormal appends the normal form of raw and reports whether its escapes are whole.
func appendNormal(dst, raw []byte) ([]byte, bool) {
	for i := 0; i < len(raw); i++ {
		if raw[i] != '%' {
			dst = append(dst, raw[i])
			continue
		}
		if i+2 >= len(raw) {
			return dst, false
		}
		high, low := unhex(raw[i+1]), unhex(raw[i+2])
		c := high<<4 | low
		if high > 15 || low > 15 || c == 0 {
			return dst, false
		}
		if unreserved(c) {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', upperHex[high], upperHex[low])
		}
		i += 2
	}
	return dst, true
}

// oneReading reports whether a normal path means the same to every server.
func oneReading(path []byte) bool {
	for rest := path; len(rest) > 0; {
		var segment []byte
		segment, rest = cutSegment(rest)
		if len(segment) == 0 && len(rest) > 0 {
			return false // an empty segment that is not the last
		}
		if !plainSegment(segment) {
			return false
		}
	}
	return true
}

// plainSegment reports whether a segment has only bytes that a path may hold, and no part that is a dot segment to a
// server that also splits at escaped slashes, backslashes or path parameters.
func plainSegment(segment []byte) bool {
	part := 0 // where the part began that is being read
	for i := 0; i < len(segment); i++ {
		c := segment[i]
		if c <= ' ' || c >= 0x7f || c == '\\' || c == '#' || c == '?' {
			return false
		}
		if c == ';' {
			if dots(segment[part:i]) {
				return false
			}
			part = i + 1
		}
		if c == '%' && (string(segment[i:i+3]) == "%2F" || string(segment[i:i+3]) == "%5C" || string(segment[i:i+3]) == "%3B") {
			if dots(segment[part:i]) {
				return false
			}
			i += 2
			part = i + 1
		}
	}
	return !dots(segment[part:])
}

func dots(part []byte) bool { return string(part) == "." || string(part) == ".." }

const upperHex = "0123456789ABCDEF"

// unhex returns the value of a hexadecimal digit, and more than 15 for any other byte.
func unhex(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 0xff
}

// unreserved reports whether an escaped c means the same as c in every part of a URI (RFC 3986, 2.3).
func unreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		c == '-' || c == '.' || c == '_' || c == '~'
}

// appendHost appends a Host header's name in lower case, without port and final dot. It reports false for a host that is
// longer than any name.
func appendHost(dst, host []byte) ([]byte, bool) {
	if colon := bytes.LastIndexByte(host, ':'); colon > bytes.LastIndexByte(host, ']') {
		host = host[:colon]
	}
	host = bytes.TrimSuffix(host, []byte{'.'})
	if len(host) > maxHost {
		return dst, false
	}
	for _, c := range host {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst, true
}
