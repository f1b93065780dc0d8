package edge

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

var update = flag.Bool("update", false, "write the tables into README.md")

// secret is the phone number that hostile and faulty requests carry: no exit may show it.
const secret = "306944123456"

func TestMain(m *testing.M) {
	flag.Parse()
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if dir := builtIn; dir != "" {
			_ = os.RemoveAll(dir)
		}
		os.Exit(code)
	}))
}

// builtIn is where the program was built, if it was.
var builtIn string

// binary builds the program once and returns its path, and raced builds it with the race detector if this test runs under it: then
// memory that is given back is scribbled over too.
var (
	binary = sync.OnceValues(func() (string, error) { return build("piiproxy", "-trimpath") })
	raced  = sync.OnceValues(func() (string, error) {
		if !raceEnabled {
			return binary()
		}
		return build("piiproxy-race", "-race")
	})
)

func build(name, flag string) (string, error) {
	if builtIn == "" {
		dir, err := os.MkdirTemp("", "piiproxy-edge-")
		if err != nil {
			return "", err
		}
		builtIn = dir
	}
	if err := lookAtSources(); err != nil {
		return "", err
	}
	path := filepath.Join(builtIn, name)
	if out, err := exec.Command("go", "build", flag, "-o", path, "../../cmd/piiproxy").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return path, nil
}

// lookAtSources looks at each file that the program is made of: then go test does not take what it remembers of another program
// for a result of this one.
func lookAtSources() error {
	for _, dir := range []string{"cmd", "proxy", "redact", "go.mod", "go.sum"} {
		err := filepath.WalkDir(filepath.Join("../..", dir), func(path string, _ fs.DirEntry, err error) error {
			if err == nil {
				_, err = os.Stat(path)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
