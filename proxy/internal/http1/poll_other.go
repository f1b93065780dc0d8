//go:build !unix

package http1

import "io"

// readNow cannot tell on this system, so that no connection is used twice.
func readNow(uintptr, []byte) (int, error) { return 0, io.EOF }
