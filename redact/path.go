package redact

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// pathTree is a set of JSON paths, matched step by step as a document is walked. Members are matched by their decoded
// keys, so that no escape leads past a path. Node 0 is the root, and -1 is nowhere. Where both an exact step and a wildcard
// match, the exact one is taken; after [pathTree.overlay] it also leads to all that the wildcard does.
type pathTree struct {
	nodes []pathNode
}

type pathNode struct {
	members  []pathMember     // by decoded key
	byName   map[string]int32 // of members, if there are many
	elements []pathElement
	anyName  int32   // of .*
	anyIndex int32   // of [*]
	leaves   []int32 // what stands here: the node's own leaf first, then those of wildcards
}

type pathMember struct {
	name string
	node int32
}

type pathElement struct {
	index int
	node  int32
}

const (
	manyMembers  = 8       // above it a map is faster than comparing
	maxPathNodes = 100_000 // wildcards may multiply
)

var (
	errPath      = errors.New(`a path is $ with steps .name, ["name"], [0], [*] or .*`)
	errPathTwice = errors.New("the same path stands twice")
	errPathMany  = errors.New("there are too many combinations of wildcards")
)

// add puts a path in, at whose end leaf stands.
func (t *pathTree) add(path string, leaf int32) error {
	node, err := t.grow(path)
	if err != nil {
		return err
	}
	if len(t.nodes[node].leaves) > 0 {
		return errPathTwice
	}
	t.nodes[node].leaves = []int32{leaf}
	return nil
}

// grow makes the nodes of a path and returns the last.
func (t *pathTree) grow(path string) (int32, error) {
	t.root()
	rest, ok := strings.CutPrefix(path, "$")
	if !ok {
		return -1, errPath
	}
	var node int32
	for rest != "" {
		var err error
		if node, rest, err = t.step(node, rest); err != nil {
			return -1, err
		}
	}
	return node, nil
}

func (t *pathTree) root() {
	if len(t.nodes) == 0 {
		t.newNode()
	}
}

// step makes the node of the first step of s and returns the rest.
func (t *pathTree) step(node int32, s string) (next int32, rest string, err error) {
	switch {
	case strings.HasPrefix(s, ".*"):
		return t.anyMember(node), s[2:], nil
	case strings.HasPrefix(s, "[*]"):
		return t.anyElement(node), s[3:], nil
	case strings.HasPrefix(s, `["`):
		return t.quotedStep(node, s)
	case strings.HasPrefix(s, "["):
		digits, rest, ok := strings.Cut(s[1:], "]")
		index, err := strconv.ParseUint(digits, 10, 31)
		if !ok || err != nil || strconv.FormatUint(index, 10) != digits {
			return 0, "", errPath
		}
		return t.elementNode(node, int(index)), rest, nil
	case strings.HasPrefix(s, "."):
		name := s[1:]
		if end := strings.IndexAny(name, ".["); end >= 0 {
			name = name[:end]
		}
		if name == "" || strings.ContainsAny(name, "*]\"' \t\r\n") {
			return 0, "", errPath
		}
		return t.memberNode(node, name), s[1+len(name):], nil
	}
	return 0, "", errPath
}

// quotedStep reads a step in brackets, whose name is a JSON string.
func (t *pathTree) quotedStep(node int32, s string) (next int32, rest string, err error) {
	end := 2
	for end < len(s) && s[end] != '"' {
		if s[end] == '\\' {
			end++
		}
		end++
	}
	if !strings.HasPrefix(s[min(end, len(s)):], `"]`) {
		return 0, "", errPath
	}
	var name string
	if json.Unmarshal([]byte(s[1:end+1]), &name) != nil {
		return 0, "", errPath
	}
	return t.memberNode(node, name), s[end+2:], nil
}

func (t *pathTree) newNode() int32 {
	t.nodes = append(t.nodes, pathNode{anyName: -1, anyIndex: -1})
	return int32(len(t.nodes) - 1)
}

func (t *pathTree) anyMember(node int32) int32 {
	if t.nodes[node].anyName < 0 {
		next := t.newNode()
		t.nodes[node].anyName = next
	}
	return t.nodes[node].anyName
}

func (t *pathTree) anyElement(node int32) int32 {
	if t.nodes[node].anyIndex < 0 {
		next := t.newNode()
		t.nodes[node].anyIndex = next
	}
	return t.nodes[node].anyIndex
}

func (t *pathTree) memberNode(node int32, name string) int32 {
	for _, m := range t.nodes[node].members {
		if m.name == name {
			return m.node
		}
	}
	next := t.newNode()
	n := &t.nodes[node]
	n.members = append(n.members, pathMember{name, next})
	if len(n.members) > manyMembers {
		if n.byName == nil {
			n.byName = make(map[string]int32)
		}
		for _, m := range n.members {
			n.byName[m.name] = m.node
		}
	}
	return next
}

func (t *pathTree) elementNode(node int32, index int) int32 {
	for _, e := range t.nodes[node].elements {
		if e.index == index {
			return e.node
		}
	}
	next := t.newNode()
	n := &t.nodes[node]
	n.elements = append(n.elements, pathElement{index, next})
	return next
}

// member returns the node of a member, whose key is decoded.
func (t *pathTree) member(node int32, key []byte) int32 {
	if node < 0 {
		return -1
	}
	n := &t.nodes[node]
	if n.byName != nil {
		if next, ok := n.byName[string(key)]; ok {
			return next
		}
		return n.anyName
	}
	for i := range n.members {
		if m := &n.members[i]; len(m.name) == len(key) && m.name == string(key) {
			return m.node
		}
	}
	return n.anyName
}

// element returns the node of an element of an array.
func (t *pathTree) element(node int32, index int) int32 {
	if node < 0 {
		return -1
	}
	n := &t.nodes[node]
	for i := range n.elements {
		if n.elements[i].index == index {
			return n.elements[i].node
		}
	}
	return n.anyIndex
}

// leaf returns what stands at the end of a path, or -1.
func (t *pathTree) leaf(node int32) int32 {
	if node < 0 || len(t.nodes) == 0 || len(t.nodes[node].leaves) == 0 {
		return -1
	}
	return t.nodes[node].leaves[0]
}

// leaves returns all that stands at the end of paths that lead here.
func (t *pathTree) leaves(node int32) []int32 {
	if node < 0 {
		return nil
	}
	return t.nodes[node].leaves
}

// overlay lets exact steps lead to all that the wildcards beside them lead to. It is called once, when all paths are in.
func (t *pathTree) overlay() error {
	t.root()
	for node := int32(0); node < int32(len(t.nodes)); node++ {
		if len(t.nodes) > maxPathNodes {
			return errPathMany
		}
		n := t.nodes[node]
		for _, m := range n.members {
			t.merge(m.node, n.anyName)
		}
		for _, e := range n.elements {
			t.merge(e.node, n.anyIndex)
		}
	}
	return nil
}

// merge lets node lead to all that from leads to.
func (t *pathTree) merge(node, from int32) {
	if from < 0 || len(t.nodes) > maxPathNodes {
		return
	}
	f := t.nodes[from]
	t.nodes[node].leaves = append(t.nodes[node].leaves, f.leaves...)
	for _, m := range f.members {
		t.merge(t.memberNode(node, m.name), m.node)
	}
	for _, e := range f.elements {
		t.merge(t.elementNode(node, e.index), e.node)
	}
	if f.anyName >= 0 {
		t.merge(t.anyMember(node), f.anyName)
	}
	if f.anyIndex >= 0 {
		t.merge(t.anyElement(node), f.anyIndex)
	}
}
