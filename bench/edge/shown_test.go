package edge

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// What a person is known by: no exit may show it.
const (
	mail   = "ada.byron@example.org"
	addr   = "198.51.100.77"
	person = "+" + secret + " " + mail + " " + addr
)

// odd requests hold all three where nobody looks for them, and mostly where nothing may stand.
var odd = []string{
	with(secret+" /n/0 HTTP/1.1", "Host: edge.test"),
	with("GET "+secret+" HTTP/1.1", "Host: edge.test"),
	with("GET /n/0?to=%2B"+secret+"&m="+mail+"&ip="+addr+" HTTP/9."+secret, "Host: edge.test"),
	with("GET /n/0?to=%2B"+secret+"&m="+mail+"&ip="+addr+" HTTP/9.9", "Host: edge.test"),
	with("GET /n/0?to=%2B"+secret+"&m="+mail+"&ip="+addr+"#x HTTP/1.1", "Host: edge.test"),
	with("GET /n/0/+"+secret+"/"+mail+"/"+addr+"\x00 HTTP/1.1", "Host: edge.test"),
	with("GET http://"+mail+"/n/0/"+addr+"/+"+secret+" HTTP/1.1", "Host: edge.test"),
	with("GET http://+"+secret+":"+secret+"@"+addr+"/ HTTP/1.1", "Host: "+addr),
	with("CONNECT "+addr+":443 HTTP/1.1", "Host: "+mail),
	with("GET /none/+"+secret+"/"+mail+"/"+addr+" HTTP/1.1", "Host: edge.test"),
	with("BREW /n/0/+"+secret+"/"+mail+"/"+addr+" HTTP/1.1", "Host: edge.test"),
	with("GET /n/0 HTTP/1.1", "Host: "+mail),
	with("GET /n/0 HTTP/1.1", "Host: "+addr+":"+secret),
	with("GET /n/0 HTTP/1.1", "Host: "+addr, "Host: "+secret+".test"),
	with("GET /n/0 HTTP/1.1", "Host: edge.test", "X-"+secret+": b", person),
	with("GET /n/0 HTTP/1.1", "Host: edge.test", person+": b"),
	with("GET /n/0 HTTP/1.1", "Host: edge.test", "X-A: "+person+"\x00"),
	with("GET /n/0 HTTP/1.1", "Host: edge.test", "X-A: b", " "+person),
	with("GET /n/0 HTTP/1.1", "Host: edge.test", "Expect: "+person),
	with("GET /n/0 HTTP/1.1", "Host: edge.test", "Upgrade: "+person),
	with("GET /n/0 HTTP/1.1", "Host: edge.test", "Connection: "+person),
	with("GET /n/0 HTTP/1.1", "Host: edge.test", "X-Forwarded-For: "+addr, "Connection: X-Forwarded-For"),
	with("POST /n/0 HTTP/1.1", "Host: edge.test", "Content-Length: "+person),
	with("POST /n/0 HTTP/1.1", "Host: edge.test", "Content-Length: "+secret),
	with("POST /n/0 HTTP/1.1", "Host: edge.test", "Transfer-Encoding: "+person),
	with("POST /n/0 HTTP/1.1", "Host: edge.test", "Transfer-Encoding: chunked") + "5;a=\"" + person + "\r\nhello\r\n0\r\n\r\n",
	with("POST /n/0 HTTP/1.1", "Host: edge.test", "Transfer-Encoding: chunked") + secret + "\r\n" + person,
	with("POST /n/0 HTTP/1.1", "Host: edge.test", "Transfer-Encoding: chunked") + "0\r\n" + person + "\r\n\r\n",
	with("POST /n/0 HTTP/1.1", "Host: edge.test", "Content-Type: "+person, "Content-Length: 5") + "hello",
	with("POST /n/0 HTTP/1.1", "Host: edge.test", "Content-Type: application/json", "Content-Type: "+person, "Content-Length: 5") + "hello",
	with("POST /n/0 HTTP/1.1", "Host: edge.test", "Content-Encoding: gzip", fmt.Sprintf("Content-Length: %d", len(person))) + person,
	with("POST /n/0 HTTP/1.1", "Host: edge.test", "Content-Length: 900") + person, // and no more
	person + "\r\n\r\n",
	"\x16\x03\x01\x02\x00" + person,
	strings.Repeat(person, 1000),
	with("GET /n/0/"+strings.Repeat("+"+secret, 1000)+" HTTP/1.1", "Host: edge.test"),
	with("GET /n/0 HTTP/1.1", "Host: edge.test", "X-A: "+strings.Repeat(person, 1000)),
	with("GET /n/0 HTTP/1.1", "Host: edge.test", "User-Agent: "+person, "Referer: http://"+addr+"/?"+mail),
	with("GET /n/0 HTTP/1.1", "Host: edge.test", "traceparent: 00-00000000000000000000"+secret+"-0000"+secret+"-01", "tracestate: a="+secret+"-"+addr, "baggage: a="+mail),
}

// oddAnswers do the same for what an upstream says.
var oddAnswers = []string{
	ending("X-A: "+person, length("")),
	"HTTP/1.1 200 " + person + "\r\nContent-Length: 5\r\n\r\nhel",
	"HTTP/1.1 " + secret + " OK\r\n\r\n",
	"220 " + person + "\r\n",
	"HTTP/1.1 103 " + person + "\r\nX: " + person + "\r\n\r\n",
	ending(person),
	ending("X-A: " + person + "\x00"),
	ending("Content-Length: " + person),
	ending("Content-Length: " + secret),
	ending("Transfer-Encoding: " + person),
	inChunks + person + "\r\n",
	inChunks + "5;a=\"" + person + "\r\nhello\r\n0\r\n\r\n",
	inChunks + "0\r\n" + person + "\r\n\r\n",
	"HTTP/1.1 101 " + person + "\r\nUpgrade: " + person + "\r\n\r\n",
}

// TestNothingIsShown sends and answers what is odd, and looks for it in refusals, in what the program writes, and in its metrics.
func TestNothingIsShown(t *testing.T) {
	up := startFaulty(t, &behaviour{all: func(l *link, m *message) bool {
		var n int
		_, _ = fmt.Sscanf(m.target, "/n/%d", &n)
		l.say(oddAnswers[n])
		return false
	}})
	r := subjects[0].start(t, []backend{{"up", "/n/", up.address}}, times{client: upstreamTimeout, upstream: patience})
	all := odd
	for n := range oddAnswers {
		all = append(all, with(fmt.Sprintf("GET /n/%d?to=%%2B%s&m=%s HTTP/1.1", n, secret, mail), "Host: edge.test"))
	}
	var asking sync.WaitGroup
	for _, address := range []string{r.address, r.admin} {
		for _, raw := range all {
			asking.Go(func() {
				if text := refusal(t, address, raw, address == r.admin); shows(text) {
					t.Errorf("the answer to %.200q shows it: %s", raw, text)
				}
			})
		}
	}
	asking.Wait()
	for _, path := range []string{"/metrics", "/livez", "/readyz"} {
		if text := page(t, "http://"+r.admin+path); shows(text) {
			t.Errorf("%s shows it:\n%s", path, text)
		}
	}
	if code := r.stop(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
	for line := range strings.Lines(string(r.said(t))) {
		if shows(line) {
			t.Errorf("the program wrote %s", line)
		}
	}
}

func shows(text string) bool {
	return strings.Contains(text, secret[2:]) || strings.Contains(text, mail) || strings.Contains(text, addr)
}

// refusal sends raw, and perhaps that no more comes, and returns what is answered, unless that is an answer of the upstream.
func refusal(t *testing.T, address, raw string, ends bool) string {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(2 * patience))
	if _, err := io.WriteString(c, raw); err == nil && ends {
		_ = c.(*net.TCPConn).CloseWrite()
	}
	text, _ := io.ReadAll(c)
	if strings.HasPrefix(string(text), "HTTP/1.1 200 ") {
		return ""
	}
	return string(text)
}

func page(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url) //nolint:noctx // of loopback
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	defer http.DefaultClient.CloseIdleConnections()
	text, err := io.ReadAll(resp.Body)
	if err != nil || len(text) == 0 {
		t.Fatal(err)
	}
	return string(text)
}
