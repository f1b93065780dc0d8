package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/piiproxy/piiproxy/proxy/config"
)

// simulated is requests to each kind of simulator.
var simulated = []struct {
	kind, method, target, body string
	status                     int
	answer                     string // part of it
}{
	{"api", "POST", "/sms", `{"to":"+306912345678"}`, 200, `"to": "+306912345678"`},
	{"api", "POST", "/sms/analyze", `{"to":"+306912345678"}`, 200, `"+306912345678": "GR"`},
	{"api", "POST", "/oauth/token", `grant_type=client_credentials`, 200, `"access_token"`},
	{"api", "POST", "/2step/1", `answer=1234`, 200, `Verified`},
	{"api", "DELETE", "/emails/a%40b.com", ``, 204, ``},
	{"operator", "POST", "/v1/messages", `{"to":"+306912345678"}`, 202, `accepted`},
	{"operator", "POST", "/v1/messages", `{"to":`, 400, `rejected`},
	{"kannel", "GET", "/cgi-bin/sendsms?username=a&password=b&to=%2B30", ``, 202, `0: Accepted for delivery`},
	{"kannel", "GET", "/cgi-bin/sendsms?username=a&to=%2B30", ``, 403, `Authorization failed`},
	{"kannel", "GET", "/cgi-bin/sendsms?username=a&password=b", ``, 400, `Missing receiver`},
	{"kannel", "POST", "/cgi-bin/sendsms", `username=a`, 400, ``},
	{"kannel", "GET", "/other", ``, 404, ``},
	{"customer", "POST", "/webhooks/in", `{}`, 200, `received`},
}

// TestSimulators holds each simulator to its answers, and to showing what it received.
func TestSimulators(t *testing.T) {
	for _, c := range simulated {
		t.Run(c.kind+" "+c.method+" "+c.target, func(t *testing.T) {
			s, err := startSimulator("sim", config.Simulator{Kind: c.kind, Address: "127.0.0.1:0"})
			if err != nil {
				t.Fatal(err)
			}
			defer s.close(context.Background())
			status, answer := request(t, c.method, "http://"+s.address()+c.target, c.body)
			if status != c.status || !strings.Contains(answer, c.answer) {
				t.Errorf("got %d %s", status, answer)
			}
			_, shown := request(t, "GET", "http://"+s.address()+"/received", "")
			var all []receivedRequest
			if err := json.Unmarshal([]byte(shown), &all); err != nil || len(all) != 1 {
				t.Fatalf("received: %s %v", shown, err)
			}
			if r := all[0]; r.Method != c.method || r.Target != c.target || r.Body != c.body || r.Number != 1 {
				t.Errorf("received %+v", r)
			}
			if _, none := request(t, "DELETE", "http://"+s.address()+"/received", ""); none != "[]\n" {
				t.Errorf("not forgotten: %s", none)
			}
		})
	}
}

// TestSimulatorIsBounded sends more than a simulator keeps, and more than it takes.
func TestSimulatorIsBounded(t *testing.T) {
	s, err := startSimulator("sim", config.Simulator{Kind: "customer", Address: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.close(context.Background())
	for range maxReceived + 5 {
		request(t, "POST", "http://"+s.address()+"/", "x")
	}
	s.mu.Lock()
	if len(s.received) != maxReceived || s.received[0].Number != 6 {
		t.Errorf("keeps %d, the oldest is %d", len(s.received), s.received[0].Number)
	}
	s.mu.Unlock()
	if status, _ := request(t, "POST", "http://"+s.address()+"/", strings.Repeat("x", maxReceivedBody+1)); status != 413 {
		t.Errorf("too large a body: %d", status)
	}
}

// TestSimulatorIsLocal keeps simulators off the network.
func TestSimulatorIsLocal(t *testing.T) {
	for _, c := range []config.Simulator{{Kind: "customer", Address: "0.0.0.0:0"}, {Kind: "nobody", Address: "127.0.0.1:0"}, {Kind: "api", Address: "nowhere"}} {
		if s, err := startSimulator("sim", c); err == nil {
			s.close(context.Background())
			t.Errorf("%+v was started", c)
		}
	}
}

func request(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(answer)
}
