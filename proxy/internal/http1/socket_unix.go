//go:build unix && !(linux && (amd64 || arm64))

package http1

import (
	"errors"
	"io"
	"syscall"
)

const direct = true

// recv reads from a socket in non-blocking mode, as the runtime opens them all.
func recv(fd uintptr, p []byte) (int, error) {
	n, err := retried(syscall.Read, fd, p)
	if n == 0 && err == nil {
		return 0, io.EOF
	}
	return n, err
}

// send writes to one what it takes.
func send(fd uintptr, p []byte) (int, error) { return retried(syscall.Write, fd, p) }

func retried(call func(int, []byte) (int, error), fd uintptr, p []byte) (int, error) {
	for {
		n, err := call(int(fd), p)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EAGAIN):
			return 0, errWait
		case err != nil:
			return 0, err
		}
		return n, nil
	}
}
