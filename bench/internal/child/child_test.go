package child

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// shell starts a shell that starts another process, whose number it says.
func shell(t *testing.T, does string) (c *Child, started int) {
	t.Helper()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no sh")
	}
	if c, err = Start(t.TempDir(), []string{"DOES=" + does}, sh, "-c", `sh -c "$DOES" & echo $!; echo started; wait`); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Kill)
	if err := c.Await("started"); err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(c.Said()), "\n")
	if started, err = strconv.Atoi(line); err != nil {
		t.Fatal(err)
	}
	return c, started
}

// TestEnd ends what a program started, too.
func TestEnd(t *testing.T) {
	for name, end := range map[string]func(*Child){"killed": (*Child).Kill, "stopped": func(c *Child) { _, _ = c.Stop() }} {
		c, started := shell(t, "sleep 600")
		end(c)
		for end := time.Now().Add(Patience); runs(started); time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s: what it started still runs", name)
			}
		}
	}
}

// runs reports whether a process is there, and not one that ended and that nobody has asked how.
func runs(pid int) bool {
	state, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return syscall.Kill(pid, 0) == nil && !strings.Contains(string(state), ") Z ")
}

// TestUsage counts what a program started.
func TestUsage(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("there is no /proc")
	}
	c, _ := shell(t, "while :; do :; done")
	for end := time.Now().Add(Patience); c.CPU() < 50*time.Millisecond; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it has used %v", c.CPU())
		}
	}
	if c.PeakMemory() < 200<<10 {
		t.Errorf("two shells in %d bytes", c.PeakMemory())
	}
	if code, err := c.Stop(); err != nil || code == 0 {
		t.Errorf("a shell that was told to end ended with %d, %v", code, err)
	}
}
