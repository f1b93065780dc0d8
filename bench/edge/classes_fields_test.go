package edge

import (
	"fmt"
	"strings"
)

var fieldNames = []probe{
	{name: "space before the colon", raw: get("X-A : b"), want: reject},
	{name: "tab before the colon", raw: get("X-A\t: b"), want: reject},
	{name: "space before the colon of a length", raw: post("hello", "Content-Length : 5"), want: reject},
	{name: "space before the colon of an encoding", raw: post("0\r\n\r\n", "Transfer-Encoding : chunked"), want: reject},
	{name: "empty", raw: get(": b"), want: strict},
	{name: "no colon", raw: get("X-A"), want: strict},
	{name: "no colon, a value", raw: get("X-A b"), want: strict},
	{name: "space within", raw: get("X A: b"), want: strict},
	{name: "colon first", raw: get(":X-A: b"), want: strict},
	{name: "NUL", raw: get("X-\x00A: b"), want: strict},
	{name: "NUL at the end", raw: get("X-A\x00: b"), want: strict},
	{name: "control byte", raw: get("X-\x01A: b"), want: strict},
	{name: "vertical tab", raw: get("X-A\v: b"), want: strict},
	{name: "delete byte", raw: get("X-A\x7f: b"), want: strict},
	{name: "UTF-8", raw: get("X-É: b"), want: strict},
	{name: "Latin 1", raw: get("X-\xc9: b"), want: strict},
	{name: "carriage return within", raw: get("X-\rA: b"), want: reject},
	{name: "length behind a vertical tab", raw: post("hello", "\vContent-Length: 5"), want: reject},
	{name: "length with NUL", raw: post("hello", "Content-Length\x00: 5"), want: reject},
	{name: "encoding with a control byte", raw: post("0\r\n\r\n", "Transfer-Encoding\x01: chunked"), want: reject},
	{name: "whitespace before the first", raw: with("GET $T HTTP/1.1", " X-A: b", "Host: edge.test"), want: reject},
	{name: "tab before the first", raw: with("GET $T HTTP/1.1", "\tX-A: b", "Host: edge.test"), want: reject},
	{name: "request line again", raw: with("GET $T HTTP/1.1", "GET $T HTTP/1.1", "Host: edge.test"), want: strict},
}

// separatorsInNames are names with each of the delimiters that no token has.
func separatorsInNames() (all []probe) {
	for _, c := range `"(),/;<=>?@[\]{}` {
		all = append(all, probe{name: "with " + string(c), raw: get("X-" + string(c) + "A: b"), want: strict})
	}
	return all
}

var fieldValues = []probe{
	{name: "carriage return", raw: get("X-A: b\rc"), want: reject},
	{name: "carriage return first", raw: get("X-A: \rb"), want: reject},
	{name: "carriage return last", raw: get("X-A: b\r"), want: strict},
	{name: "field behind a carriage return", raw: get("X-A: b\rX-B: c"), want: reject},
	{name: "length behind a carriage return", raw: post("hello", "X-A: b\rContent-Length: 5"), want: reject},
	{name: "encoding behind a carriage return", raw: post("0\r\n\r\n", "X-A: b\rTransfer-Encoding: chunked"), want: reject},
	{name: "request behind carriage returns", raw: get("X-A: b\r\r" + smuggled + "x"), want: reject},
	{name: "request behind a NUL", raw: get("X-A: b\x00\r\n\r\n" + smuggled + "x"), want: reject},
	{name: "two content types", raw: post("{}", "Content-Length: 2", "Content-Type: application/json", "Content-Type: text/plain"), body: "{}", want: strict},
}

// controlsInValues are values with each byte that none may have. The standard lets others than NUL and line breaks pass.
func controlsInValues() (all []probe) {
	for c := range 0x20 {
		if c == '\t' || c == '\n' || c == '\r' {
			continue
		}
		want := strict
		if c == 0 {
			want = reject
		}
		all = append(all, probe{name: fmt.Sprintf("byte %02x", c), raw: get("X-A: b" + string(rune(c)) + "c"), want: want})
	}
	return append(all, probe{name: "byte 7f", raw: get("X-A: b\x7fc"), want: strict})
}

// A folded line may be replaced by spaces or refused; passed on as it is it reads differently to everybody.
var folds = []probe{
	{name: "space", raw: get("X-A: b", " c"), want: strict},
	{name: "tab", raw: get("X-A: b", "\tc"), want: strict},
	{name: "of an empty value", raw: get("X-A:", " c"), want: strict},
	{name: "like a field", raw: get("X-A: b", " X-B: c"), want: strict},
	{name: "like an encoding", raw: post("hello", "Content-Length: 5", " Transfer-Encoding: chunked"), want: reject},
	{name: "like a length", raw: post("hello", "X-A: b", " Content-Length: 5"), want: strict, alone: true},
	{name: "of a length", raw: post("hello", "Content-Length:", " 5"), body: "hello", want: strict},
	{name: "of a length that goes on", raw: post("hello", "Content-Length: 5", " 0"), want: reject},
	{name: "of an encoding", raw: post("2\r\nhi\r\n0\r\n\r\n", "Transfer-Encoding:", " chunked"), body: "hi", want: strict},
	{name: "of an encoding with a tab", raw: post("2\r\nhi\r\n0\r\n\r\n", "Transfer-Encoding:", "\tchunked"), body: "hi", want: strict},
	{name: "of an encoding by a comma", raw: post("2\r\nhi\r\n0\r\n\r\n", "Transfer-Encoding: chunked", " , identity"), want: reject},
	{name: "of the request line", raw: with("GET $T", " HTTP/1.1", "Host: edge.test"), want: strict, target: target},
	{name: "spaces only", raw: get("X-A: b", "  "), want: strict},
	{name: "at the end of the head", raw: get("X-A: b", " "), want: strict},
	{name: "twice", raw: get("X-A: b", " c", " d"), want: strict},
}

// The standard lets a recipient take a bare line feed for a line break, and says to a sender of one that it must not.
var lineBreaks = []probe{
	{name: "line feeds only", raw: "GET $T HTTP/1.1\nHost: edge.test\n\n", target: target, want: strict},
	{name: "line feed behind the request line", raw: "GET $T HTTP/1.1\nHost: edge.test\r\n\r\n", target: target, want: strict},
	{name: "line feed behind a field", raw: "GET $T HTTP/1.1\r\nHost: edge.test\n\r\n", want: strict},
	{name: "line feed at the end of the head", raw: "GET $T HTTP/1.1\r\nHost: edge.test\r\n\n", want: strict},
	{name: "field behind a line feed", raw: get("X-A: b\nX-B: c"), want: strict},
	{name: "length behind a line feed", raw: post("hello", "X-A: b\nContent-Length: 5"), body: "hello", want: strict},
	{name: "encoding behind a line feed", raw: post("2\r\nhi\r\n0\r\n\r\n", "X-A: b\nTransfer-Encoding: chunked"), body: "hi", want: strict},
	{name: "two carriage returns", raw: "GET $T HTTP/1.1\r\r\nHost: edge.test\r\n\r\n", target: target, want: reject},
	{name: "two carriage returns behind a field", raw: "GET $T HTTP/1.1\r\nHost: edge.test\r\r\n\r\n", want: strict},
	{name: "two carriage returns at the end", raw: "GET $T HTTP/1.1\r\nHost: edge.test\r\n\r\r\n", want: reject},
	{name: "carriage returns only", raw: "GET $T HTTP/1.1\rHost: edge.test\r\r", want: reject},
	{name: "the wrong way round", raw: "GET $T HTTP/1.1\n\rHost: edge.test\n\r\n\r", want: reject},
	{name: "carriage return and space", raw: "GET $T HTTP/1.1\r \nHost: edge.test\r\n\r\n", want: reject},
	{name: "NEL", raw: "GET $T HTTP/1.1\u0085Host: edge.test\r\n\r\n", want: reject},
	{name: "line separator", raw: "GET $T HTTP/1.1\u2028Host: edge.test\r\n\r\n", want: reject},
}

const length5 = "Content-Length: 5"

// lengthOf is the framing of a body in which the id of the case stands.
func lengthOf(body string) string {
	return fmt.Sprintf("Content-Length: %d", len(expand(body, idOf(0))))
}

var lengths = []probe{
	{name: "plus", raw: post("hello", "Content-Length: +5"), want: reject},
	{name: "minus", raw: post("hello", "Content-Length: -5"), want: reject},
	{name: "minus zero", raw: post("", "Content-Length: -0"), want: reject},
	{name: "hexadecimal", raw: post("hello", "Content-Length: 0x5"), want: reject},
	{name: "point", raw: post("hello", "Content-Length: 5.0"), want: reject},
	{name: "exponent", raw: post("hello", "Content-Length: 5e0"), want: reject},
	{name: "underscore", raw: post("hello", "Content-Length: 0_5"), want: reject},
	{name: "space within", raw: post("hello", "Content-Length: 5 5"), want: reject},
	{name: "tab within", raw: post("hello", "Content-Length: 5\t5"), want: reject},
	{name: "word", raw: post("hello", "Content-Length: five"), want: reject},
	{name: "quotes", raw: post("hello", "Content-Length: \"5\""), want: reject},
	{name: "semicolon", raw: post("hello", "Content-Length: 5;"), want: reject},
	{name: "parameter", raw: post("hello", "Content-Length: 5; x=y"), want: reject},
	{name: "letters behind", raw: post("hello", "Content-Length: 5x"), want: reject},
	{name: "letters before", raw: post("hello", "Content-Length: x5"), want: reject},
	{name: "empty", raw: post("", "Content-Length:"), want: reject},
	{name: "spaces", raw: post("", "Content-Length:   "), want: reject},
	{name: "comma", raw: post("hello", "Content-Length: ,"), want: reject},
	{name: "list of two that differ", raw: post("hello", "Content-Length: 5, 6"), want: reject},
	{name: "list of two that agree", raw: post("hello", "Content-Length: 5, 5"), body: "hello", want: strict},
	{name: "list without spaces", raw: post("hello", "Content-Length: 5,5"), body: "hello", want: strict},
	{name: "list with an empty item", raw: post("hello", "Content-Length: 5,"), want: reject},
	{name: "two that differ", raw: post("hello", length5, "Content-Length: 6"), want: reject},
	{name: "two, the smaller last", raw: post("hello", "Content-Length: 6", length5), want: reject},
	{name: "two that agree", raw: post("hello", length5, length5), body: "hello", want: strict},
	{name: "two, one is zero", raw: post("hello", "Content-Length: 0", length5), want: reject},
	{name: "two, one is empty", raw: post("hello", length5, "Content-Length:"), want: reject},
	{name: "two in two cases", raw: post("hello", length5, "content-length: 4"), want: reject},
	{name: "two that write it differently", raw: post("hello", length5, "Content-Length: 05"), want: strict, body: "hello"},
	{name: "three", raw: post("hello", length5, length5, "Content-Length: 0"), want: reject},
	{name: "vertical tab before", raw: post("hello", "Content-Length: \v5"), want: reject},
	{name: "form feed behind", raw: post("hello", "Content-Length: 5\f"), want: reject},
	{name: "NUL behind", raw: post("hello", "Content-Length: 5\x00"), want: reject},
	{name: "no-break space", raw: post("hello", "Content-Length: \u00a05"), want: reject},
	{name: "Arabic digit", raw: post("hello", "Content-Length: ٥"), want: reject},
	{name: "wide digit", raw: post("hello", "Content-Length: ５"), want: reject},
	{name: "2^63", raw: post("hello", "Content-Length: 9223372036854775808"), want: reject, status: []int{400, 413}},
	{name: "2^64", raw: post("hello", "Content-Length: 18446744073709551616"), want: reject, status: []int{400, 413}},
	{name: "2^64 and five", raw: post("hello", "Content-Length: 18446744073709551621"), want: reject, status: []int{400, 413}},
	{name: "2^32 and five", raw: post("hello", "Content-Length: 4294967301"), want: reject, status: []int{413}},
	{name: "a hundred digits", raw: post("hello", "Content-Length: "+strings.Repeat("9", 100)), want: reject, status: []int{400, 413}},
	{name: "a hundred zeros", raw: post("hello", "Content-Length: "+strings.Repeat("0", 100)+"5"), body: "hello", want: either},
	{name: "leading zero", raw: post("hello", "Content-Length: 05"), body: "hello", want: either},
	{name: "not octal", raw: post("helloworld", "Content-Length: 010"), body: "helloworld", want: either},
	{name: "longer than the body", raw: post("hello", "Content-Length: 50"), want: reject, status: []int{400, 408, 0}, alone: true},
	{name: "never sent", raw: post("", length5), want: reject, status: []int{408}, alone: true},
	{name: "underscore in the name", raw: post("", "Content_Length: 5"), want: either},
	{name: "underscore in the name of one of two", raw: post("hello", length5, "Content_Length: 0"), body: "hello", want: either},
	{name: "line feed ahead of the value", raw: post("hello", "Content-Length:\n 5"), body: "hello", want: strict},
	{name: "line feed ahead of the value of GET", raw: get("Content-Length:\n 5") + "hello", body: "hello", want: strict},
	{name: "line feed behind the value", raw: post("hello", "Content-Length: 5\nX-A: b"), body: "hello", want: strict},
	{name: "carriage return ahead of the value", raw: post(hides, "Content-Length: \r5"), want: reject},
	{name: "carriage return behind the value", raw: post("hello", "Content-Length: 5\r"), body: "hello", want: strict},
	{name: "three zeros", raw: post("", "Content-Length: 000"), want: either},
	{name: "eighteen digits", raw: post("hello", "Content-Length: 000000000000000005"), body: "hello", want: either},
	{name: "tabs around it", raw: post("hello", "Content-Length:\t5\t"), body: "hello", want: either},
	{name: "three that agree", raw: post("hello", length5, length5, length5), body: "hello", want: strict},
	{name: "in a field of Connection", raw: post("", "Connection: Content-Length: 5"), want: strict},
	{name: "CL.0 of GET", raw: get(lengthOf(hides)) + hides, body: hides, want: control},
	{name: "CL.0 of HEAD", raw: with("HEAD $T HTTP/1.1", "Host: edge.test", lengthOf(hides)) + hides, body: hides, want: control},
	{name: "CL.0 of OPTIONS", raw: with("OPTIONS $T HTTP/1.1", "Host: edge.test", lengthOf(hides)) + hides, body: hides, want: control},
	{name: "CL.0 of DELETE", raw: with("DELETE $T HTTP/1.1", "Host: edge.test", lengthOf(hides)) + hides, body: hides, want: control},
}
