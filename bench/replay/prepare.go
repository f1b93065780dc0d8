package replay

import (
	"mime"
	"strconv"
	"strings"
	"time"
)

// request is an exchange made ready to be sent.
type request struct {
	bytes  []byte        // head and body, as they go over the wire
	at     time.Duration // since the capture's first exchange
	mix    *mixEntry     // where it is counted
	target int           // index of the target it goes to
	status int           // what was recorded; 0 if nothing was
	size   int64         // of the recorded answer's body; -1 if nothing was recorded
	head   bool          // the method is HEAD: its answer has no body
}

// preparer renders requests.
type preparer struct {
	targets *Targets
	set     [][2]string // headers that take the place of the capture's
	mix     *mix
	encode  encoders
	first   time.Time // of the capture's first exchange
	begun   bool
}

// prepare makes req what e says, in req's own memory.
func (p *preparer) prepare(req *request, e *Exchange) error {
	if !p.begun {
		p.first, p.begun = e.at, true
	}
	target, err := p.targets.of(e.Listener)
	if err != nil {
		return err
	}
	*req = request{
		bytes:  p.render(req.bytes[:0], e, p.targets.list[target].host),
		at:     max(0, e.at.Sub(p.first)),
		mix:    p.mix.entry(e.Listener, e.Route, e.Method),
		target: target,
		status: e.Status,
		size:   -1,
		head:   e.Method == "HEAD",
	}
	if e.ResponseBytes != nil {
		req.size = *e.ResponseBytes
	}
	return nil
}

// render appends the request of e as bytes.
func (p *preparer) render(dst []byte, e *Exchange, host string) []byte {
	dst = append(dst, e.Method...)
	dst = append(dst, ' ')
	dst = append(dst, e.Target...)
	dst = append(dst, " HTTP/1.1\r\n"...)
	if !p.has(e, "Host") {
		dst = appendHeader(dst, "Host", host)
	}
	for _, h := range e.Headers {
		if _, replaced := find(p.set, h[0]); !replaced && !ofConnection(h[0]) {
			dst = appendHeader(dst, h[0], h[1])
		}
	}
	for _, h := range p.set {
		dst = appendHeader(dst, h[0], h[1])
	}
	body, encoded := p.body(e)
	if encoded != "" {
		dst = appendHeader(dst, "Content-Encoding", encoded)
	}
	if size := int64(len(body)) + e.BodyBytes; size > 0 || bodyExpected(e.Method) {
		dst = append(dst, "Content-Length: "...)
		dst = append(strconv.AppendInt(dst, size, 10), "\r\n"...)
	}
	dst = append(dst, "\r\n"...)
	dst = append(dst, body...)
	contentType, _ := find(e.Headers, "Content-Type")
	return appendFiller(dst, contentType, e.BodyBytes)
}

// body returns what was recorded of the body, compressed as it was, and the name of the compression. What was withheld is none.
func (p *preparer) body(e *Exchange) (body []byte, encoded string) {
	body = e.BodyBase64
	if e.Body != "" {
		body = []byte(e.Body)
	}
	if len(body) == 0 {
		return nil, ""
	}
	if compressed, ok := p.encode.compress(e.Encoding, body); ok {
		return compressed, e.Encoding
	}
	return body, ""
}

// has reports whether a request gets a header of that name from the capture, or in place of it.
func (p *preparer) has(e *Exchange, name string) bool {
	_, captured := find(e.Headers, name)
	_, set := find(p.set, name)
	return captured || set
}

func appendHeader(dst []byte, name, value string) []byte {
	dst = append(dst, name...)
	dst = append(dst, ": "...)
	dst = append(dst, value...)
	return append(dst, "\r\n"...)
}

// find returns the value of the first header of that name.
func find(headers [][2]string, name string) (string, bool) {
	for _, h := range headers {
		if strings.EqualFold(h[0], name) {
			return h[1], true
		}
	}
	return "", false
}

// ofConnection reports whether a header is about one connection or about the framing, which are ours.
func ofConnection(name string) bool {
	switch strings.ToLower(name) {
	case "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "content-length", "expect":
		return true
	}
	return false
}

func bodyExpected(method string) bool {
	return method == "POST" || method == "PUT" || method == "PATCH"
}

// appendFiller appends n bytes in place of a body that was withheld. Where JSON is announced they are one JSON string, so that
// a target that parses the body does about the work that it did.
func appendFiller(dst []byte, contentType string, n int64) []byte {
	media, _, _ := mime.ParseMediaType(contentType)
	quoted := n >= 2 && (media == "application/json" || strings.HasSuffix(media, "+json"))
	if quoted {
		dst, n = append(dst, '"'), n-2
	}
	for ; n > 0; n-- {
		dst = append(dst, '0')
	}
	if quoted {
		dst = append(dst, '"')
	}
	return dst
}
