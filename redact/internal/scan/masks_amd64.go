package scan

import "golang.org/x/sys/cpu"

// hasAVX2 says whether this processor takes 32 bytes at once.
var hasAVX2 = cpu.X86.HasAVX2

// fillMasks sets the first n of m to the masks of the n blocks that begin at p[0]. n is at least 1.
func fillMasks(m *[batch]mask, p []byte, n int) {
	if hasAVX2 {
		_ = p[n*block-1]
		masksAVX2(&p[0], n, m)
		return
	}
	portableMasks(m, p, n)
}

// masksAVX2 is portableMasks for processors with AVX2.
//
//go:noescape
func masksAVX2(p *byte, n int, m *[batch]mask)
