//go:build !amd64

package walk

// appendPrintable appends nothing: that is left to who calls it.
func appendPrintable(dst, _ []byte) ([]byte, int) { return dst, 0 }
