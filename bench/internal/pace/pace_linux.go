// Package pace pauses load generators between what they send.
package pace

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Pacer pauses with the precision of the kernel's timers. Go's own timers are rounded up to a whole millisecond when nothing
// else happens in the process, which would be charged to the target as latency; a blocking system call would hold a
// processor that the answers need.
type Pacer struct {
	file *os.File // a timerfd, which the runtime polls
	buf  [8]byte
}

// New returns a Pacer for one goroutine. Who made it closes it.
func New() (*Pacer, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, err
	}
	return &Pacer{file: os.NewFile(uintptr(fd), "timer")}, nil
}

// Pause returns after d, or after [Pacer.Close].
func (p *Pacer) Pause(d time.Duration) {
	control, err := p.file.SyscallConn()
	if err != nil {
		return
	}
	when := unix.ItimerSpec{Value: unix.NsecToTimespec(max(1, d.Nanoseconds()))}
	var setting error
	if control.Control(func(fd uintptr) { setting = unix.TimerfdSettime(int(fd), 0, &when, nil) }) == nil && setting == nil {
		p.file.Read(p.buf[:])
	}
}

// Close gives the timer back.
func (p *Pacer) Close() { p.file.Close() }
