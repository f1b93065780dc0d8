package http1

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// sockets returns a socket over TCP and its peer.
func sockets(t *testing.T) (*socket, *net.TCPConn, *net.TCPConn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	ours, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	peer, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = ours.Close()
		_ = peer.Close()
	})
	s := new(socket)
	if s.init(ours); s.raw == nil {
		t.Skip("no socket can be asked here")
	}
	return s, ours.(*net.TCPConn), peer.(*net.TCPConn)
}

func TestAskOfAQuietSocket(t *testing.T) {
	s, _, peer := sockets(t)
	go func() {
		var b [4]byte
		_, _ = io.ReadFull(peer, b[:])
		_, _ = peer.Write(bytes.ToUpper(b[:]))
	}()
	buf := append(make([]byte, 0, 64), "ping"...)
	state, n, err := s.ask(buf, buf[:cap(buf)])
	if state != answered || err != nil || string(buf[:n]) != "PING" {
		t.Errorf("%v, %q, %v", state, buf[:n], err)
	}
}

func TestAskWritesNothingToOneThatIsNotQuiet(t *testing.T) {
	for _, upset := range []func(*net.TCPConn){
		func(c *net.TCPConn) { _, _ = c.Write([]byte("xx")) },
		func(c *net.TCPConn) { _ = c.CloseWrite() },
	} {
		s, ours, peer := sockets(t)
		upset(peer)
		_, _ = ours.Read(make([]byte, 1)) // waits until it has arrived, and leaves an x, or the end
		if state, _, _ := s.ask([]byte("ping"), make([]byte, 64)); state != unasked {
			t.Errorf("%v", state)
		}
		_ = ours.CloseWrite()
		if got, _ := io.ReadAll(peer); len(got) > 0 {
			t.Errorf("%q was written", got)
		}
	}
}

func TestAskEnds(t *testing.T) {
	s, ours, peer := sockets(t)
	if err := ours.SetDeadline(soon()); err != nil {
		t.Fatal(err)
	}
	read := make(chan string, 1)
	go func() {
		var got [4]byte
		_, _ = io.ReadFull(peer, got[:])
		read <- string(got[:])
		_ = ours.SetDeadline(time.Now()) // once all was written, however long that took
	}()
	state, n, err := s.ask([]byte("ping"), make([]byte, 64))
	if state != answered || n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%v, %d, %v", state, n, err)
	}
	if state, n, err = s.ask([]byte("more"), make([]byte, 64)); state != unsent || n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("behind the deadline: %v, %d, %v", state, n, err)
	}
	_ = ours.CloseWrite()
	got := <-read
	if rest, _ := io.ReadAll(peer); got != "ping" || len(rest) > 0 {
		t.Errorf("%q was written, and %q", got, rest)
	}
}

// TestAskOfAFullSocket holds that what was written of a request is told when the socket does not take all.
func TestAskOfAFullSocket(t *testing.T) {
	s, ours, peer := sockets(t)
	huge := make([]byte, 32<<20)
	state, n, err := s.ask(huge, make([]byte, 64))
	if state != unsent || n <= 0 || n >= len(huge) || err != nil {
		t.Fatalf("%v, %d, %v", state, n, err)
	}
	read := make(chan int)
	go func() {
		m, _ := io.Copy(io.Discard, peer)
		read <- int(m)
	}()
	if m, err := s.Write(huge[n:]); m != len(huge)-n || err != nil {
		t.Errorf("%d, %v", m, err)
	}
	_ = ours.CloseWrite()
	if got := <-read; got != len(huge) {
		t.Errorf("%d bytes arrived of %d", got, len(huge))
	}
}

func TestDeadlinesAreSetSeldomAndNeverEarly(t *testing.T) {
	_, ours, _ := sockets(t)
	c, _ := newConn(ours, nil, time.Time{})
	start := now()
	set := 0
	for ms := range 1000 {
		at := start.add(time.Duration(ms) * time.Millisecond)
		before, deadline := c.armed, at.add(10*time.Second)
		if !c.arm(at, deadline) {
			t.Fatal("not set")
		}
		if late := c.armed.sub(deadline); late < 0 || late > 10*time.Second/32 {
			t.Fatalf("late by %v", late)
		}
		if c.armed != before {
			set++
		}
	}
	if set > 4 {
		t.Errorf("set %d times in a second", set)
	}
	if c.arm(start, start.add(time.Second)); c.armed.sub(start) > 1100*time.Millisecond {
		t.Error("a shorter one was not set")
	}
}
