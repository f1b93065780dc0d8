package http1

import "bytes"

// hopByHop are the fields that concern one connection only. Proxy-Authorization and Proxy-Authenticate are here because
// the next hop is not the one whom they address, and Proxy because it addresses nobody: programs that make variables of names take
// it for HTTP_PROXY, which says where their own requests go.
var hopByHop = [...]string{
	"connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "proxy-authentication-info",
	"te", "trailer", "transfer-encoding", "upgrade", "proxy",
}

var hopNames = func() (n names) {
	for _, h := range hopByHop {
		n |= 1 << nameBit(h)
	}
	return n
}()

// guardedFields may not be nominated by a Connection field: who can remove them from another's request, by way of a proxy
// before us, changes what it means or whom it speaks for.
var guardedFields = [...]string{
	"host", "content-length", "content-type", "content-encoding", "authorization", "cookie", "expect", "forwarded",
	"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip",
}

func guarded(name []byte) bool {
	for _, g := range guardedFields {
		if equalFold(name, g) {
			return true
		}
	}
	return false
}

// HopByHop reports whether the field of this name stays behind: because it always does, or because a Connection field of
// the same block nominates it.
func (f *Fields) HopByHop(name []byte) bool {
	if hopNames.may(nameBit(name)) {
		for _, h := range hopByHop {
			if equalFold(name, h) {
				return true
			}
		}
	}
	for i := range f.numNominated {
		if other := f.at(f.nominated[i]); len(other) == len(name) && bytes.EqualFold(name, other) { // both are ASCII
			return true
		}
	}
	return false
}

// AppendEndToEnd appends the field lines that go on to the next hop, as they came and in their order: all but those of
// [Fields.HopByHop] and Content-Length, which the caller writes anew, so that there is one framing.
func (f *Fields) AppendEndToEnd(dst []byte) []byte {
	for c := f.All(); c.Next(); {
		if !equalFold(c.Name, "content-length") && !f.HopByHop(c.Name) {
			dst = append(dst, c.Line...)
		}
	}
	return dst
}
