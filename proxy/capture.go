package proxy

import (
	"bytes"
	"math"
	"time"

	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

// CaptureWriter takes finished lines of a capture. It keeps nothing of them.
type CaptureWriter interface {
	LineWriter
	Started() time.Time // from which the times of the lines count
}

// capturing is how a generation captures exchanges.
type capturing struct {
	surface   *redact.Surface
	threshold uint64 // of 63 bits of a request's id, below which its exchange is captured
	body      int    // bytes of the largest body that is captured
}

const (
	defaultCaptureShare = 0.01
	defaultCaptureBody  = 256 << 10
	defaultCaptureSize  = 64 << 20
	defaultCaptureFiles = 4
)

// withDefaults returns c with the defaults in place of what it does not say.
func (c CaptureSpec) withDefaults() CaptureSpec {
	if c.Body == 0 {
		c.Body = defaultCaptureBody
	}
	if c.Size == 0 {
		c.Size = defaultCaptureSize
	}
	if c.Files == 0 {
		c.Files = defaultCaptureFiles
	}
	return c
}

// MaxLine returns how long a line of the capture may become.
func (c CaptureSpec) MaxLine() int { return lineOf(int(c.withDefaults().Body)) }

// lineOf returns how long a line with a body of that many bytes may become: quotes in it take two, and the head has room too.
func lineOf(body int) int { return 2*body + 4*telemetry.MaxLine }

// FileOptions returns what the capture's file is bounded by.
func (c CaptureSpec) FileOptions() (size int64, files int) {
	c = c.withDefaults()
	return c.Size, c.Files
}

// capture compiles how exchanges are captured, if they are.
func (b *builder) capture() {
	c := b.spec.Telemetry.Capture
	share := defaultCaptureShare
	if c.Share != nil {
		share = *c.Share
	}
	if share < 0 || share > 1 || math.IsNaN(share) {
		b.problem("telemetry.capture.share", "not a share", "from 0 to 1")
	}
	if c.Body < 0 || c.Body > maxCaptureBody {
		b.problem("telemetry.capture.body", "below zero, or more than 16 MiB", "leave it out for the default")
	}
	if c.Size < 0 || c.Files < 0 {
		b.problem("telemetry.capture", "a bound below zero", "leave it out for the default")
	}
	if c.File == "" || b.rules == nil {
		return
	}
	if b.keys == nil {
		b.problem("telemetry.capture", "surrogates need a keyring", "name one with keys")
		return
	}
	surface, err := b.rules.Surface(surfaceCapture)
	if err != nil {
		b.problems = append(b.problems, err)
		return
	}
	b.g.capture = &capturing{surface: surface, threshold: uint64(share * (1 << 63)), body: int(c.withDefaults().Body)}
}

// maxCaptureBody bounds what may be asked for: the queue holds four of the longest lines.
const maxCaptureBody = 16 << 20

// mostWithheld is the largest size that readers of captures take for a body.
const mostWithheld = 64 << 20

// captures reports whether the exchange is one of those that are captured. A head that could not be read is none to send again.
func (x *exchange) captures() bool {
	c := x.gen.capture
	if c == nil || x.proxy.capture == nil || x.record.ID.Lo>>1 >= c.threshold {
		return false
	}
	class, _ := x.in.Failed()
	return class == 0 || x.destination != nil
}

// captureView makes the part of the capture's line that is about the request: method, target, headers and body.
func (x *exchange) captureView(fields *redact.Fields) {
	r := &x.record
	m := r.Capture.Reset().AppendConst(`"method":"`).AppendMasked(r.Method.Masked()).AppendConst(`","target":`)
	m = m.AppendQuoted(x.captureTarget(fields)).AppendConst(`,"headers":[["Host",`)
	if d := x.destination; d != nil && d.capturedHost.Len() > 0 {
		m = m.AppendQuoted(d.capturedHost)
	} else {
		m = m.AppendConst(`"`).AppendName(x.listener).AppendConst(`"`)
	}
	m = m.AppendConst(`]`)
	for c := x.fields.All(); c.Next(); {
		m = x.captureField(m, fields, c.Name, c.Value)
	}
	r.Capture = x.captureBody(m.AppendConst(`]`), fields)
}

// captureTarget returns path and query. They are valid until the room is used again.
func (x *exchange) captureTarget(fields *redact.Fields) redact.Masked {
	surface, m := x.gen.capture.surface, x.room.Reset()
	switch {
	case x.destination != nil && len(x.path) > 0 && x.path[0] == '/':
		m = surface.AppendPath(m, fields, x.path, x.match.Params, nil)
	default:
		m = appendUnrouted(m, surface, fields, pathAlone(x.path), nil)
	}
	if len(x.query) > 0 || len(x.path) < len(x.target) {
		m = surface.AppendQuery(m.AppendConst("?"), fields, x.query, nil)
	}
	x.room = m
	return m
}

// pathAlone returns a target in absolute form without scheme and host, which a client may make of anything.
func pathAlone(path []byte) []byte {
	if at := bytes.Index(path, []byte("://")); at >= 0 && path[0] != '/' {
		if slash := bytes.IndexByte(path[at+3:], '/'); slash >= 0 {
			return path[at+3+slash:]
		}
		return []byte("/")
	}
	return path
}

// readableHeaders are the headers of which all but the findings stays. Of others nobody knows what they hold.
var readableHeaders = [...]string{"accept", "accept-encoding", "accept-language", "accept-charset", "user-agent",
	"cache-control", "pragma", "content-language", "dnt", "upgrade-insecure-requests", "if-modified-since"}

// captureField appends a header, unless it is about the connection or the framing.
func (x *exchange) captureField(m redact.Masked, fields *redact.Fields, name, value []byte) redact.Masked {
	switch {
	case equalName(name, "host"), equalName(name, "content-length"), equalName(name, "content-encoding"), equalName(name, "expect"),
		x.fields.HopByHop(name):
		return m
	}
	surface := x.gen.capture.surface
	x.room = appendHeaderName(x.room.Reset(), surface, name)
	m = m.AppendConst(`,[`).AppendQuoted(x.room).AppendConst(`,`)
	switch {
	case equalName(name, "content-type") && x.format == redact.Multipart:
		x.room = redact.AppendBoundary(x.room.Reset().AppendConst("multipart/form-data; boundary="), len(x.boundary))
	case equalName(name, "content-type") && typeAlone(value) != nil:
		x.room = surface.AppendHeader(x.room.Reset(), fields, name, typeAlone(value), nil)
	case isOneOf(name, readableHeaders[:]):
		x.room = surface.AppendHeader(x.room.Reset(), fields, name, value, nil)
	default:
		x.room = surface.AppendKnownHeader(x.room.Reset(), fields, name, value, nil)
	}
	return m.AppendQuoted(x.room).AppendConst(`]`)
}

// typeAlone returns a media type without parameters, unless a charset is the only one: others name files. It returns nothing if value
// has no type that is registered at the top, or one that is longer than those are.
func typeAlone(value []byte) []byte {
	essence, params, found := bytes.Cut(value, []byte{';'})
	top, sub, _ := bytes.Cut(essence, []byte{'/'})
	if !isOneOf(top, topTypes[:]) || len(sub) == 0 || len(sub) > len("vnd.openxmlformats-officedocument.presentationml.presentation") || !isSubtype(sub) {
		return nil
	}
	if name, charset, rest := cutParam(params); found && (len(rest) > 0 || !equalName(name, "charset") || !isOneOf(charset, charsets[:])) {
		return essence
	}
	return value
}

var (
	topTypes = [...]string{"application", "text", "multipart", "image", "audio", "video", "font", "model", "message"}
	charsets = [...]string{"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "iso-8859-7", "iso-8859-15", "windows-1252", "windows-1253",
		"utf-16", "utf-16le", "utf-16be", "latin1", "gsm"}
)

// isSubtype reports whether name has the signs of the second part of a media type, and no more than the digits of a version or a year.
func isSubtype(name []byte) bool {
	digits := 0
	for _, c := range name {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c != '.' && c != '+' && c != '-' && (c|0x20 < 'a' || c|0x20 > 'z'):
			return false
		}
	}
	return digits < 7
}

func isOneOf(name []byte, words []string) bool {
	for _, w := range words {
		if equalName(name, w) {
			return true
		}
	}
	return false
}

// appendHeaderName appends a name as it is if it is a word of letters and hyphens, and else what stands for it.
func appendHeaderName(dst redact.Masked, surface *redact.Surface, name []byte) redact.Masked {
	for _, c := range name {
		if c != '-' && (c|0x20 < 'a' || c|0x20 > 'z') {
			return surface.AppendField(dst, redact.Tag{Kind: redact.KindSecret}, name, nil)
		}
	}
	return surface.AppendText(dst, name, nil)
}

// captureBody appends the body or, if it cannot be read or is too large, its size.
func (x *exchange) captureBody(m redact.Masked, fields *redact.Fields) redact.Masked {
	size := int64(len(x.raw))
	if size == 0 && x.fields.ContentLength > 0 {
		size = min(x.fields.ContentLength, x.gen.limits.Body+1) // refused before it was read, and so would that be
	}
	size = min(size, mostWithheld)
	if size == 0 {
		return m
	}
	format := x.format
	kind, _ := x.fields.Lookup("content-type")
	if essence, _, _ := bytes.Cut(kind, []byte{';'}); format == redact.Unread && equalName(bytes.TrimSpace(essence), "text/plain") {
		format = redact.Text
	}
	if encoding, n := x.fields.Lookup("content-encoding"); n > 0 {
		m = m.AppendConst(`,"encoding":`).AppendMasked(encodingWord(encoding))
	}
	if c := x.gen.capture; len(x.plain) > 0 && len(x.plain) <= c.body {
		var ok bool
		if x.room, ok = c.surface.AppendBody(x.room.Reset(), fields, format, x.boundary, x.plain, nil); ok {
			if with := m.AppendConst(`,"body":`).AppendQuoted(x.room); with.Len() <= lineOf(c.body)-telemetry.MaxLine {
				return with
			}
		}
	}
	return m.AppendConst(`,"body_bytes":`).AppendInt(size)
}

var encodingWords = [...]struct {
	name string
	word redact.Masked
}{
	{"gzip", redact.Masked{}.AppendConst(`"gzip"`)}, {"x-gzip", redact.Masked{}.AppendConst(`"gzip"`)},
	{"deflate", redact.Masked{}.AppendConst(`"deflate"`)}, {"zstd", redact.Masked{}.AppendConst(`"zstd"`)},
	{"identity", redact.Masked{}.AppendConst(`"identity"`)},
}

var otherEncoding = redact.Masked{}.AppendConst(`"other"`)

// encodingWord returns the word for a Content-Encoding. The client's own may be anything.
func encodingWord(encoding []byte) redact.Masked {
	for i := range encodingWords {
		if equalName(encoding, encodingWords[i].name) {
			return encodingWords[i].word
		}
	}
	return otherEncoding
}
