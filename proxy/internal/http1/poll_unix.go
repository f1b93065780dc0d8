//go:build unix

package http1

import (
	"errors"
	"io"
	"os"
	"syscall"
)

const canReadNow = true

// readNow reads from a socket in non-blocking mode, as the runtime opens them all.
func readNow(fd uintptr, into []byte) (int, error) {
	for {
		n, err := syscall.Read(int(fd), into)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EAGAIN):
			return 0, os.ErrDeadlineExceeded
		case err != nil:
			return 0, err
		case n == 0:
			return 0, io.EOF
		}
		return n, nil
	}
}
