package edge

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// faulty is an upstream with one way to misbehave. It answers honest requests; what it does about those to /…/bad/… is the
// behaviour's.
type faulty struct {
	*behaviour
	address string

	busy atomic.Int64 // connections on which it misbehaves at the moment

	mu   sync.Mutex
	seen map[string]int // how often the request of an id came, whole or in part
}

// link is a connection to a faulty upstream.
type link struct {
	net.Conn
	in *bufio.Reader
}

// say writes text; a client that is gone already is none of the upstream's business.
func (l *link) say(text string) { _, _ = io.WriteString(l, text) }

// drip writes text byte by byte, with that pause between.
func (l *link) drip(text string, pause time.Duration) {
	for i := range len(text) {
		if _, err := l.Write([]byte{text[i]}); err != nil {
			return
		}
		time.Sleep(pause)
	}
}

// hang waits until the other side is gone, or for longer than any subject waits for an upstream.
func (l *link) hang() {
	_ = l.SetReadDeadline(time.Now().Add(4 * upstreamTimeout))
	_, _ = io.Copy(io.Discard, l.in)
}

// reset ends the connection with a reset in place of an end.
func (l *link) reset() {
	_ = l.Conn.(*net.TCPConn).SetLinger(0)
	_ = l.Close()
}

// shut ends one direction.
func (l *link) shut() { _ = l.Conn.(*net.TCPConn).CloseWrite() }

// nobody is an address at which nobody listens. A port that was free a moment ago need not be.
const nobody = "127.0.0.1:1"

func startFaulty(t testing.TB, b *behaviour) *faulty {
	t.Helper()
	f := &faulty{behaviour: b, address: nobody, seen: map[string]int{}}
	if b.deaf {
		return f
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f.address = ln.Addr().String()
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = c.Close() })
			serving.Go(func() {
				bad := f.serve(&link{c, bufio.NewReader(c)})
				_ = c.Close()
				if bad {
					f.busy.Add(-1)
				}
			})
		}
	})
	t.Cleanup(serving.Wait)
	t.Cleanup(func() { _ = ln.Close() })
	return f
}

// serve answers what comes on a connection, until that has to end, and reports whether it misbehaves to the end.
func (f *faulty) serve(l *link) (bad bool) {
	if f.accept != nil && !f.accept(l) {
		return false
	}
	for {
		if f.early != nil {
			if head, err := l.in.Peek(16); err == nil && strings.Contains(string(head), "/bad/") {
				f.busy.Add(1)
				f.note(peekID(l.in))
				f.early(l)
				return true
			}
		}
		in := strictReader{src: l.in}
		m, flaw := in.next()
		if m == nil {
			return false
		}
		bad = strings.Contains(m.target, "/bad/")
		if bad {
			f.busy.Add(1)
		}
		f.note(caseID.FindString(m.target))
		switch {
		case flaw != nil && !lax(flaw):
			return bad
		case f.all != nil:
			if !f.all(l, m) {
				return false
			}
		case !bad:
			l.say(string(echo(m)))
		case f.answer == nil || !f.answer(l, m):
			return true
		default:
			f.busy.Add(-1)
		}
	}
}

// settle waits until nothing of a misbehaviour is still to come.
func (f *faulty) settle() {
	for end := time.Now().Add(patience); f.busy.Load() > 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
}

// peekID returns the id in the first line, of which nothing is read.
func peekID(in *bufio.Reader) string {
	for n := 16; n < 512; n++ {
		text, err := in.Peek(n)
		if id := caseID.Find(text); id != nil || err != nil {
			return string(id)
		}
	}
	return ""
}

func (f *faulty) note(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen[id]++
}

func (f *faulty) times(id string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seen[id]
}

// strays returns how many requests came that carry no id.
func (f *faulty) strays() int { return f.times("") }

// ending returns an answer with that framing, of which the text after the framing is up to the behaviour.
func ending(lines ...string) string {
	return "HTTP/1.1 200 OK\r\n" + strings.Join(append(lines, ""), "\r\n") + "\r\n"
}

// length frames text by its length.
func length(text string) string { return fmt.Sprintf("Content-Length: %d", len(text)) }
