package http1

import (
	"net"
	"syscall"
)

// tcpNotSentLowat is the option of that name, which package syscall does not have.
const tcpNotSentLowat = 25

// boundUnsent makes the system take no more of an answer than unsentBytes beyond what is on its way to the client. By itself it
// takes megabytes for each client that reads slowly, and where a few hundred of them have used its memory up all others wait.
func boundUnsent(nc net.Conn) {
	socket, ok := below(nc).(syscall.Conn)
	if !ok {
		return
	}
	if raw, err := socket.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) {
			_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpNotSentLowat, unsentBytes)
		})
	}
}
