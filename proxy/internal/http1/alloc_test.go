package http1

import (
	"bytes"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// startConstant answers whatever comes with constant bytes and without allocating: one answer for every time that the end
// of a request shows, which is its last four bytes.
func startConstant(t testing.TB, answer, end string) *Pool {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	t.Cleanup(serving.Wait)
	t.Cleanup(func() { _ = ln.Close() })
	serving.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				defer func() { _ = c.Close() }()
				buf, out, last := make([]byte, 64<<10), []byte(answer), []byte(end)
				for {
					n, err := c.Read(buf)
					if err != nil {
						return
					}
					if bytes.HasSuffix(buf[:n], last) {
						_, _ = c.Write(out)
					}
				}
			})
		}
	})
	return newPool(t, Options{Address: ln.Addr().String()})
}

var constantAnswers = []struct{ name, answer string }{
	{"length", "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 15\r\nServer: s\r\n\r\n{\"trackingId\":1"},
	{"chunked", "HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\nKeep-Alive: timeout=60\r\n\r\n5\r\n{\"tra\r\na;x\r\nckingId\":1\r\n0\r\n\r\n"},
	{"large", "HTTP/1.1 200 OK\r\nContent-Length: 40000\r\n\r\n" + strings.Repeat("x", 40000)},
}

func TestNoAllocation(t *testing.T) {
	for _, tt := range constantAnswers {
		p := startConstant(t, tt.answer, "end.")
		req, resp := request("POST", "/sms", strings.Repeat("x", 200)+"end."), Response{}
		do := func() {
			if err := p.Do(req, &resp, soon()); err != nil || len(resp.Body) < 15 {
				t.Fatalf("%s: %v", tt.name, err)
			}
		}
		do()
		if n := testing.AllocsPerRun(100, do); n != 0 {
			t.Errorf("%s: %v allocations in an exchange", tt.name, n)
		}
	}
}

func TestNoAllocationOfFields(t *testing.T) {
	for _, host := range []string{"api.example", "[2001:db8:1:2:3:4:5:6]:8443", "[::ffff:192.168.100.200]"} {
		block := []byte("Host: " + host + "\r\nConnection: keep-alive, x-a\r\nX-A: 1\r\nContent-Length: 3\r\nAccept: */*\r\n\r\n")
		var f Fields
		dst, method, target := make([]byte, 0, 1<<10), []byte("H"), []byte("/")
		if n := testing.AllocsPerRun(100, func() {
			if f.Parse(block, 100) != NoFlaw || f.RequestFlaw(false) != NoFlaw {
				t.Fatal("refused")
			}
			dst, _ = AppendRequestLine(dst[:0], method, target)
			dst = AppendHeadEnd(AppendContentLength(f.AppendEndToEnd(dst), 3))
			dst, _ = AppendField(dst, "Host", f.Host())
		}); n != 0 {
			t.Errorf("%s: %v allocations", host, n)
		}
	}
}

func BenchmarkDo(b *testing.B) {
	for _, tt := range constantAnswers {
		b.Run(tt.name, func(b *testing.B) {
			p := startConstant(b, tt.answer, "end.")
			req, resp := request("POST", "/sms", strings.Repeat("x", 200)+"end."), Response{}
			deadline := time.Now().Add(time.Hour)
			b.SetBytes(int64(len(tt.answer)))
			b.ReportAllocs()
			for b.Loop() {
				if err := p.Do(req, &resp, deadline); err != nil || resp.Status == 0 {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkFields(b *testing.B) {
	block := []byte("Host: api.example\r\nUser-Agent: curl/8.14.1\r\nAccept: */*\r\nContent-Type: application/json\r\n" +
		"Authorization: Bearer 0123456789abcdef0123456789abcdef\r\nConnection: keep-alive\r\nContent-Length: 120\r\n\r\n")
	var f Fields
	b.SetBytes(int64(len(block)))
	b.ReportAllocs()
	for b.Loop() {
		if flaw := f.Parse(block, 100); flaw != NoFlaw || f.ContentLength != 120 {
			b.Fatal(flaw)
		}
	}
}

func BenchmarkAnswer(b *testing.B) {
	for _, tt := range constantAnswers {
		b.Run(tt.name, func(b *testing.B) {
			src, resp := strings.NewReader(tt.answer), Response{}
			b.SetBytes(int64(len(tt.answer)))
			b.ReportAllocs()
			for b.Loop() {
				src.Reset(tt.answer)
				if _, f := readAnswer(&resp, src, false, limits{head: 32 << 10, body: 1 << 20}); f.is() {
					b.Fatal(f)
				}
			}
		})
	}
}

func BenchmarkAuthority(b *testing.B) {
	for _, host := range []string{"api.example:8443", "[2001:db8:1:2:3:4:5:6]:8443"} {
		b.Run(host, func(b *testing.B) {
			text := []byte(host)
			b.ReportAllocs()
			for b.Loop() {
				if !validAuthority(text) {
					b.Fatal("refused")
				}
			}
		})
	}
}
