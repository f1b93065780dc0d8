package route

import (
	"fmt"
	"strings"

	"github.com/piiproxy/piiproxy/redact"
)

// maxParams bounds the parameters of one pattern.
const maxParams = 16

// Problem is one thing wrong with a rule.
type Problem struct {
	Rule  int
	Field string // "hosts[1]", "methods[0]" or "path"
	What  string
	Hint  string
	Other int // the rule that it conflicts with, or -1
}

// Compile makes a table of rules. Every problem of every rule is returned; the table holds the rules without one.
func Compile(rules []Rule) (*Table, []Problem) {
	c := compiler{table: &Table{listeners: map[string]*listener{}}}
	for i, rule := range rules {
		c.add(i, rule)
	}
	return c.table, c.problems
}

type compiler struct {
	table    *Table
	problems []Problem
}

func (c *compiler) problem(rule int, field, what, hint string) {
	c.problems = append(c.problems, Problem{rule, field, what, hint, -1})
}

// add puts one rule into the trees of its hosts.
func (c *compiler) add(index int, rule Rule) {
	before := len(c.problems)
	e := entry{rule: index, methods: c.methods(index, rule.Methods)}
	segments := c.pattern(index, rule.Path, &e)
	hosts := c.hosts(index, rule.Hosts)
	if len(c.problems) != before {
		return
	}
	for _, root := range c.roots(rule.Listener, hosts) {
		place := root.place(segments)
		for _, other := range *place {
			if other.methods&e.methods != 0 {
				c.problems = append(c.problems, Problem{index, "path", "leads the same requests as another rule",
					"give them different paths, methods or hosts", other.rule})
				return
			}
		}
		*place = append(*place, e)
	}
}

// methods returns the set of the named methods.
func (c *compiler) methods(index int, names []string) MethodSet {
	if len(names) == 0 {
		return Methods
	}
	var set MethodSet
	for i, name := range names {
		m := ParseMethod([]byte(name))
		if m == 0 {
			c.problem(index, fmt.Sprintf("methods[%d]", i), "not a method that the proxy takes",
				"one of "+strings.Join(methods[:], ", "))
		}
		set |= m
	}
	return set
}

// hosts returns the hosts as requests are compared with them.
func (c *compiler) hosts(index int, hosts []string) []string {
	var all []string
	for i, host := range hosts {
		name, ok := appendHost(nil, []byte(host))
		if !ok || len(name) == 0 || strings.ContainsAny(host, "*/@? \t") || string(name) != strings.ToLower(host) {
			c.problem(index, fmt.Sprintf("hosts[%d]", i), "not a host name", "a whole name without port, such as api.example.com")
		}
		all = append(all, string(name))
	}
	return all
}

// roots returns the trees that a rule goes into, and makes those that are not there yet.
func (c *compiler) roots(name string, hosts []string) []*node {
	l := c.table.listeners[name]
	if l == nil {
		l = &listener{hosts: map[string]*node{}}
		c.table.listeners[name] = l
	}
	if len(hosts) == 0 {
		if l.any == nil {
			l.any = &node{}
		}
		return []*node{l.any}
	}
	var roots []*node
	for _, host := range hosts {
		if l.hosts[host] == nil {
			l.hosts[host] = &node{}
		}
		roots = append(roots, l.hosts[host])
	}
	return roots
}

// segment is one segment of a pattern: a literal unless it is a parameter.
type segment struct {
	literal     string
	param, tail bool
}

// pattern splits a pattern and notes its parameters in e.
func (c *compiler) pattern(index int, text string, e *entry) []segment {
	if !strings.HasPrefix(text, "/") {
		c.problem(index, "path", "a path begins with /", "such as /sms/{id}")
		return nil
	}
	var segments []segment
	parts := strings.Split(text[1:], "/")
	for i, part := range parts {
		s, name := parseSegment(part)
		segments = append(segments, s)
		switch {
		case s.tail && i != len(parts)-1:
			c.problem(index, "path", "{name...} can only stand at the end", "")
		case s.param || s.tail:
			c.param(index, e, name, i, s.tail)
		case part == "" && i == len(parts)-1:
		case part == "" || !literalSegment(part):
			c.problem(index, "path", fmt.Sprintf("segment %d can match no request", i+1),
				"write it as it is after decoding, with no dot segments and no query")
		}
	}
	return segments
}

func parseSegment(part string) (s segment, name string) {
	inner, ok := strings.CutPrefix(part, "{")
	if !ok {
		return segment{literal: part}, ""
	}
	inner, ok = strings.CutSuffix(inner, "}")
	if !ok {
		return segment{literal: part}, ""
	}
	name, tail := strings.CutSuffix(inner, "...")
	return segment{param: !tail, tail: tail}, name
}

// literalSegment reports whether a request's normalised path can have this segment.
func literalSegment(part string) bool {
	var p Path
	return p.Parse([]byte("/"+part)) && string(p.normal) == "/"+part && !strings.ContainsAny(part, "{}")
}

func (c *compiler) param(index int, e *entry, text string, segment int, tail bool) {
	name, err := redact.ParseName(text)
	if err != nil {
		c.problem(index, "path", fmt.Sprintf("the parameter of segment %d has no proper name", segment+1),
			"names are of a-z, 0-9 and -, such as {id} or {rest...}")
		return
	}
	for _, other := range e.params {
		if other.name == name {
			c.problem(index, "path", "two parameters with the name "+text, "")
		}
	}
	if len(e.params) == maxParams {
		c.problem(index, "path", fmt.Sprintf("more than %d parameters", maxParams), "")
	}
	e.params = append(e.params, param{name: name, segment: segment, tail: tail})
}

// place returns the entries of the node that segments lead to, and makes the nodes on the way.
func (n *node) place(segments []segment) *[]entry {
	for _, s := range segments {
		switch {
		case s.tail:
			return &n.tail
		case s.param:
			if n.param == nil {
				n.param = &node{}
			}
			n = n.param
		default:
			if n.literal == nil {
				n.literal = map[string]*node{}
			}
			if n.literal[s.literal] == nil {
				n.literal[s.literal] = &node{}
			}
			n = n.literal[s.literal]
		}
	}
	return &n.end
}
