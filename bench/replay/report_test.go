package replay

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// reported is a report of two runs, with names that would break a page that does not escape them.
func reported(t *testing.T) []byte {
	t.Helper()
	a, b := made("before", 10_000, 200), made(`</script><script src="//x">`, 15_000, 200)
	a.Latency.Curve, b.Latency.Curve = []Point{{0, 800}, {50, 1000}, {99, 10_000}, {99.9, 20_000}}, []Point{{0, 900}, {90, 3000}}
	a.Mix = []MixLine{{Listener: "api", Route: "sms", Method: "POST", Sent: 10, Recorded: Answers{Answers: 10, Statuses: map[int]int64{202: 10}, Bytes: 930}}}
	a.Fidelity = Fidelity{Compared: 10, SameStatus: 9}
	a.Thresholds = []ThresholdVerdict{{"p99", 9000, 10_000, 10, true}}
	var out bytes.Buffer
	if err := WriteReport(&out, []*Result{a, b}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestReportNeedsNothing looks for whatever would make a browser ask for something.
func TestReportNeedsNothing(t *testing.T) {
	page := reported(t)
	for _, outside := range []string{`(?i)(src|href|action|data|poster|srcset)\s*=\s*["']?\s*(https?:)?//`, `(?i)url\(\s*["']?(https?:)?//`, `(?i)@import`,
		`(?i)<(link|iframe|object|embed|img)\b[^>]*(src|href)="[^d]`, `\bfetch\(|XMLHttpRequest|WebSocket|sendBeacon|EventSource`} {
		if found := regexp.MustCompile(outside).Find(page); found != nil {
			t.Errorf("the page holds %q", found)
		}
	}
	for _, want := range []string{"p99 10.0ms exceeds 9.00ms", "202×10", "Leon Sorokin", "9 of 10 answers"} {
		if !bytes.Contains(page, []byte(want)) {
			t.Errorf("the page does not hold %q", want)
		}
	}
	if n := bytes.Count(page, []byte("<script")); n != 2 {
		t.Errorf("%d scripts, want two", n)
	}
	if WriteReport(new(bytes.Buffer), nil) == nil {
		t.Error("a report of nothing")
	}
}

// TestReportInChromium lets a browser draw the page, with a proxy for everything it could ask for: nothing must come.
func TestReportInChromium(t *testing.T) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed")
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	asked := make(chan string, 100)
	go noteRequests(ln, asked)
	dir := t.TempDir()
	file := filepath.Join(dir, "report.html")
	if err := os.WriteFile(file, reported(t), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	run := exec.CommandContext(ctx, browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--no-first-run", "--user-data-dir="+filepath.Join(dir, "profile"),
		"--proxy-server=http://"+ln.Addr().String(), "--proxy-bypass-list=<-loopback>", "--window-size=1300,2400",
		"--virtual-time-budget=5000", "--dump-dom", "file://"+file)
	run.WaitDelay = 10 * time.Second
	dom, err := run.Output()
	if err != nil {
		t.Skipf("chromium cannot run here: %v", err)
	}
	// Seven charts, each with a canvas and a legend, and nothing that says that it was not measured.
	if !bytes.Contains(dom, []byte(`data-drawn="7"`)) || bytes.Count(dom, []byte("<canvas")) != 7 {
		t.Errorf("the page has drawn %d charts, want 7", bytes.Count(dom, []byte("<canvas")))
	}
	if bytes.Contains(dom, []byte(`class="none"`)) {
		t.Error("a chart is missing")
	}
	for len(asked) > 0 {
		// The browser's own calls home are not the page's.
		if line := <-asked; !strings.Contains(line, "google") && !strings.Contains(line, "gvt1.com") {
			t.Errorf("the browser asked for %q", line)
		}
	}
}

// noteRequests writes down the first line of every request to a proxy, and answers none.
func noteRequests(ln net.Listener, asked chan<- string) {
	for {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		b := make([]byte, 512)
		n, _ := c.Read(b)
		line, _, _ := strings.Cut(string(b[:n]), "\r\n")
		select {
		case asked <- line:
		default:
		}
		c.Close()
	}
}
