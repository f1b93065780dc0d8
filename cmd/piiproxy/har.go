package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/piiproxy/piiproxy/bench/replay"
	"github.com/piiproxy/piiproxy/proxy"
)

// The types of HAR 1.2, as far as a capture has to do with them. What HAR has no member for has one that begins with _piiproxy.
type (
	harFile struct {
		Log harLog `json:"log"`
	}
	harLog struct {
		Version string     `json:"version"`
		Creator harCreator `json:"creator"`
		Entries []harEntry `json:"entries"`
	}
	harCreator struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}
	harEntry struct {
		Started  time.Time   `json:"startedDateTime"`
		Time     float64     `json:"time"` // milliseconds
		Request  harRequest  `json:"request"`
		Response harResponse `json:"response"`
		Cache    struct{}    `json:"cache"`
		Timings  harTimings  `json:"timings"`
		Listener string      `json:"_piiproxy_listener,omitempty"`
		Route    string      `json:"_piiproxy_route,omitempty"`
		Outcome  string      `json:"_piiproxy_outcome,omitempty"`
	}
	harRequest struct {
		Method      string   `json:"method"`
		URL         string   `json:"url"`
		HTTPVersion string   `json:"httpVersion"`
		Cookies     []harNVP `json:"cookies"`
		Headers     []harNVP `json:"headers"`
		QueryString []harNVP `json:"queryString"`
		PostData    *harPost `json:"postData,omitempty"`
		HeadersSize int      `json:"headersSize"`
		BodySize    int64    `json:"bodySize"`
	}
	harPost struct {
		MimeType string   `json:"mimeType"`
		Params   []harNVP `json:"params,omitempty"`
		Text     string   `json:"text"`
		Encoding string   `json:"_piiproxy_encoding,omitempty"` // base64 if the text is that of bytes
	}
	harResponse struct {
		Status      int        `json:"status"`
		StatusText  string     `json:"statusText"`
		HTTPVersion string     `json:"httpVersion"`
		Cookies     []harNVP   `json:"cookies"`
		Headers     []harNVP   `json:"headers"`
		Content     harContent `json:"content"`
		RedirectURL string     `json:"redirectURL"`
		HeadersSize int        `json:"headersSize"`
		BodySize    int64      `json:"bodySize"`
	}
	harContent struct {
		Size     int64  `json:"size"`
		MimeType string `json:"mimeType"`
	}
	harTimings struct {
		Send    float64 `json:"send"`
		Wait    float64 `json:"wait"`
		Receive float64 `json:"receive"`
	}
	harNVP struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
)

// harOf returns what HAR says of an exchange of a capture.
func harOf(e *replay.Exchange) harEntry {
	ms := float64(e.ElapsedUS) / 1000
	entry := harEntry{Started: e.At(), Time: ms, Timings: harTimings{Wait: ms}, Listener: e.Listener, Route: e.Route, Outcome: e.Outcome}
	host, kind := "piiproxy.invalid", ""
	headers := []harNVP{}
	for _, h := range e.Headers {
		switch {
		case strings.EqualFold(h[0], "Host"):
			host = h[1]
		case strings.EqualFold(h[0], "Content-Type"):
			kind = h[1]
		}
		headers = append(headers, harNVP{h[0], h[1]})
	}
	entry.Request = harRequest{
		Method: e.Method, URL: "http://" + host + e.Target, HTTPVersion: "HTTP/1.1", Cookies: []harNVP{}, Headers: headers,
		QueryString: harQuery(e.Target), HeadersSize: -1, BodySize: int64(len(e.Body)+len(e.BodyBase64)) + e.BodyBytes,
	}
	switch {
	case len(e.BodyBase64) > 0:
		entry.Request.PostData = &harPost{MimeType: kind, Text: base64.StdEncoding.EncodeToString(e.BodyBase64), Encoding: "base64"}
	case e.Body != "":
		entry.Request.PostData = &harPost{MimeType: kind, Text: e.Body}
	}
	size := int64(-1)
	if e.ResponseBytes != nil {
		size = *e.ResponseBytes
	}
	entry.Response = harResponse{
		Status: e.Status, StatusText: http.StatusText(e.Status), HTTPVersion: "HTTP/1.1", Cookies: []harNVP{}, Headers: []harNVP{},
		Content: harContent{Size: max(size, 0)}, HeadersSize: -1, BodySize: size,
	}
	return entry
}

// harQuery returns the parameters of a target, as they are written there.
func harQuery(target string) []harNVP {
	all := []harNVP{}
	_, query, found := strings.Cut(target, "?")
	if !found {
		return all
	}
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		all = append(all, harNVP{name, value})
	}
	return all
}

var (
	errHARTarget = errors.New("a URL that no request can have")
	errHARBody   = errors.New("a body that is not what it says")
)

// imported returns the exchange that an entry describes. Its errors say nothing of the entry.
func (e *harEntry) imported(listener string) (*proxy.Imported, error) {
	host, target, err := cutURL(e.Request.URL)
	if err != nil {
		return nil, err
	}
	in := &proxy.Imported{
		Start: e.start(), Elapsed: time.Duration(e.Time * float64(time.Millisecond)), Listener: listener,
		Method: e.Request.Method, Target: target, Status: e.Response.Status, BytesOut: max(e.Response.BodySize, 0),
	}
	if in.Listener == "" {
		in.Listener = e.Listener
	}
	if e.Response.BodySize <= 0 {
		in.BytesOut = max(e.Response.Content.Size, 0)
	}
	if in.Body, err = e.Request.PostData.body(); err != nil {
		return nil, err
	}
	in.Fields = appendHARFields(nil, host, e.Request.Headers)
	if p := e.Request.PostData; p != nil && p.MimeType != "" && !hasHeader(e.Request.Headers, "Content-Type") {
		in.Fields = append(append(append(in.Fields, "Content-Type: "...), p.MimeType...), "\r\n"...)
	}
	if len(in.Body) == 0 && e.Request.BodySize > 0 {
		in.Fields = fmt.Appendf(in.Fields, "Content-Length: %d\r\n", min(e.Request.BodySize, 1<<40)) // more digits are no length here
	}
	return in, nil
}

// start returns when the entry began, or the zero time if nobody recorded anything then.
func (e *harEntry) start() time.Time {
	if year := e.Started.Year(); year < 1990 || year > 2080 {
		return time.Time{}
	}
	return e.Started
}

// cutURL returns the host and the target of a URL, as they are written there.
func cutURL(url string) (host, target string, err error) {
	_, rest, found := strings.Cut(url, "://")
	if !found {
		return "", "", errHARTarget
	}
	rest, _, _ = strings.Cut(rest, "#")
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		return rest, "/", nil
	}
	host, target = rest[:end], rest[end:]
	if target[0] == '?' {
		target = "/" + target
	}
	if strings.ContainsFunc(target, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return "", "", errHARTarget
	}
	return host, target, nil
}

// body returns the bytes of a body, which some write as parameters only.
func (p *harPost) body() ([]byte, error) {
	switch {
	case p == nil:
		return nil, nil
	case p.Encoding == "base64":
		b, err := base64.StdEncoding.DecodeString(p.Text)
		if err != nil {
			return nil, errHARBody
		}
		return b, nil
	case p.Text == "" && len(p.Params) > 0:
		var pairs []string
		for _, v := range p.Params {
			pairs = append(pairs, pairSigns.Replace(v.Name)+"="+valueSigns.Replace(v.Value))
		}
		return []byte(strings.Join(pairs, "&")), nil
	}
	return []byte(p.Text), nil
}

// What would make several parameters of one is escaped, in case that the rest is not.
var (
	pairSigns  = strings.NewReplacer("&", "%26", "=", "%3D")
	valueSigns = strings.NewReplacer("&", "%26")
)

// appendHARFields appends headers as field lines, less those of the framing and of HTTP/2.
func appendHARFields(dst []byte, host string, headers []harNVP) []byte {
	dst = append(append(append(dst, "Host: "...), host...), "\r\n"...)
	for _, h := range headers {
		switch strings.ToLower(h.Name) {
		case "host", "content-length", "transfer-encoding", "connection":
			continue
		}
		if strings.HasPrefix(h.Name, ":") {
			continue
		}
		dst = append(append(append(append(dst, h.Name...), ": "...), h.Value...), "\r\n"...)
	}
	return dst
}

func hasHeader(headers []harNVP, name string) bool {
	return slices.ContainsFunc(headers, func(h harNVP) bool { return strings.EqualFold(h.Name, name) })
}

// harFault is the class of an error of encoding/json, whose text quotes the input.
func harFault(err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("not JSON from byte %d on", syntax.Offset)
	}
	return errors.New("not a HAR file")
}
