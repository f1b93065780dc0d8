package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/piiproxy/piiproxy/proxy/config"
)

const (
	maxReceived     = 32      // requests that a simulator keeps
	maxReceivedBody = 1 << 20 // bytes of a request that it takes
)

// simulator stands for another party on loopback. It keeps the last requests and shows them at /received, so that anybody
// can see what reached it. What it shows is personal data, as at the party that it stands for.
type simulator struct {
	name   string
	answer func(w http.ResponseWriter, r *http.Request, body []byte)
	ln     net.Listener
	server http.Server

	mu       sync.Mutex
	observer func(*receivedRequest) // nil: nobody
	received []receivedRequest
	count    int
}

// receivedRequest is one request as a simulator got it.
type receivedRequest struct {
	Number  int         `json:"number"`
	Method  string      `json:"method"`
	Target  string      `json:"target"`
	Headers http.Header `json:"headers"`
	Body    string      `json:"body"`
}

// startSimulator makes a simulator that listens. It is up to the caller to close it.
func startSimulator(name string, spec config.Simulator) (*simulator, error) {
	answer, ok := simulatorAnswers[spec.Kind]
	if !ok {
		return nil, errors.New("no such kind of simulator")
	}
	ln, err := listen(spec.Address)
	if err != nil {
		return nil, err
	}
	if a, ok := ln.Addr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
		ln.Close()
		return nil, errors.New("a simulator shows what it received to everybody: it can listen on loopback only")
	}
	s := &simulator{name: name, answer: answer, ln: ln}
	s.server = http.Server{
		Handler:           s,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		ErrorLog:          log.New(io.Discard, "", 0), // it quotes what it cannot read
	}
	go func() { _ = s.server.Serve(ln) }() // ends with close
	return s, nil
}

func (s *simulator) address() string { return s.ln.Addr().String() }

func (s *simulator) close(ctx context.Context) {
	if s.server.Shutdown(ctx) != nil {
		s.server.Close()
	}
}

// ServeHTTP keeps the request and answers it.
func (s *simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/received" {
		s.show(w, r)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxReceivedBody))
	if err != nil {
		writeJSON(w, http.StatusRequestEntityTooLarge, map[string]any{"error": "too large, or cut short"})
		return
	}
	s.keep(receivedRequest{Method: r.Method, Target: r.RequestURI, Headers: r.Header, Body: string(body)})
	s.answer(w, r, body)
}

// observe lets somebody see each request from now on. He keeps nothing of it.
func (s *simulator) observe(by func(*receivedRequest)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.observer = by
}

func (s *simulator) keep(r receivedRequest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	r.Number = s.count
	if s.observer != nil {
		s.observer(&r)
	}
	s.received = append(s.received, r)
	if len(s.received) > maxReceived {
		s.received = s.received[1:]
	}
}

// show answers with the requests so far, the oldest first, and forgets them on DELETE.
func (s *simulator) show(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Method == http.MethodDelete {
		s.received = nil
	}
	all := s.received
	if all == nil {
		all = []receivedRequest{}
	}
	writeJSON(w, http.StatusOK, all)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(v) // the client is gone
}

// listen opens a TCP listener. Its error says which class of fault it was, and what to do.
func listen(address string) (net.Listener, error) {
	ln, err := net.Listen("tcp", address)
	if err == nil {
		return ln, nil
	}
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	return nil, hinted(fmt.Errorf("cannot listen on %s: %w", address, err), "--listen NAME=HOST:PORT takes another address; port 0 is any free one")
}
