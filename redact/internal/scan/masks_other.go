//go:build !amd64

package scan

// fillMasks sets the first n of m to the masks of the n blocks that begin at p[0]. n is at least 1.
func fillMasks(m *[batch]mask, p []byte, n int) { portableMasks(m, p, n) }
