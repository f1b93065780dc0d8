//go:build race

package http1

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestGivenBackIsScribbledOver keeps what a request and an answer refer to for longer than it holds: in this build it must read
// as nonsense then, so that every other test notices who does that.
func TestGivenBackIsScribbledOver(t *testing.T) {
	const mark = "306912345678"
	var kept [][]byte
	handled := make(chan struct{})
	dial := listenTCP(t, func(in *Incoming) {
		var r Reply
		body, _ := in.Body(1 << 20)
		r.Begin(in, 200, nil)
		r.Whole([]byte(mark), false)
		if len(kept) == 0 {
			kept = [][]byte{in.Target, body, r.buf}
		}
		r.Send()
		r.Reset()
		handled <- struct{}{}
	})
	c := dial()
	for _, raw := range []string{
		"POST /" + mark + " HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n" + strings.Repeat(mark, 5000),
		"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
	} {
		if _, err := io.WriteString(c, raw); err != nil {
			t.Fatal(err)
		}
		<-handled
	}
	p := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, mark) }, false)
	var resp Response
	if err := p.Do(request("GET", "/", ""), &resp, soon()); err != nil || string(resp.Body) != mark {
		t.Fatal(err)
	}
	kept = append(kept, resp.Body)
	resp.Reset()
	for i, b := range kept {
		if len(b) == 0 || bytes.Contains(b, []byte(mark)) {
			t.Errorf("%d: %d bytes, and what they said is still there", i, len(b))
		}
	}
}
