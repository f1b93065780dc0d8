package edge

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long a test waits for what should happen at once.
const patience = time.Minute

// child is a program that runs beside a test. It writes to files, so that nothing of it is lost and nothing waits.
type child struct {
	cmd   *exec.Cmd
	files []string // stdout and stderr
	ended chan struct{}
}

// spawn starts a program; the end of the test ends it.
func spawn(t testing.TB, dir string, args ...string) *child {
	t.Helper()
	c := &child{cmd: exec.Command(args[0], args[1:]...), ended: make(chan struct{})}
	for _, name := range []string{"stdout", "stderr"} {
		file, err := os.CreateTemp(dir, name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		c.files = append(c.files, file.Name())
		if name == "stdout" {
			c.cmd.Stdout = file
		} else {
			c.cmd.Stderr = file
		}
	}
	c.cmd.Dir = dir
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = c.cmd.Wait()
		close(c.ended)
	}()
	t.Cleanup(func() { c.kill() })
	return c
}

// said returns all that the program has written until now.
func (c *child) said(t testing.TB) []byte {
	var all []byte
	for _, name := range c.files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text...)
	}
	return all
}

func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	<-c.ended
}

// stop asks the program to end, and returns its exit code.
func (c *child) stop(t testing.TB) int {
	t.Helper()
	_ = c.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-c.ended:
	case <-time.After(patience):
		t.Error("it does not end")
		c.kill()
	}
	return c.cmd.ProcessState.ExitCode()
}

// await waits until the program has written text, or fails the test.
func (c *child) await(t testing.TB, text string) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if bytes.Contains(c.said(t), []byte(text)) {
			return
		}
		select {
		case <-c.ended:
			t.Fatalf("it ended:\n%s", c.said(t))
		default:
		}
	}
	t.Fatalf("it did not say %q:\n%s", text, c.said(t))
}

// awaitPort waits until somebody listens.
func (c *child) awaitPort(t testing.TB, address string) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if conn, err := net.Dial("tcp", address); err == nil {
			_ = conn.Close()
			return
		}
		select {
		case <-c.ended:
			t.Fatalf("it ended:\n%s", c.said(t))
		default:
		}
	}
	t.Fatalf("nobody listens:\n%s", c.said(t))
}

// peakMemory returns the most memory that the program had, in bytes; 0 where the system does not tell.
func (c *child) peakMemory() int64 {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(c.cmd.Process.Pid), "status"))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return kb << 10
		}
	}
	return 0
}

// freePort returns an address of loopback that nobody listens on, for programs that cannot say which port they took or are
// started there again. It is none of those that systems give to connections: one of them would take it meanwhile.
func freePort(t testing.TB) string {
	t.Helper()
	for range 100 {
		address := fmt.Sprintf("127.0.0.1:%d", 10_000+rand.IntN(20_000))
		if ln, err := net.Listen("tcp", address); err == nil {
			_ = ln.Close()
			return address
		}
	}
	t.Fatal("no port is free")
	return ""
}
