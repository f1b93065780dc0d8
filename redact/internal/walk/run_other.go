//go:build !amd64

package walk

// stringRun is portableRun.
func stringRun(src []byte, at, gap int, ends []int) int { return portableRun(src, at, gap, ends) }

// plainUntil says nothing: all is looked at in words.
func plainUntil(_ []byte, p int) int { return p }
