//go:build !amd64

package scan

// masks is portableMasks.
func masks(p *[block]byte) (join, mark uint64) { return portableMasks(p) }
