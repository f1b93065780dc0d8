package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/piiproxy/piiproxy/bench/internal/child"
)

const module = "github.com/piiproxy/piiproxy"

// tools are the programs that this checkout has and that this machine has.
type tools struct {
	dir  string // of everything that a run leaves behind; it is removed at the end
	root string // of the checkout

	piiproxy func() (string, error)
	plain    func() (string, error)
	caddy    func() (string, error)
}

// missingError is why a program is left out.
type missingError struct{ why string }

// Error returns why.
func (e *missingError) Error() string { return e.why }

func newTools(dir string) (*tools, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		return nil, fmt.Errorf("run it from within the checkout: %w", err)
	}
	t := &tools{dir: dir, root: strings.TrimSpace(string(out))}
	t.piiproxy = sync.OnceValues(func() (string, error) { return t.build("piiproxy", t.root, "./cmd/piiproxy") })
	t.plain = sync.OnceValues(t.buildPlain)
	t.caddy = sync.OnceValues(func() (string, error) {
		path, err := t.build("caddy", filepath.Join(t.root, "bench", "compare", "caddy"), ".")
		if err != nil {
			return "", &missingError{"its modules cannot be fetched and built"}
		}
		return path, nil
	})
	return t, nil
}

// build builds a command as it is released, and returns its path.
func (t *tools) build(name, dir, what string, flags ...string) (string, error) {
	path := filepath.Join(t.dir, name)
	args := append([]string{"build", "-trimpath", "-o", path}, flags...)
	cmd := exec.Command("go", append(args, what)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w\n%s", name, err, out)
	}
	return path, nil
}

// installed finds a program of the system.
func installed(program string) func(*tools) (string, error) {
	return func(*tools) (string, error) {
		path, err := child.Find(program)
		if err != nil {
			return "", &missingError{err.Error()}
		}
		return path, nil
	}
}

// peers are the Debian packages of what we compare with.
var peers = []string{"nginx", "haproxy", "ripgrep"}

// installPeers installs those that are missing, if we may.
func installPeers() error {
	apt, err := exec.LookPath("apt-get")
	if err != nil || os.Getuid() != 0 {
		return &missingError{"-install needs apt-get and the superuser"}
	}
	for _, args := range [][]string{{"update", "-qq"}, append([]string{"install", "-y", "-qq", "--no-install-recommends"}, peers...)} {
		cmd := exec.Command(apt, append([]string{"-o", "DPkg::Lock::Timeout=300"}, args...)...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("apt-get %s: %w\n%s", args[0], err, out)
		}
	}
	return nil
}
