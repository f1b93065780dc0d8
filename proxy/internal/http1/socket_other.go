//go:build !unix

package http1

// Without a way to ask a socket, no connection is used twice.
const direct = false

func recv(uintptr, []byte) (int, error) { return 0, errWait }

func send(uintptr, []byte) (int, error) { return 0, errWait }
