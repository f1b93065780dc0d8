package http1

import (
	"io"
	"net"
	"testing"
	"time"
)

// TestSystemTakesLittleAhead holds what a client that reads nothing makes the system keep of an answer: it is no memory of
// this process, and yet of the machine.
func TestSystemTakesLittleAhead(t *testing.T) {
	limits := clientLimits
	limits.WriteTime = time.Second
	taken := make(chan int, 1)
	s := NewServer(ServerOptions{
		Limits: func() ServerLimits { return limits },
		Handle: func(in *Incoming) {
			var r Reply
			r.Begin(in, 200, nil)
			r.Stream(-1)
			n := 0
			for part := make([]byte, pieceSize); r.Pass(part); {
				n += len(part)
			}
			taken <- n
		},
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error)
	go func() { served <- s.Serve(ln) }()
	nc, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = nc.Close() }()
	if err := nc.(*net.TCPConn).SetReadBuffer(8 << 10); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(nc, nextRequest)
	if n := <-taken; n > 8*unsentBytes {
		t.Errorf("it took %d bytes", n)
	} else {
		t.Logf("it took %d bytes", n)
	}
	_ = s.Shutdown(t.Context())
	<-served
}
