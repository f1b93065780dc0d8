package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/piiproxy/piiproxy/redact"
)

// The linker sets these: -ldflags "-X main.version=1.2.3 -X main.commit=abcdef".
var (
	version = "dev"
	commit  = ""
)

type versionCmd struct{}

// Run prints what this program was built from.
func (versionCmd) Run(s streams) error {
	_, err := fmt.Fprintf(s.out, "piiproxy %s\ncommit %s\n%s\nnumbering plans %s\n",
		version, buildCommit(), runtime.Version(), redact.MetadataVersion())
	return err
}

// buildCommit returns the commit that the linker was told, or else the one that the Go tool recorded.
func buildCommit() string {
	if commit != "" {
		return commit
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	revision, modified := "unknown", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			modified = "-modified"
		}
	}
	return revision + modified
}
