package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/piiproxy/piiproxy/bench/replay"
)

// TestHARHoldsNothing reads HAR in which every member that may hold something of somebody does, and searches the capture, what HAR
// becomes of it, and what is said of entries that are left out.
func TestHARHoldsNothing(t *testing.T) {
	const raw = `{"log":{"version":"1.2 Ada","creator":{"name":"Ada","version":"Ada","comment":"Ada"},"browser":{"name":"Ada"},
"pages":[{"startedDateTime":"2026-01-01T00:00:00Z","id":"Ada","title":"Ada Lovelace","pageTimings":{},"comment":"Ada"}],"comment":"Ada","entries":[
{"startedDateTime":"2026-01-01T00:00:00Z","time":1,"serverIPAddress":"8.8.4.4","connection":"Ada","pageref":"Ada","comment":"Ada","_piiproxy_listener":"ada",
 "_piiproxy_route":"ada","_piiproxy_outcome":"Ada",
 "request":{"method":"POST","url":"https://ada:s3cr3t@ada.example.org:80/sms?Ada+Lovelace&firstName=Ada#Ada","httpVersion":"Ada","comment":"Ada",
  "cookies":[{"name":"Ada","value":"Ada"}],"headers":[{"name":"Host","value":"ada.example.org"},{"name":"Referer","value":"https://x/Ada"},
  {"name":"X-A","value":"b\r\nUser-Agent: x\r\nX-B: Ada"},{"name":"Authorization","value":"Basic QWRhOnMzY3IzdA=="}],
  "queryString":[{"name":"Ada","value":"Ada"}],"bodySize":3,"headersSize":1,
  "postData":{"mimeType":"application/x-www-form-urlencoded; name=Ada","text":"","params":[{"name":"Body","value":"Dear Ada & Grace Hopper=1&Lovelace","fileName":"Ada",
   "contentType":"Ada"},{"name":"firstName","value":"Ada"}],"comment":"Ada"}},
 "response":{"status":200,"statusText":"Ada","redirectURL":"https://x/?name=Ada","cookies":[{"name":"Ada","value":"Ada"}],
  "headers":[{"name":"Set-Cookie","value":"Ada"}],"content":{"size":3,"mimeType":"Ada","text":"Ada","encoding":"Ada"},"bodySize":3},"cache":{"comment":"Ada"},"timings":{}},
{"request":{"method":"Ada Lovelace","url":"https://x/Ada/../../a b","headers":[{"name":"Ada Lovelace","value":"Ada"}]}},
{"request":{"method":"Ada Lovelace","url":"Ada"}},
{"request":{"method":"POST","url":"https://x/sms","postData":{"mimeType":"Ada","text":"Ada","_piiproxy_encoding":"base64"}}},
{"request":{"method":"ADA","url":"https://x/sms","postData":{"mimeType":"Ada","params":[{"name":"Ada","value":"Ada"}]}}},
{"request":{"method":"GET","url":"https://x/sms","headers":[{"name":"Ada Lovelace","value":"Ada"}]}}]}}`
	dir := t.TempDir()
	har, config := filepath.Join(dir, "raw.har"), filepath.Join(dir, "piiproxy.yaml")
	for name, text := range map[string]string{har: raw, config: string(exampleConfig)} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, value := range exampleSecrets {
		t.Setenv(name, value)
	}
	var out, errs, again, more strings.Builder
	if code := run([]string{"capture", "--from-har", har, "--config", config}, strings.NewReader(""), &out, &errs); code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	capture := filepath.Join(dir, "c.jsonl")
	if err := os.WriteFile(capture, []byte(out.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if code := run([]string{"capture", "--to-har", capture}, strings.NewReader(""), &again, &more); code != 0 {
		t.Fatalf("exit code %d: %s", code, more.String())
	}
	for what, text := range map[string]string{"the capture": out.String(), "the messages": errs.String(), "HAR": again.String()} {
		for _, needle := range []string{"Ada", "ADA", "ovelace", "Grace", "Hopper", "8.8.4.4", "s3cr3t", "QWRh", "ada.example"} {
			if strings.Contains(text, needle) {
				t.Errorf("%s is in %s:\n%s", needle, what, text)
			}
		}
	}
	if strings.Contains(out.String(), `["Host",""]`) {
		t.Errorf("a host is empty:\n%s", out.String())
	}
	if n := strings.Count(out.String(), "\n"); n != 3 {
		t.Errorf("%d lines:\n%s\n%s", n, out.String(), errs.String())
	}
}

// TestHAROfOddEntries makes a capture that can be read of entries whose times, statuses and sizes cannot be.
func TestHAROfOddEntries(t *testing.T) {
	const raw = `{"log":{"entries":[
{"startedDateTime":"0002-01-01T00:00:00Z","time":1e300,"request":{"method":"GET","url":"https://x/sms"},"response":{"status":42,"bodySize":-1}},
{"startedDateTime":"9998-01-01T00:00:00Z","time":-1,"request":{"method":"GET","url":"https://x/sms"},"response":{"status":1000,"content":{"size":-5}}},
{"startedDateTime":"2026-01-01T00:00:00Z","request":{"method":"PUT","url":"https://x/sms","bodySize":9000000000000000000},"response":{"status":200}}]}}`
	dir := t.TempDir()
	har, config, capture := filepath.Join(dir, "raw.har"), filepath.Join(dir, "piiproxy.yaml"), filepath.Join(dir, "c.jsonl")
	for name, text := range map[string]string{har: raw, config: string(exampleConfig)} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, value := range exampleSecrets {
		t.Setenv(name, value)
	}
	command(t, capture, "capture", "--from-har", har, "--config", config)
	n := 0
	if err := replay.Each([]string{capture}, func(e *replay.Exchange) error { n++; return nil }); err != nil || n != 3 {
		t.Errorf("%d entries, %v", n, err)
	}
}
