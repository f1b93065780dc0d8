package proxy

import (
	"net"

	"github.com/valyala/fasthttp"

	"github.com/piiproxy/piiproxy/proxy/internal/http1"
	"github.com/piiproxy/piiproxy/redact"
)

// newServer returns the server of one listener. It parses and writes HTTP and adds nothing of its own: no header, no log
// text, no error body.
func (p *Proxy) newServer(listener redact.Name) *fasthttp.Server {
	limits := p.current.Load().limits
	fasthttp.SetBodySizePoolLimit(keepBytes, keepBytes) // a connection does not keep the largest body that it ever had
	return &fasthttp.Server{
		Handler:      func(ctx *fasthttp.RequestCtx) { p.run(ctx, listener, nil) },
		ErrorHandler: func(ctx *fasthttp.RequestCtx, err error) { p.run(ctx, listener, err) },
		HeaderReceived: func(*fasthttp.RequestHeader) fasthttp.RequestConfig {
			return fasthttp.RequestConfig{MaxRequestBodySize: int(p.current.Load().limits.Body)}
		},
		ConnState: p.track,
		Logger:    p.logger(),

		ReadBufferSize:     limits.Headers,
		MaxRequestBodySize: int(limits.Body),
		ReadTimeout:        limits.Read,
		WriteTimeout:       limits.Write,
		IdleTimeout:        limits.Idle,
		CloseOnShutdown:    true,

		DisableHeaderNamesNormalizing: true,
		DisablePreParseMultipartForm:  true,
		NoDefaultServerHeader:         true,
		NoDefaultDate:                 true,
		NoDefaultContentType:          true,
		SecureErrorLogMessage:         true,
	}
}

// watched is a listener whose connections end where the server would read bytes that others frame in another way.
type watched struct{ net.Listener }

// Accept waits for a connection.
func (l watched) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return http1.NewInbound(c), nil
}

// track keeps the connections that are open, so that Shutdown can close those that do not end by themselves.
func (p *Proxy) track(c net.Conn, state fasthttp.ConnState) {
	switch state {
	case fasthttp.StateNew:
		p.mu.Lock()
		p.conns[c] = struct{}{}
		p.mu.Unlock()
	case fasthttp.StateClosed, fasthttp.StateHijacked:
		p.mu.Lock()
		delete(p.conns, c)
		p.mu.Unlock()
	}
}

// logger stands where the server wants to log. What it says quotes requests and addresses: at most it is counted.
func (p *Proxy) logger() fasthttp.Logger {
	if p.metrics == nil {
		return silence{}
	}
	return p.metrics.Suppressor("fasthttp")
}

type silence struct{}

// Printf forgets.
func (silence) Printf(string, ...any) {}
