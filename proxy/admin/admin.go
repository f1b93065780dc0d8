// Package admin serves metrics, health and reload, on a listener of its own that should be reachable for those who run the
// proxy only. It gives constants back, and what its callbacks give it; nothing of a request is in any answer.
//
//	GET  /metrics    the metrics, in the format that the scraper asks for
//	GET  /livez      200 while the process serves
//	GET  /readyz     200 when the proxy takes requests, 503 before, and while it drains
//	POST /-/reload   200 when the new configuration is in use, 422 with its problems when the old one still is
//	GET  /debug/pprof/…   profiles of the process, if they are switched on
//
// Reload and profiles are for who shows the token, if there is one.
package admin

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/valyala/fasthttp"
	"github.com/valyala/fasthttp/fasthttpadaptor"
)

// Limits: those who ask here are few, and send no bodies worth the name.
const (
	readTimeout  = 5 * time.Second
	writeTimeout = 30 * time.Second
	idleTimeout  = 90 * time.Second // longer than the usual interval between scrapes
	maxHead      = 8 << 10
	maxBody      = 1 << 10
	maxConns     = 64
)

// Options are what an [Admin] serves.
type Options struct {
	Metrics http.Handler

	// Ready reports whether the proxy takes requests. Without it, it always does.
	Ready func() bool

	// Reload loads the configuration anew and reports whether it is in use. If not, problems says why, for people to read:
	// it must be masked already. Without it there is no reload. It may be called by several at once.
	Reload func() (problems []byte, ok bool)

	// Token returns what who changes or profiles the proxy must show. Without it nobody has to show anything, and only an
	// Open listener lets the proxy be changed.
	Token func() ([]byte, error)
	Open  bool // the listener is on loopback

	// Profile switches profiles on. They need a Token.
	Profile bool

	// Logger gets what the server would log, which may quote a request. Without it that is dropped.
	Logger interface {
		Printf(format string, args ...any)
	}

	// Panicked is told of each fault that was caught. It may be nil.
	Panicked func()
}

// Admin is the server.
type Admin struct {
	o       Options
	metrics fasthttp.RequestHandler
	server  fasthttp.Server

	mu        sync.Mutex // of what follows
	listeners []net.Listener
	stopped   bool
}

// New returns an Admin that serves nothing yet.
func New(o Options) *Admin {
	if o.Logger == nil {
		o.Logger = silent{}
	}
	a := &Admin{o: o}
	if o.Metrics != nil {
		a.metrics = fasthttpadaptor.NewFastHTTPHandler(o.Metrics)
	}
	a.server = fasthttp.Server{
		Handler:                      a.handle,
		ErrorHandler:                 refuse,
		Logger:                       o.Logger,
		SecureErrorLogMessage:        true,
		NoDefaultServerHeader:        true,
		NoDefaultContentType:         true,
		DisablePreParseMultipartForm: true,
		ReadTimeout:                  readTimeout,
		WriteTimeout:                 writeTimeout,
		IdleTimeout:                  idleTimeout,
		ReadBufferSize:               maxHead,
		MaxRequestBodySize:           maxBody,
		Concurrency:                  maxConns,
		ReduceMemoryUsage:            true,
		CloseOnShutdown:              true,
	}
	return a
}

// Serve serves ln until [Admin.Shutdown], also if that came first, and closes it.
func (a *Admin) Serve(ln net.Listener) error {
	if !a.open(ln) {
		return ln.Close()
	}
	return a.server.Serve(ln)
}

// open keeps ln for Shutdown, and reports false if that was before.
func (a *Admin) open(ln net.Listener) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.listeners = append(a.listeners, ln)
	return !a.stopped
}

// Shutdown stops taking connections, closes those that idle, and waits for the others until ctx ends.
func (a *Admin) Shutdown(ctx context.Context) error {
	a.mu.Lock()
	a.stopped = true
	listeners := a.listeners
	a.mu.Unlock()
	err := a.server.ShutdownWithContext(ctx)
	for _, ln := range listeners {
		_ = ln.Close() // again, but for one that the server was not handed yet when it was shut down: it would serve it for ever
	}
	return err
}

// handle answers one request.
func (a *Admin) handle(ctx *fasthttp.RequestCtx) {
	defer a.recovered(ctx)
	ctx.Response.Header.Set("Cache-Control", "no-store")
	switch path := ctx.URI().PathOriginal(); {
	case bytes.Equal(path, pathLive):
		if get(ctx) {
			answer(ctx, fasthttp.StatusOK, "ok\n")
		}
	case bytes.Equal(path, pathReady):
		if get(ctx) {
			a.ready(ctx)
		}
	case bytes.Equal(path, pathMetrics) && a.metrics != nil:
		if get(ctx) {
			a.serveMetrics(ctx)
		}
	case bytes.Equal(path, pathReload) && a.o.Reload != nil:
		if a.may(ctx) {
			a.reload(ctx)
		}
	case bytes.HasPrefix(path, pathProfiles) && a.o.Profile && a.o.Token != nil:
		if get(ctx) && a.may(ctx) {
			profile(ctx, string(path[len(pathProfiles):]))
		}
	default:
		answer(ctx, fasthttp.StatusNotFound, "not found\n")
	}
}

var (
	pathLive    = []byte("/livez")
	pathReady   = []byte("/readyz")
	pathMetrics = []byte("/metrics")
	pathReload  = []byte("/-/reload")

	pathProfiles = []byte("/debug/pprof/")
)

// get reports whether the request only reads, and answers it if not.
func get(ctx *fasthttp.RequestCtx) bool {
	if ctx.IsGet() || ctx.IsHead() {
		return true
	}
	notAllowed(ctx, "GET, HEAD")
	return false
}

func (a *Admin) ready(ctx *fasthttp.RequestCtx) {
	if a.o.Ready != nil && !a.o.Ready() {
		answer(ctx, fasthttp.StatusServiceUnavailable, "not ready\n")
		return
	}
	answer(ctx, fasthttp.StatusOK, "ok\n")
}

// serveMetrics answers with the metrics. Its handler tells of failures with the text of an error, which is not shown.
func (a *Admin) serveMetrics(ctx *fasthttp.RequestCtx) {
	a.metrics(ctx)
	if status := ctx.Response.StatusCode(); status >= fasthttp.StatusBadRequest {
		ctx.Response.Reset()
		answer(ctx, status, "metrics are not available\n")
	}
}

// reload loads the configuration anew. A browser says where the page that sends a POST comes from: no page has business
// here, so that visiting one cannot make the proxy of whoever visits it reload.
func (a *Admin) reload(ctx *fasthttp.RequestCtx) {
	switch {
	case !ctx.IsPost():
		notAllowed(ctx, "POST")
	case len(ctx.Request.Header.Peek("Origin")) > 0:
		answer(ctx, fasthttp.StatusForbidden, "not from a browser\n")
	default:
		problems, ok := a.o.Reload()
		if ok {
			answer(ctx, fasthttp.StatusOK, "reloaded\n")
			return
		}
		answer(ctx, fasthttp.StatusUnprocessableEntity, "not reloaded, the configuration before stays in use:\n")
		ctx.Response.AppendBody(problems)
		ctx.Response.AppendBodyString("\n")
	}
}

func notAllowed(ctx *fasthttp.RequestCtx, allowed string) {
	answer(ctx, fasthttp.StatusMethodNotAllowed, "method not allowed\n")
	ctx.Response.Header.Set("Allow", allowed)
}

// answer sets the whole answer. body is a constant of this file.
func answer(ctx *fasthttp.RequestCtx, status int, body string) {
	ctx.SetStatusCode(status)
	ctx.SetContentType("text/plain; charset=utf-8")
	ctx.SetBodyString(body)
}

// recovered turns a fault into an answer without its text.
func (a *Admin) recovered(ctx *fasthttp.RequestCtx) {
	if recover() == nil {
		return
	}
	if a.o.Panicked != nil {
		a.o.Panicked()
	}
	ctx.Response.Reset()
	answer(ctx, fasthttp.StatusInternalServerError, "internal error\n")
}

// refuse answers what is not a request, or is too large or too slow for one.
func refuse(ctx *fasthttp.RequestCtx, err error) {
	ctx.Response.Reset()
	var small *fasthttp.ErrSmallBuffer
	var timeout net.Error
	switch {
	case errors.As(err, &small):
		answer(ctx, fasthttp.StatusRequestHeaderFieldsTooLarge, "request head too large\n")
	case errors.Is(err, fasthttp.ErrBodyTooLarge):
		answer(ctx, fasthttp.StatusRequestEntityTooLarge, "request body too large\n")
	case errors.As(err, &timeout) && timeout.Timeout():
		answer(ctx, fasthttp.StatusRequestTimeout, "request timeout\n")
	default:
		answer(ctx, fasthttp.StatusBadRequest, "bad request\n")
	}
}

// silent is a logger that drops what it gets.
type silent struct{}

// Printf does nothing.
func (silent) Printf(string, ...any) {}
