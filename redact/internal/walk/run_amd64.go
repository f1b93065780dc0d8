package walk

import "golang.org/x/sys/cpu"

// hasAVX2 says whether this processor takes 32 bytes at once.
var hasAVX2 = cpu.X86.HasAVX2

// stringRun is portableRun, by vectors where the processor has them. It may stop earlier at the end of a document.
func stringRun(src []byte, at, gap int, ends []int) int {
	if !hasAVX2 || len(ends) == 0 {
		return portableRun(src, at, gap, ends)
	}
	_ = src[at:]
	mask, want := uint32(1<<16-1), uint32('"')<<8|','
	if gap == 3 {
		mask, want = 1<<24-1, '"'<<16|' '<<8|','
	}
	return runAVX2(&src[0], len(src), at, gap, mask, want, &ends[0], len(ends))
}

// runAVX2 is portableRun for processors with AVX2, up to the last 36 bytes. What is ahead of a text is, of four bytes under
// mask, want. at must lie in src, and most must not be zero.
//
//go:noescape
func runAVX2(src *byte, size, at, gap int, mask, want uint32, ends *int, most int) (n int)

// plainUntil returns the offset of the first block of 32 bytes from p on in which a text may end, or is not plain ASCII.
func plainUntil(src []byte, p int) int {
	if !hasAVX2 || p+32 > len(src) {
		return p
	}
	return plainAVX2(&src[0], len(src), p)
}

// plainAVX2 is plainUntil, for at least 32 bytes.
//
//go:noescape
func plainAVX2(src *byte, size, at int) int
