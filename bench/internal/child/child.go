// Package child runs programs beside a measurement or a test: what they say is kept in files, what they cost is what the
// operating system says of them and of all that they started, and they are stopped by their process, never by name.
package child

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Patience is how long is waited for what should happen at once.
const Patience = time.Minute

// Child is a program that runs. It writes to files, so that nothing of it is lost and nothing waits. What it started is killed
// when it ends.
type Child struct {
	Out, Err string // the files of its standard output and error

	cmd   *exec.Cmd
	ended chan struct{}
}

// Start starts a program in dir, with env besides our own environment. Who starts it stops it.
func Start(dir string, env []string, args ...string) (*Child, error) {
	c := &Child{cmd: exec.Command(args[0], args[1:]...), ended: make(chan struct{})}
	out, err := appendable(dir, "stdout", &c.Out)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	said, err := appendable(dir, "stderr", &c.Err)
	if err != nil {
		return nil, err
	}
	defer said.Close()
	c.cmd.Dir, c.cmd.Stdout, c.cmd.Stderr = dir, out, said
	c.cmd.Env = append(os.Environ(), env...)
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that all that it starts can be reached
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = c.cmd.Wait()
		_ = syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL) // a worker would outlive a master that was killed
		close(c.ended)
	}()
	return c, nil
}

// appendable opens a new file that is only ever appended to: it may be truncated while the program writes.
func appendable(dir, name string, path *string) (*os.File, error) {
	made, err := os.CreateTemp(dir, name)
	if err != nil {
		return nil, err
	}
	*path = made.Name()
	if err := made.Close(); err != nil {
		return nil, err
	}
	return os.OpenFile(filepath.Clean(*path), os.O_APPEND|os.O_WRONLY, 0o600)
}

// Said returns all that the program has written until now.
func (c *Child) Said() []byte {
	out, err := os.ReadFile(c.Out)
	if err != nil {
		return []byte(err.Error())
	}
	said, err := os.ReadFile(c.Err)
	if err != nil {
		return []byte(err.Error())
	}
	return append(out, said...)
}

// Ended is closed when the program has ended.
func (c *Child) Ended() <-chan struct{} { return c.ended }

// Signal sends a signal to the program.
func (c *Child) Signal(s os.Signal) error { return c.cmd.Process.Signal(s) }

// Kill ends the program at once.
func (c *Child) Kill() {
	_ = c.cmd.Process.Kill()
	<-c.ended
}

// Stop asks the program to end, and returns its exit code. One that does not end is killed.
func (c *Child) Stop() (int, error) {
	_ = c.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-c.ended:
		return c.cmd.ProcessState.ExitCode(), nil
	case <-time.After(Patience):
		c.Kill()
		return c.cmd.ProcessState.ExitCode(), errors.New("it does not end")
	}
}

// Await waits until the program has written text.
func (c *Child) Await(text string) error {
	return c.until(fmt.Sprintf("it did not say %q", text), func() bool { return bytes.Contains(c.Said(), []byte(text)) })
}

// AwaitPort waits until somebody listens.
func (c *Child) AwaitPort(address string) error {
	return c.until("nobody listens", func() bool {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return false
		}
		_ = conn.Close()
		return true
	})
}

// until waits until happened reports true.
func (c *Child) until(otherwise string, happened func() bool) error {
	for end := time.Now().Add(Patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if happened() {
			return nil
		}
		select {
		case <-c.ended:
			return fmt.Errorf("it ended:\n%s", c.Said())
		default:
		}
	}
	return fmt.Errorf("%s:\n%s", otherwise, c.Said())
}

// FreePort returns an address of loopback that nobody listens on, for programs that cannot say which port they took or are
// started there again. It is none of those that systems give to connections: one of them would take it meanwhile.
func FreePort() (string, error) {
	for range 100 {
		address := fmt.Sprintf("127.0.0.1:%d", 10_000+rand.IntN(20_000))
		if ln, err := net.Listen("tcp", address); err == nil {
			return address, ln.Close()
		}
	}
	return "", errors.New("no port is free")
}

// Find returns the path of an installed program, also where Debian keeps those of the superuser.
func Find(program string) (string, error) {
	if path, err := exec.LookPath(program); err == nil {
		return path, nil
	}
	if path, err := exec.LookPath("/usr/sbin/" + program); err == nil {
		return path, nil
	}
	return "", fmt.Errorf("%s is not installed", strings.TrimSpace(program))
}
