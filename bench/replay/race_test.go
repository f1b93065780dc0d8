//go:build race

package replay

// raceEnabled: the race detector makes pools forget at random, so allocations cannot be counted under it.
const raceEnabled = true
