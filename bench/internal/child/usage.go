package child

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit in which Linux tells user and system time, on every architecture that Go runs on.
const tick = 10 * time.Millisecond

// CPU returns the user and system time of the program and of all that it started and that still runs; 0 where the system
// does not tell. It is told to the nanosecond where the kernel keeps count of its scheduler, and to 10 ms elsewhere.
func (c *Child) CPU() (sum time.Duration) {
	for _, pid := range family(c.cmd.Process.Pid) {
		if d := scheduled(pid); d > 0 {
			sum += d
		} else {
			sum += time.Duration(ticksOf(pid)) * tick
		}
	}
	return sum
}

// scheduled returns how long the threads of a process have run.
func scheduled(pid int) (sum time.Duration) {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid)) // the pattern is well-formed
	for _, thread := range threads {
		text, _ := os.ReadFile(thread) // one that has ended has none
		ran, _, _ := strings.Cut(string(text), " ")
		n, _ := strconv.ParseInt(ran, 10, 64)
		sum += time.Duration(n)
	}
	return sum
}

// PeakMemory returns the most memory that the program had, in bytes, added to that of all that it started; 0 where the
// system does not tell. Pages that several of them share count as often.
func (c *Child) PeakMemory() int64 {
	var sum int64
	for _, pid := range family(c.cmd.Process.Pid) {
		sum += peakOf(pid)
	}
	return sum
}

// family returns a process and its descendants.
func family(pid int) []int {
	all := []int{pid}
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", pid)) // a process that has ended has none
	for word := range strings.FieldsSeq(string(text)) {
		if n, err := strconv.Atoi(word); err == nil {
			all = append(all, family(n)...)
		}
	}
	return all
}

// ticksOf returns what a process has used: fields 14 and 15 of its stat, counted from behind its name, which may hold blanks.
func ticksOf(pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return user + system
}

func peakOf(pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return kb << 10
		}
	}
	return 0
}
