package admin

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
)

const secret = "hunter2-hunter2"

func TestGuard(t *testing.T) {
	var reloads atomic.Int64
	reload := func() ([]byte, bool) { reloads.Add(1); return nil, true }
	token := func() ([]byte, error) { return []byte(secret), nil }
	for name, test := range map[string]struct {
		o      Options
		header string
		status int
	}{
		"loopback":               {Options{Open: true}, "", 200},
		"elsewhere":              {Options{}, "", 403},
		"a token on loopback":    {Options{Open: true, Token: token}, "", 401},
		"the token":              {Options{Token: token}, "Authorization: Bearer " + secret + "\r\n", 200},
		"another token":          {Options{Token: token}, "Authorization: Bearer " + secret[1:] + "\r\n", 401},
		"no bearer":              {Options{Token: token}, "Authorization: Basic " + secret + "\r\n", 401},
		"an empty token":         {Options{Token: func() ([]byte, error) { return nil, nil }}, "Authorization: Bearer \r\n", 401},
		"a file that is gone":    {Options{Token: func() ([]byte, error) { return []byte(secret), errors.New(secret) }}, "Authorization: Bearer " + secret + "\r\n", 401},
		"the token in a browser": {Options{Token: token}, "Authorization: Bearer " + secret + "\r\nOrigin: http://a.example\r\n", 403},
	} {
		test.o.Reload = reload
		before := reloads.Load()
		r, body := start(t, test.o)("POST /-/reload HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n" + test.header + "\r\n")
		if r.StatusCode != test.status || strings.Contains(body, secret) || (reloads.Load() > before) != (test.status == 200) {
			t.Errorf("%s: %d %q", name, r.StatusCode, body)
		}
		if (r.StatusCode == 401) != (r.Header.Get("Www-Authenticate") == "Bearer") {
			t.Errorf("%s: %v", name, r.Header)
		}
	}
}

func TestProfiles(t *testing.T) {
	token := func() ([]byte, error) { return []byte(secret), nil }
	with := "Authorization: Bearer " + secret + "\r\n"
	for name, test := range map[string]struct {
		o            Options
		path, header string
		status       int
	}{
		"off":           {Options{Token: token}, "heap", with, 404},
		"no token":      {Options{Profile: true, Open: true}, "heap", "", 404},
		"not shown":     {Options{Profile: true, Token: token}, "heap", "", 401},
		"heap":          {Options{Profile: true, Token: token}, "heap", with, 200},
		"goroutine":     {Options{Profile: true, Token: token}, "goroutine", with, 200},
		"processor":     {Options{Profile: true, Token: token}, "profile?seconds=1", with, 200},
		"command line":  {Options{Profile: true, Token: token}, "cmdline", with, 404},
		"no such thing": {Options{Profile: true, Token: token}, "hunter3", with, 404},
	} {
		r, body := start(t, test.o)("GET /debug/pprof/" + test.path + " HTTP/1.1\r\nHost: a\r\n" + test.header + "\r\n")
		if r.StatusCode != test.status || strings.Contains(body, "hunter") {
			t.Errorf("%s: %d", name, r.StatusCode)
		}
		if r.StatusCode == 200 && len(body) < 50 {
			t.Errorf("%s: %d bytes", name, len(body))
		}
	}
}
