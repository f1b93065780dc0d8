package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
)

// conditions says on what and how it was measured.
func (h *harness) conditions() string {
	versions := []string{"fasthttp " + moduleVersion("github.com/valyala/fasthttp")}
	for _, p := range []*program{nginx, haproxy, caddy} {
		if slices.Contains(h.ran, p) {
			versions = append(versions, p.name+" "+h.versionOf(p))
		}
	}
	if rg, err := exec.Command("rg", "--version").Output(); err == nil {
		versions = append(versions, "ripgrep "+string(versionNumber.Find(rg)))
	}
	return fmt.Sprintf("Measured on %d cores of %s, %s, %s; %s. %d rounds of %v a setting, in turn; medians, and ratios within a round; "+
		"messages to %d people in turn. %s", runtime.NumCPU(), processor(), kernel(), runtime.Version(), strings.Join(versions, ", "), h.rounds, h.length, h.people, h.began.others())
}

// versionOf returns the version that a program says it has.
func (h *harness) versionOf(p *program) string {
	path, err := p.find(h.tools)
	if err != nil {
		return "of an unknown version"
	}
	out, _ := exec.Command(path, p.version...).CombinedOutput() // one that fails has none
	return string(versionNumber.Find(out))
}

// moduleVersion returns the version of a module that this program is built with.
func moduleVersion(path string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == path {
				return m.Version
			}
		}
	}
	return ""
}

// processor returns the name of the processor, where the system tells it.
func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if key, name, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(name)
		}
	}
	return runtime.GOARCH
}

func kernel() string {
	text, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return runtime.GOOS
	}
	major, _, _ := strings.Cut(string(text), "-")
	return "Linux " + strings.TrimSpace(major)
}
