package replay

import (
	"bytes"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// encoders compress bodies again that were inflated when they were captured, so that the target inflates them again. Sizes come
// out near those that were, and not at them.
type encoders struct {
	out   bytes.Buffer
	known map[string]encoder
}

type encoder interface {
	io.WriteCloser
	Reset(io.Writer)
}

// compress returns body in an encoding, until the next call; false for encodings that it does not know.
func (e *encoders) compress(encoding string, body []byte) ([]byte, bool) {
	c := e.encoder(encoding)
	if c == nil {
		return nil, false
	}
	e.out.Reset()
	c.Reset(&e.out)
	_, err := c.Write(body)
	if c.Close() != nil || err != nil {
		return nil, false
	}
	return e.out.Bytes(), true
}

// encoder returns the one for an encoding, nil if there is none, and makes it at its first use.
func (e *encoders) encoder(encoding string) encoder {
	if c := e.known[encoding]; c != nil {
		return c
	}
	var c encoder
	switch encoding {
	case "gzip":
		c = gzip.NewWriter(&e.out)
	case "deflate":
		c = zlib.NewWriter(&e.out)
	case "zstd":
		z, err := zstd.NewWriter(&e.out, zstd.WithEncoderConcurrency(1))
		if err != nil {
			return nil
		}
		c = z
	default:
		return nil
	}
	if e.known == nil {
		e.known = map[string]encoder{}
	}
	e.known[encoding] = c
	return c
}
