//go:build !amd64

package scan

// search is portableSearch.
func search(t []byte, base, n, far int, e *endings, r *joined) (k int, anchors uint64) {
	return portableSearch(t, base, n, far, e, r)
}

// readBlockSigns is portableBlockSigns where there are no vectors.
func readBlockSigns(p *[block]byte, s *blockSigns) { portableBlockSigns(p, s) }
