package config

import (
	"errors"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxFile bounds a configuration: a mistaken path must not fill the memory.
const maxFile = 4 << 20

// node is one value of a parsed file, with its place. Aliases share the node of their anchor.
type node struct {
	shape shape
	pos   position
	text  string // of a scalar, as it means; for a number as it was written
	pairs []pair // of a mapping, in the order of the file
	items []*node
}

// pair is one member of a mapping.
type pair struct {
	key   string
	pos   position // of the key
	value *node
}

type position struct{ line, column int }

// shape is what a value is by its writing.
type shape uint8

const (
	null shape = iota
	text
	integer
	decimal
	boolean
	list
	mapping
)

var shapeNames = [...]string{"nothing", "text", "a whole number", "a decimal number", "true or false", "a list", "a mapping"}

// String returns what a problem calls s.
func (s shape) String() string { return shapeNames[s] }

// get returns the value of the member key, or nil.
func (n *node) get(key string) *node {
	for i := range n.pairs {
		if n.pairs[i].key == key {
			return n.pairs[i].value
		}
	}
	return nil
}

// reader turns the YAML library's tree into nodes, and collects what is wrong with it.
type reader struct {
	doc     *document
	anchors map[string]*node
}

// maxNesting bounds open brackets, and the dashes of lists in lists on a line. The library takes memory that grows with the
// square of the depth: without a bound, a damaged file would end a proxy that was only told to reload it.
const maxNesting = 500

// tooDeep returns the line on which data is nested too deeply, 0 if there is none. Brackets in texts count too, because
// they come in pairs where there are many.
func tooDeep(data []byte) int {
	open, dashes, line := 0, 0, 1
	for i, c := range data {
		switch c {
		case '[', '{':
			open++
		case ']', '}':
			open = max(open-1, 0)
		case '-', '?':
			if i+1 < len(data) && (data[i+1] == ' ' || data[i+1] == '\t') {
				dashes++
			}
		case '\n':
			line, dashes = line+1, 0
		}
		if open > maxNesting || dashes > maxNesting {
			return line
		}
	}
	return 0
}

// parse reads the text of a configuration. The problem is that of a text that is no YAML at all; lesser ones are in the
// document.
func parse(name string, data []byte) (doc *document, problem *Problem) {
	doc = &document{name: name, root: &node{}}
	if len(data) > maxFile {
		return nil, &Problem{File: name, What: "larger than 4 MiB"}
	}
	if line := tooDeep(data); line > 0 {
		return nil, &Problem{File: name, Line: line, What: "nested too deeply"}
	}
	defer func() {
		if recover() != nil { // the library's, on some malformed texts; its message may quote them
			doc, problem = nil, &Problem{File: name, What: "not YAML that can be read"}
		}
	}()
	file, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, syntaxProblem(name, err)
	}
	r := &reader{doc: doc, anchors: map[string]*node{}}
	bodies := 0
	for _, d := range file.Docs {
		if d.Body == nil {
			continue
		}
		if bodies++; bodies > 1 {
			doc.report(at(d.Body.GetToken()), "", "a second document in one file", "remove the line ---")
			break
		}
		doc.root = r.node(d.Body, "")
	}
	return doc, nil
}

// syntaxProblem says what the library found wrong. Its own text of an error quotes the lines around the place, which may
// hold a secret, and so may some of its messages: of those only the place is told.
func syntaxProblem(name string, err error) *Problem {
	p := &Problem{File: name, What: "not valid YAML"}
	var syntax *yaml.SyntaxError
	if !errors.As(err, &syntax) {
		return p
	}
	if t := syntax.Token; t != nil && t.Position != nil {
		p.Line, p.Column = t.Position.Line, t.Position.Column
	}
	unquoted := strings.NewReplacer("','", "", "'}'", "", "'{'", "", "']'", "", "'['", "", "':'", "").Replace(syntax.Message)
	if !strings.ContainsAny(unquoted, "\"'`\t\n\\") && len(syntax.Message) < 100 {
		p.What += ": " + syntax.Message
	}
	return p
}

func at(t *token.Token) position {
	if t == nil || t.Position == nil {
		return position{}
	}
	return position{t.Position.Line, t.Position.Column}
}

// node returns n and all below it. path is where it stands.
func (r *reader) node(n ast.Node, path string) *node {
	out := &node{pos: at(n.GetToken())}
	switch n := n.(type) {
	case *ast.NullNode:
	case *ast.StringNode:
		out.shape, out.text = text, n.Value
	case *ast.LiteralNode:
		out.shape, out.text = text, n.Value.Value
	case *ast.IntegerNode:
		out.shape, out.text = integer, n.Token.Value
	case *ast.FloatNode:
		out.shape, out.text = decimal, n.Token.Value
	case *ast.BoolNode:
		out.shape, out.text = boolean, n.Token.Value
	case *ast.MappingNode:
		r.mapping(out, n.Values, path)
	case *ast.MappingValueNode:
		r.mapping(out, []*ast.MappingValueNode{n}, path)
	case *ast.SequenceNode:
		out.shape = list
		for i, v := range n.Values {
			out.items = append(out.items, r.node(v, index(path, i)))
		}
	case *ast.AnchorNode:
		out = r.node(n.Value, path)
		r.anchors[n.Name.GetToken().Value] = out
	case *ast.AliasNode:
		anchor, ok := r.anchors[n.Value.GetToken().Value]
		if !ok {
			r.doc.report(out.pos, path, "an alias without an anchor before it", "")
			break
		}
		out = anchor
	case *ast.TagNode:
		r.doc.report(out.pos, path, "YAML tags have no meaning here", "remove the tag")
	default:
		r.doc.report(out.pos, path, "this is neither text, number, list nor mapping", "put it in quotes if it is text")
	}
	return out
}

func (r *reader) mapping(out *node, values []*ast.MappingValueNode, path string) {
	out.shape = mapping
	for i, v := range values {
		p := pair{pos: at(v.Key.GetToken())}
		if i == 0 && p.pos.line > 0 {
			out.pos = p.pos
		}
		switch key := v.Key.(type) {
		case *ast.StringNode:
			p.key = key.Value
		case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode:
			p.key = v.Key.GetToken().Value
		case *ast.MergeKeyNode:
			r.doc.report(p.pos, path, "merge keys are not supported", "write the members out, or use an alias for a whole value")
			continue
		default:
			r.doc.report(p.pos, path, "a key must be plain text", "")
			continue
		}
		if out.get(p.key) != nil {
			r.doc.report(p.pos, member(path, p.key), "stands here twice", "")
			continue
		}
		p.value = r.node(v.Value, member(path, p.key))
		out.pairs = append(out.pairs, p)
	}
}
