//go:build race

package numbering

// raceEnabled: the library takes a million numbers ten times as long under the race detector.
const raceEnabled = true
