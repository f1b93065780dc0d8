package export

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/piiproxy/piiproxy/proxy/internal/http1"
	"github.com/piiproxy/piiproxy/proxy/otlp"
)

// Endpoint is where an OTLP/HTTP server takes requests.
type Endpoint struct {
	URL     string      // http://host:port or https://host:port, with the path that /v1/traces and the like stand under
	TLS     *tls.Config // of https; nil means the system's roots
	Headers []Header    // sent with each request, such as Authorization
}

// Header is one field of a request.
type Header struct{ Name, Value string }

const (
	maxAnswer      = 64 << 10 // bytes of an answer's body that are read
	maxRetryAfter  = 15 * time.Minute
	connectTimeout = 3 * time.Second
)

// endpoint is an [Endpoint] in use. The sender alone uses it, but for cut.
type endpoint struct {
	pool  *http1.Pool
	heads [3][2]string // of requests, up to their framing, by signal and encoding

	failures int       // in a row
	until    time.Time // when it may be tried again

	dialing context.Context // ended by cut
	undial  context.CancelFunc
	mu      sync.Mutex
	conn    net.Conn // the last one made
}

func newEndpoints(o Options) ([]*endpoint, error) {
	if len(o.Endpoints) == 0 {
		return nil, errors.New("export: no endpoint")
	}
	var all []*endpoint
	for i, spec := range o.Endpoints {
		e, err := newEndpoint(spec, o)
		if err != nil {
			return nil, fmt.Errorf("export: endpoints[%d]: %w", i, err)
		}
		all = append(all, e)
	}
	return all, nil
}

// ParseURL takes the URL of an endpoint apart. Its errors do not quote it: somebody may have put a password into it.
func ParseURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.Opaque != "":
		return nil, errors.New("want http://host:port or https://host:port, with or without a path")
	case u.User != nil:
		return nil, errors.New("must not hold credentials")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, errors.New("must not hold a query")
	}
	return u, nil
}

// Check says what is wrong with an endpoint: the name of a field, and no value.
func (e Endpoint) Check() error {
	made, err := newEndpoint(e, Options{}.withDefaults())
	if made != nil {
		made.close()
	}
	return err
}

func newEndpoint(spec Endpoint, o Options) (*endpoint, error) {
	u, err := ParseURL(spec.URL)
	if err != nil {
		return nil, fmt.Errorf("url: %w", err)
	}
	e := &endpoint{}
	e.dialing, e.undial = context.WithCancel(context.Background())
	options := http1.Options{MaxConns: 1, MaxBody: maxAnswer, ConnectTimeout: min(connectTimeout, o.Timeout), Dial: e.dial}
	port := u.Port()
	if u.Scheme == "https" {
		if port == "" {
			port = "443"
		}
		options.TLS = spec.TLS.Clone()
		if options.TLS == nil {
			options.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		if options.TLS.ServerName == "" {
			options.TLS.ServerName = u.Hostname()
		}
		options.TLS.NextProtos = []string{"http/1.1"}
	} else if port == "" {
		port = "80"
	}
	options.Address = net.JoinHostPort(u.Hostname(), port)
	e.pool = http1.NewPool(options)
	return e, e.makeHeads(u, spec.Headers, o.Gzip)
}

var (
	signalPaths  = [3]string{otlp.Traces: "/v1/traces", otlp.Logs: "/v1/logs", otlp.Metrics: "/v1/metrics"}
	contentTypes = [2]string{otlp.Protobuf: "application/x-protobuf", otlp.JSON: "application/json"}
)

// makeHeads makes the heads of the requests, of the configuration only.
func (e *endpoint) makeHeads(u *url.URL, headers []Header, gzip bool) error {
	for signal, path := range signalPaths {
		for enc, contentType := range contentTypes {
			head, flaw := http1.AppendRequestLine(nil, []byte("POST"), []byte(strings.TrimSuffix(u.EscapedPath(), "/")+path))
			fields := []Header{{"Host", u.Host}, {"User-Agent", "piiproxy"}, {"Content-Type", contentType}}
			if gzip {
				fields = append(fields, Header{"Content-Encoding", "gzip"})
			}
			for _, h := range append(fields, headers...) {
				if flaw == http1.NoFlaw {
					head, flaw = http1.AppendField(head, h.Name, h.Value)
				}
			}
			if flaw != http1.NoFlaw {
				return errors.New("headers: not a field of HTTP")
			}
			e.heads[signal][enc] = string(head)
		}
	}
	return nil
}

// dial connects, unless the endpoint was cut.
func (e *endpoint) dial(address string, deadline time.Time) (net.Conn, error) {
	ctx, cancel := context.WithDeadline(e.dialing, deadline)
	defer cancel()
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	e.conn = c
	e.mu.Unlock()
	if e.dialing.Err() != nil {
		_ = c.Close() // cut may have come before the connection
	}
	return c, nil
}

// cut ends what the endpoint is doing, so that nobody waits for it.
func (e *endpoint) cut() {
	e.undial()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.conn != nil {
		_ = e.conn.Close()
	}
}

// close lets go of the connection that is kept.
func (e *endpoint) close() {
	e.undial()
	e.pool.Close()
}

// failed notes that the endpoint did not take a batch: it is left alone for the time that it asked for, or longer each time.
func (e *endpoint) failed(o *Options, asked time.Duration, now time.Time) {
	wait := o.MaxBackoff
	if shift := min(e.failures, 16); o.Backoff<<shift < wait {
		wait = o.Backoff << shift
	}
	wait = wait/2 + rand.N(wait) // half to one and a half
	if asked > 0 {
		wait = min(asked, maxRetryAfter)
	}
	e.failures++
	e.until = now.Add(wait)
}
