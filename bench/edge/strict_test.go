package edge

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// message is one request as the strict parser read it.
type message struct {
	method, target, version string
	fields, trailers        []field
	body                    string
	raw                     []byte
}

type field struct{ name, value string }

// get returns the values of all fields of that name.
func (m *message) get(name string) (values []string) {
	for _, f := range m.fields {
		if strings.EqualFold(f.name, name) {
			values = append(values, f.value)
		}
	}
	return values
}

// strictReader reads requests as RFC 9112 writes them down, with nothing of what it lets recipients forgive. It shares no
// code with what it judges.
type strictReader struct {
	src *bufio.Reader
	raw []byte // of the message that is being read

	control bool // it has control bytes that the standard lets recipients keep
	zero    bool // its length begins with a zero, as the standard lets it
}

var (
	errCut     = errors.New("it is not whole")
	errControl = errors.New("a control byte")
	errZero    = errors.New("a length that some read as an octal number")
)

const tokenBytes = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

func isToken(s string) bool { return s != "" && strings.Trim(s, tokenBytes) == "" }

// next reads one request. io.EOF means that there is none; any other error is a flaw of what came.
func (r *strictReader) next() (*message, error) {
	r.raw, r.control, r.zero = nil, false, false
	if _, err := r.src.Peek(1); err != nil {
		return nil, io.EOF
	}
	m := &message{}
	err := r.read(m)
	m.raw = r.raw
	switch {
	case err != nil:
		return m, err
	case r.control: // net/http reads none of those
		return m, errControl
	}
	if err := agrees(m); err != nil || !r.zero {
		return m, err
	}
	return m, errZero
}

// lax reports whether a flaw is none to the standard.
func lax(flaw error) bool { return errors.Is(flaw, errControl) || errors.Is(flaw, errZero) }

func (r *strictReader) read(m *message) error {
	first, err := r.line()
	if err != nil {
		return err
	}
	parts := strings.Split(first, " ")
	if len(parts) != 3 {
		return errors.New("a request line without three parts")
	}
	m.method, m.target, m.version = parts[0], parts[1], parts[2]
	switch {
	case !isToken(m.method):
		return errors.New("a method that is no token")
	case m.target != "*" && !strings.HasPrefix(m.target, "/"), strings.ContainsFunc(m.target, notVisible), strings.Contains(m.target, "#"):
		return errors.New("a target that is not in origin form")
	case m.version != "HTTP/1.1" && m.version != "HTTP/1.0":
		return errors.New("an unknown version")
	}
	if m.fields, err = r.block(); err != nil {
		return err
	}
	return r.readBody(m)
}

func notVisible(c rune) bool { return c <= ' ' || c >= 0x7f }

// line reads one line, which ends in CR LF and holds no other control byte but tabs.
func (r *strictReader) line() (string, error) {
	b, err := r.src.ReadBytes('\n')
	r.raw = append(r.raw, b...)
	if err != nil {
		return "", errCut
	}
	line, ok := bytes.CutSuffix(b, []byte("\r\n"))
	if !ok {
		return "", errors.New("a bare line feed")
	}
	for _, c := range line {
		switch {
		case c == 0 || c == '\r':
			return "", errors.New("a NUL or a bare carriage return")
		case c < ' ' && c != '\t', c == 0x7f:
			r.control = true
		}
	}
	return string(line), nil
}

// block reads fields up to the empty line.
func (r *strictReader) block() (fields []field, err error) {
	for {
		line, err := r.line()
		if err != nil || line == "" {
			return fields, err
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || !isToken(name) {
			return fields, errors.New("a field name that is no token")
		}
		fields = append(fields, field{name, strings.Trim(value, " \t")})
	}
}

func (r *strictReader) readBody(m *message) error {
	hosts, lengths, encodings := m.get("Host"), m.get("Content-Length"), m.get("Transfer-Encoding")
	switch {
	case len(hosts) > 1 || len(hosts) == 0 && m.version == "HTTP/1.1":
		return errors.New("not one Host")
	case len(lengths)+len(encodings) > 1:
		return errors.New("more than one framing")
	case len(encodings) == 1 && (!strings.EqualFold(encodings[0], "chunked") || m.version == "HTTP/1.0"):
		return errors.New("another transfer encoding than chunked")
	case len(encodings) == 1:
		return r.readChunks(m)
	case len(lengths) == 0:
		return nil
	}
	n, err := strconv.ParseUint(lengths[0], 10, 32)
	if err != nil || strings.Trim(lengths[0], "0123456789") != "" {
		return errors.New("a length that is no number")
	}
	r.zero = len(lengths[0]) > 1 && lengths[0][0] == '0'
	return r.take(m, int(n))
}

func (r *strictReader) take(m *message, n int) error {
	data := make([]byte, n)
	got, err := io.ReadFull(r.src, data)
	r.raw = append(r.raw, data[:got]...)
	m.body += string(data[:got])
	if err != nil {
		return errCut
	}
	return nil
}

func (r *strictReader) readChunks(m *message) (err error) {
	for {
		line, err := r.line()
		if err != nil {
			return err
		}
		size, err := strconv.ParseUint(line, 16, 32)
		if err != nil || strings.Trim(line, "0123456789abcdefABCDEF") != "" {
			return errors.New("a chunk size that is no number")
		}
		if size == 0 {
			m.trailers, err = r.block()
			return err
		}
		if err := r.take(m, int(size)); err != nil {
			return err
		}
		if line, err = r.line(); err != nil || line != "" {
			return errors.New("a chunk without its end")
		}
	}
}

// agrees says how net/http reads the message differently, or that it cannot.
func agrees(m *message) error {
	src := bufio.NewReader(bytes.NewReader(m.raw))
	req, err := http.ReadRequest(src)
	if err != nil {
		return errors.New("net/http does not read it")
	}
	body, err := io.ReadAll(req.Body)
	switch {
	case err != nil, string(body) != m.body:
		return errors.New("net/http reads another body")
	case src.Buffered() > 0:
		return errors.New("net/http reads more than one message")
	case req.Method != m.method || req.RequestURI != m.target:
		return errors.New("net/http reads another request line")
	case len(m.get("Host")) == 1 && req.Host != m.get("Host")[0]:
		return errors.New("net/http reads another host")
	}
	return nil
}

// TestStrictReader holds the judge to its own law.
func TestStrictReader(t *testing.T) {
	const host = "Host: a\r\n"
	for _, tt := range []struct {
		raw, body string
		ok        bool
	}{
		{"GET / HTTP/1.1\r\n" + host + "\r\n", "", true},
		{"POST / HTTP/1.1\r\n" + host + "Content-Length: 2\r\n\r\nhi", "hi", true},
		{"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "hi", true},
		{"GET / HTTP/1.1\n" + host + "\r\n", "", false},
		{"GET / HTTP/1.1\r\n\r\n", "", false},
		{"GET  / HTTP/1.1\r\n" + host + "\r\n", "", false},
		{"GET / HTTP/1.1\r\n" + host + host + "\r\n", "", false},
		{"GET / HTTP/1.1\r\n" + host + " b\r\n\r\n", "", false},
		{"GET / HTTP/1.1\r\n" + host + "a : b\r\n\r\n", "", false},
		{"GET / HTTP/1.1\r\n" + host + "a: b\rc\r\n\r\n", "", false},
		{"POST / HTTP/1.1\r\n" + host + "Content-Length: +2\r\n\r\nhi", "", false},
		{"POST / HTTP/1.1\r\n" + host + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi", "", false},
		{"POST / HTTP/1.1\r\n" + host + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "", false},
		{"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "", false},
		{"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n2 \r\nhi\r\n0\r\n\r\n", "", false},
		{"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n2\r\nhix\r\n0\r\n\r\n", "", false},
		{"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n", "", false},
		{"GET / HTTP/1.1\r\n" + host + "a: b\x01\r\n\r\n", "", false},
		{"POST / HTTP/1.1\r\n" + host + "Content-Length: 02\r\n\r\nhi", "", false},
		{"GET / HTTP/1.1\r\n" + host + "a: b\x00\r\n\r\n", "", false},
		{"GET /#a HTTP/1.1\r\n" + host + "\r\n", "", false},
		{"GET / HTTP/1.2\r\n" + host + "\r\n", "", false},
	} {
		r := strictReader{src: bufio.NewReader(strings.NewReader(tt.raw))}
		m, err := r.next()
		if (err == nil) != tt.ok || tt.ok && (m.body != tt.body || string(m.raw) != tt.raw) {
			t.Errorf("%q: %v, %+v", tt.raw, err, m)
		}
	}
	if err := agrees(&message{raw: []byte("GET / HTTP/1.1\r\n" + host + "\r\nX")}); err == nil {
		t.Error("surplus bytes agree")
	}
	if !slices.Equal((&message{fields: []field{{"a", "1"}, {"A", "2"}}}).get("a"), []string{"1", "2"}) {
		t.Error(fmt.Sprint("not all fields of a name"))
	}
}
