//go:build !amd64

package walk

// stringRun is portableRun.
func stringRun(src []byte, at, gap int, ends []int) int { return portableRun(src, at, gap, ends) }
