// Package config reads a configuration file into the specification that the proxy compiles.
//
// It promises, in this order:
//
//   - Nothing of the file's values is ever printed. A problem names a place and what is wrong there; a secret that somebody
//     wrote into the wrong line does not reach a terminal, a log or the answer to a reload.
//   - Secrets come from the environment or from files, never from the configuration itself.
//   - It is strict: unknown keys, keys that stand there twice and values of another type are problems. A key that is
//     misspelt would otherwise be a rule that silently does not hold.
//   - All problems are reported at once, each with its line and column, in the order of the file.
//
// [Read] finds what is wrong with the writing. What is wrong with the meaning, proxy.Build finds; [Config.Locate] gives its
// problems their places.
package config

import (
	"cmp"
	"errors"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/piiproxy/piiproxy/proxy"
)

// Options is where the things are that a configuration names. Its zero value is the process's own surroundings.
type Options struct {
	Dir    string                            // that relative file names start from; the working directory if empty
	Lookup func(name string) (string, bool)  // the environment; os.LookupEnv if nil
	Open   func(path string) ([]byte, error) // files of secrets; a bounded os.ReadFile if nil
}

// Config is a configuration that was read.
type Config struct {
	Spec       proxy.Spec
	Ephemeral  bool                 // keys are made at the start and live in memory only
	Simulators map[string]Simulator // by name
	Simulated  map[string]string    // upstream to the simulator that stands for it
	Canary     Canary
	doc        *document
}

// Read reads the configuration in data, which was in the file of that name. The error is [Problems]. A Config is returned
// beside them if the file could be parsed at all, so that a caller can go on to find the other problems in what is there;
// it must not be run.
func Read(name string, data []byte, opts Options) (*Config, error) {
	if opts.Lookup == nil {
		opts.Lookup = os.LookupEnv
	}
	if opts.Open == nil {
		opts.Open = readSmallFile
	}
	doc, problem := parse(name, data)
	if problem != nil {
		return nil, Problems{*problem}
	}
	d := &decoder{doc: doc, opts: opts}
	var f File
	d.document(&f)
	c := f.config(opts)
	c.doc = doc
	d.names()
	d.simulators(&f)
	c.Canary = d.canary(&f)
	if f.Keys.Ephemeral && f.Keys.File != "" {
		pos, path, _ := doc.find([]step{{name: "keys"}})
		doc.report(pos, path, "file and ephemeral are both given", "leave one of them out")
	}
	return c, doc.sorted()
}

// SetAddress makes the listener or simulator of that name listen on address instead of where the configuration says.
func (c *Config) SetAddress(name, address string) error {
	if l, ok := c.Spec.Listeners[name]; ok {
		l.Address = address
		c.Spec.Listeners[name] = l
		return nil
	}
	if s, ok := c.Simulators[name]; ok {
		s.Address = address
		c.Simulators[name] = s
		c.SetSimulated(name, address)
		return nil
	}
	known := slices.Sorted(maps.Keys(c.Spec.Listeners))
	known = slices.AppendSeq(known, maps.Keys(c.Simulators))
	return errors.New("no listener or simulator of that name; there are " + strings.Join(known, ", "))
}

// Problem is one thing wrong with a configuration. It holds no value of the configuration.
type Problem struct {
	File         string
	Line, Column int    // from 1; 0 if the problem has no place
	Path         string // such as "routes.sms.upstream"; empty for the whole file
	What         string
	Hint         string // what to write instead, if known

	besides bool // the value at Path was read nonetheless, less what is wrong with it
}

// Error returns `file:line:column: path: what`, without the parts that are not known.
func (p Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		b.WriteString(":" + strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column))
	}
	if p.Path != "" {
		b.WriteString(": " + p.Path)
	}
	b.WriteString(": " + p.What)
	return b.String()
}

// Problems is everything wrong with a configuration, in the order of the file.
type Problems []Problem

// Error returns one line for each problem, without the hints.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

func (ps Problems) sort() {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Path, b.Path))
	})
}
