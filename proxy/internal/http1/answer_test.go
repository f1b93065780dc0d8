package http1

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
)

var testLimits = limits{head: 2 << 10, body: 1 << 10}

// answers are answers as an upstream may write them before it closes. The fault is the zero one for those that are whole.
var answers = []struct {
	name, raw  string
	noBody     bool
	fault      fault
	status     int
	body       string
	untilClose bool
	reusable   bool
}{
	{name: "length", raw: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", status: 200, body: "abc", reusable: true},
	{name: "length, padded", raw: "HTTP/1.1 200 OK\r\nContent-Length: \t 3 \r\n\r\nabc", status: 200, body: "abc", reusable: true},
	{name: "length 0", raw: "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", status: 404, reusable: true},
	{name: "no reason", raw: "HTTP/1.1 202 \r\nContent-Length: 1\r\n\r\na", status: 202, body: "a", reusable: true},
	{name: "reason in Latin-1", raw: "HTTP/1.1 202 \xe9\t!\r\nContent-Length: 0\r\n\r\n", status: 202, reusable: true},
	{name: "status above 599", raw: "HTTP/1.1 999 Blocked\r\nContent-Length: 0\r\n\r\n", status: 999, reusable: true},
	{name: "close", raw: "HTTP/1.1 200 OK\r\nConnection: x, CLOSE\r\nContent-Length: 1\r\n\r\na", status: 200, body: "a"},
	{name: "HTTP/1.0", raw: "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", status: 200, body: "a"},
	{name: "HTTP/1.0 keep-alive", raw: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na", status: 200, body: "a"},
	{name: "until close", raw: "HTTP/1.1 200 OK\r\n\r\nall that comes", status: 200, body: "all that comes", untilClose: true},
	{name: "until close, empty", raw: "HTTP/1.1 200 OK\r\n\r\n", status: 200, untilClose: true},
	{name: "until close, too long", raw: "HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("a", 1025), fault: fault{Oversize, BodySize}},
	{name: "until close, as long as allowed", raw: "HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("a", 1024), status: 200, body: strings.Repeat("a", 1024), untilClose: true},
	{name: "chunked", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0A\r\n0123456789\r\n0\r\n\r\n", status: 200, body: "abc0123456789", reusable: true},
	{name: "chunked, empty", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n", status: 200, reusable: true},
	{name: "chunked, many extensions", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a;b=c; d=\"e;\\\"f\";g\r\nabc\r\n0\r\n\r\n", status: 200, body: "abc", reusable: true},
	{name: "chunked, extensions", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=\"b\"\r\nabc\r\n000;x\r\n\r\n", status: 200, body: "abc", reusable: true},
	{name: "chunked, trailers", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: y\r\nContent-Length: 9\r\n\r\n", status: 200, body: "a", reusable: true},
	{name: "HEAD", raw: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", noBody: true, status: 200, reusable: true},
	{name: "HEAD, chunked", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", noBody: true, status: 200, reusable: true},
	{name: "HEAD with a body", raw: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde", noBody: true, status: 200},
	{name: "204", raw: "HTTP/1.1 204 No Content\r\n\r\n", status: 204, reusable: true},
	{name: "204, length 0", raw: "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", status: 204, reusable: true},
	{name: "204, length 5", raw: "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", status: 204},
	{name: "204, chunked", raw: "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", status: 204},
	{name: "304 with the length of what is not sent", raw: "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", status: 304, reusable: true},
	{name: "100 first", raw: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", status: 200, body: "a", reusable: true},
	{name: "103 first", raw: "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", status: 204, reusable: true},
	{name: "eight interim answers", raw: strings.Repeat("HTTP/1.1 102 Processing\r\n\r\n", 8) + "HTTP/1.1 204 No Content\r\n\r\n", status: 204, reusable: true},
	{name: "surplus", raw: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab", status: 200, body: "a"},
	{name: "surplus after chunks", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", status: 200},
	{name: "surplus after 204", raw: "HTTP/1.1 204 No Content\r\n\r\n\r\n", status: 204},

	{name: "nothing", raw: "", fault: fault{class: Closed}},
	{name: "one byte", raw: "H", fault: fault{class: Truncated}},
	{name: "half a head", raw: "HTTP/1.1 200 OK\r\nContent-", fault: fault{class: Truncated}},
	{name: "no empty line", raw: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", fault: fault{class: Truncated}},
	{name: "half a body", raw: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", fault: fault{class: Truncated}},
	{name: "interim only", raw: "HTTP/1.1 100 Continue\r\n\r\n", fault: fault{class: Truncated}},
	{name: "half a chunk", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc", fault: fault{class: Truncated}},
	{name: "no last chunk", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", fault: fault{class: Truncated}},
	{name: "no end of trailers", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", fault: fault{class: Truncated}},

	{name: "garbage", raw: "SSH-2.0-OpenSSH\r\n", fault: malformed(StatusLine)},
	{name: "lower case", raw: "http/1.1 200 OK\r\n\r\n", fault: malformed(StatusLine)},
	{name: "empty line first", raw: "\r\nHTTP/1.1 200 OK\r\n\r\n", fault: malformed(StatusLine)},
	{name: "HTTP/1.2", raw: "HTTP/1.2 200 OK\r\n\r\n", fault: malformed(StatusLine)},
	{name: "HTTP/2.0", raw: "HTTP/2.0 200 OK\r\n\r\n", fault: malformed(StatusLine)},
	{name: "no space after the status", raw: "HTTP/1.1 200\r\n\r\n", fault: malformed(StatusLine)},
	{name: "two digits", raw: "HTTP/1.1 20 OK\r\n\r\n", fault: malformed(StatusLine)},
	{name: "four digits", raw: "HTTP/1.1 2000 OK\r\n\r\n", fault: malformed(StatusLine)},
	{name: "status below 100", raw: "HTTP/1.1 099 OK\r\n\r\n", fault: malformed(StatusLine)},
	{name: "sign in the status", raw: "HTTP/1.1 +20 OK\r\n\r\n", fault: malformed(StatusLine)},
	{name: "two spaces", raw: "HTTP/1.1  200 OK\r\n\r\n", fault: malformed(StatusLine)},
	{name: "NUL in the reason", raw: "HTTP/1.1 200 O\x00K\r\n\r\n", fault: malformed(StatusLine)},
	{name: "CR in the reason", raw: "HTTP/1.1 200 O\rK\r\n\r\n", fault: malformed(StatusLine)},
	{name: "bare LF", raw: "HTTP/1.1 200 OK\nContent-Length: 0\n\n", fault: malformed(LineBreak)},
	{name: "one bare LF", raw: "HTTP/1.1 200 OK\r\nX: y\nContent-Length: 0\r\n\r\n", fault: malformed(LineBreak)},
	{name: "empty line of LF", raw: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\n", fault: malformed(LineBreak)},
	{name: "folded", raw: "HTTP/1.1 200 OK\r\nX: y\r\n z\r\nContent-Length: 0\r\n\r\n", fault: malformed(Folded)},
	{name: "folded first", raw: "HTTP/1.1 200 OK\r\n X: y\r\nContent-Length: 0\r\n\r\n", fault: malformed(Folded)},
	{name: "space before the colon", raw: "HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n", fault: malformed(FieldName)},
	{name: "no colon", raw: "HTTP/1.1 200 OK\r\nContent-Length\r\n\r\n", fault: malformed(FieldName)},
	{name: "no name", raw: "HTTP/1.1 200 OK\r\n: 0\r\n\r\n", fault: malformed(FieldName)},
	{name: "NUL in a value", raw: "HTTP/1.1 200 OK\r\nX: \x00\r\n\r\n", fault: malformed(FieldValue)},
	{name: "CR in a value", raw: "HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n", fault: malformed(FieldValue)},
	{name: "two lengths", raw: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", fault: malformed(ContentLength)},
	{name: "the same length twice", raw: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\ncontent-length: 1\r\n\r\na", fault: malformed(ContentLength)},
	{name: "list of lengths", raw: "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\na", fault: malformed(ContentLength)},
	{name: "empty length", raw: "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", fault: malformed(ContentLength)},
	{name: "negative length", raw: "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", fault: malformed(ContentLength)},
	{name: "signed length", raw: "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\na", fault: malformed(ContentLength)},
	{name: "hex length", raw: "HTTP/1.1 200 OK\r\nContent-Length: 0x1\r\n\r\na", fault: malformed(ContentLength)},
	{name: "overflowing length", raw: "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551617\r\n\r\na", fault: malformed(ContentLength)},
	{name: "both framings", raw: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", fault: malformed(TwoFramings)},
	{name: "both framings on HEAD", raw: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", noBody: true, fault: malformed(TwoFramings)},
	{name: "gzip, chunked", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", fault: malformed(TransferEncoding)},
	{name: "identity", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\na", fault: malformed(TransferEncoding)},
	{name: "chunked twice", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", fault: malformed(TransferEncoding)},
	{name: "vertical tab before chunked", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", fault: malformed(FieldValue)},
	{name: "chunked in HTTP/1.0", raw: "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", fault: malformed(TransferEncoding)},
	{name: "switching protocols", raw: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n", fault: malformed(InterimAnswer)},
	{name: "an interim answer with a body", raw: "HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", fault: malformed(InterimAnswer)},
	{name: "an interim answer in chunks", raw: "HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: chunked\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", fault: malformed(InterimAnswer)},
	{name: "nine interim answers", raw: strings.Repeat("HTTP/1.1 102 Processing\r\n\r\n", 9) + "HTTP/1.1 204 No Content\r\n\r\n", fault: malformed(InterimAnswer)},
	{name: "too many fields", raw: "HTTP/1.1 200 OK\r\n" + strings.Repeat("a:\r\n", 201) + "\r\n", fault: fault{Oversize, FieldCount}},
	{name: "too large a head", raw: "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("a", 3<<10) + "\r\nContent-Length: 0\r\n\r\n", fault: fault{Oversize, HeadSize}},
	{name: "endless line", raw: "HTTP/1.1 200 " + strings.Repeat("a", 8<<10), fault: fault{Oversize, HeadSize}},
	{name: "large interim answers", raw: strings.Repeat("HTTP/1.1 103 Early\r\nX: "+strings.Repeat("a", 500)+"\r\n\r\n", 5) + "HTTP/1.1 204 No Content\r\n\r\n", fault: fault{Oversize, HeadSize}},
	{name: "too large a length", raw: "HTTP/1.1 200 OK\r\nContent-Length: 1025\r\n\r\n", fault: fault{Oversize, BodySize}},
	{name: "too large a chunk", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n401\r\n", fault: fault{Oversize, BodySize}},
	{name: "too many chunks", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1\r\na\r\n", 1025) + "0\r\n\r\n", fault: fault{Oversize, BodySize}},
	{name: "chunk of 16 digits", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0000000000000001\r\na\r\n0\r\n\r\n", fault: malformed(ChunkLine)},
	{name: "chunk without a size", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n0\r\n\r\n", fault: malformed(ChunkLine)},
	{name: "chunk with 0x", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n", fault: malformed(ChunkLine)},
	{name: "chunk with a sign", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+1\r\na\r\n0\r\n\r\n", fault: malformed(ChunkLine)},
	{name: "space before a chunk", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n 1\r\na\r\n0\r\n\r\n", fault: malformed(ChunkLine)},
	{name: "space after a size", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1 \r\na\r\n0\r\n\r\n", fault: malformed(ChunkLine)},
	{name: "NUL in an extension", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;\x00\r\na\r\n0\r\n\r\n", fault: malformed(ChunkLine)},
	{name: "CR in an extension", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;\r\r\na\r\n0\r\n\r\n", fault: malformed(ChunkLine)},
	{name: "an extension without a name", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;\r\na\r\n0\r\n\r\n", fault: malformed(ChunkLine)},
	{name: "an extension without a value", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;a=\r\na\r\n0\r\n\r\n", fault: malformed(ChunkLine)},
	{name: "an open quote in an extension", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;a=\"b\r\na\r\n0\r\n\r\n", fault: malformed(ChunkLine)},
	{name: "an escaped end of a quote", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;a=\"b\\\"\r\na\r\n0\r\n\r\n", fault: malformed(ChunkLine)},
	{name: "text behind a quote", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;a=\"b\"c\r\na\r\n0\r\n\r\n", fault: malformed(ChunkLine)},
	{name: "two semicolons", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;;a\r\na\r\n0\r\n\r\n", fault: malformed(ChunkLine)},
	{name: "space behind an extension", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b \r\na\r\n0\r\n\r\n", fault: malformed(ChunkLine)},
	{name: "space behind an extension's name", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;a \r\na\r\n0\r\n\r\n", fault: malformed(ChunkLine)},
	{name: "a semicolon at the end", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;a;\r\na\r\n0\r\n\r\n", fault: malformed(ChunkLine)},
	{name: "long extension", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + strings.Repeat("x", 300) + "\r\na\r\n0\r\n\r\n", fault: malformed(ChunkLine)},
	{name: "many extensions", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1;"+strings.Repeat("x", 200)+"\r\na\r\n", 100) + "0\r\n\r\n", fault: malformed(ChunkLine)},
	{name: "chunk longer than its size", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n", fault: malformed(ChunkLine)},
	{name: "chunk of bare LF", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n", fault: malformed(LineBreak)},
	{name: "chunk ended by LF", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\n0\r\n\r\n", fault: malformed(LineBreak)},
	{name: "trailer that is no field", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nx\r\n\r\n", fault: malformed(TrailerField)},
	{name: "folded trailer", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n z\r\n\r\n", fault: malformed(TrailerField)},
	{name: "endless trailers", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + strings.Repeat("X: y\r\n", 1000), fault: malformed(TrailerField)},
}

// readAnswer reads one answer out of src.
func readAnswer(resp *Response, src io.Reader, noBody bool, lim limits) (reusable bool, f fault) {
	resp.Reset()
	a := newAnswer(src, resp, lim, noBody)
	f = a.whole()
	return !f.is() && a.reusable(), f
}

func TestAnswers(t *testing.T) {
	var resp Response // one for all: nothing of the answer before may show
	for _, way := range []struct {
		name string
		wrap func(io.Reader) io.Reader
	}{
		{"at once", func(r io.Reader) io.Reader { return r }},
		{"by byte", iotest.OneByteReader},
		{"by halves", iotest.HalfReader},
		{"error with data", iotest.DataErrReader},
	} {
		for _, tt := range answers {
			t.Run(way.name+"/"+tt.name, func(t *testing.T) {
				reusable, f := readAnswer(&resp, way.wrap(strings.NewReader(tt.raw)), tt.noBody, testLimits)
				if f != tt.fault {
					t.Fatalf("fault %v (%v), want %v (%v)", f.class, f.flaw, tt.fault.class, tt.fault.flaw)
				}
				if f.is() {
					return
				}
				if resp.Status != tt.status || string(resp.Body) != tt.body || resp.UntilClose != tt.untilClose {
					t.Errorf("status %d, body %q, until close %v; want %d, %q, %v",
						resp.Status, resp.Body, resp.UntilClose, tt.status, tt.body, tt.untilClose)
				}
				if byteWise := way.name == "by byte" || way.name == "by halves"; reusable != tt.reusable && !byteWise {
					t.Errorf("reusable %v, want %v", reusable, tt.reusable)
				}
				if _, n := resp.Fields.Lookup("content-length"); n > 1 {
					t.Errorf("%d lengths", n)
				}
			})
		}
	}
}

// TestCutAnswers cuts each answer that is whole at each of its bytes: none but one that ends with its connection is an answer then, and
// none is whole before its end.
func TestCutAnswers(t *testing.T) {
	var resp Response
	for _, tt := range answers {
		end := len(tt.raw)
		switch {
		case tt.fault.is() || tt.untilClose:
			continue
		case strings.HasPrefix(tt.name, "surplus") || tt.name == "HEAD with a body":
			end = strings.Index(tt.raw, "\r\n\r\n") + 4
		}
		for at := range end {
			if _, f := readAnswer(&resp, strings.NewReader(tt.raw[:at]), tt.noBody, testLimits); f.class != Truncated && f.class != Closed {
				t.Errorf("%s, cut at %d of %d bytes: %v, status %d", tt.name, at, len(tt.raw), f.class, resp.Status)
			}
		}
	}
}

// TestAnswerKeepsPlace reads an answer that outgrows the buffer its head was parsed in.
func TestAnswerKeepsPlace(t *testing.T) {
	body := strings.Repeat("0123456789", 5000)
	for _, framed := range []string{
		"Content-Length: 50000\r\nX-After: z\r\n\r\n" + body,
		"Transfer-Encoding: chunked\r\nX-After: z\r\n\r\n" + strings.Repeat("a\r\n0123456789\r\n", 5000) + "0\r\n\r\n",
		"X-After: z\r\n\r\n" + body,
	} {
		var resp Response
		src := "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Made\r\n" + framed
		if _, f := readAnswer(&resp, iotest.HalfReader(strings.NewReader(src)), false, limits{head: 1 << 10, body: 1 << 20}); f.is() {
			t.Fatal(f.class, f.flaw)
		}
		v, _ := resp.Fields.Lookup("x-after")
		if string(resp.Reason) != "Made" || string(v) != "z" || string(resp.Body) != body {
			t.Errorf("reason %q, field %q, %d bytes of body", resp.Reason, v, len(resp.Body))
		}
	}
}

// TestAnswerMemory sends endless answers of every framing; what is kept must stay within a small multiple of the limits.
func TestAnswerMemory(t *testing.T) {
	lim := limits{head: 4 << 10, body: 64 << 10}
	for _, endless := range []struct{ start, again string }{
		{"HTTP/1.1 200 OK\r\n\r\n", "a"},
		{"HTTP/1.1 200 OK\r\n", "X: y\r\n"},
		{"", "HTTP/1.1 102 Processing\r\nX: y\r\n\r\n"},
		{"HTTP/1.1 200 ", "a"},
		{"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n", "a"},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n"},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffff\r\n", "a"},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1;" + strings.Repeat("x", 200) + "\r\na\r\n"},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "X: y\r\n"},
	} {
		var resp Response
		_, f := readAnswer(&resp, io.MultiReader(strings.NewReader(endless.start), &repeat{text: endless.again}), false, lim)
		if !f.is() {
			t.Errorf("%q: accepted", endless.start)
		}
		if most := 2*(lim.head+int(lim.body)) + minBuffer; cap(resp.buf) > most {
			t.Errorf("%q: holds %d bytes, want at most %d", endless.start, cap(resp.buf), most)
		}
	}
}

// repeat is an endless reader.
type repeat struct {
	text string
	at   int
}

func (r *repeat) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = r.text[r.at%len(r.text)]
		r.at++
	}
	return len(p), nil
}

// FuzzAnswer holds that an answer which is accepted is read by net/http in the same way, that it does not matter in which
// pieces it comes, and that nothing is kept beyond the limits.
func FuzzAnswer(f *testing.F) {
	for _, tt := range answers {
		f.Add([]byte(tt.raw), tt.noBody)
	}
	f.Fuzz(func(t *testing.T, raw []byte, noBody bool) {
		var resp, slow Response
		reusable, fault := readAnswer(&resp, bytes.NewReader(raw), noBody, testLimits)
		_, slowFault := readAnswer(&slow, iotest.OneByteReader(bytes.NewReader(raw)), noBody, testLimits)
		if fault != slowFault || !bytes.Equal(resp.Body, slow.Body) || resp.Status != slow.Status {
			t.Fatalf("at once: %v %v %d %q; by byte: %v %v %d %q", fault.class, fault.flaw, resp.Status, resp.Body,
				slowFault.class, slowFault.flaw, slow.Status, slow.Body)
		}
		if fault.is() {
			return
		}
		method := "POST"
		if noBody {
			method = "HEAD"
		}
		wire := bufio.NewReaderSize(bytes.NewReader(raw), 16<<10)
		want, body, err := readReference(wire, method)
		if err != nil {
			t.Fatalf("accepted, but not by net/http: %v", err)
		}
		if want.StatusCode != resp.Status || !bytes.Equal(body, resp.Body) {
			t.Fatalf("%d %q, want %d %q", resp.Status, resp.Body, want.StatusCode, body)
		}
		if rest, _ := io.ReadAll(wire); reusable && len(rest) > 0 {
			t.Fatalf("reusable, but %d bytes are left", len(rest))
		}
		for c := resp.Fields.All(); c.Next(); {
			got := want.Header.Values(string(c.Name))
			if len(got) == 0 && !equalFold(c.Name, "transfer-encoding") && !equalFold(c.Name, "connection") &&
				!equalFold(c.Name, "trailer") && !equalFold(c.Name, "content-length") {
				t.Fatalf("field %q is not seen by net/http", c.Name)
			}
		}
	})
}

// readReference reads an answer as net/http does, past the interim ones.
func readReference(r *bufio.Reader, method string) (*http.Response, []byte, error) {
	for {
		resp, err := http.ReadResponse(r, &http.Request{Method: method})
		if err != nil {
			return nil, nil, err
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			return nil, nil, errors.Join(errors.New("body"), err)
		}
		if resp.StatusCode >= 200 {
			return resp, body, nil
		}
	}
}
