package main

import (
	"bufio"
	"bytes"
	"net"
	"sync"
	"sync/atomic"
)

const (
	spansPath  = "/v1/traces"
	answerBody = `{"trackingId":"5f0c1b2e4cedfd0001c0ffee","status":"Queued","createdAt":"2026-11-23T10:00:00Z","from":"ACME","flash":false}`
)

var (
	answer      = []byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 122\r\n\r\n" + answerBody)
	spansAnswer = []byte("HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n")
)

// upstream answers every request with the same, at the least cost. It also takes spans.
type upstream struct {
	ln    net.Listener
	conns sync.WaitGroup

	watching atomic.Bool
	last     atomic.Pointer[[]byte] // the body of the last request, while watching
	mu       sync.Mutex
	spans    []byte // all that came, while watching
}

// serveUpstream serves one until the process ends.
func serveUpstream(address string) error {
	u, err := startUpstream(address)
	if err == nil {
		u.conns.Wait()
	}
	return err
}

func startUpstream(address string) (*upstream, error) {
	ln, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	u := &upstream{ln: ln}
	u.conns.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				u.serve(conn)
			}()
		}
	})
	return u, nil
}

func (u *upstream) address() string { return u.ln.Addr().String() }

// serve answers on one connection until its client has gone.
func (u *upstream) serve(conn net.Conn) {
	r := bufio.NewReaderSize(conn, 16<<10)
	for {
		s, err := readHead(r)
		if err != nil {
			return
		}
		var body *[]byte
		if u.watching.Load() {
			body = new([]byte)
		}
		if discard(r, s.length, body) != nil {
			return
		}
		reply := answer
		if s.spans {
			reply = spansAnswer
		}
		if body != nil {
			u.keep(*body, s.spans)
		}
		if _, err := conn.Write(reply); err != nil {
			return
		}
	}
}

// watch begins, or ends, to keep what comes.
func (u *upstream) watch(on bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.spans = nil
	u.last.Store(nil)
	u.watching.Store(on)
}

func (u *upstream) keep(body []byte, spans bool) {
	if !spans {
		u.last.Store(&body)
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.spans = append(u.spans, body...)
}

// seen returns the spans that came.
func (u *upstream) seen() []byte {
	u.mu.Lock()
	defer u.mu.Unlock()
	return bytes.Clone(u.spans)
}

// close takes no more connections; those that there are end with their clients.
func (u *upstream) close() {
	_ = u.ln.Close()
	u.conns.Wait()
}
