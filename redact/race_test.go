//go:build race

package redact

// raceEnabled: the race detector makes pools forget at random, so allocations cannot be counted under it.
const raceEnabled = true
