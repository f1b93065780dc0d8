package scan

import "golang.org/x/sys/cpu"

// hasAVX2 says whether this processor takes 32 bytes at once.
var hasAVX2 = cpu.X86.HasAVX2

// search is portableSearch, by vectors where the processor has them.
func search(t []byte, base, n, far int, e *endings, r *joined) (k int, anchors uint64) {
	if hasAVX2 && n > 0 {
		p := t[base : base+n*block]
		return searchAVX2(&p[0], n, far, e, r)
	}
	return portableSearch(t, base, n, far, e, r)
}

// searchAVX2 is portableSearch for processors with AVX2. n must not be zero. With e it reads the four bytes ahead of p.
//
//go:noescape
func searchAVX2(p *byte, n, far int, e *endings, r *joined) (k int, anchors uint64)

// readBlockSigns is portableBlockSigns, by vectors where the processor has them.
func readBlockSigns(p *[block]byte, s *blockSigns) {
	if hasAVX2 {
		blockSignsAVX2(p, s)
		return
	}
	portableBlockSigns(p, s)
}

// blockSignsAVX2 is portableBlockSigns for processors with AVX2.
//
//go:noescape
func blockSignsAVX2(p *[block]byte, s *blockSigns)
