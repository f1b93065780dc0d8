package edge

import (
	"testing"

	programs "github.com/piiproxy/piiproxy/bench/internal/child"
)

// patience is how long a test waits for what should happen at once.
const patience = programs.Patience

// child is a program that runs beside a test. What goes wrong with it ends the test.
type child struct{ *programs.Child }

// spawn starts a program; the end of the test ends it.
func spawn(t testing.TB, dir string, args ...string) *child {
	t.Helper()
	c, err := programs.Start(dir, nil, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Kill)
	return &child{c}
}

// said returns all that the program has written until now.
func (c *child) said(testing.TB) []byte { return c.Said() }

func (c *child) kill() { c.Kill() }

// stop asks the program to end, and returns its exit code.
func (c *child) stop(t testing.TB) int {
	t.Helper()
	code, err := c.Stop()
	if err != nil {
		t.Error(err)
	}
	return code
}

// await waits until the program has written text, or fails the test.
func (c *child) await(t testing.TB, text string) {
	t.Helper()
	if err := c.Await(text); err != nil {
		t.Fatal(err)
	}
}

// awaitPort waits until somebody listens.
func (c *child) awaitPort(t testing.TB, address string) {
	t.Helper()
	if err := c.AwaitPort(address); err != nil {
		t.Fatal(err)
	}
}

// peakMemory returns the most memory that the program had, with all that it started, in bytes.
func (c *child) peakMemory() int64 { return c.PeakMemory() }

// freePort returns an address of loopback that nobody listens on, for programs that cannot say which port they took.
func freePort(t testing.TB) string {
	t.Helper()
	address, err := programs.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	return address
}
