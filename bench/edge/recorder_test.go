package edge

import (
	"bufio"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// recorder is an upstream that keeps every byte that reached it, as requests, and answers each with what it was.
type recorder struct {
	ln net.Listener

	mu   sync.Mutex
	seen map[string][]arrival // by the case whose id they carry
	lost []arrival            // those that carry no id, or more than one
}

// arrival is one request that reached the upstream.
type arrival struct {
	*message
	flaw error
}

var caseID = regexp.MustCompile(`k[0-9]{4,6}z`)

func startRecorder(t testing.TB) *recorder {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{ln: ln, seen: map[string][]arrival{}}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = c.Close() })
			serving.Go(func() { r.serve(c) })
		}
	})
	t.Cleanup(serving.Wait)
	t.Cleanup(func() { _ = ln.Close() })
	return r
}

func (r *recorder) serve(c net.Conn) {
	defer c.Close()
	in := strictReader{src: bufio.NewReader(c)}
	for {
		m, flaw := in.next()
		if m == nil {
			return
		}
		r.note(arrival{m, flaw})
		if flaw != nil && !lax(flaw) {
			_, _ = c.Write([]byte("HTTP/1.1 400 Flawed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
			return
		}
		if _, err := c.Write(echo(m)); err != nil {
			return
		}
	}
}

// body is that of an honest answer.
func body(m *message) string { return m.method + " " + m.target + "\n" + m.body }

// oneChunk is that body as a chunk.
func oneChunk(m *message) string { return fmt.Sprintf("%x\r\n%s\r\n", len(body(m)), body(m)) }

// echo answers a request with what it was.
func echo(m *message) []byte {
	text := body(m)
	head := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", len(text))
	if m.method == "HEAD" {
		return []byte(head)
	}
	return []byte(head + text)
}

func (r *recorder) note(a arrival) {
	ids := caseID.FindAllString(string(a.raw), -1)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(ids) != 1 {
		r.lost = append(r.lost, a)
		return
	}
	r.seen[ids[0]] = append(r.seen[ids[0]], a)
}

// of returns what arrived of one case, in order.
func (r *recorder) of(id string) []arrival {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.seen[id])
}

// strays returns what arrived and belongs to no case.
func (r *recorder) strays() (raw []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range r.lost {
		raw = append(raw, strings.ToValidUTF8(string(a.raw), "?"))
	}
	return raw
}
