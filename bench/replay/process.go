package replay

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// process is a process of this machine that is watched while it serves. Where there is no /proc there is none.
type process struct{ pid int }

// usage is what a process has used so far.
type usage struct {
	cpu time.Duration // user and system
	rss int64         // bytes, now
}

// ticksPerSecond is the unit of times in /proc, which is the same on every Linux.
const ticksPerSecond = 100

// watchProcess returns nil if there is no such process here.
func watchProcess(pid int) *process {
	p := &process{pid}
	if p.usage() == (usage{}) {
		return nil
	}
	return p
}

// usage returns zeros for a process that has ended.
func (p *process) usage() (u usage) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.pid))
	if err != nil {
		return usage{}
	}
	// The second field is the program's name in parentheses, and may hold anything.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 13 {
		return usage{}
	}
	user, _ := strconv.ParseInt(string(fields[11]), 10, 64)
	system, _ := strconv.ParseInt(string(fields[12]), 10, 64)
	u.cpu = time.Duration(user+system) * time.Second / ticksPerSecond
	memory, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.pid))
	if fields := bytes.Fields(memory); err == nil && len(fields) > 1 {
		pages, _ := strconv.ParseInt(string(fields[1]), 10, 64)
		u.rss = pages * int64(os.Getpagesize())
	}
	return u
}

// FindProcess returns the id of the process of this machine that listens on the port of the first target, if that is an
// address of loopback, and 0 if there is none that we may see.
func FindProcess(t *Targets) int {
	host, port, found := strings.Cut(t.list[0].address, ":")
	n, err := strconv.ParseUint(port, 10, 16)
	if !found || err != nil || !(host == "localhost" || strings.HasPrefix(host, "127.")) {
		return 0
	}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		if inode := listener(table, uint16(n)); inode != "" {
			return holder("socket:[" + inode + "]")
		}
	}
	return 0
}

// listener returns the inode of the socket that listens on a port, or "".
func listener(table string, port uint16) string {
	lines, err := os.ReadFile(table)
	if err != nil {
		return ""
	}
	suffix := fmt.Sprintf(":%04X", port)
	for line := range strings.Lines(string(lines)) {
		f := strings.Fields(line)
		const listening = "0A"
		if len(f) > 9 && f[3] == listening && strings.HasSuffix(f[1], suffix) {
			return f[9]
		}
	}
	return ""
}

// holder returns the process that holds an open file of that name.
func holder(name string) int {
	files, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, f := range files {
		if at, err := os.Readlink(f); err == nil && at == name {
			pid, _ := strconv.Atoi(strings.Split(f, "/")[2])
			return pid
		}
	}
	return 0
}
