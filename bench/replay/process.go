package replay

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// processes are those of this machine that are watched while they serve: one, or a master and its workers. Where there is no
// /proc there are none.
type processes []int

// usage is what processes have used so far.
type usage struct {
	cpu time.Duration // user and system
	rss int64         // bytes, now
}

// ticksPerSecond is the unit of times in /proc, which is the same on every Linux.
const ticksPerSecond = 100

// watchable returns those of the processes that are here.
func watchable(pids []int) (here processes) {
	for _, pid := range pids {
		if usageOf(pid) != (usage{}) {
			here = append(here, pid)
		}
	}
	return here
}

// usage adds up what they used. A process that has ended counts as nothing, so that the sum may fall. Memory that they share is
// counted for each.
func (p processes) usage() (sum usage) {
	for _, pid := range p {
		u := usageOf(pid)
		sum.cpu += u.cpu
		sum.rss += u.rss
	}
	return sum
}

// usageOf returns zeros for a process that is not here.
func usageOf(pid int) (u usage) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
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
	memory, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if fields := bytes.Fields(memory); err == nil && len(fields) > 1 {
		pages, _ := strconv.ParseInt(string(fields[1]), 10, 64)
		u.rss = pages * int64(os.Getpagesize())
	}
	return u
}

// FindProcesses returns the ids of the processes of this machine that listen on the port of the first target, if that is an
// address of loopback, as far as we may see them.
func FindProcesses(t *Targets) []int {
	host, port, err := net.SplitHostPort(t.list[0].address)
	if err != nil || host != "localhost" && !net.ParseIP(host).IsLoopback() {
		return nil
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil
	}
	sockets := map[string]bool{}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		addListening(sockets, table, uint16(n))
	}
	return holders(sockets)
}

// addListening adds the names of the sockets that listen on a port, as open files have them.
func addListening(sockets map[string]bool, table string, port uint16) {
	lines, err := os.ReadFile(table)
	if err != nil {
		return
	}
	suffix := fmt.Sprintf(":%04X", port)
	for line := range strings.Lines(string(lines)) {
		f := strings.Fields(line)
		const listening = "0A"
		if len(f) > 9 && f[3] == listening && strings.HasSuffix(f[1], suffix) {
			sockets["socket:["+f[9]+"]"] = true
		}
	}
}

// holders returns the processes that hold an open file of one of these names.
func holders(names map[string]bool) (pids []int) {
	files, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, f := range files {
		if at, err := os.Readlink(f); err == nil && names[at] {
			pid, _ := strconv.Atoi(strings.Split(f, "/")[2])
			pids = append(pids, pid)
		}
	}
	slices.Sort(pids)
	return slices.Compact(pids)
}
