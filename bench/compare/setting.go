package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/piiproxy/piiproxy/bench/internal/child"
)

// program is a proxy that is measured.
type program struct {
	name    string
	find    func(*tools) (string, error)
	command func(program, config string) []string
	version []string // arguments that make it say its version; nil for what is built from this checkout
	ready   string   // what it says when it is; empty if that it listens says it
}

// showing is what a log shows of people.
type showing uint8

const (
	noLog   showing = iota
	raw             // what an access log has
	masked          // it promises to show nobody
	attempt         // what its users can configure; what it leaves is counted
)

// setting is a program in one configuration.
type setting struct {
	*program
	name     string // what the configuration does
	log      showing
	body     bool   // the log has the body
	shows    string // what stands in the log for each number of the body, if it must
	projects bool   // the upstream must get less than was sent
	stdout   bool   // the log is its standard output
	traced   bool   // the upstream must get spans
	direct   bool   // there is no upstream behind it
	config   func(site) string
	env      func(site) []string
}

// site is what a configuration has to name.
type site struct {
	dir, listen, upstream, file string
}

// running is a setting that runs.
type running struct {
	*child.Child
	*setting
	site
	left string // of the planted values, in its log
}

// start runs a setting in a folder of its own.
func (s *setting) start(t *tools, upstream string) (*running, error) {
	path, err := s.find(t)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(t.dir, "run")
	if err != nil {
		return nil, err
	}
	listen, err := child.FreePort()
	if err != nil {
		return nil, err
	}
	r := &running{setting: s, site: site{dir: dir, listen: listen, upstream: upstream, file: filepath.Join(dir, "access.log")}}
	config := filepath.Join(dir, "config")
	if s.config != nil {
		if err := os.WriteFile(config, []byte(s.config(r.site)), 0o600); err != nil {
			return nil, err
		}
	}
	var env []string
	if s.env != nil {
		env = s.env(r.site)
	}
	if r.Child, err = child.Start(dir, env, s.command(path, config)...); err != nil {
		return nil, err
	}
	if s.stdout {
		r.file = r.Out
	}
	if err := r.await(); err != nil {
		r.Kill()
		return nil, err
	}
	return r, nil
}

func (r *running) await() error {
	if r.ready != "" {
		if err := r.Await(r.ready); err != nil {
			return err
		}
	}
	return r.AwaitPort(r.listen)
}

// title is how the tables call it.
func (s *setting) title() string { return s.program.name + ", " + s.name }

var versionNumber = regexp.MustCompile(`[0-9]+\.[0-9]+\.[0-9]+`)

// cost is what one load made a setting cost, and how it served it.
type cost struct {
	*outcome
	cpu time.Duration // a request
}

// measure loads the setting and returns what it cost. Its log is emptied afterwards: the disk is not what is measured.
func (r *running) measure(load func(address string) (*outcome, error)) (cost, error) {
	before := r.CPU()
	o, err := load(r.listen)
	if err != nil {
		return cost{}, fmt.Errorf("%s: %w\n%s", r.title(), err, tail(r.Err))
	}
	if o.requests == 0 {
		return cost{}, fmt.Errorf("%s answered nothing", r.title())
	}
	c := cost{o, (r.CPU() - before) / time.Duration(o.requests)}
	return c, r.emptyLog()
}

func (r *running) emptyLog() error {
	err := os.Truncate(r.file, 0)
	if errors.Is(err, os.ErrNotExist) && r.log == noLog {
		return nil
	}
	return err
}

// tail returns the end of what a program said.
func tail(file string) []byte {
	text, _ := os.ReadFile(file) // what it said is a help only
	return text[max(0, len(text)-2000):]
}

// startAll starts the settings that can run here, and says which cannot.
func (h *harness) startAll(ctx context.Context, settings []*setting, m *message) ([]*running, error) {
	var all []*running
	for _, s := range settings {
		if ctx.Err() != nil {
			return all, ctx.Err()
		}
		r, err := s.start(h.tools, h.upstream.address())
		if _, missing := errors.AsType[*missingError](err); missing {
			h.leaveOut(s.program.name, err)
			continue
		}
		if err != nil {
			return all, fmt.Errorf("%s: %w", s.title(), err)
		}
		all = append(all, r)
		h.ran = append(h.ran, s.program)
		if err := h.verify(r, m); err != nil {
			return all, fmt.Errorf("%s: %w", s.title(), err)
		}
	}
	return all, nil
}

func stopAll(all []*running) {
	for _, r := range all {
		_, _ = r.Stop() // at worst it was killed
	}
}
