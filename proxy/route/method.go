package route

// MethodSet is a set of HTTP methods. The zero MethodSet is empty.
type MethodSet uint8

// methods are those that the proxy knows, in the order of their bits. CONNECT and TRACE are not among them: no route leads
// through them.
var methods = [...]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

// Methods is every method of the proxy.
const Methods MethodSet = 1<<len(methods) - 1

// ParseMethod returns the set of the one method that name is, and the empty set if the proxy does not know it. Methods
// are compared with their case.
func ParseMethod(name []byte) MethodSet {
	for i, m := range methods {
		if string(name) == m {
			return 1 << i
		}
	}
	return 0
}

// AppendAllow appends the set as the value of an Allow header.
func (s MethodSet) AppendAllow(dst []byte) []byte {
	sep := ""
	for i, m := range methods {
		if s>>i&1 == 1 {
			dst = append(dst, sep...)
			dst = append(dst, m...)
			sep = ", "
		}
	}
	return dst
}
