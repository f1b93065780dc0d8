//go:build !linux

package replay

import "time"

// pacer pauses with Go's own timers.
type pacer struct{}

func newPacer() (*pacer, error) { return &pacer{}, nil }

func (*pacer) pause(d time.Duration) { time.Sleep(d) }
func (*pacer) close()                {}
