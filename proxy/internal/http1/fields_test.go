package http1

import (
	"bufio"
	"bytes"
	"net/http"
	"strings"
	"testing"
)

// requests are hostile and honest heads of requests, as they come in, with the first flaw that must be found in them. A
// block stands for all that follows the request line; Host and the empty line are added unless the row brings its own.
var requests = []struct {
	name    string
	line    string // "POST /sms HTTP/1.1" if empty
	block   string
	whole   bool // block is used as it is
	flaw    Flaw
	forward string // what goes on, without Host and Content-Length
}{
	{name: "plain", block: "Content-Length: 3\r\n"},
	{name: "chunked", block: "Transfer-Encoding: chunked\r\n"},
	{name: "chunked in capitals", block: "TRANSFER-ENCODING: CHUNKED\r\n"},
	{name: "no body", line: "GET /a?b=c HTTP/1.1"},
	{name: "star", line: "OPTIONS * HTTP/1.1"},
	{name: "percent", line: "GET /%2B30%2e%2E/ HTTP/1.1"},
	{name: "HTTP/1.0 without Host", line: "GET / HTTP/1.0", block: "\r\n", whole: true},
	{name: "kept in order and case", block: "x-B: 1\r\nX-a:2  \r\nx-b:\t3\r\n", forward: "x-B: 1\r\nX-a:2  \r\nx-b:\t3\r\n"},
	{name: "obsolete text", block: "X: \xe9\r\n", forward: "X: \xe9\r\n"},
	{name: "empty value", block: "X:\r\n", forward: "X:\r\n"},
	{name: "hop by hop", block: "Connection: close\r\nKeep-Alive: 5\r\nPROXY-Connection: x\r\nProxy: http://other\r\nProxy-Authorization: Basic x\r\n" +
		"Te: trailers\r\nTrailer: X\r\nUpgrade: h2c\r\nX: y\r\n", forward: "X: y\r\n"},
	{name: "nominated", block: "Connection: X-One, ,x-two ,close\r\nx-one: 1\r\nX-TWO: 2\r\nX-Three: 3\r\n", forward: "X-Three: 3\r\n"},
	{name: "nominated below", block: "X-One: 1\r\nX-Three: 3\r\nConnection: x-one\r\n", forward: "X-Three: 3\r\n"},
	{name: "nominated in two fields", block: "Connection: a\r\nA: 1\r\nConnection: b\r\nB: 1\r\nC: 1\r\n", forward: "C: 1\r\n"},
	{name: "host with port", block: "Host: api.example:8443\r\n\r\n", whole: true},
	{name: "Host with an escape", block: "Host: a%2E\r\n\r\n", whole: true},
	{name: "IPv6 host with IPv4", block: "Host: [0000:0000:0000:0000:0000:ffff:192.168.100.200]\r\n\r\n", whole: true},
	{name: "IPv6 host", block: "Host: [::1]:80\r\n\r\n", whole: true},

	{name: "no method", line: " / HTTP/1.1", flaw: RequestLine},
	{name: "method with a slash", line: "PO/ST / HTTP/1.1", flaw: RequestLine},
	{name: "method with a tab", line: "POST\t / HTTP/1.1", flaw: RequestLine},
	{name: "CONNECT", line: "CONNECT api.example:443 HTTP/1.1", flaw: RequestLine},
	{name: "absolute target", line: "GET http://other/ HTTP/1.1", flaw: RequestLine},
	{name: "authority target", line: "GET user@other HTTP/1.1", flaw: RequestLine},
	{name: "star for GET", line: "GET * HTTP/1.1", flaw: RequestLine},
	{name: "fragment", line: "GET /a#b HTTP/1.1", flaw: RequestLine},
	{name: "control byte in the target", line: "GET /a\x01b HTTP/1.1", flaw: RequestLine},
	{name: "DEL in the target", line: "GET /a\x7f HTTP/1.1", flaw: RequestLine},
	{name: "UTF-8 in the target", line: "GET /\xc3\xa9 HTTP/1.1", flaw: RequestLine},
	{name: "empty target", line: "GET  HTTP/1.1", flaw: RequestLine},
	{name: "HTTP/0.9", line: "GET / HTTP/0.9", flaw: RequestLine},
	{name: "HTTP/1.10", line: "GET / HTTP/1.10", flaw: RequestLine},
	{name: "HTTP/9.9", line: "GET / HTTP/9.9", flaw: RequestLine},
	{name: "HTTP/2.0", line: "PRI / HTTP/2.0", flaw: RequestLine},
	{name: "http/1.1", line: "GET / http/1.1", flaw: RequestLine},

	{name: "folded", block: "X: a\r\n b\r\n", flaw: Folded},
	{name: "folded by tab", block: "X: a\r\n\tb\r\n", flaw: Folded},
	{name: "folded length", block: "Content-Length:\r\n 3\r\n", flaw: ContentLength},
	{name: "folded encoding", block: "Transfer-Encoding:\r\n chunked\r\n", flaw: TransferEncoding},
	{name: "line of spaces", block: "X: a\r\n  \r\n", flaw: Folded},
	{name: "bare LF", block: "X: a\nY: b\r\n", flaw: LineBreak},
	{name: "bare LF hiding a length", block: "X: a\nContent-Length: 3\r\n", flaw: LineBreak},
	{name: "LF alone as the end", block: "Host: a\r\n\n", whole: true, flaw: LineBreak},
	{name: "CR alone", block: "X: a\rContent-Length: 3\r\n", flaw: FieldValue},
	{name: "CR CR LF", block: "X: a\r\r\n", flaw: FieldValue},
	{name: "no last line break", block: "Host: a", whole: true, flaw: LineBreak},
	{name: "more behind the end", block: "Host: a\r\n\r\nX: y\r\n", whole: true, flaw: LineBreak},
	{name: "space before the colon", block: "Content-Length : 3\r\n", flaw: FieldName},
	{name: "tab before the colon", block: "Transfer-Encoding\t: chunked\r\n", flaw: FieldName},
	{name: "space in a name", block: "X Y: a\r\n", flaw: FieldName},
	{name: "NUL in a name", block: "X\x00: a\r\n", flaw: FieldName},
	{name: "UTF-8 in a name", block: "\xc3\xa9: a\r\n", flaw: FieldName},
	{name: "Kelvin sign in a name", block: "transfer-encoding\xe2\x84\xaa: a\r\n", flaw: FieldName},
	{name: "parenthesis in a name", block: "X(: a\r\n", flaw: FieldName},
	{name: "quote in a name", block: "\"X\": a\r\n", flaw: FieldName},
	{name: "no name", block: ": a\r\n", flaw: FieldName},
	{name: "no colon", block: "X\r\n", flaw: FieldName},
	{name: "NUL in a value", block: "X: a\x00b\r\n", flaw: FieldValue},
	{name: "ESC in a value", block: "X: \x1b[0m\r\n", flaw: FieldValue},
	{name: "DEL in a value", block: "X: \x7f\r\n", flaw: FieldValue},
	{name: "vertical tab before chunked", block: "Transfer-Encoding: \x0bchunked\r\n", flaw: FieldValue},
	{name: "form feed before chunked", block: "Transfer-Encoding: \x0cchunked\r\n", flaw: FieldValue},

	{name: "two lengths", block: "Content-Length: 3\r\nContent-Length: 4\r\n", flaw: ContentLength},
	{name: "the same length twice", block: "Content-Length: 3\r\nContent-Length: 3\r\n", flaw: ContentLength},
	{name: "list of lengths", block: "Content-Length: 3, 3\r\n", flaw: ContentLength},
	{name: "empty length", block: "Content-Length: \r\n", flaw: ContentLength},
	{name: "negative length", block: "Content-Length: -3\r\n", flaw: ContentLength},
	{name: "signed length", block: "Content-Length: +3\r\n", flaw: ContentLength},
	{name: "hex length", block: "Content-Length: 0x3\r\n", flaw: ContentLength},
	{name: "decimal point", block: "Content-Length: 3.0\r\n", flaw: ContentLength},
	{name: "underscore", block: "Content-Length: 1_0\r\n", flaw: ContentLength},
	{name: "length with a word", block: "Content-Length: 3 bytes\r\n", flaw: ContentLength},
	{name: "length of 19 digits", block: "Content-Length: 0000000000000000003\r\n", flaw: ContentLength},
	{name: "length past 64 bits", block: "Content-Length: 18446744073709551619\r\n", flaw: ContentLength},
	{name: "non-breaking space", block: "Content-Length:\xa03\r\n", flaw: ContentLength},

	{name: "both framings", block: "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", flaw: TwoFramings},
	{name: "both framings, other order", block: "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", flaw: TwoFramings},
	{name: "both framings, other case", block: "transfer-ENCODING: chunked\r\ncontent-LENGTH: 0\r\n", flaw: TwoFramings},
	{name: "identity", block: "Transfer-Encoding: identity\r\n", flaw: TransferEncoding},
	{name: "gzip, chunked", block: "Transfer-Encoding: gzip, chunked\r\n", flaw: TransferEncoding},
	{name: "chunked, identity", block: "Transfer-Encoding: chunked, identity\r\n", flaw: TransferEncoding},
	{name: "chunked, chunked", block: "Transfer-Encoding: chunked, chunked\r\n", flaw: TransferEncoding},
	{name: "chunked in two fields", block: "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", flaw: TransferEncoding},
	{name: "chunked and another", block: "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n", flaw: TransferEncoding},
	{name: "xchunked", block: "Transfer-Encoding: xchunked\r\n", flaw: TransferEncoding},
	{name: "quoted", block: "Transfer-Encoding: \"chunked\"\r\n", flaw: TransferEncoding},
	{name: "parameter", block: "Transfer-Encoding: chunked;q=1\r\n", flaw: TransferEncoding},
	{name: "comma first", block: "Transfer-Encoding: ,chunked\r\n", flaw: TransferEncoding},
	{name: "empty encoding", block: "Transfer-Encoding:\r\n", flaw: TransferEncoding},
	{name: "chunked with a Kelvin sign", block: "Transfer-Encoding: chun\xe2\x84\xaaed\r\n", flaw: TransferEncoding},
	{name: "chunked in HTTP/1.0", line: "POST / HTTP/1.0", block: "Transfer-Encoding: chunked\r\n", flaw: TransferEncoding},

	{name: "no Host", block: "X: y\r\n\r\n", whole: true, flaw: HostField},
	{name: "two Hosts", block: "Host: other\r\n", flaw: HostField},
	{name: "the same Host twice", block: "Host: api.example\r\n", flaw: HostField},
	{name: "two Hosts in HTTP/1.0", line: "GET / HTTP/1.0", block: "Host: other\r\n", flaw: HostField},
	{name: "empty Host", block: "Host:\r\n\r\n", whole: true, flaw: HostField},
	{name: "Host with a path", block: "Host: a/b\r\n\r\n", whole: true, flaw: HostField},
	{name: "Host with credentials", block: "Host: a@b\r\n\r\n", whole: true, flaw: HostField},
	{name: "Host with a space", block: "Host: a b\r\n\r\n", whole: true, flaw: HostField},
	{name: "Hosts in a list", block: "Host: a, b\r\n\r\n", whole: true, flaw: HostField},
	{name: "Host with a bad port", block: "Host: a:80x\r\n\r\n", whole: true, flaw: HostField},
	{name: "Host with a high port", block: "Host: a:65536\r\n\r\n", whole: true, flaw: HostField},
	{name: "Host with two ports", block: "Host: a:80:80\r\n\r\n", whole: true, flaw: HostField},
	{name: "Host with an open bracket", block: "Host: [::1\r\n\r\n", whole: true, flaw: HostField},
	{name: "Host with half an escape", block: "Host: a%2\r\n\r\n", whole: true, flaw: HostField},
	{name: "Host with an escape that is none", block: "Host: a%2x\r\n\r\n", whole: true, flaw: HostField},
	{name: "Host of a colon in brackets", block: "Host: [:]\r\n\r\n", whole: true, flaw: HostField},
	{name: "Host of IPv4 in brackets", block: "Host: [192.0.2.1]\r\n\r\n", whole: true, flaw: HostField},
	{name: "Host of nine groups", block: "Host: [1:2:3:4:5:6:7:8:9]\r\n\r\n", whole: true, flaw: HostField},
	{name: "Host with a zone", block: "Host: [fe80::1%25eth0]\r\n\r\n", whole: true, flaw: HostField},
	{name: "length with an underscore", block: "Content_Length: 0\r\n", flaw: FieldName},
	{name: "length with another sign", block: "Content.Length: 0\r\n", flaw: FieldName},
	{name: "encoding with another sign", block: "Transfer~Encoding: chunked\r\n", flaw: FieldName},
	{name: "encoding with an underscore", block: "TRANSFER_encoding: chunked\r\n", flaw: FieldName},
	{name: "Host in Latin-1", block: "Host: \xe9\r\n\r\n", whole: true, flaw: HostField},

	{name: "nominates Host", block: "Connection: host\r\n", flaw: ConnectionField},
	{name: "nominates the length", block: "Connection: close, Content-Length\r\nContent-Length: 3\r\n", flaw: ConnectionField},
	{name: "nominates credentials", block: "Connection: authorization\r\nAuthorization: x\r\n", flaw: ConnectionField},
	{name: "nominates the client's address", block: "Connection: X-Forwarded-For\r\nX-Forwarded-For: x\r\n", flaw: ConnectionField},
	{name: "nominates no token", block: "Connection: a b\r\n", flaw: ConnectionField},
	{name: "nominates too many", block: "Connection: " + strings.Repeat("x,", 17) + "\r\n", flaw: ConnectionField},
	{name: "too many fields", block: strings.Repeat("X: y\r\n", 100), flaw: FieldCount},
}

const requestFields = 100

// checkRequest finds the first flaw in a request's head, as the proxy looks for it.
func checkRequest(f *Fields, line, block string) Flaw {
	parts := strings.SplitN(line, " ", 3)
	if len(parts) != 3 {
		return RequestLine
	}
	if flaw := CheckRequestLine([]byte(parts[0]), []byte(parts[1]), []byte(parts[2])); flaw != NoFlaw {
		return flaw
	}
	if flaw := f.Parse([]byte(block), requestFields); flaw != NoFlaw {
		return flaw
	}
	return f.RequestFlaw(parts[2] == "HTTP/1.0")
}

func TestRequests(t *testing.T) {
	var f Fields // one for all: nothing of the request before may show
	for _, tt := range requests {
		line, block := tt.line, tt.block
		if line == "" {
			line = "POST /sms HTTP/1.1"
		}
		if !tt.whole {
			block = "Host: api.example\r\n" + block + "\r\n"
		}
		if flaw := checkRequest(&f, line, block); flaw != tt.flaw {
			t.Errorf("%s: flaw %v, want %v", tt.name, flaw, tt.flaw)
		}
		if tt.flaw != NoFlaw || tt.forward == "" {
			continue
		}
		want := "Host: api.example\r\n" + tt.forward
		if got := string(f.AppendEndToEnd(nil)); got != want {
			t.Errorf("%s: forwards %q, want %q", tt.name, got, want)
		}
	}
}

func TestFields(t *testing.T) {
	var f Fields
	block := "Host: h:1\r\nContent-Length:  12 \r\nConnection: Keep-Alive, close\r\nkeep-alive: max=3, Timeout=7\r\nA: 1\r\na: 2\r\n"
	for _, end := range []string{"", "\r\n"} {
		if flaw := f.Parse([]byte(block+end), 6); flaw != NoFlaw {
			t.Fatal(flaw)
		}
		idle, ok := f.keepAlive()
		if f.ContentLength != 12 || !f.Close || !f.KeepAlive || f.Chunked || f.Count != 6 || string(f.Host()) != "h:1" || !ok || idle.Seconds() != 7 {
			t.Errorf("%+v, host %q, idle %v", f, f.Host(), idle)
		}
		if v, n := f.Lookup("a"); string(v) != "1" || n != 2 {
			t.Errorf("Lookup: %q, %d", v, n)
		}
	}
	if flaw := f.Parse(nil, 0); flaw != NoFlaw || f.ContentLength != -1 || f.Hosts != 0 || f.Close {
		t.Errorf("no fields: %v, %+v", flaw, f)
	}
}

func TestAppend(t *testing.T) {
	dst, flaw := AppendField([]byte("x"), "Name", "a\xe9\tb")
	if flaw != NoFlaw || string(dst) != "xName: a\xe9\tb\r\n" {
		t.Errorf("%q, %v", dst, flaw)
	}
	for _, bad := range []struct{ name, value string }{
		{"", "a"}, {"A B", "a"}, {"A:", "a"}, {"A\r\n", "a"}, {"A", "a\r\nB: c"}, {"A", "a\nb"}, {"A", "a\rb"}, {"A", "\x00"},
	} {
		if dst, flaw := AppendField([]byte("x"), bad.name, bad.value); flaw == NoFlaw || string(dst) != "x" {
			t.Errorf("%q: %q: %q, %v", bad.name, bad.value, dst, flaw)
		}
	}
	if dst, flaw := AppendRequestLine([]byte("x"), []byte("GET"), []byte("/a b")); flaw != RequestLine || string(dst) != "x" {
		t.Errorf("%q, %v", dst, flaw)
	}
}

// FuzzFields holds that a block which is accepted means the same to net/http, that what goes on is accepted again, and that
// nothing hop-by-hop goes on.
func FuzzFields(f *testing.F) {
	for _, tt := range requests {
		f.Add([]byte("Host: api.example\r\n" + tt.block))
	}
	f.Fuzz(func(t *testing.T, block []byte) {
		var fields, again Fields
		if fields.Parse(block, requestFields) != NoFlaw || fields.RequestFlaw(false) != NoFlaw {
			return
		}
		if !bytes.HasSuffix(block, []byte("\r\n\r\n")) {
			block = append(bytes.Clone(block), "\r\n"...)
		}
		wire := append([]byte("POST / HTTP/1.1\r\n"), block...)
		req, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(wire)))
		if err != nil {
			t.Fatalf("accepted %q, but not by net/http: %v", block, err)
		}
		if req.Host != string(fields.Host()) {
			t.Fatalf("host %q, want %q", fields.Host(), req.Host)
		}
		if want := max(fields.ContentLength, 0); !fields.Chunked && req.ContentLength != want || fields.Chunked && req.ContentLength != -1 {
			t.Fatalf("length %d, chunked %v; want %d", fields.ContentLength, fields.Chunked, req.ContentLength)
		}
		out := fields.AppendEndToEnd(nil)
		if flaw := again.Parse(out, requestFields); flaw != NoFlaw || again.Chunked || again.ContentLength >= 0 || again.numNominated > 0 {
			t.Fatalf("%q becomes %q: %v", block, out, flaw)
		}
		if twice := again.AppendEndToEnd(nil); !bytes.Equal(twice, out) {
			t.Fatalf("%q becomes %q", out, twice)
		}
	})
}
