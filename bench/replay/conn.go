package replay

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"time"

	"github.com/valyala/fasthttp"
)

// Failure is why a request got no whole answer.
type Failure uint8

// The failures. The zero value is none.
const (
	Answered  Failure = iota
	Connect           // no connection could be made
	Timeout           // the whole answer did not come in time
	Closed            // the connection ended before the whole answer had come
	Malformed         // what came is no HTTP
	Unsent            // no connection was free until the end of the run
	failures
)

var failureNames = [failures]string{"answered", "connect", "timeout", "closed", "malformed", "unsent"}

// String returns the name that results and reports use.
func (f Failure) String() string { return failureNames[f] }

// answer is what came back for one request.
type answer struct {
	failure Failure
	status  int
	size    int64 // of the body
}

// dialer makes connections to a target.
type dialer func(ctx context.Context, t *target) (net.Conn, error)

// dial is the dialer of everybody but tests.
func dial(ctx context.Context, t *target) (net.Conn, error) {
	if t.tls {
		d := tls.Dialer{Config: &tls.Config{NextProtos: []string{"http/1.1"}}}
		return d.DialContext(ctx, "tcp", t.address)
	}
	var d net.Dialer
	return d.DialContext(ctx, "tcp", t.address)
}

// conn sends requests to one target, one after the other. Its connection is made when it is needed, and again after it ended.
// A request is written once: whatever happens to it, conn never writes it again.
type conn struct {
	target *target
	dial   dialer
	net    wire
	in     *bufio.Reader
	head   fasthttp.ResponseHeader
	used   time.Time // when the last answer ended
}

// staleAfter is how long a connection may be idle without being looked at before it is used again.
const staleAfter = 100 * time.Millisecond

// exchange sends a request and reads its answer, up to the deadline.
func (c *conn) exchange(ctx context.Context, req *request, deadline time.Time) answer {
	if c.net.Conn != nil && time.Since(c.used) > staleAfter && ended(c.net.Conn) {
		c.close()
	}
	if c.net.Conn == nil {
		if err := c.connect(ctx, deadline); err != nil {
			return answer{failure: Connect}
		}
	}
	c.net.SetDeadline(deadline)
	a, keep := c.send(req)
	if !keep {
		c.close()
		return a
	}
	c.used = time.Now()
	return a
}

func (c *conn) connect(ctx context.Context, deadline time.Time) error {
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	made, err := c.dial(ctx, c.target)
	if err != nil {
		return err
	}
	c.net = wire{Conn: made}
	if c.in == nil {
		c.in = bufio.NewReaderSize(nil, 16<<10)
	}
	c.in.Reset(&c.net)
	return nil
}

func (c *conn) close() {
	if c.net.Conn != nil {
		c.net.Close()
		c.net = wire{}
	}
}

// send writes a request and reads its answer. keep says that the connection can serve another.
func (c *conn) send(req *request) (a answer, keep bool) {
	_, err := c.net.Write(req.bytes)
	if err != nil && isTimeout(err) {
		return answer{failure: Timeout}, false
	}
	// A target may answer before it has read the whole request, and close: the answer counts, even if writing failed.
	if c.readHead() != nil {
		return answer{failure: c.net.failure()}, false
	}
	size, broken := c.discardBody(req.head)
	if broken != nil {
		return answer{failure: c.net.failure()}, false
	}
	a = answer{status: c.head.StatusCode(), size: size}
	return a, err == nil && !c.head.ConnectionClose() && c.in.Buffered() == 0
}

// readHead reads the head of the final answer.
func (c *conn) readHead() error {
	for {
		if err := c.head.Read(c.in); err != nil {
			return err
		}
		if s := c.head.StatusCode(); s >= 200 || s == fasthttp.StatusSwitchingProtocols {
			return nil
		}
	}
}

// discardBody reads the body of an answer and returns its size.
func (c *conn) discardBody(head bool) (int64, error) {
	status := c.head.StatusCode()
	if head || status == fasthttp.StatusNoContent || status == fasthttp.StatusNotModified || status < 200 {
		return 0, nil
	}
	switch n := c.head.ContentLength(); {
	case n >= 0:
		_, err := c.in.Discard(n)
		return int64(n), err
	case n == -1:
		return discardChunks(c.in)
	}
	c.head.SetConnectionClose()
	return io.Copy(io.Discard, c.in)
}

// errMalformed says that an answer's chunks are none.
var errMalformed = errors.New("replay: malformed chunk")

// discardChunks reads a chunked body and its trailers, without allocating.
func discardChunks(in *bufio.Reader) (size int64, err error) {
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return size, err
		}
		n, ok := chunkSize(line)
		if !ok {
			return size, errMalformed
		}
		if n == 0 {
			return size, discardTrailers(in)
		}
		if _, err := in.Discard(n + len("\r\n")); err != nil {
			return size, err
		}
		size += int64(n)
	}
}

func discardTrailers(in *bufio.Reader) error {
	for {
		line, err := in.ReadSlice('\n')
		if err != nil || len(line) <= len("\r\n") {
			return err
		}
	}
}

// chunkSize reads the number that a chunk begins with.
func chunkSize(line []byte) (n int, ok bool) {
	for i, c := range line {
		digit := strings.IndexByte("0123456789abcdef", c|0x20)
		if digit < 0 || i == 8 {
			return n, i > 0 && i < 8
		}
		n = n<<4 | digit
	}
	return 0, false
}

// wire is a connection that remembers how reading from it ended. The errors of what parses answers may quote them, and do not
// tell a connection that broke in the middle from an answer that is malformed: this does.
type wire struct {
	net.Conn
	ended error
}

// Read reads from the connection.
func (w *wire) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
	w.ended = err
	return n, err
}

// failure is why an answer could not be read from the connection.
func (w *wire) failure() Failure {
	switch {
	case w.ended == nil:
		return Malformed
	case isTimeout(w.ended):
		return Timeout
	}
	return Closed
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}
