//go:build !amd64

package scan

// search is portableSearch.
func search(p []byte, n, far int, r *joined) (k int, anchors uint64) {
	return portableSearch(p, n, far, r)
}
