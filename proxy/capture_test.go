package proxy

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/piiproxy/piiproxy/redact"
)

// capturedLine is a line of a capture as who replays it reads it.
type capturedLine struct {
	AtUS         int64 `json:"at_us"`
	ID           string
	Listener     string
	Route        string
	Method       string
	Target       string
	Headers      [][2]string
	Body         *string
	BodyBytes    int64 `json:"body_bytes"`
	Encoding     string
	Status       int
	Outcome      string
	RequestBytes int64 `json:"request_bytes"`
	ResponseByte int64 `json:"response_bytes"`
}

func (c *capturedLine) header(name string) string {
	for _, h := range c.Headers {
		if h[0] == name {
			return h[1]
		}
	}
	return ""
}

func captureSpec() Spec {
	spec, all := testSpec(), 1.0
	spec.Telemetry.Capture = CaptureSpec{File: "capture", Share: &all, Body: 1000}
	spec.Limits.Body = 4000
	return spec
}

// captureOf returns what is captured of a request.
func captureOf(t *testing.T, spec Spec, head string, body string) *capturedLine {
	t.Helper()
	r := start(t, spec, ok())
	r.send(strings.ReplaceAll(head, "\n", "\r\n") + fmt.Sprintf("Content-Length: %d\r\nConnection: close\r\n\r\n", len(body)) + body)
	all := r.capture.take()
	if len(all) == 0 {
		return nil
	}
	t.Log(all[0])
	var c capturedLine
	if err := json.Unmarshal([]byte(all[0]), &c); err != nil {
		t.Fatal(err)
	}
	return &c
}

const postSMS = "POST /sms?to=%2B306912345678 HTTP/1.1\nHost: ada.example.com\n"

func TestCaptureBodies(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write([]byte(`{"to":"+306912345678"}`))
	w.Close()
	parts := "--xyz\r\nContent-Disposition: form-data; name=\"to\"\r\n\r\n+306912345678\r\n" +
		"--xyz\r\nContent-Disposition: form-data; name=\"f\"; filename=\"ada.txt\"\r\n\r\nDear Ada\r\n--xyz--\r\n"
	for name, c := range map[string]struct {
		head, body string
		shown      bool
		encoding   string
	}{
		"json":            {"Content-Type: application/json\n", `{"to":"+306912345678","firstName":"Ada"}`, true, ""},
		"form":            {"Content-Type: application/x-www-form-urlencoded\n", "To=%2B306912345678&firstName=Ada", true, ""},
		"multipart":       {"Content-Type: multipart/form-data; boundary=xyz\n", parts, true, ""},
		"text":            {"Content-Type: text/plain\n", "Dear Ada, +306912345678", true, ""},
		"no type":         {"", `{"to":"+306912345678","firstName":"Ada"}`, true, ""},
		"gzip":            {"Content-Type: application/json\nContent-Encoding: gzip\n", packed.String(), true, "gzip"},
		"cut gzip":        {"Content-Type: application/json\nContent-Encoding: gzip\n", packed.String()[:20], false, "gzip"},
		"other encoding":  {"Content-Type: application/json\nContent-Encoding: x-ada\n", "Ada", false, "other"},
		"malformed":       {"Content-Type: application/json\n", `{"to":"+306912345678","firstName":"Ada"`, false, ""},
		"malformed parts": {"Content-Type: multipart/form-data; boundary=xyz\n", parts[:80], false, ""},
		"other type":      {"Content-Type: application/xml\n", "<firstName>Ada</firstName>", false, ""},
		"no UTF-8":        {"Content-Type: text/plain\n", "Ada \xff", false, ""},
		"too large":       {"Content-Type: text/plain\n", strings.Repeat("Ada ", 300), false, ""},
		"refused":         {"Content-Type: text/plain\n", strings.Repeat("Ada ", 2000), false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := captureOf(t, captureSpec(), postSMS+c.head, c.body)
			size := min(int64(len(c.body)), captureSpec().Limits.Body+1) // what is refused for its size is refused for that one too
			if shown := got.Body != nil; shown != c.shown || !shown && got.BodyBytes != size || got.Encoding != c.encoding {
				t.Errorf("got %+v", got)
			}
			got.ID = "" // it is random, and may spell anything
			whole, _ := json.Marshal(got)
			for _, raw := range []string{"6912345678", "Ada", "ada", "xyz", "firstname"} {
				if bytes.Contains(whole, []byte(raw)) && raw != "firstName" {
					t.Errorf("%s is in it", raw)
				}
			}
			if c.shown && c.encoding == "" && len(*got.Body) != len(c.body) && name != "multipart" {
				t.Errorf("%d bytes became %d", len(c.body), len(*got.Body))
			}
		})
	}
}

func TestCaptureHeaders(t *testing.T) {
	got := captureOf(t, captureSpec(), postSMS+"User-Agent: sdk/1.2\nAuthorization: Bearer s3cr3t\nCookie: sid=Ada\nX-Custom: Ada Lovelace\nX-306912345678: a\n"+
		"Accept: */*\nTe: trailers\nContent-Type: text/plain; name=Ada\nX-Forwarded-For: 203.0.113.9\n", "Ada")
	if got.header("User-Agent") != "sdk/1.2" || got.header("Accept") != "*/*" || got.header("Host") != "api" {
		t.Errorf("what says nothing of anybody is not there: %q", got.Headers)
	}
	for _, h := range got.Headers {
		if h[0] == "Connection" || h[0] == "Content-Length" || h[0] == "Te" || strings.Contains(h[0], "6912345678") {
			t.Errorf("%s is there", h[0])
		}
	}
	if got.header("Content-Type") != "text/plain" {
		t.Errorf("Content-Type is %q", got.header("Content-Type"))
	}
	if a := got.header("Authorization"); len(a) != len("Bearer s3cr3t") || strings.Contains(a, "s3cr3t") || strings.Contains(a, "Bearer") {
		t.Errorf("Authorization is %q", a)
	}
	if got.Route != "sms" || got.Listener != "api" || got.Status != 200 || got.Outcome != "answered" || got.RequestBytes != 3 || len(got.ID) != 32 {
		t.Errorf("%+v", got)
	}
}

// TestCaptureTaggedHeaders gives what a header is known to hold the surrogate that it has everywhere.
func TestCaptureTaggedHeaders(t *testing.T) {
	spec := captureSpec()
	spec.Redact.Fields = map[string]redact.FieldsSpec{"sms": {Fields: []redact.FieldSpec{
		{Header: "X-Number", Kind: "phone"}, {Header: "X-Shop", Kind: "phone", Subject: "account"}}}}
	got := captureOf(t, spec, postSMS+"X-Number: 306912345678\nX-Shop: Ada\nX-Other: 306912345678\n", "x")
	want := strings.TrimPrefix(got.Target, "/sms?to=%2B")
	if got.header("X-Number") != want || got.header("X-Other") == want || strings.Contains(got.header("X-Other"), "6912345678") ||
		strings.Contains(got.header("X-Shop"), "Ada") {
		t.Errorf("%s is %s: %q", "+306912345678", want, got.Headers)
	}
}

// TestCaptureTypes holds what stands for a Content-Type to types and character sets that there are.
func TestCaptureTypes(t *testing.T) {
	for in, want := range map[string]string{
		"application/json; charset=utf-8": "application/json; charset=utf-8", "text/plain;charset=ISO-8859-1": "text/plain;charset=ISO-8859-1",
		"application/vnd.api+json": "application/vnd.api+json", "text/plain; charset=AdaLovelace": "text/plain",
		"text/plain; charset=306912345678": "text/plain", "text/ada; charset=utf-8; name=Ada": "text/ada",
		"Ada Lovelace": "", "Ada/Lovelace": "", "text/306912345678": "", "Ada": "", "text/": "", "application/Ada Lovelace": "",
	} {
		got := captureOf(t, captureSpec(), postSMS+"Content-Type: "+in+"\n", "x").header("Content-Type")
		if got != want && (want != "" || strings.Contains(got, "Ada") || strings.Contains(got, "6912345678") || len(got) != len(in)) {
			t.Errorf("%s became %q", in, got)
		}
	}
}

func TestCaptureRefused(t *testing.T) {
	got := captureOf(t, captureSpec(), "POST /nowhere/306912345678/x HTTP/1.1\nHost: x\n", "Ada")
	if got.Status != 404 || got.Route != "" || got.Outcome != "refused" || got.BodyBytes != 3 || strings.Contains(got.Target, "6912345678") {
		t.Errorf("%+v", got)
	}
	if got := captureOf(t, captureSpec(), "POST /sms HTTP/1.1\nHost: x\nBad Name: +306912345678\n", "Ada"); got != nil {
		t.Errorf("a head that cannot be read was captured: %+v", got)
	}
}

// TestCaptureAnnounced captures a body that is far too large, which did not come, by what it takes to be refused again.
func TestCaptureAnnounced(t *testing.T) {
	r := start(t, captureSpec(), ok())
	r.send("POST /sms HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\nConnection: close\r\n\r\n")
	var got capturedLine
	if all := r.capture.take(); len(all) != 1 || json.Unmarshal([]byte(all[0]), &got) != nil {
		t.Fatal(all)
	}
	if got.Status != 413 || got.BodyBytes != 4001 {
		t.Errorf("%+v", got)
	}
}

func TestCaptureShare(t *testing.T) {
	spec, none := captureSpec(), 0.0
	spec.Telemetry.Capture.Share = &none
	if got := captureOf(t, spec, postSMS, "Ada"); got != nil {
		t.Errorf("%+v", got)
	}
	half := 0.5
	spec.Telemetry.Capture.Share = &half
	r := start(t, spec, ok())
	const n = 400
	for range n {
		r.send("GET /sms/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	}
	if got := len(r.capture.take()); got < n/3 || got > 2*n/3 {
		t.Errorf("%d of %d were captured", got, n)
	}
}

func TestCaptureHost(t *testing.T) {
	spec := captureSpec()
	route := spec.Routes["sms"]
	route.Hosts = []string{"api.example.com"}
	spec.Routes["sms"] = route
	if got := captureOf(t, spec, "POST /sms HTTP/1.1\nHost: API.example.com:80\n", "Ada"); got.header("Host") != "api.example.com" {
		t.Errorf("%q", got.Headers)
	}
}

func TestCaptureNeedsKeys(t *testing.T) {
	if g, err := Build(captureSpec(), nil, nil); err == nil {
		g.Discard()
		t.Error("a capture without keys was taken")
	}
}
