package edge

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	hoarders     = 400
	hoardedTaken = 160 << 20 // bytes, of our process, for each kind of hoarder
)

// hoarder is a client that wants the proxy to keep as much as it can.
type hoarder struct {
	name string
	run  func(c net.Conn)
}

// flood writes text until the other side does not take it any more, or until that is no news.
func flood(c net.Conn, text string, most int) {
	for n := 0; n < most; n += len(text) {
		if _, err := io.WriteString(c, text); err != nil {
			return
		}
	}
}

// grows is a small body that is inflated to 4 MiB.
var grows = func() string {
	var b strings.Builder
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, strings.Repeat("x", 4<<20))
	_ = w.Close()
	return b.String()
}()

var hoarding = []hoarder{
	{"heads without end", func(c net.Conn) {
		flood(c, "GET /m/x HTTP/1.1\r\nHost: edge.test\r\nX-"+strings.Repeat("x", 1000)+": y\r\n", 1)
		flood(c, "X-A: "+strings.Repeat("x", 1000)+"\r\n", 4<<20)
	}},
	{"heads that stop", func(c net.Conn) {
		flood(c, "GET /m/x HTTP/1.1\r\nHost: edge.test\r\nX-A: "+strings.Repeat("x", 15_000), 1)
		_, _ = io.Copy(io.Discard, c)
	}},
	{"bodies that stop", func(c net.Conn) {
		flood(c, "POST /m/x HTTP/1.1\r\nHost: edge.test\r\nContent-Length: 1000000\r\n\r\n"+strings.Repeat("x", 999_999), 1)
		_, _ = io.Copy(io.Discard, c)
	}},
	{"chunks without end", func(c net.Conn) {
		flood(c, "POST /m/x HTTP/1.1\r\nHost: edge.test\r\nTransfer-Encoding: chunked\r\n\r\n", 1)
		flood(c, "1;"+strings.Repeat("x", 200)+"\r\nx\r\n", 4<<20)
	}},
	{"answers without end", func(c net.Conn) {
		flood(c, "GET /m/endless HTTP/1.1\r\nHost: edge.test\r\n\r\n", 1)
		_, _ = io.Copy(io.Discard, c)
	}},
	{"heads of answers without end", func(c net.Conn) {
		flood(c, "GET /m/head HTTP/1.1\r\nHost: edge.test\r\n\r\n", 1)
		_, _ = io.Copy(io.Discard, c)
	}},
	{"answers that nobody reads", func(c net.Conn) {
		_ = c.(*net.TCPConn).SetReadBuffer(4 << 10)
		flood(c, "GET /m/endless HTTP/1.1\r\nHost: edge.test\r\n\r\n", 1)
		time.Sleep(time.Second)
	}},
	{"answers to HTTP/1.0 that nobody reads", func(c net.Conn) {
		_ = c.(*net.TCPConn).SetReadBuffer(4 << 10)
		flood(c, "GET /m/endless HTTP/1.0\r\nHost: edge.test\r\n\r\n", 1)
		time.Sleep(time.Second)
	}},
	{"bodies that grow", func(c net.Conn) {
		flood(c, fmt.Sprintf("POST /m/hang HTTP/1.1\r\nHost: edge.test\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(grows), grows), 1)
		_, _ = io.Copy(io.Discard, c)
	}},
	{"requests whose answers nobody reads", func(c net.Conn) {
		_ = c.(*net.TCPConn).SetReadBuffer(4 << 10)
		_ = c.SetWriteDeadline(time.Now().Add(time.Second))
		flood(c, strings.Repeat("GET /m/x HTTP/1.1\r\nHost: edge.test\r\n\r\n", 100), 4<<20)
	}},
}

// TestMemory bounds what clients and upstreams can make the proxy keep, many at once.
func TestMemory(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("takes its time, and the program is the same with the race detector in the test")
	}
	up := startHoarded(t)
	for _, h := range hoarding {
		t.Run(h.name, func(t *testing.T) {
			r := subjects[0].start(t, []backend{{name: "up", prefix: "/m/", address: up}}, times{client: 2 * time.Second, upstream: 2 * time.Second})
			idle := r.peakMemory()
			var all sync.WaitGroup
			for range hoarders {
				all.Go(func() {
					c, err := net.Dial("tcp", r.address)
					if err != nil {
						return
					}
					defer c.Close()
					_ = c.SetDeadline(time.Now().Add(patience))
					h.run(c)
				})
			}
			all.Wait()
			client := caller{address: r.address}
			defer client.close()
			if o := client.ask("POST", "/m/x"); !o.success() {
				t.Errorf("an honest request behind them: status %d", o.status)
			}
			peak := r.peakMemory()
			t.Logf("%d MiB at rest, %d MiB at most", idle>>20, peak>>20)
			if peak > hoardedTaken {
				t.Errorf("it took %d MiB", peak>>20)
			}
			if code := r.stop(t); code != 0 {
				t.Errorf("exit code %d", code)
			}
		})
	}
}

// startHoarded serves answers, and of those to /m/endless and /m/head as much as anybody takes.
func startHoarded(t testing.TB) (address string) {
	part := bytes.Repeat([]byte("x"), 32<<10)
	chunk := fmt.Appendf(nil, "%x\r\n%s\r\n", len(part), part)
	endless := func(l *link, begin string, again []byte) bool {
		l.say(begin)
		for end := time.Now().Add(patience); time.Now().Before(end); {
			if _, err := l.Write(again); err != nil {
				break
			}
		}
		return false
	}
	f := startFaulty(t, &behaviour{name: "hoarded", all: func(l *link, m *message) bool {
		switch m.target {
		case "/m/endless":
			return endless(l, inChunks, chunk)
		case "/m/hang":
			time.Sleep(3 * time.Second)
		case "/m/head":
			return endless(l, "HTTP/1.1 200 OK\r\n", []byte("X-A: "+strings.Repeat("x", 1000)+"\r\n"))
		}
		l.say(string(echo(m)))
		return true
	}})
	return f.address
}
