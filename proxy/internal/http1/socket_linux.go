//go:build linux && (amd64 || arm64)

package http1

import (
	"io"
	"syscall"
	"unsafe"
)

const direct = true

// recv reads from a socket what is there. The call never waits, so the scheduler is not told of it: telling costs as much as
// the read of a small message, and keeps the runtime's watch over system calls awake.
func recv(fd uintptr, p []byte) (int, error) {
	n, e := call(syscall.SYS_RECVFROM, fd, p, syscall.MSG_DONTWAIT)
	switch {
	case e != 0:
		return 0, errorOf(e)
	case n == 0:
		return 0, io.EOF
	}
	return int(n), nil
}

// send writes to a socket what it takes.
func send(fd uintptr, p []byte) (int, error) {
	n, e := call(syscall.SYS_SENDTO, fd, p, syscall.MSG_DONTWAIT|syscall.MSG_NOSIGNAL)
	if e != 0 {
		return 0, errorOf(e)
	}
	return int(n), nil
}

func call(trap, fd uintptr, p []byte, flags uintptr) (n uintptr, e syscall.Errno) {
	for {
		// p is not empty, and lives until the call returns.
		n, _, e = syscall.RawSyscall6(trap, fd, uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)), flags, 0, 0)
		if e != syscall.EINTR {
			return n, e
		}
	}
}

func errorOf(e syscall.Errno) error {
	if e == syscall.EAGAIN {
		return errWait
	}
	return e
}
