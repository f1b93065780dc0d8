package main

import (
	"errors"
	"net"
	"syscall"
	"time"
)

// acceptPause is how long a listener waits when the system has nothing left for one more connection.
const acceptPause = 50 * time.Millisecond

// patient is a listener that outlives a shortage: a client that opens more connections than the process may have open files
// must not end the service of all the others. The connections that wait stay in the system's queue until some have closed.
type patient struct {
	net.Listener
	short func() // is told when a shortage begins
}

// Accept waits for a connection, however short the system is.
func (l patient) Accept() (net.Conn, error) {
	for told := false; ; told = true {
		c, err := l.Listener.Accept()
		if !shortage(err) {
			return c, err
		}
		if !told {
			l.short()
		}
		time.Sleep(acceptPause)
	}
}

// shortage reports whether err says that the system had no file, buffer or memory left: a state that passes.
func shortage(err error) bool {
	for _, lack := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM} {
		if errors.Is(err, lack) {
			return true
		}
	}
	return false
}
