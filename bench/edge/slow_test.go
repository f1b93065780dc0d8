package edge

import (
	"bytes"
	"context"
	"flag"
	"io"
	"math"
	"net"
	"net/http"
	"os/exec"
	"slices"
	"strconv"
	"strings"
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
)

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
	r := s.start(t, []backend{{name: "slow", prefix: "/slow/", address: serveSlow(t)}})
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
		t.Logf("%s: %d served, %d not, p50 %v, p99 %v, worst %v, peak memory %d MiB", a.name, len(c.took), c.lost,
			c.quantile(0.5), c.quantile(0.99), c.quantile(1), r.peakMemory()>>20)
		if !s.ours {
			continue
		}
		if len(c.took) < 10 || c.lost > 0 {
			t.Errorf("%s: %d requests of an honest client were not served", a.name, c.lost)
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
	lost int
}

// fly sends one request after the other, each on a connection of its own, until ended.
func (c *canary) fly(ended <-chan struct{}) {
	transport := &http.Transport{DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 5 * time.Second}
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
		resp, err := client.Post(c.url, "text/plain", strings.NewReader("to="+secret))
		if err != nil {
			c.lost++
			continue
		}
		_, err = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK {
			c.lost++
			continue
		}
		c.took = append(c.took, time.Since(began))
	}
}

// quantile returns the time within which that share of the requests was served.
func (c *canary) quantile(share float64) time.Duration {
	if len(c.took) == 0 {
		return math.MaxInt64
	}
	return c.took[int(share*float64(len(c.took)-1))].Round(100 * time.Microsecond)
}
