package scan

import "golang.org/x/sys/cpu"

// hasAVX2 says whether this processor takes 32 bytes at once.
var hasAVX2 = cpu.X86.HasAVX2

// masks is portableMasks, by vectors where the processor has them.
func masks(p *[block]byte) (join, mark uint64) {
	if hasAVX2 {
		return masksAVX2(p)
	}
	return portableMasks(p)
}

// masksAVX2 is portableMasks for processors with AVX2.
//
//go:noescape
func masksAVX2(p *[block]byte) (join, mark uint64)
