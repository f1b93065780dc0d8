package main

import (
	"bufio"
	"net/http"
	"os"
	"regexp"
	"sync"
	"time"

	"github.com/valyala/fasthttp"
)

// childEnv makes this program one of the programs that it measures.
const childEnv = "PIIPROXY_COMPARE_CHILD"

// asChild runs as the child that the environment names, if it names one.
func asChild() bool {
	var err error
	switch os.Getenv(childEnv) {
	case "":
		return false
	case "filter":
		err = regexpFilter(os.Stdin, os.Stdout)
	case "upstream":
		err = serveUpstream(os.Getenv("COMPARE_LISTEN"))
	case "proxy":
		err = bareProxy(os.Getenv("COMPARE_LISTEN"), os.Getenv("COMPARE_UPSTREAM"), os.Getenv("COMPARE_LOG"), os.Getenv("COMPARE_MASK"))
	}
	if err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
	return true
}

// bareProxy is what one would write with fasthttp: a server that hands each request to a client. mask is how its log
// treats people: empty, regexp, or body for the body too.
func bareProxy(listen, upstream, file, mask string) error {
	client := &fasthttp.HostClient{Addr: upstream, MaxConns: 1024, NoDefaultUserAgentHeader: true}
	log, err := openBareLog(file, mask)
	if err != nil {
		return err
	}
	server := &fasthttp.Server{MaxRequestBodySize: 4 << 20, NoDefaultServerHeader: true, Handler: func(ctx *fasthttp.RequestCtx) {
		start := time.Now()
		ctx.Request.Header.Del("Connection")
		if err := client.Do(&ctx.Request, &ctx.Response); err != nil {
			ctx.Error("bad gateway", http.StatusBadGateway)
		}
		ctx.Response.Header.Del("Connection")
		log.write(ctx, start)
	}}
	return server.ListenAndServe(listen)
}

// bareLog is an access log through a buffer.
type bareLog struct {
	shapes []*regexp.Regexp
	body   bool

	mu  sync.Mutex
	out *bufio.Writer // nil if there is no log
}

// barePatterns are those of the filters, and an escape that stands in queries.
var barePatterns = append([]string{`%2B[0-9]{8,15}`}, patterns...)

func openBareLog(file, mask string) (*bareLog, error) {
	l := &bareLog{body: mask == "body"}
	if file == "" {
		return l, nil
	}
	if mask != "" {
		for _, p := range barePatterns {
			l.shapes = append(l.shapes, regexp.MustCompile(p))
		}
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	l.out = bufio.NewWriterSize(f, 64<<10)
	go func() {
		for range time.Tick(100 * time.Millisecond) {
			l.mu.Lock()
			_ = l.out.Flush()
			l.mu.Unlock()
		}
	}()
	return l, nil
}

func (l *bareLog) write(ctx *fasthttp.RequestCtx, start time.Time) {
	if l.out == nil {
		return
	}
	line := start.UTC().AppendFormat(make([]byte, 0, 512), time.RFC3339Nano)
	line = append(append(line, ' '), ctx.Method()...)
	line = append(append(line, ' '), l.mask(ctx.RequestURI())...)
	line = fasthttp.AppendUint(append(line, ' '), ctx.Response.StatusCode())
	line = fasthttp.AppendUint(append(line, ' '), len(ctx.Request.Body()))
	line = fasthttp.AppendUint(append(line, ' '), len(ctx.Response.Body()))
	line = fasthttp.AppendUint(append(line, ' '), int(time.Since(start).Microseconds()))
	line = append(append(line, ' '), l.mask(ctx.Request.Header.Peek("X-Forwarded-For"))...)
	line = append(append(line, ' '), ctx.UserAgent()...)
	if l.body {
		line = append(append(line, ' '), l.mask(ctx.Request.Body())...)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = l.out.Write(append(line, '\n'))
}

func (l *bareLog) mask(text []byte) []byte {
	for _, s := range l.shapes {
		text = s.ReplaceAllLiteral(text, []byte("redacted"))
	}
	return text
}
