// Package route finds the route of a request from its listener, host, method and path.
//
// A pattern is a path of segments: a literal, {name} for one segment that is not empty, and {name...} at the end for all
// that is left. Where several patterns match, each segment prefers the literal to the parameter and the parameter to the
// tail, and the rules of a host come before those of any host. Two rules that could match the same request with the same
// pattern are a problem of the configuration, so the order of rules never matters.
//
// What is matched is the path as [Path] normalises it; what is forwarded is always the target as it came. Paths that a
// server behind the proxy could read in another way than the proxy did are refused, and match nothing.
package route

import "github.com/piiproxy/piiproxy/redact"

// Rule leads the requests that it describes to a route.
type Rule struct {
	Listener string
	Hosts    []string // without port; any host if empty
	Methods  []string // any method of [Methods] if empty
	Path     string
}

// Table finds routes. It is immutable and safe for concurrent use, and does not allocate.
type Table struct{ listeners map[string]*listener }

// listener is the rules of one listener.
type listener struct {
	hosts map[string]*node
	any   *node // nil if every rule names its hosts
}

// node is one segment of the patterns of a tree.
type node struct {
	literal map[string]*node
	param   *node
	end     []entry // rules whose pattern ends here
	tail    []entry // rules whose pattern goes on with {name...}
}

// entry is a rule at the place of a tree where its pattern ends.
type entry struct {
	rule    int
	methods MethodSet
	params  []param
}

// param is a parameter of a pattern: a tail parameter reaches from its segment to the end of the path.
type param struct {
	name    redact.Name
	segment int
	tail    bool
}

// Result says what became of a search.
type Result uint8

// The results.
const (
	NotFound    Result = iota // no rule has such a path
	WrongMethod               // rules have the path and not the method
	Found
)

// Match is what a search found. Its memory may be used again for the next search.
type Match struct {
	Rule   int            // index of the rule, if it was found
	Params []redact.Param // where the parameters stand in the raw path
	Allow  MethodSet      // after WrongMethod: the methods that the path has
}

// Reset empties m and keeps its memory.
func (m *Match) Reset() { *m = Match{Params: m.Params[:0]} }

// Find looks for the rule of a request and fills m. host is the request's host as it came.
func (t *Table) Find(m *Match, listener string, host []byte, method MethodSet, path *Path) Result {
	m.Reset()
	l := t.listeners[listener]
	if l == nil {
		return NotFound
	}
	s := search{method: method}
	found := s.walk(l.byHost(host), path.normal)
	if found == nil {
		found = s.walk(l.any, path.normal)
	}
	if found == nil {
		m.Allow = s.allow
		if s.allow != 0 {
			return WrongMethod
		}
		return NotFound
	}
	m.Rule = found.rule
	for _, p := range found.params {
		m.Params = append(m.Params, p.locate(path.raw))
	}
	return Found
}

// byHost returns the tree of the rules that name host.
func (l *listener) byHost(host []byte) *node {
	if len(l.hosts) == 0 {
		return nil
	}
	var room [maxHost]byte
	name, ok := appendHost(room[:0], host)
	if !ok {
		return nil
	}
	return l.hosts[string(name)]
}

// search is one walk down a tree. It visits a node at most once, because a node's depth is the segment it is asked about.
type search struct {
	method MethodSet
	allow  MethodSet // methods of rules that had the path
}

// walk finds the entry for path, which is empty or begins with a slash.
func (s *search) walk(n *node, path []byte) *entry {
	if n == nil {
		return nil
	}
	if len(path) == 0 {
		return s.pick(n.end)
	}
	segment, rest := cutSegment(path)
	if found := s.walk(n.literal[string(segment)], rest); found != nil {
		return found
	}
	if len(segment) > 0 {
		if found := s.walk(n.param, rest); found != nil {
			return found
		}
	}
	return s.pick(n.tail)
}

// pick returns the entry that has the method, and notes the methods of all.
func (s *search) pick(entries []entry) *entry {
	for i := range entries {
		if entries[i].methods&s.method != 0 {
			return &entries[i]
		}
		s.allow |= entries[i].methods
	}
	return nil
}

// locate returns where the parameter stands in a raw path. Normalising keeps every slash, so segments can be counted in
// the raw path although their lengths differ.
func (p param) locate(raw []byte) redact.Param {
	start, segment := 1, 0
	for i := 1; i < len(raw) && segment < p.segment; i++ {
		if raw[i] == '/' {
			segment++
			start = i + 1
		}
	}
	end := len(raw)
	if !p.tail {
		segment, _ := cutSegment(raw[start-1:])
		end = start + len(segment)
	}
	return redact.Param{Name: p.name, Start: start, End: end}
}

// cutSegment returns the first segment of a path that begins with a slash, and what follows it.
func cutSegment(path []byte) (segment, rest []byte) {
	for i := 1; i < len(path); i++ {
		if path[i] == '/' {
			return path[1:i], path[i:]
		}
	}
	return path[1:], nil
}
