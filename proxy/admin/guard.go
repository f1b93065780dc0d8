package admin

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"runtime/pprof"
	"strconv"
	"time"

	"github.com/valyala/fasthttp"
)

// may reports whether the request may change the proxy, and answers it if not. What it showed is not kept, and takes as long to
// compare whatever it is.
func (a *Admin) may(ctx *fasthttp.RequestCtx) bool {
	if a.o.Token == nil {
		if !a.o.Open {
			answer(ctx, fasthttp.StatusForbidden, "the listener is not on loopback, and has no token\n")
		}
		return a.o.Open
	}
	want, err := a.o.Token()
	shown, bearer := bytes.CutPrefix(ctx.Request.Header.Peek(fasthttp.HeaderAuthorization), []byte("Bearer "))
	x, y := sha256.Sum256(shown), sha256.Sum256(want)
	if err == nil && len(want) > 0 && bearer && subtle.ConstantTimeCompare(x[:], y[:]) == 1 {
		return true
	}
	answer(ctx, fasthttp.StatusUnauthorized, "not the token\n")
	ctx.Response.Header.Set(fasthttp.HeaderWWWAuthenticate, "Bearer")
	return false
}

// longestProfile is how many seconds a profile may take: less than an answer may.
const longestProfile = 25

// profile answers with a profile of the process, in the format of `go tool pprof`. There is no /cmdline among them, and none holds
// more than names of functions and numbers.
func profile(ctx *fasthttp.RequestCtx, name string) {
	ctx.SetContentType("application/octet-stream")
	if name == "profile" {
		seconds, err := strconv.Atoi(string(ctx.QueryArgs().Peek("seconds")))
		if err != nil || seconds < 1 || seconds > longestProfile {
			seconds = 10
		}
		if pprof.StartCPUProfile(ctx) != nil {
			answer(ctx, fasthttp.StatusConflict, "another profile is being taken\n")
			return
		}
		time.Sleep(time.Duration(seconds) * time.Second)
		pprof.StopCPUProfile()
		return
	}
	p := pprof.Lookup(name)
	if p == nil || p.WriteTo(ctx, 0) != nil {
		answer(ctx, fasthttp.StatusNotFound, "no such profile\n")
	}
}
