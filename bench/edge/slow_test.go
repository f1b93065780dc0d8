package edge

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

var slow = flag.Bool("slow", false, "attack each proxy for as long as the numbers in README.md want, and hold ours to its latency")

// attack is one way in which slowhttptest holds a server up, by 500 connections.
type attack struct {
	name string
	args []string
}

var attacks = []attack{
	{"slow headers", []string{"-H", "-i", "1", "-t", "GET", "-x", "24"}},
	{"slow bodies", []string{"-B", "-i", "1", "-t", "POST", "-s", "8192", "-x", "10"}},
	{"many ranges", []string{"-R", "-t", "HEAD", "-a", "10", "-b", "3000"}},
	{"slow readers", []string{"-X", "-w", "512", "-y", "1024", "-n", "5", "-z", "32", "-k", "3"}},
}

const (
	attackers    = 500
	bigAnswer    = 1 << 20 // bytes, for the slow readers
	slowestTaken = 250 * time.Millisecond
	memoryTaken  = 128 << 20 // bytes, of our process

	canaryTimeout  = 15 * time.Second
	clientTimedOut = "timeout of the client"
)

// slowTimes leave honest peers enough: they share the machine with the proxy and with its attackers.
var slowTimes = times{client: 3 * time.Second, upstream: 10 * time.Second}

// TestSlowClients holds a client that behaves to being served while 500 others hold the proxy up.
func TestSlowClients(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	program, err := exec.LookPath("slowhttptest")
	if err != nil {
		t.Skip("slowhttptest is not installed")
	}
	for i := range subjects {
		if s := &subjects[i]; s.ours || *slow {
			t.Run(s.name, func(t *testing.T) { holdSlow(t, s, program) })
		}
	}
}

func holdSlow(t *testing.T, s *subject, program string) {
	r := s.start(t, []backend{{name: "slow", prefix: "/slow/", address: serveSlow(t)}}, slowTimes)
	length := 6
	if *slow {
		length = 20
	}
	for _, a := range attacks {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(length+30)*time.Second)
		args := append(slices.Clone(a.args), "-c", strconv.Itoa(attackers), "-r", "250", "-l", strconv.Itoa(length), "-p", "3",
			"-u", "http://"+r.address+"/slow/big")
		attacker := exec.CommandContext(ctx, program, args...)
		if err := attacker.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() {
			_ = attacker.Wait() // its code says whether the attack worked
			close(ended)
		}()
		c := canary{url: "http://" + r.address + "/slow/canary"}
		c.fly(ended)
		cancel()
		t.Logf("%s: %d served, not served %v, p50 %v, p99 %v, worst %v, peak memory %d MiB", a.name, len(c.took), c.lost,
			c.quantile(0.5), c.quantile(0.99), c.quantile(1), r.peakMemory()>>20)
		if !s.ours {
			continue
		}
		if !c.served(*slow) {
			t.Errorf("%s: requests of an honest client were not served: %v", a.name, c.lost)
		}
		if p99 := c.quantile(0.99); *slow && p99 > slowestTaken {
			t.Errorf("%s: an honest client waits %v", a.name, p99)
		}
		if m := r.peakMemory(); m > memoryTaken {
			t.Errorf("%s: %d MiB", a.name, m>>20)
		}
	}
	if s.ours && bytes.Contains(r.said(t), []byte(`"panic"`)) {
		t.Error("it panicked")
	}
}

// serveSlow serves what clients ask for slowly.
func serveSlow(t *testing.T) string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	big := bytes.Repeat([]byte("x"), bigAnswer)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		_, _ = io.Copy(io.Discard, req.Body)
		if strings.HasSuffix(req.URL.Path, "/big") {
			_, _ = w.Write(big)
		}
	})}
	done := make(chan struct{})
	go func() {
		_ = server.Serve(ln)
		close(done)
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return ln.Addr().String()
}

// canary is a client that behaves.
type canary struct {
	url  string
	took []time.Duration
	lost map[string]int // by class of what became of a request that was not served
}

// fly sends one request after the other, each on a connection of its own, until ended.
func (c *canary) fly(ended <-chan struct{}) {
	transport := &http.Transport{DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: canaryTimeout}
	c.lost = map[string]int{}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			slices.Sort(c.took)
			return
		case <-tick.C:
		}
		began := time.Now()
		if class := c.ask(client); class != "" {
			c.lost[class]++
			continue
		}
		c.took = append(c.took, time.Since(began))
	}
}

// ask sends one request and returns the class of what became of it; nothing if it was served.
func (c *canary) ask(client *http.Client) string {
	began, wrote := time.Now(), time.Duration(0)
	trace := httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { wrote = time.Since(began) }}
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(context.Background(), &trace), "POST", c.url, strings.NewReader("to="+secret))
	if err != nil {
		return lossOf(err)
	}
	resp, err := client.Do(req)
	switch {
	case err != nil && (wrote == 0 || wrote > slowTimes.client/2) && time.Since(began) > slowTimes.client/2:
		return clientTimedOut // the proxy need not wait for who connects and says nothing
	case err != nil:
		return lossOf(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return lossOf(err)
	case resp.StatusCode == http.StatusOK:
		return ""
	}
	reason, _, _ := strings.Cut(string(body[bytes.Index(body, []byte(`"reason":"`))+1:]), ",")
	return fmt.Sprint(resp.StatusCode, " ", strings.Trim(strings.TrimPrefix(reason, `reason":`), `"`))
}

// served reports whether the client was served throughout. If it need not be so strictly, a machine that is busy with something
// else may serve few, and let one run into a timeout now and then. Whatever else becomes of a request is the proxy's doing.
func (c *canary) served(strictly bool) bool {
	late, lost := c.lost[clientTimedOut]+c.lost["504 timeout"], 0
	for _, n := range c.lost {
		lost += n
	}
	if strictly {
		return len(c.took) >= 10 && lost == 0
	}
	return len(c.took) >= 2 && lost == late && late <= 1+len(c.took)/20
}

// lossOf returns the class of an error of the client.
func lossOf(err error) string {
	switch {
	case os.IsTimeout(err):
		return clientTimedOut
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused connection"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "reset"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "closed"
	}
	return "other"
}

// quantile returns the time within which that share of the requests was served.
func (c *canary) quantile(share float64) time.Duration {
	if len(c.took) == 0 {
		return math.MaxInt64
	}
	return c.took[int(share*float64(len(c.took)-1))].Round(100 * time.Microsecond)
}
