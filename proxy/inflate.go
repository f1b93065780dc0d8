package proxy

import (
	"bytes"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"

	"github.com/piiproxy/piiproxy/proxy/telemetry"
)

// maxWindow bounds what a zstd body may make its reader remember.
const maxWindow = 8 << 20

// inflaters keeps readers of compressed bodies; making one costs tens of kilobytes.
type inflaters struct{ gzip, zlib, zstd sync.Pool }

// inflate makes plain of a compressed body, up to the limit. It says why it could not; the errors of the readers are about
// the client's bytes, and are dropped.
func (x *exchange) inflate() telemetry.Reason {
	encoding, n := x.fields.Lookup("content-encoding")
	if n == 0 || n == 1 && equalName(encoding, "identity") {
		return telemetry.ReasonNone
	}
	if n > 1 {
		return telemetry.ReasonEncoding
	}
	limit := int(x.gen.limits.Inflated)
	pools := &x.proxy.inflaters
	x.source.Reset(x.raw)
	src := &x.source
	var ok bool
	switch {
	case equalName(encoding, "gzip"), equalName(encoding, "x-gzip"):
		x.inflated, ok = pools.appendGzip(x.inflated[:0], src, limit)
	case equalName(encoding, "deflate"):
		x.inflated, ok = pools.appendZlib(x.inflated[:0], src, limit)
	case equalName(encoding, "zstd"):
		x.inflated, ok = pools.appendZstd(x.inflated[:0], src, limit)
	}
	if !ok {
		return telemetry.ReasonEncoding
	}
	if len(x.inflated) > limit {
		return telemetry.ReasonBodyTooLarge
	}
	x.plain = x.inflated
	return telemetry.ReasonNone
}

func (p *inflaters) appendGzip(dst []byte, src *bytes.Reader, limit int) ([]byte, bool) {
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

func (p *inflaters) appendZlib(dst []byte, src *bytes.Reader, limit int) ([]byte, bool) {
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

func (p *inflaters) appendZstd(dst []byte, src *bytes.Reader, limit int) ([]byte, bool) {
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
			dst = append(dst, 0)[:len(dst)]
		}
		n, err := r.Read(dst[len(dst):min(cap(dst), limit+1)])
		dst = dst[:len(dst)+n]
		if err != nil {
			return dst, err == io.EOF
		}
	}
	return dst, true
}
