package redact

import (
	"hash/maphash"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/piiproxy/piiproxy/redact/internal/walk"
)

// projectionCompiler turns the rules of one connector into tables, and reports all that is wrong with them.
type projectionCompiler struct {
	p      *Projection
	report func(place, what, hint string)
}

// compileProjection compiles the rules of the connector name. What it reports makes the Projection unfit for use.
func compileProjection(name string, spec ProjectionSpec, report func(place, what, hint string)) *Projection {
	c := projectionCompiler{
		p:      &Projection{pass: spec.Pass == "everything", observe: spec.Observe, seed: maphash.MakeSeed()},
		report: report,
	}
	here := "projections." + name
	rules := len(spec.Allow) > 0 || spec.Request != nil
	switch {
	case spec.Pass != "" && !c.p.pass:
		report(here+".pass", "unknown word", `"everything", or rules in its place`)
	case c.p.pass && rules && !spec.Observe:
		report(here+".pass", "everything passes, so the rules beside it do nothing", "take one out, or set observe to count what the rules would drop")
	case c.p.pass && !rules && spec.Observe:
		report(here+".observe", "there are no rules to observe", "write the allow-list that is to come")
	}
	for i, a := range spec.Allow {
		c.allow(here+".allow["+strconv.Itoa(i)+"]", a)
	}
	if spec.Request != nil {
		c.request(here+".request", spec)
	}
	if err := c.p.tree.overlay(); err != nil {
		report(here, err.Error(), "name the members instead")
		return c.p
	}
	c.tables()
	return c.p
}

// tables derives what the walk looks up.
func (c *projectionCompiler) tables() {
	p := c.p
	for i := range p.sources {
		s := &p.sources[i]
		p.json = p.json || s.place == jsonSource
		p.form = p.form || s.place == formSource
		p.copies = p.copies || s.place == jsonSource && s.allowed
		p.required = p.required || s.required
	}
	nodes := p.tree.nodes
	p.keys, p.fields = make([][]byte, len(nodes)), make([]string, len(nodes))
	for node := len(nodes) - 1; node >= 0; node-- { // children stand behind their parents
		n := &nodes[node]
		below := make([]int32, 0, len(n.members)+len(n.elements)+2)
		for _, m := range n.members {
			p.keys[m.node] = append(walk.AppendEscaped([]byte{'"'}, []byte(m.name)), `":`...)
			below = append(below, m.node)
		}
		for _, e := range n.elements {
			below = append(below, e.node)
		}
		for _, any := range []int32{n.anyName, n.anyIndex} {
			if any >= 0 {
				below = append(below, any)
			}
		}
		if len(n.leaves) > 0 {
			p.fields[node] = p.sources[n.leaves[0]].field
		} else if len(below) > 0 {
			p.fields[node] = p.fields[below[0]]
		}
	}
}

// allow adds one allowed field.
func (c *projectionCompiler) allow(here string, a AllowSpec) {
	s := source{allowed: true, required: a.Required, destination: a.Destination}
	switch {
	case exactlyOne(a.JSON != "", a.Form != "", a.Query != ""):
	default:
		c.report(here, "exactly one of json, form and query is needed", "")
		return
	}
	switch {
	case a.JSON != "":
		s.place, s.field = jsonSource, a.JSON
		if hasIndex(a.JSON) {
			c.report(here+".json", "an element that is alone in what is copied stands at another place than before",
				"use [*], or build another request with request")
			return
		}
		if strings.HasSuffix(a.JSON, ".**") && a.Destination {
			c.report(here+".destination", "an object or array is no number", "")
		}
		c.path(here+".json", s)
	case a.Form != "":
		s.place, s.name, s.field = formSource, a.Form, a.Form
		c.named(here+".form", s)
	default:
		s.place, s.name, s.field = querySource, a.Query, a.Query
		c.named(here+".query", s)
	}
}

// hasIndex reports whether a path has a step like [3].
func hasIndex(path string) bool {
	var t pathTree
	if _, err := t.grow(strings.TrimSuffix(path, ".**")); err != nil {
		return false
	}
	return slices.ContainsFunc(t.nodes, func(n pathNode) bool { return len(n.elements) > 0 })
}

func exactlyOne(set ...bool) bool {
	n := 0
	for _, b := range set {
		if b {
			n++
		}
	}
	return n == 1
}

// path adds a source that is a JSON path. A field of the outgoing request may share it with others.
func (c *projectionCompiler) path(here string, s source) int32 {
	plain, whole := strings.CutSuffix(s.field, ".**")
	s.whole = whole
	node, err := c.p.tree.grow(plain)
	if err != nil {
		c.report(here, err.Error(), "")
		return -1
	}
	leaves := &c.p.tree.nodes[node].leaves
	for _, leaf := range *leaves {
		if old := &c.p.sources[leaf]; old.allowed == s.allowed && (s.allowed || old.whole == s.whole) {
			if s.allowed {
				c.report(here, errPathTwice.Error(), "")
			}
			return leaf
		}
	}
	leaf := c.add(s)
	*leaves = append(*leaves, leaf)
	return leaf
}

// named adds a source that is known by its name.
func (c *projectionCompiler) named(here string, s source) int32 {
	for i := range c.p.sources {
		if old := &c.p.sources[i]; old.place == s.place && old.name == s.name && old.allowed == s.allowed {
			if s.allowed {
				c.report(here, "the same field stands twice", "")
			}
			return int32(i)
		}
	}
	s.emit = append(appendPercent(nil, []byte(s.name)), '=')
	return c.add(s)
}

func (c *projectionCompiler) add(s source) int32 {
	c.p.sources = append(c.p.sources, s)
	return int32(len(c.p.sources) - 1)
}

// request compiles the outgoing request.
func (c *projectionCompiler) request(here string, spec ProjectionSpec) {
	r, rules := spec.Request, &requestRules{}
	c.p.request = rules
	bodies := slices.ContainsFunc(spec.Allow, func(a AllowSpec) bool { return a.JSON != "" || a.Form != "" })
	queries := slices.ContainsFunc(spec.Allow, func(a AllowSpec) bool { return a.Query != "" })
	if len(r.JSON) > 0 && len(r.Form) > 0 {
		c.report(here+".form", "a request has one body, and json is one already", "")
	}
	if bodies && len(r.JSON)+len(r.Form) > 0 {
		c.report(here, "the allow-list makes a body already", "take out either")
	}
	if queries && len(r.Query) > 0 {
		c.report(here+".query", "the allow-list makes a query already", "take out either")
	}
	rules.query = c.pairs(here+".query", r.Query, intoQuery)
	rules.form = c.pairs(here+".form", r.Form, intoForm)
	rules.header = c.headers(here+".header", r.Header)
	rules.path = c.pathPieces(here, r)
	if len(r.JSON) > 0 {
		rules.json = &objectRule{}
		for i, m := range r.JSON {
			c.jsonField(here+".json["+strconv.Itoa(i)+"]", rules.json, m)
		}
	}
}

func (c *projectionCompiler) pairs(here string, maps []FieldMap, at target) []fill {
	fills := make([]fill, 0, len(maps))
	for i, m := range maps {
		there := here + "[" + strconv.Itoa(i) + "]"
		if m.To == "" {
			c.report(there+".to", "a name is needed", "")
		} else if slices.ContainsFunc(maps[:i], func(o FieldMap) bool { return o.To == m.To }) {
			c.report(there+".to", "the same name stands twice", "")
		}
		f := c.fill(there, m, at)
		f.key = append(appendPercent(nil, []byte(m.To)), '=')
		fills = append(fills, f)
	}
	return fills
}

// ownHeaders are the header fields that HTTP or the body decides.
var ownHeaders = []string{
	"connection", "content-encoding", "content-length", "content-type", "expect", "host", "keep-alive", "proxy-authenticate", "proxy-authorization",
	"proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
}

func (c *projectionCompiler) headers(here string, maps []FieldMap) []fill {
	fills := make([]fill, 0, len(maps))
	for i, m := range maps {
		there := here + "[" + strconv.Itoa(i) + "]"
		switch {
		case !isToken(m.To):
			c.report(there+".to", "not a name of a header", "")
		case slices.Contains(ownHeaders, strings.ToLower(m.To)):
			c.report(there+".to", "this header is made with the request, and cannot be set", "")
		case slices.ContainsFunc(maps[:i], func(o FieldMap) bool { return strings.EqualFold(o.To, m.To) }):
			c.report(there+".to", "the same name stands twice", "")
		}
		f := c.fill(there, m, intoHeader)
		f.name = m.To
		fills = append(fills, f)
	}
	return fills
}

// isToken reports whether s is a token of RFC 9110.
func isToken(s string) bool {
	for _, c := range []byte(s) {
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return s != ""
}

// pathPieces cuts the path at its {names}.
func (c *projectionCompiler) pathPieces(here string, r *RequestSpec) []pathPiece {
	segments := make(map[string]*fill, len(r.Segment))
	for i, m := range r.Segment {
		there := here + ".segment[" + strconv.Itoa(i) + "]"
		if segments[m.To] != nil {
			c.report(there+".to", "the same name stands twice", "")
		} else if !strings.Contains(r.Path, "{"+m.To+"}") {
			c.report(there+".to", "the path has no {"+m.To+"}", "")
		}
		f := c.fill(there, m, intoSegment)
		segments[m.To] = &f
	}
	if r.Path == "" {
		return nil
	}
	var pieces []pathPiece
	rest := r.Path
	for rest != "" {
		text, behind, found := strings.Cut(rest, "{")
		pieces = append(pieces, pathPiece{text: text})
		if !found {
			break
		}
		name, after, closed := strings.Cut(behind, "}")
		f := segments[name]
		if !closed || f == nil {
			c.report(here+".path", "a {name} is not among the segments", "")
			return nil
		}
		if !strings.HasSuffix(text, "/") || after != "" && after[0] != '/' {
			c.report(here+".path", "a {name} is a whole segment", "write it between slashes")
			return nil
		}
		pieces = append(pieces, pathPiece{fill: f})
		rest = after
	}
	if !isPath(r.Path) {
		c.report(here+".path", "not a path", "it begins with a slash, has no . or .. segments, and escapes what a URL must")
	}
	return pieces
}

// isPath reports whether a path out of the configuration can stand in a request as it is. Names in braces are left out.
func isPath(path string) bool {
	if path[0] != '/' {
		return false
	}
	for _, segment := range strings.Split(path[1:], "/") {
		if strings.HasPrefix(segment, "{") {
			continue
		}
		text, err := url.PathUnescape(segment)
		if err != nil || text == "." || text == ".." {
			return false
		}
		for _, b := range []byte(segment) {
			if b <= ' ' || b >= 0x7f || strings.ContainsRune("?#\"<>\\^`{|}", rune(b)) {
				return false
			}
		}
	}
	return true
}

// jsonField puts a field into the outgoing object. Its name is a path of names, each of which may end with [] for an array
// of one element.
func (c *projectionCompiler) jsonField(here string, o *objectRule, m FieldMap) {
	f := c.fill(here, m, intoJSON)
	steps := strings.Split(m.To, ".")
	for i, step := range steps {
		name, array := strings.CutSuffix(step, "[]")
		if name == "" || strings.ContainsAny(name, "[]$*\" ") {
			c.report(here+".to", "not a path of names", "such as message.to, or messages[].to")
			return
		}
		last := i == len(steps)-1
		at := slices.IndexFunc(o.members, func(r memberRule) bool { return r.name == name })
		if at < 0 {
			key := append(walk.AppendEscaped([]byte{'"'}, []byte(name)), `":`...)
			o.members = append(o.members, memberRule{name: name, key: key, array: array})
			at = len(o.members) - 1
		} else if old := &o.members[at]; last || old.fill != nil || old.array != array {
			c.report(here+".to", "another field stands in the same place", "")
			return
		}
		r := &o.members[at]
		if last {
			r.fill = &f
			return
		}
		if r.object == nil {
			r.object = &objectRule{}
		}
		o = r.object
	}
}
