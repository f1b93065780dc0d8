//go:build !linux

// Package pace pauses load generators between what they send.
package pace

import "time"

// Pacer pauses with Go's own timers.
type Pacer struct{}

// New returns a Pacer.
func New() (*Pacer, error) { return &Pacer{}, nil }

// Pause returns after d.
func (*Pacer) Pause(d time.Duration) { time.Sleep(d) }

// Close does nothing.
func (*Pacer) Close() {}
