package http1

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// soon is a deadline that no test reaches unless it fails.
func soon() time.Time { return time.Now().Add(20 * time.Second) }

// request returns a request whose framing fits its body.
func request(method, target, body string) *Request {
	head, _ := AppendRequestLine(nil, []byte(method), []byte(target))
	head, _ = AppendField(head, "Host", "upstream.test")
	if body != "" || method == "POST" || method == "PUT" {
		head = AppendContentLength(head, len(body))
	}
	return &Request{Head: AppendHeadEnd(head), Body: []byte(body), NoBody: method == "HEAD"}
}

// echo answers with the method, the target and the body that came.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("X-Target", r.URL.RequestURI())
	_, _ = w.Write([]byte(r.Method + " " + string(body)))
}

func newPool(t testing.TB, o Options) *Pool {
	p := NewPool(o)
	t.Cleanup(p.Close)
	return p
}

func serve(t testing.TB, h http.HandlerFunc, secure bool) *Pool {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	t.Cleanup(s.Close)
	o := Options{Address: s.Listener.Addr().String()}
	if secure {
		s.StartTLS()
		roots := s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
		o.TLS = &tls.Config{RootCAs: roots, ServerName: "example.com", MinVersion: tls.VersionTLS12}
	} else {
		s.Start()
	}
	return newPool(t, o)
}

func TestDoAnswersItsRequest(t *testing.T) {
	for _, secure := range []bool{false, true} {
		p := serve(t, echo, secure)
		var resp Response
		for _, body := range []string{"one", "", strings.Repeat("long ", 20000), "two"} {
			for _, method := range []string{"POST", "PUT", "DELETE"} {
				if err := p.Do(request(method, "/a?b="+method, body), &resp, soon()); err != nil {
					t.Fatalf("%s of %d bytes: %v", method, len(body), err)
				}
				if want := method + " " + body; resp.Status != 200 || string(resp.Body) != want {
					t.Fatalf("%s of %d bytes: status %d, %d bytes of body, want %d", method, len(body), resp.Status, len(resp.Body), len(want))
				}
				if v, n := resp.Fields.Lookup("x-target"); n != 1 || string(v) != "/a?b="+method {
					t.Errorf("X-Target: %q, %d times", v, n)
				}
			}
		}
		if p.open != 1 || len(p.idle) != 1 {
			t.Errorf("secure %v: %d connections, %d idle; want one that served all", secure, p.open, len(p.idle))
		}
	}
}
