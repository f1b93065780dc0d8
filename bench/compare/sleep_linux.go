package main

import (
	"syscall"
	"time"
)

// sleep sleeps in the system and not by Go's timers, which may be a millisecond late in an idle process. Woken early it is
// early.
func sleep(d time.Duration) {
	t := syscall.NsecToTimespec(int64(d))
	_ = syscall.Nanosleep(&t, nil)
}
