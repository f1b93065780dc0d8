package main

import (
	"io"
	"net"
	"os"
	"syscall"
	"testing"
)

// scarce is a listener that fails with one error after the other.
type scarce struct {
	net.Listener
	errs []error
}

func (l *scarce) Accept() (net.Conn, error) {
	err := l.errs[0]
	l.errs = l.errs[1:]
	return nil, err
}

// TestListenerOutlivesShortage goes on while there are no open files left, and ends with any other error.
func TestListenerOutlivesShortage(t *testing.T) {
	var told int
	lack := &net.OpError{Op: "accept", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
	l := patient{&scarce{errs: []error{lack, lack, io.ErrClosedPipe}}, func() { told++ }}
	if _, err := l.Accept(); err != io.ErrClosedPipe {
		t.Errorf("ended with %v", err)
	}
	if told != 1 {
		t.Errorf("told %d times of one shortage", told)
	}
}
