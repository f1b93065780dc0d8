package main

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// patience is how long a test waits for what should happen at once.
const patience = 30 * time.Second

// runningProxy is a piiproxy that runs beside a test.
type runningProxy struct {
	cmd   *exec.Cmd
	out   bytes.Buffer // to be read after it has ended
	ended chan error
	addr  map[string]string // of listeners and simulators

	mu    sync.Mutex
	lines []string // of stderr
	more  chan struct{}
	seen  int // lines that said has gone past
}

var (
	bannerLine = regexp.MustCompile(`^  ([a-z0-9-]+) +http://([^/ ]+)`)
	opsLine    = regexp.MustCompile(`"msg":"(?:listening|simulating)","(?:listener|simulator)":"([a-z0-9-]+)","address":"([^"]+)"`)
	readyLine  = regexp.MustCompile(`"msg":"ready"|^  curl -s http://`)
)

// startProcess starts piiproxy with args. Unless it ends at once it is ready when this returns.
func startProcess(dir string, env []string, args ...string) (*runningProxy, error) {
	return startWriting(nil, dir, env, args...)
}

// startWriting is startProcess with another stdout, if that is not nil.
func startWriting(stdout *os.File, dir string, env []string, args ...string) (*runningProxy, error) {
	p := &runningProxy{cmd: exec.Command("piiproxy", args...), ended: make(chan error, 1), addr: map[string]string{}, more: make(chan struct{}, 1)}
	p.cmd.Dir, p.cmd.Env, p.cmd.Stdout = dir, env, &p.out
	if stdout != nil {
		p.cmd.Stdout = stdout
	}
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			p.add(lines.Text())
		}
		p.ended <- p.cmd.Wait()
		close(p.more)
	}()
	p.said(readyLine)
	return p, nil
}

func (p *runningProxy) add(line string) {
	p.mu.Lock()
	p.lines = append(p.lines, line)
	for _, form := range []*regexp.Regexp{bannerLine, opsLine} {
		if m := form.FindStringSubmatch(line); m != nil {
			p.addr[m[1]] = m[2]
		}
	}
	p.mu.Unlock()
	select {
	case p.more <- struct{}{}:
	default:
	}
}

// said waits for a line of stderr, after those that it went past before, that matches.
func (p *runningProxy) said(pattern *regexp.Regexp) (string, bool) {
	tooLate := time.After(patience)
	for {
		p.mu.Lock()
		for p.seen < len(p.lines) {
			line := p.lines[p.seen]
			p.seen++
			if pattern.MatchString(line) {
				p.mu.Unlock()
				return line, true
			}
		}
		p.mu.Unlock()
		select {
		case _, open := <-p.more:
			if open {
				continue
			}
			p.mu.Lock()
			all := p.seen == len(p.lines)
			p.mu.Unlock()
			if all {
				return "", false
			}
		case <-tooLate:
			return "", false
		}
	}
}

func (p *runningProxy) signal(s syscall.Signal) { _ = p.cmd.Process.Signal(s) }

// wait waits for the end and returns the exit code; -1 if it does not end, and then where its goroutines were is in stderr.
func (p *runningProxy) wait() int {
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.signal(syscall.SIGQUIT)
		time.AfterFunc(time.Second, func() { _ = p.cmd.Process.Kill() })
		<-p.ended
		return -1
	}
	return p.cmd.ProcessState.ExitCode()
}

func (p *runningProxy) stderr() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.lines, "\n") + "\n"
}

// serveFor starts `piiproxy serve` for a test, which fails if it does not become ready.
func serveFor(t *testing.T, args ...string) *runningProxy {
	t.Helper()
	p, err := startProcess(t.TempDir(), os.Environ(), append([]string{"serve"}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	if len(p.addr) == 0 {
		t.Fatalf("not ready:\n%s", p.stderr())
	}
	return p
}

// processesKey is where a script keeps its processes.
type processesKey struct{}

func processOf(ts *testscript.TestScript, name string) *runningProxy {
	p := ts.Value(processesKey{}).(map[string]*runningProxy)[name]
	if p == nil {
		ts.Fatalf("no process %s", name)
	}
	return p
}

func scriptServe(ts *testscript.TestScript, _ bool, args []string) {
	env := append(os.Environ(), "PATH="+ts.Getenv("PATH"))
	for _, name := range []string{"KANNEL_USERNAME", "KANNEL_PASSWORD"} {
		if v := ts.Getenv(name); v != "" {
			env = append(env, name+"="+v)
		}
	}
	p, err := startProcess(ts.Getenv("WORK"), env, append([]string{"serve"}, args[1:]...)...)
	ts.Check(err)
	ts.Defer(func() { _ = p.cmd.Process.Kill() })
	if len(p.addr) == 0 {
		ts.Fatalf("%s is not ready:\n%s", args[0], p.stderr())
	}
	ts.Value(processesKey{}).(map[string]*runningProxy)[args[0]] = p
	for listener, address := range p.addr {
		ts.Setenv(args[0]+"_"+strings.ReplaceAll(listener, "-", "_"), address)
	}
}

func scriptHTTP(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: http METHOD URL STATUS [BODY]")
	}
	body := strings.Join(args[3:], "")
	req, err := http.NewRequest(args[0], args[1], strings.NewReader(body))
	ts.Check(err)
	if strings.HasPrefix(body, "{") {
		req.Header.Set("Content-Type", "application/json")
	} else if body != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	resp, err := client.Do(req)
	ts.Check(err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("response"), answer, 0o600))
	if strconv.Itoa(resp.StatusCode) != args[2] {
		ts.Fatalf("status %d: %s", resp.StatusCode, answer)
	}
}

func scriptSignal(ts *testscript.TestScript, _ bool, args []string) {
	signals := map[string]syscall.Signal{"HUP": syscall.SIGHUP, "TERM": syscall.SIGTERM, "INT": syscall.SIGINT}
	processOf(ts, args[0]).signal(signals[args[1]])
}

func scriptSaid(ts *testscript.TestScript, _ bool, args []string) {
	p := processOf(ts, args[0])
	if _, ok := p.said(regexp.MustCompile(args[1])); !ok {
		ts.Fatalf("%s did not say it, but:\n%s", args[0], p.stderr())
	}
}

func scriptEnded(ts *testscript.TestScript, _ bool, args []string) {
	p := processOf(ts, args[0])
	code := p.wait()
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".out"), p.out.Bytes(), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".err"), []byte(p.stderr()), 0o600))
	if strconv.Itoa(code) != args[1] {
		ts.Fatalf("%s ended with %d:\n%s", args[0], code, p.stderr())
	}
}
