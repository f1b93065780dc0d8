package receive

import (
	"bytes"
	"io"
	"runtime"
	"slices"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// maxWindow bounds what a zstd body may make its reader remember.
const maxWindow = 8 << 20

// Coding is how a body is compressed.
type Coding uint8

// The codings.
const (
	Unknown Coding = iota
	Identity
	Gzip
	Deflate
	Zstd
)

// ParseCoding returns the coding of that name, in any case. No name is none.
func ParseCoding(name []byte) Coding {
	switch {
	case len(name) == 0, equalFold(name, "identity"):
		return Identity
	case equalFold(name, "gzip"), equalFold(name, "x-gzip"):
		return Gzip
	case equalFold(name, "deflate"):
		return Deflate
	case equalFold(name, "zstd"):
		return Zstd
	}
	return Unknown
}

func equalFold(b []byte, lower string) bool { return bytes.EqualFold(b, []byte(lower)) }

// Inflaters keeps readers of compressed bodies; making one costs tens of kilobytes. Its methods may be called at the same time.
type Inflaters struct {
	gzip, zlib, zstd sync.Pool
	// windows are permits to read zstd. A body of a few bytes may make its reader take [maxWindow] and more, so that only as many
	// read at once as processors can; none of them waits for anything else.
	windows chan struct{}
}

// NewInflaters returns Inflaters.
func NewInflaters() *Inflaters {
	return &Inflaters{windows: make(chan struct{}, runtime.GOMAXPROCS(0))}
}

// Append appends what the body that src reads holds, and one byte more than limit at most. It reports false for a body that
// is not of that coding; the errors of the readers are about the client's bytes, and are dropped.
func (p *Inflaters) Append(dst []byte, c Coding, src *bytes.Reader, limit int) ([]byte, bool) {
	switch c {
	case Gzip:
		return p.appendGzip(dst, src, limit)
	case Deflate:
		return p.appendZlib(dst, src, limit)
	case Zstd:
		return p.appendZstd(dst, src, limit)
	}
	return dst, false
}

func (p *Inflaters) appendGzip(dst []byte, src *bytes.Reader, limit int) ([]byte, bool) {
	r, _ := p.gzip.Get().(*gzip.Reader)
	if r == nil {
		r = new(gzip.Reader)
	}
	defer p.gzip.Put(r)
	if r.Reset(src) != nil {
		return dst, false
	}
	return appendAll(dst, r, limit)
}

func (p *Inflaters) appendZlib(dst []byte, src *bytes.Reader, limit int) ([]byte, bool) {
	r, _ := p.zlib.Get().(io.ReadCloser)
	var err error
	if r == nil {
		r, err = zlib.NewReader(src)
	} else {
		err = r.(zlib.Resetter).Reset(src, nil)
	}
	if err != nil {
		return dst, false
	}
	defer p.zlib.Put(r)
	return appendAll(dst, r, limit)
}

func (p *Inflaters) appendZstd(dst []byte, src *bytes.Reader, limit int) ([]byte, bool) {
	p.windows <- struct{}{}
	defer func() { <-p.windows }()
	r, _ := p.zstd.Get().(*zstd.Decoder)
	if r == nil {
		var err error
		r, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return dst, false
		}
	}
	defer p.zstd.Put(r)
	if r.Reset(src) != nil {
		return dst, false
	}
	return appendAll(dst, r, limit)
}

// appendAll appends what r gives, and one byte more than limit at most. It reports whether r ended without an error.
func appendAll(dst []byte, r io.Reader, limit int) ([]byte, bool) {
	for len(dst) <= limit {
		if len(dst) == cap(dst) {
			dst = slices.Grow(dst, min(max(len(dst), 512), limit+1-len(dst)))
		}
		n, err := r.Read(dst[len(dst):min(cap(dst), limit+1)])
		dst = dst[:len(dst)+n]
		if err != nil {
			return dst, err == io.EOF
		}
	}
	return dst, true
}
