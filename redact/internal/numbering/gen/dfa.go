package main

import (
	"fmt"
	"regexp/syntax"
	"slices"
)

// dead is the state from which nothing is accepted. Every automaton has it, with label 0 and all its edges to itself.
const dead = 0

// state is a state of an automaton over digits. A label says what the digits read so far are; what it means is a matter
// between who builds the automaton and who walks it.
type state struct {
	next  [10]int32
	label uint16
}

// automaton is a deterministic automaton. Several may live in one list of states, each with its own root.
type automaton struct {
	states []state
	root   int32
}

// matcher builds the automaton that labels with 1 the strings that a regular expression matches: whole strings, or, if
// prefix is set, strings that begin with a match.
func matcher(pattern string, prefix bool) (*automaton, error) {
	expr := "^(?:" + pattern + ")$"
	if prefix {
		expr = "^(?:" + pattern + ")"
	}
	prog, err := compile(expr)
	if err != nil {
		return nil, err
	}
	b := subsets{prog: prog, prefix: prefix, ids: map[string]int32{}}
	b.out.states = make([]state, 1)
	b.out.root = b.add(b.closure([]uint32{uint32(prog.Start)}, true))
	for s := 1; s < len(b.out.states); s++ {
		for d := range 10 {
			b.out.states[s].next[d] = b.add(b.step(b.sets[s-1], rune('0'+d)))
		}
	}
	return b.out.minimal(), nil
}

func compile(expr string) (*syntax.Prog, error) {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("pattern of the metadata: %w", err)
	}
	return syntax.Compile(re.Simplify())
}

// subsets is the subset construction over a compiled expression. A set of instructions is its sorted closure.
type subsets struct {
	prog   *syntax.Prog
	prefix bool
	out    automaton
	sets   [][]uint32 // of state i+1
	ids    map[string]int32
}

func (b *subsets) add(set []uint32) int32 {
	if len(set) == 0 {
		return dead
	}
	key := fmt.Sprint(set)
	if id, ok := b.ids[key]; ok {
		return id
	}
	id := int32(len(b.out.states))
	b.ids[key] = id
	b.sets = append(b.sets, set)
	b.out.states = append(b.out.states, state{label: b.label(set)})
	return id
}

func (b *subsets) label(set []uint32) uint16 {
	for _, pc := range set {
		if b.prog.Inst[pc].Op == syntax.InstMatch {
			return 1
		}
	}
	return 0
}

func (b *subsets) step(set []uint32, digit rune) []uint32 {
	var next []uint32
	for _, pc := range set {
		switch in := &b.prog.Inst[pc]; {
		case in.Op == syntax.InstMatch && b.prefix:
			next = append(next, pc) // once a prefix has matched, all that follows it is accepted
		case in.Op == syntax.InstMatch:
		case in.MatchRune(digit):
			next = append(next, in.Out)
		}
	}
	return b.closure(next, false)
}

// closure follows what reads no digit. The end of the text is crossed wherever it is asked for: behind it there is only the
// match, which labels the strings that end here and reads no further digit.
func (b *subsets) closure(pcs []uint32, begin bool) []uint32 {
	seen := map[uint32]bool{}
	var set []uint32
	var visit func(pc uint32)
	visit = func(pc uint32) {
		if seen[pc] {
			return
		}
		seen[pc] = true
		switch in := &b.prog.Inst[pc]; in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			visit(in.Out)
			visit(in.Arg)
		case syntax.InstCapture, syntax.InstNop:
			visit(in.Out)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(in.Arg)&syntax.EmptyBeginText == 0 || begin {
				visit(in.Out)
			}
		case syntax.InstFail:
		default:
			set = append(set, pc)
		}
	}
	for _, pc := range pcs {
		visit(pc)
	}
	slices.Sort(set)
	return set
}

// minimal returns the smallest automaton that gives every string the same label.
func (a *automaton) minimal() *automaton {
	class, n := classes(a.states)
	out := &automaton{states: make([]state, n), root: class[a.root]}
	for s := range a.states {
		to := &out.states[class[s]]
		to.label = a.states[s].label
		for d, next := range a.states[s].next {
			to.next[d] = class[next]
		}
	}
	return out
}

// classes partitions states into those that no string tells apart, by refining until nothing changes. The class of the
// dead state is 0, and classes are numbered in the order of their first states, so that the outcome is reproducible.
func classes(states []state) (class []int32, n int) {
	class = make([]int32, len(states))
	for {
		ids := make(map[[11]int32]int32, n)
		next := make([]int32, len(states))
		for s := range states {
			key := [11]int32{10: int32(states[s].label)}
			if n > 0 {
				key[10] = class[s] // which knows the label already
			}
			for d, to := range states[s].next {
				key[d] = class[to]
			}
			id, ok := ids[key]
			if !ok {
				id = int32(len(ids))
				ids[key] = id
			}
			next[s] = id
		}
		if len(ids) == n {
			return next, n
		}
		class, n = next, len(ids)
	}
}

// collect puts automata into one list of states without what they have in common twice, and returns their new roots.
func collect(all []*automaton) (states []state, roots []int32) {
	states = make([]state, 1)
	for _, a := range all {
		shift := int32(len(states)) - 1
		for _, s := range a.states[1:] {
			for d := range s.next {
				if s.next[d] != dead {
					s.next[d] += shift
				}
			}
			states = append(states, s)
		}
		roots = append(roots, a.root+shift)
		if a.root == dead {
			roots[len(roots)-1] = dead
		}
	}
	united := &automaton{states: states}
	class, _ := classes(states)
	for i, r := range roots {
		roots[i] = class[r]
	}
	return united.minimal().states, roots
}
