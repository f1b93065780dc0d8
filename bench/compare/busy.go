package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// usage is what the machine's processors had done at some time.
type usage struct {
	all, busy time.Duration // of all processors
	ours      time.Duration // of it, by this program and by all that it started and that has ended
}

// take returns the usage now. What the system does not tell is 0.
func take() (u usage) {
	text, _ := os.ReadFile("/proc/stat")
	first, _, _ := strings.Cut(string(text), "\n")
	for i, field := range strings.Fields(first) {
		ticks, _ := strconv.ParseInt(field, 10, 64) // the word cpu is 0
		const idle, waiting, guest = 4, 5, 9
		if i >= guest {
			break // it is among the user's already
		}
		u.all += time.Duration(ticks) * 10 * time.Millisecond
		if i != idle && i != waiting {
			u.busy += time.Duration(ticks) * 10 * time.Millisecond
		}
	}
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var r syscall.Rusage
		if syscall.Getrusage(who, &r) == nil {
			u.ours += time.Duration(r.Utime.Nano() + r.Stime.Nano())
		}
	}
	return u
}

// others says how much of the processors other programs took since then: they are in every figure.
func (u usage) others() string {
	now := take()
	all := now.all - u.all
	if all <= 0 {
		return ""
	}
	share := float64(now.busy-u.busy-(now.ours-u.ours)) / float64(all)
	return fmt.Sprintf("Other programs took %.0f %% of the processors meanwhile.", 100*max(share, 0))
}
