package proxy

import (
	"github.com/piiproxy/piiproxy/proxy/internal/http1"
	"github.com/piiproxy/piiproxy/redact"
)

// appendConnectorHead appends the head of a connector's request, built from nothing: its method and host come from the
// configuration, all else from the projection. The client's head is not here to be copied from. It reports false if what
// the projection made does not fit into a head, which a projection never does by itself.
func appendConnectorHead(dst []byte, d *destination, out *redact.Outbound) ([]byte, bool) {
	method := d.method
	if method == "" {
		method = "GET"
		if out.ContentType != "" || len(out.Body) > 0 {
			method = "POST"
		}
	}
	dst = append(append(dst, method...), ' ')
	dst, ok := appendConnectorTarget(dst, d, out)
	if !ok {
		return dst, false
	}
	dst = append(dst, " HTTP/1.1\r\n"...)
	dst, flaw := http1.AppendField(dst, "Host", d.upstream.host)
	for i := 0; i < len(out.Header) && flaw == http1.NoFlaw; i++ {
		h := &out.Header[i]
		dst, flaw = http1.AppendField(dst, h.Name, out.HeaderText[h.Start:h.End])
	}
	if out.ContentType != "" && flaw == http1.NoFlaw {
		dst, flaw = http1.AppendField(dst, "Content-Type", out.ContentType)
	}
	if len(out.Body) > 0 || method != "GET" && method != "HEAD" {
		dst = http1.AppendContentLength(dst, len(out.Body))
	}
	return http1.AppendHeadEnd(dst), flaw == http1.NoFlaw
}

// appendConnectorTarget appends path and query, and reports whether they are a target.
func appendConnectorTarget(dst []byte, d *destination, out *redact.Outbound) ([]byte, bool) {
	start := len(dst)
	if len(out.Path) > 0 {
		dst = append(dst, out.Path...)
	} else {
		dst = append(dst, d.path...)
	}
	if len(out.Query) > 0 {
		dst = append(append(dst, '?'), out.Query...)
	}
	return dst, http1.CheckRequestLine([]byte("GET"), dst[start:], []byte("HTTP/1.1")) == http1.NoFlaw
}
