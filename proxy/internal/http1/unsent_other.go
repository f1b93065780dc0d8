//go:build !linux

package http1

import "net"

// boundUnsent leaves to the system how much of an answer it takes.
func boundUnsent(net.Conn) {}
