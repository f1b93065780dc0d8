package main

import (
	"os/exec"
	"regexp"
	"testing"
)

// TestProfileTellsNoPlace holds the profile that the command is built by to the names that -trimpath leaves of files: where the
// source stood on the machine of who took it concerns nobody.
func TestProfileTellsNoPlace(t *testing.T) {
	raw, err := exec.Command("go", "tool", "pprof", "-raw", "default.pgo").Output()
	if err != nil {
		t.Fatal(err)
	}
	if n := len(regexp.MustCompile(`\.go:\d+`).FindAll(raw, -1)); n < 100 {
		t.Fatalf("%d lines of source", n)
	}
	if places := regexp.MustCompile(` /\S+\.go:\d+`).FindAll(raw, -1); len(places) > 0 {
		t.Errorf("%d lines of source tell a place, such as%s", len(places), places[0])
	}
}
