package config

import (
	"errors"
	"strings"

	"github.com/piiproxy/piiproxy/redact"
)

// Locate gives the problems that were found while the configuration was compiled their places in the file. The error is
// [Problems], those of [Read] among them; nil if there are none.
func (c *Config) Locate(err error) error {
	all := Problems(nil)
	for _, leaf := range leaves(err) {
		if p, ok := c.problem(leaf); ok {
			all = append(all, p)
		}
	}
	all = append(all, c.doc.problems...)
	if len(all) == 0 {
		return nil
	}
	all.sort()
	return all
}

// leaves returns the errors that err joins.
func leaves(err error) []error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		if inner := errors.Unwrap(err); inner != nil {
			return leaves(inner)
		}
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, leaves(e)...)
	}
	return all
}

// problem returns the problem that err is, with its place. It is false for one that only follows from another, which the
// reading found already: a misspelt `upstream` makes a route without upstream.
func (c *Config) problem(err error) (Problem, bool) {
	var found *redact.Problem
	if !errors.As(err, &found) {
		// Text of an error that this program did not make may quote a value.
		return Problem{File: c.doc.name, What: "cannot be compiled"}, true
	}
	steps := written(split(found.Path))
	pos, path, whole := c.doc.find(steps)
	for _, p := range c.doc.problems {
		if within(p.Path, path) || whole && within(path, p.Path) && !p.besides {
			return Problem{}, false
		}
	}
	if !whole {
		path = complete(steps)
	}
	return Problem{File: c.doc.name, Line: pos.line, Column: pos.column, Path: path, What: found.What, Hint: found.Hint}, true
}

// within reports whether path is at or below above.
func within(path, above string) bool {
	rest, ok := strings.CutPrefix(path, above)
	return ok && (above == "" || rest == "" || rest[0] == '.' || rest[0] == '[')
}

// written turns the place of a value in the specification into the place where the file has it.
func written(s []step) []step {
	for len(s) > 0 && (folded(s[0].name) == "redact" || folded(s[0].name) == "spec") {
		s = s[1:]
	}
	if len(s) == 0 {
		return nil
	}
	switch first := folded(s[0].name); {
	case first == "projections":
		return written(append([]step{{name: "connectors"}}, s[1:]...))
	case first == "fields" && len(s) > 2 && folded(s[2].name) == "fields":
		return append([]step{{name: "routes"}, s[1], {name: "tags"}}, s[3:]...)
	case first == "fields" && len(s) > 2 && s[2].name == "":
		return append([]step{{name: "routes"}, s[1], {name: "tags"}}, s[2:]...)
	case first == "fields":
		return append([]step{{name: "routes"}}, s[1:]...)
	case first == "keysfile":
		return []step{{name: "keys"}, {name: "file"}}
	case first == "entity":
		return []step{{name: "keys"}, {name: "entity"}}
	case first == "connectors" && len(s) > 2 && folded(s[2].name) == "method":
		return []step{s[0], s[1], {name: "request"}, s[2]}
	case first == "connectors" && len(s) > 3 && folded(s[2].name) == "request":
		return append([]step{s[0], s[1], s[2], requestPart(s[3])}, s[4:]...)
	}
	return s
}

// requestPart gives a part of an outgoing request the name that it has in the file.
func requestPart(s step) step {
	switch folded(s.name) {
	case "segment":
		s.name = "segments"
	case "header":
		s.name = "headers"
	}
	return s
}

// complete writes steps as a path of the file, as far as they can be told without repeating a value.
func complete(steps []step) string {
	path := ""
	for _, s := range steps {
		if s.name == "" {
			path = index(path, s.index)
		} else {
			path = member(path, s.name)
		}
	}
	return path
}
