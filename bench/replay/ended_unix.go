//go:build unix

package replay

import (
	"net"
	"syscall"
)

// ended reports whether the other side has closed a connection, or said something that nobody asked for. It does not wait.
func ended(c net.Conn) bool {
	if over, ok := c.(interface{ NetConn() net.Conn }); ok {
		c = over.NetConn() // of TLS: what came may also be a ticket, which costs a new connection at worst
	}
	raw, ok := c.(syscall.Conn)
	if !ok {
		return false
	}
	control, err := raw.SyscallConn()
	if err != nil {
		return false
	}
	var quiet bool
	err = control.Read(func(fd uintptr) bool {
		var b [1]byte
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		quiet = err == syscall.EAGAIN
		return true
	})
	return err != nil || !quiet
}
