//go:build !amd64

package scan

// search is portableSearch.
func search(p []byte, n, far int, r *joined) (k int, anchors uint64) {
	return portableSearch(p, n, far, r)
}

// readBlockSigns is portableBlockSigns where there are no vectors.
func readBlockSigns(p *[block]byte, s *blockSigns) { portableBlockSigns(p, s) }
