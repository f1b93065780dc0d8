package proxy

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/piiproxy/piiproxy/proxy/telemetry"
)

// largeAnswers is answers of an upstream that are handed on while they come. whole says that the client may take what it got
// for the whole; reason is what the access log says.
var largeAnswers = []struct {
	name   string
	answer func(w http.ResponseWriter)
	proto  string
	whole  bool
	reason string
}{
	{"length", func(w http.ResponseWriter) {
		w.Header().Set("Content-Length", strconv.Itoa(len(largeBody)))
		io.WriteString(w, largeBody)
	}, "HTTP/1.1", true, ""},
	{"chunks", func(w http.ResponseWriter) { io.WriteString(w, largeBody) }, "HTTP/1.1", true, ""},
	{"chunks for HTTP/1.0", func(w http.ResponseWriter) { io.WriteString(w, largeBody) }, "HTTP/1.0", true, ""},
	{"length that does not come", func(w http.ResponseWriter) {
		w.Header().Set("Content-Length", strconv.Itoa(len(largeBody)+1))
		io.WriteString(w, largeBody)
	}, "HTTP/1.1", false, "closed"},
	{"chunks without an end for HTTP/1.0", func(w http.ResponseWriter) {
		io.WriteString(w, largeBody)
		panic(http.ErrAbortHandler)
	}, "HTTP/1.0", false, "closed"},
	{"chunks without an end", func(w http.ResponseWriter) {
		io.WriteString(w, largeBody)
		panic(http.ErrAbortHandler)
	}, "HTTP/1.1", false, "closed"},
	{"more than is allowed", func(w http.ResponseWriter) {
		for range 20 {
			io.WriteString(w, largeBody)
		}
	}, "HTTP/1.1", false, "answer_too_large"},
}

var largeBody = strings.Repeat("0123456789abcdef", 64<<10) // 1 MiB

// startOverTCP runs a proxy between sockets, in front of api.
func startOverTCP(t *testing.T, api http.HandlerFunc) (address string, log *lines, metrics *telemetry.Metrics) {
	t.Helper()
	return startListener(t, "api", api)
}

func startListener(t *testing.T, listener string, api http.HandlerFunc) (address string, log *lines, metrics *telemetry.Metrics) {
	t.Helper()
	up := httptest.NewServer(api)
	spec := testSpec()
	spec.Upstreams["api"] = UpstreamSpec{Address: up.URL, Timeout: time.Minute}
	g, err := Build(spec, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	log, metrics = &lines{}, telemetry.NewMetrics(telemetry.Build{})
	p := New(g, Options{Log: log, Metrics: metrics})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skip("no loopback: " + err.Error())
	}
	served := make(chan error)
	go func() { served <- p.Serve(listener, ln) }()
	t.Cleanup(func() {
		if err := p.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		<-served
		up.Close()
	})
	return ln.Addr().String(), log, metrics
}

func TestLargeAnswers(t *testing.T) {
	for _, c := range largeAnswers {
		t.Run(c.name, func(t *testing.T) {
			address, log, _ := startOverTCP(t, func(w http.ResponseWriter, _ *http.Request) { c.answer(w) })
			for range 2 {
				conn, err := net.Dial("tcp", address)
				if err != nil {
					t.Fatal(err)
				}
				io.WriteString(conn, "GET /sms/1 "+c.proto+"\r\nHost: api\r\nConnection: close\r\n\r\n")
				body, err := readBody(conn)
				conn.Close()
				if whole := err == nil && body == largeBody; whole != c.whole {
					t.Errorf("%d bytes, %v", len(body), err)
				}
				for !c.whole && !log.some() {
					runtime.Gosched()
				}
				outcome := `"outcome":"answered"`
				if !c.whole {
					outcome = `"outcome":"unknown","reason":"` + c.reason + `"`
				}
				if got := log.take(); len(got) != 1 || !strings.Contains(got[0], outcome) {
					t.Errorf("logged %q", got)
				}
			}
		})
	}
}

// TestLargeAnswerToHead wants only the head of what a connector answers, whose upstream is sent a POST: the body is read to its
// end, and not kept.
func TestLargeAnswerToHead(t *testing.T) {
	const message = "HEAD /operator HTTP/1.1\r\nHost: api\r\nContent-Type: application/json\r\nContent-Length: 22\r\n\r\n" + `{"to": "306912345678"}`
	for whole, outcome := range map[bool]string{true: `"outcome":"answered"`, false: `"outcome":"unknown","reason":"closed"`} {
		address, log, _ := startListener(t, "egress", func(w http.ResponseWriter, r *http.Request) {
			for range 8 {
				io.WriteString(w, largeBody)
			}
			if r.Method != "POST" || !whole {
				panic(http.ErrAbortHandler)
			}
		})
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		io.WriteString(conn, message)
		resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: "HEAD"})
		runtime.ReadMemStats(&after)
		conn.Close()
		if answered := err == nil && resp.StatusCode == 200; answered != whole {
			t.Errorf("whole %v: %v, %v", whole, resp, err)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > uint64(4*len(largeBody)) {
			t.Errorf("%d bytes for a head", took)
		}
		for !log.some() {
			runtime.Gosched()
		}
		if got := log.take(); len(got) != 1 || !strings.Contains(got[0], outcome) {
			t.Errorf("logged %q", got)
		}
	}
}

func (l *lines) some() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.all) > 0
}

// readBody reads an answer, and returns its body.
func readBody(c net.Conn) (string, error) {
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}

// TestClientGoesAwayFromLargeAnswer closes the connection in the middle, and holds the upstream's connection to being given
// up, and the record to saying so.
func TestClientGoesAwayFromLargeAnswer(t *testing.T) {
	gone := make(chan struct{})
	address, log, metrics := startOverTCP(t, func(w http.ResponseWriter, _ *http.Request) {
		defer close(gone)
		for { // more than all buffers on the way hold
			if _, err := io.WriteString(w, largeBody[:64<<10]); err != nil {
				return
			}
		}
	})
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(conn, "GET /sms/1 HTTP/1.1\r\nHost: api\r\n\r\n")
	if _, err := io.ReadFull(conn, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	<-gone
	for !log.some() {
		runtime.Gosched()
	}
	if got := log.take(); len(got) != 1 || !strings.Contains(got[0], `"reason":"client_gone"`) {
		t.Errorf("logged %q", got)
	}
	for counted := false; !counted; { // a moment after the line
		page := httptest.NewRecorder()
		metrics.Handler().ServeHTTP(page, httptest.NewRequest("GET", "/metrics", nil))
		counted = strings.Contains(page.Body.String(), "piiproxy_answers_not_taken_total 1\n")
	}
}
