package http1

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"
)

const (
	inboundHead    = "POST /sms HTTP/1.1\r\nHost: api\r\n"
	inboundChunked = inboundHead + "Transfer-Encoding: chunked\r\n\r\n"
	inboundNext    = "GET /next HTTP/1.1\r\nHost: api\r\n\r\n"
)

// inbounds is what clients send. What stands before doubt passes; if doubt is empty all of it does.
var inbounds = []struct{ name, clean, doubt string }{
	{name: "no body", clean: inboundNext + inboundNext},
	{name: "an empty line before", clean: "\r\n" + inboundNext},
	{name: "length", clean: inboundHead + "content-length:  3\r\n\r\n\n\n\n" + inboundNext},
	{name: "no length", clean: inboundHead + "Content-Length: 0\r\n\r\n" + inboundNext},
	{name: "chunks", clean: inboundChunked + "3\r\n\n\n\n\r\nA;a=b\r\n0123456789\r\n0\r\nX: y\r\n\r\n" + inboundNext},
	{name: "no chunk", clean: inboundChunked + "0\r\n\r\n" + inboundNext},
	{name: "long field", clean: "GET / HTTP/1.1\r\nX: " + strings.Repeat("x", 2*maxKept) + "\r\n\r\n" + inboundNext},
	{name: "line feed before", clean: "", doubt: "\n" + inboundNext},
	{name: "line feed behind the request line", clean: "GET / HTTP/1.1", doubt: "\nHost: api\r\n\r\n"},
	{name: "line feed behind a field", clean: inboundHead + "X: y", doubt: "\nContent-Length: 3\r\n\r\nabc"},
	{name: "line feed ends the head", clean: inboundHead, doubt: "\n" + inboundNext},
	{name: "line feed behind a body", clean: inboundHead + "Content-Length: 1\r\n\r\na", doubt: "\n" + inboundNext},
	{name: "far length", clean: inboundHead + "Content-Length:" + strings.Repeat(" ", maxKept) + "3\r", doubt: "\n\r\nabc"},
	{name: "line feed behind a size", clean: inboundChunked + "3", doubt: "\nabc\r\n0\r\n\r\n"},
	{name: "line feed behind an extension", clean: inboundChunked + "3;a", doubt: "\nabc\r\n0\r\n\r\n"},
	{name: "space behind a size", clean: inboundChunked + "3 \r", doubt: "\nabc\r\n0\r\n\r\n"},
	{name: "control byte in an extension", clean: inboundChunked + "3;\x01\r", doubt: "\nabc\r\n0\r\n\r\n"},
	{name: "long extension", clean: inboundChunked + "3;" + strings.Repeat("x", maxKept) + "\r", doubt: "\nabc\r\n0\r\n\r\n"},
	{name: "line feed behind a chunk", clean: inboundChunked + "3\r\nabc", doubt: "\n0\r\n\r\n"},
	{name: "more than a chunk", clean: inboundChunked + "3\r\nabcd\r", doubt: "\n0\r\n\r\n"},
	{name: "line feed ends the trailers", clean: inboundChunked + "0\r\n", doubt: "\n" + inboundNext},
	{name: "line feed behind a trailer", clean: inboundChunked + "0\r\nX: y", doubt: "\n\r\n" + inboundNext},
	{name: "folded trailer", clean: inboundChunked + "0\r\nX: y\r\n z\r", doubt: "\n\r\n" + inboundNext},
	{name: "trailer that is no field", clean: inboundChunked + "0\r\nGET /next HTTP/1.1\r", doubt: "\n\r\n"},
}

// pieces is a connection that delivers a text in pieces.
type pieces struct {
	net.Conn
	text string
	size int
}

func (c *pieces) Read(p []byte) (int, error) {
	if len(c.text) == 0 {
		return 0, io.EOF
	}
	n := copy(p, c.text[:min(c.size, len(c.text))])
	c.text = c.text[n:]
	return n, nil
}

func TestInbound(t *testing.T) {
	for _, c := range inbounds {
		for _, size := range []int{1, 2, 3, 7, 64, 1 << 20} {
			want := io.EOF
			if c.doubt != "" {
				want = ErrDoubtfulFraming
			}
			got, err := io.ReadAll(reader{NewInbound(&pieces{text: c.clean + c.doubt, size: size})})
			if !errors.Is(err, want) || string(got) != c.clean {
				t.Errorf("%s, in pieces of %d: got %q, %v", c.name, size, got, err)
			}
		}
	}
}

// reader makes the end an error like any other.
type reader struct{ io.Reader }

func (r reader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err == io.EOF {
		err = errors.Join(err)
	}
	return n, err
}

// FuzzInbound holds it to two laws: what passes is the beginning of what came, and the same in whatever pieces it came.
func FuzzInbound(f *testing.F) {
	for _, c := range inbounds {
		f.Add(c.clean+c.doubt, uint8(3))
	}
	f.Fuzz(func(t *testing.T, text string, size uint8) {
		whole, errWhole := io.ReadAll(reader{NewInbound(&pieces{text: text, size: max(1, len(text))})})
		parts, errParts := io.ReadAll(reader{NewInbound(&pieces{text: text, size: max(1, int(size))})})
		if string(whole) != string(parts) || errors.Is(errWhole, ErrDoubtfulFraming) != errors.Is(errParts, ErrDoubtfulFraming) {
			t.Errorf("whole: %q, %v; in pieces: %q, %v", whole, errWhole, parts, errParts)
		}
		if !strings.HasPrefix(text, string(whole)) || len(whole) < len(text) && text[len(whole)] != '\n' {
			t.Errorf("of %q passed %q", text, whole)
		}
	})
}
