package config

import (
	"slices"
	"strconv"
	"strings"
)

// document is a parsed file and what was found wrong with it.
type document struct {
	name     string
	root     *node
	problems Problems
}

// report notes a problem because of which the value at path is not known.
func (d *document) report(pos position, path, what, hint string) {
	d.problems = append(d.problems, Problem{File: d.name, Line: pos.line, Column: pos.column, Path: path, What: what, Hint: hint})
}

// besides notes a problem of the value at path that leaves the rest of it known.
func (d *document) besides(pos position, path, what, hint string) {
	d.report(pos, path, what, hint)
	d.problems[len(d.problems)-1].besides = true
}

// knows reports whether a problem of the value at path is noted.
func (d *document) knows(path string) bool {
	return slices.ContainsFunc(d.problems, func(p Problem) bool { return p.Path == path })
}

// sorted returns the problems in the order of the file, as an error; nil if there are none.
func (d *document) sorted() error {
	if len(d.problems) == 0 {
		return nil
	}
	d.problems.sort()
	return d.problems
}

// step is one step of a path: a member or, if name is empty, an item.
type step struct {
	name  string
	index int
}

// member returns the path of the member key of what is at path. A key that is no plain word is not told: it may be a value
// that somebody wrote into the wrong place.
func member(path, key string) string {
	if !plain(key) {
		key = "?"
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

func index(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// plain reports whether key looks like a word of a configuration or of a protocol.
func plain(key string) bool {
	if key == "" || len(key) > 63 {
		return false
	}
	letter := false
	for i := range len(key) {
		switch c := key[i]; {
		case 'a' <= c|0x20 && c|0x20 <= 'z':
			letter = true
		case '0' <= c && c <= '9', c == '-', c == '_':
		default:
			return false
		}
	}
	return letter
}

// split cuts a path such as routes.sms.tags[2].json into its steps. A member may be in brackets and quotes.
func split(path string) []step {
	var steps []step
	for path != "" {
		switch path[0] {
		case '.':
			path = path[1:]
		case '[':
			inside, rest, _ := strings.Cut(path[1:], "]")
			if i, err := strconv.Atoi(inside); err == nil {
				steps = append(steps, step{index: i})
			} else {
				steps = append(steps, step{name: strings.Trim(inside, `"`)})
			}
			path = rest
		default:
			end := strings.IndexAny(path, ".[")
			if end < 0 {
				end = len(path)
			}
			steps = append(steps, step{name: path[:end]})
			path = path[end:]
		}
	}
	return steps
}

// find follows steps as far as they lead, and returns the place, the path there as it is written in the file, and whether
// it is the end of them. The place of a scalar is its own, that of a list or mapping is its key's.
func (d *document) find(steps []step) (pos position, path string, whole bool) {
	n := d.root
	pos = n.pos
	for _, s := range steps {
		next, key, keyPos := n.follow(s)
		if next == nil {
			return pos, path, false
		}
		switch {
		case key == "":
			path, pos = index(path, s.index), next.pos
		default:
			path, pos = member(path, key), keyPos
		}
		n = next
	}
	if n.shape != list && n.shape != mapping && n.shape != null {
		pos = n.pos
	}
	return pos, path, true
}

// follow takes one step. Names are compared without case and underscores, so that the name of a field of a specification
// finds the key that it was written as. An index finds a member of a mapping too: the specification has lists where the
// file has mappings whose order counts.
func (n *node) follow(s step) (next *node, key string, pos position) {
	if s.name == "" {
		switch {
		case s.index < len(n.items):
			return n.items[s.index], "", position{}
		case s.index < len(n.pairs):
			p := n.pairs[s.index]
			return p.value, p.key, p.pos
		}
		return nil, "", position{}
	}
	for _, same := range []func(key, name string) bool{exactly, nearly} {
		for _, p := range n.pairs {
			if same(p.key, s.name) {
				return p.value, p.key, p.pos
			}
		}
	}
	return nil, "", position{}
}

func exactly(key, name string) bool { return key == name }

func nearly(key, name string) bool { return folded(key) == folded(name) }

func folded(s string) string { return strings.ToLower(strings.ReplaceAll(s, "_", "")) }
