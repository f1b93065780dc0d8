//go:build race

package otlp

// raceEnabled: the race detector makes pools forget at random, so allocations cannot be counted under it.
const raceEnabled = true
