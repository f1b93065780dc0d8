package replay

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// answering dials connections on which each request is given to serve, until that reports an end.
func answering(seen *atomic.Int64, serve func(n int64, c net.Conn) bool) dialer {
	return func(context.Context, *target) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer theirs.Close()
			for in := bufio.NewReader(theirs); ; {
				req, err := http.ReadRequest(in)
				if err != nil {
					return
				}
				io.Copy(io.Discard, req.Body)
				if !serve(seen.Add(1), theirs) {
					return
				}
			}
		}()
		return ours, nil
	}
}

func saying(text string, goOn bool) func(int64, net.Conn) bool {
	return func(_ int64, c net.Conn) bool {
		io.WriteString(c, text)
		return goOn
	}
}

// TestExchange reads answers of every framing, and none, and sends each request once.
func TestExchange(t *testing.T) {
	for _, tt := range []struct {
		name, method, text string
		goOn               bool
		want               answer
		reused             bool
	}{
		{"length", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", true, answer{Answered, 200, 5}, true},
		{"chunks", "GET", "HTTP/1.1 202 OK\r\nTransfer-Encoding: chunked\r\n\r\nA;x=y\r\n0123456789\r\n2\r\nab\r\n0\r\nT: v\r\n\r\n", true, answer{Answered, 202, 12}, true},
		{"continue", "POST", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 OK\r\nContent-Length: 1\r\n\r\nx", true, answer{Answered, 201, 1}, true},
		{"no content", "DELETE", "HTTP/1.1 204 No Content\r\n\r\n", true, answer{Answered, 204, 0}, true},
		{"head", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", true, answer{Answered, 200, 0}, true},
		{"close", "GET", "HTTP/1.1 500 Oops\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx", false, answer{Answered, 500, 1}, false},
		{"until the end", "GET", "HTTP/1.1 200 OK\r\n\r\nabc", false, answer{Answered, 200, 3}, false},
		{"more than asked", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxyz", true, answer{Answered, 200, 1}, false},
		{"nothing", "GET", "", false, answer{failure: Closed}, false},
		{"half a head", "GET", "HTTP/1.1 200 OK\r\nContent-Le", false, answer{failure: Closed}, false},
		{"half a body", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe", false, answer{failure: Closed}, false},
		{"bad chunk", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", false, answer{failure: Malformed}, false},
		{"no HTTP", "GET", "SSH-2.0-OpenSSH_9.2 306912345678\r\n\r\n", false, answer{failure: Malformed}, false},
		{"silence in a head", "GET", "HTTP/1.1 200 OK\r\nContent-Le", true, answer{failure: Timeout}, false},
		{"silence in a body", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe", true, answer{failure: Timeout}, false},
		{"silence", "GET", "", true, answer{failure: Timeout}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // so that a target that is late says nothing at all
				var seen atomic.Int64
				c := conn{target: &target{}, dial: answering(&seen, saying(tt.text, tt.goOn))}
				defer c.close()
				req := &request{bytes: []byte(tt.method + " / HTTP/1.1\r\nHost: a\r\n\r\n"), head: tt.method == "HEAD"}
				for n := int64(1); n <= 2; n++ {
					if got := c.exchange(context.Background(), req, time.Now().Add(10*time.Second)); got != tt.want {
						t.Errorf("answer %+v, want %+v", got, tt.want)
					}
					if seen.Load() != n {
						t.Errorf("the target has seen %d requests, want %d", seen.Load(), n)
					}
					if reusable := c.net.Conn != nil; reusable != tt.reused {
						t.Errorf("the connection is kept: %v", reusable)
					}
				}
			})
		})
	}
}

// TestConnectFailure counts what never reached a target.
func TestConnectFailure(t *testing.T) {
	c := conn{target: &target{address: "127.0.0.1:1"}, dial: dial} // nobody listens there; a port that was free a moment ago need not be
	if got := c.exchange(context.Background(), &request{}, time.Now().Add(10*time.Second)); got.failure != Connect {
		t.Errorf("%v", got.failure)
	}
}

// TestEnded tells connections that their peer has closed from those that are only quiet.
func TestEnded(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	ours, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	theirs, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if ended(ours) {
		t.Error("a quiet connection is taken for closed")
	}
	theirs.Close()
	for !ended(ours) { // the test's own limit ends this if it never comes
		time.Sleep(time.Millisecond)
	}
}

// canned is a connection whose every read gives the same whole answer.
type canned struct {
	net.Conn
	text []byte
}

func (c canned) Read(b []byte) (int, error)  { return copy(b, c.text), nil }
func (c canned) Write(b []byte) (int, error) { return len(b), nil }
func (canned) SetDeadline(time.Time) error   { return nil }
func (canned) Close() error                  { return nil }

// TestSendingAllocatesNothing runs a request from its job to its count.
func TestSendingAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for _, text := range []string{
		"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\nhello",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
	} {
		file := writeCapture(t, captureHead, get(0, "/"))
		capture, err := Open([]string{file}, CaptureOptions{Targets: testTargets(t), Repeat: true})
		if err != nil {
			t.Fatal(err)
		}
		plan := Plan{Rate: 1, dial: func(context.Context, *target) (net.Conn, error) { return canned{text: []byte(text)}, nil }}
		plan.fill()
		r := &run{plan: plan, capture: capture, record: newRecorder()}
		w := r.newWorker()
		ctx := context.Background()
		allocs := testing.AllocsPerRun(1000, func() {
			req, _, _ := capture.source.next()
			w.do(ctx, job{req, time.Now()})
		})
		if allocs != 0 {
			t.Errorf("%v allocations a request", allocs)
		}
		if n := r.record.failures[Answered]; n != 1001 {
			t.Errorf("%d answers", n)
		}
	}
}
