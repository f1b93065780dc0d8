package proxy

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"

	"github.com/piiproxy/piiproxy/proxy/internal/http1"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

// runRaw runs the exchanges of all the requests in raw without a socket.
func runRaw(p *Proxy, raw string) {
	name, _ := redact.ParseName("api")
	p.newServer(name).ServeConn(&memoryConn{Reader: strings.NewReader(raw)})
}

// memoryConn is a connection that has all its input, and forgets its output.
type memoryConn struct {
	io.Reader
	net.Conn
}

func (c *memoryConn) Read(b []byte) (int, error)  { return c.Reader.Read(b) }
func (c *memoryConn) Write(b []byte) (int, error) { return len(b), nil }
func (c *memoryConn) Close() error                { return nil }
func (c *memoryConn) RemoteAddr() net.Addr {
	return &net.TCPAddr{IP: net.IPv4(203, 0, 113, 45), Port: 999}
}

func (c *memoryConn) SetReadDeadline(time.Time) error  { return nil }
func (c *memoryConn) SetWriteDeadline(time.Time) error { return nil }

// logged runs one request and returns its line.
func logged(t *testing.T, spec Spec, raw string) string {
	t.Helper()
	log := &lines{}
	p := New(build(t, spec, nil, &fakeUpstream{answer: ok()}), Options{Log: log})
	defer p.current.Load().leave()
	runRaw(p, raw)
	all := log.take()
	if len(all) != 1 || !json.Valid([]byte(all[0])) {
		t.Fatalf("logged %q", all)
	}
	return all[0]
}

func deflated(s string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	io.WriteString(w, s)
	w.Close()
	return b.String()
}

func zstandard(s string) string {
	w, _ := zstd.NewWriter(nil)
	defer w.Close()
	return string(w.EncodeAll([]byte(s), nil))
}

const sms = `{"to":"+306912345678","body":"Hello Ada, your code is HX7QZK","email":"ada@example.com"}`

func post(fields, body string) string {
	return "POST /sms?cb=ada%40example.com HTTP/1.1\r\nHost: api\r\nUser-Agent: sdk/1 (ada@example.com)\r\n" + fields +
		"Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
}

// tags is bodies and what the access log says of them.
var tags = []struct {
	name   string
	raw    string
	format string // empty: none is named
	fields bool
}{
	{"json", post("Content-Type: application/json; charset=utf-8\r\n", sms), "json", true},
	{"problem", post("Content-Type: application/vnd.api+json\r\n", sms), "json", true},
	{"json without a type", post("", "\n "+sms), "json", true},
	{"json as a form", post("Content-Type: application/x-www-form-urlencoded\r\n", sms), "json", true},
	{"malformed json", post("Content-Type: application/json\r\n", `{"to":"+306912345678","x":`), "json", true},
	{"form", post("Content-Type: application/x-www-form-urlencoded\r\n", "To=%2B306912345678&Body=ada%40example.com"), "form", true},
	{"multipart", post("Content-Type: multipart/form-data; boundary=\"x y\"\r\n",
		"--x y\r\nContent-Disposition: form-data; name=\"to\"\r\n\r\n+306912345678\r\n--x y--\r\n"), "multipart", true},
	{"multipart without boundary", post("Content-Type: multipart/form-data\r\n", "+306912345678"), "unread", false},
	{"gzip", post("Content-Type: application/json\r\nContent-Encoding: gzip\r\n", gzipped(sms)), "json", true},
	{"deflate", post("Content-Type: application/json\r\nContent-Encoding: deflate\r\n", deflated(sms)), "json", true},
	{"zstd", post("Content-Type: application/json\r\nContent-Encoding: zstd\r\n", zstandard(sms)), "json", true},
	{"identity", post("Content-Type: application/json\r\nContent-Encoding: identity\r\n", sms), "json", true},
	{"brotli", post("Content-Type: application/json\r\nContent-Encoding: br\r\n", sms), "unread", false},
	{"not gzip", post("Content-Type: application/json\r\nContent-Encoding: gzip\r\n", sms), "unread", false},
	{"cut gzip", post("Content-Type: application/json\r\nContent-Encoding: gzip\r\n", gzipped(sms)[:40]), "unread", false},
	{"gzip bomb", post("Content-Type: application/json\r\nContent-Encoding: gzip\r\n", gzipped(strings.Repeat(sms, 60_000))), "unread", false},
	{"text", post("Content-Type: text/plain\r\n", "+306912345678"), "unread", false},
	{"image", post("Content-Type: image/png\r\n", "\x89PNG"), "unread", false},
	{"nothing", post("", ""), "", false},
	{"refused method", strings.Replace(post("", ""), "POST", "GET", 1), "", false},
	{"no route", strings.Replace(post("", ""), "/sms", "/x/306912345678/ada%40example.com", 1), "", false},
	{"malformed target", strings.Replace(post("", ""), "/sms", "/../+306912345678/%zz", 1), "", false},
	{"too large", strings.Replace(post("", ""), "Content-Length: 0", "Content-Length: 99999999", 1), "", false},
}

func TestTagged(t *testing.T) {
	for _, c := range tags {
		spec := testSpec()
		spec.Telemetry.AccessLog.Body = true
		line := logged(t, spec, c.raw)
		var got struct {
			Path, Query, Client, Format, Body string
			UserAgent                         string `json:"user_agent"`
			Fields                            map[string]any
			ID                                string
			TraceID                           string `json:"trace_id"`
			SpanID                            string `json:"span_id"`
		}
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatal(err)
		}
		if got.Format != c.format || (len(got.Fields) > 0) != c.fields {
			t.Errorf("%s: %s", c.name, line)
		}
		if got.Path == "" || got.Query == "" || got.Client == "" || len(got.TraceID) != 32 {
			t.Errorf("%s: a view is missing: %s", c.name, line)
		}
		line = strings.NewReplacer(got.ID, "", got.TraceID, "", got.SpanID, "").Replace(line) // random digits may be any secret
		for _, secret := range []string{"6912345678", "ada@", "ada%40", "203.0.113.45", "HX7QZK"} {
			if strings.Contains(line, secret) {
				t.Errorf("%s: %s in %s", c.name, secret, line)
			}
		}
	}
}

func TestTraceIsAdoptedFromPeersOnly(t *testing.T) {
	const id = "4bf92f3577b34da6a3ce929d0e0e4736"
	raw := post("traceparent: 00-"+id+"-00f067aa0ba902b7-01\r\n", "")
	for peers, want := range map[string]bool{"": false, "198.51.100.0/24": false, "203.0.113.45": true, "203.0.113.0/24": true} {
		spec := testSpec()
		if peers != "" {
			spec.Telemetry.TracePeers = []string{peers}
		}
		if line := logged(t, spec, raw); strings.Contains(line, id) != want {
			t.Errorf("peers %q: %s", peers, line)
		}
	}
}

func TestParseTraceparent(t *testing.T) {
	for value, want := range map[string]bool{
		"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01":    true,
		"01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-xy": true,
		"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-xy": false,
		"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00":    true,
		"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01":    false,
		"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902bg-01":    false,
		"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x":    false,
		"0x-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01":    false,
		"ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01":    false,
		"00-00000000000000000000000000000000-00f067aa0ba902b7-01":    false,
		"00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01":    false,
		"00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01":    false,
		"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0":     false,
		"00x4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01":    false,
		"": false,
	} {
		id, parent, sampled, ok := parseTraceparent([]byte(value))
		if ok != want || ok && (id != telemetry.ID{Hi: 0x4bf92f3577b34da6, Lo: 0xa3ce929d0e0e4736} || parent != 0x00f067aa0ba902b7 || sampled != (value[len(value)-1] != '0')) {
			t.Errorf("%q: %v, %x, %t, %t", value, id, parent, sampled, ok)
		}
	}
}

func TestParseMediaType(t *testing.T) {
	for value, want := range map[string]struct {
		format   redact.Format
		boundary string
	}{
		"application/json":                                         {redact.JSON, ""},
		" Application/JSON ;charset=utf-8":                         {redact.JSON, ""},
		"application/problem+JSON":                                 {redact.JSON, ""},
		"+json":                                                    {redact.Unread, ""},
		"application/jsonp":                                        {redact.Unread, ""},
		"application/x-www-form-urlencoded;charset=x":              {redact.Form, ""},
		"multipart/form-data; boundary=abc":                        {redact.Multipart, "abc"},
		`multipart/form-data; a="b;boundary=x"; boundary="a b"`:    {redact.Multipart, "a b"},
		"multipart/form-data; boundary=a; boundary=b":              {redact.Unread, ""},
		"multipart/form-data; boundary=":                           {redact.Unread, ""},
		"multipart/form-data; Boundary=a;":                         {redact.Multipart, "a"},
		"multipart/form-data; boundary=" + strings.Repeat("a", 71): {redact.Unread, ""},
		"multipart/mixed; boundary=a":                              {redact.Unread, ""},
		"text/plain":                                               {redact.Unread, ""},
		";;;":                                                      {redact.Unread, ""},
	} {
		format, boundary := parseMediaType([]byte(value))
		if format != want.format || string(boundary) != want.boundary {
			t.Errorf("%q: %v, %q", value, format, boundary)
		}
	}
}

var _ Upstream = (*http1.Pool)(nil)

// unroutedPaths are paths for which there is no route, and what of them must not be readable.
var unroutedPaths = []struct{ path, readable string }{
	{"/nowhere/306912345678", ""},
	{"/nowhere/%33%3069%312345678/x", ""},
	{"/nowhere/x-306912345678.json", ""},
	{"/nowhere/306912345678;a=b", ""},
	{"/r/%zz306912345678", ""},
	{"/r/..%2f306912345678", ""},
	{"/nowhere/123456/2026-11-23/v10", "/nowhere/123456/2026-11-23/v10"},
}

func TestNumbersInUnroutedPaths(t *testing.T) {
	for _, c := range unroutedPaths {
		line := logged(t, testSpec(), "GET "+c.path+" HTTP/1.1\r\nHost: api\r\n\r\n")
		if strings.Contains(line, "2345678") || !strings.Contains(line, c.readable) {
			t.Errorf("%s: %s", c.path, line)
		}
	}
}
