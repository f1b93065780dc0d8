package main

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"
)

// cut is what becomes of a number that begins with a prefix: literal, then the digits [from,to), then those from end on.
type cut struct {
	literal       string
	from, to, end uint8
}

// cuts numbers the cuts of all prefixes. Cut 0 is that there is none.
type cuts struct{ list []cut }

func (c *cuts) id(k cut) (uint16, error) {
	i := slices.Index(c.list, k)
	if i < 0 {
		i = len(c.list)
		c.list = append(c.list, k)
	}
	if i > 0xff {
		return 0, fmt.Errorf("more than 255 ways to cut a prefix")
	}
	return uint16(i), nil
}

// The label of a prefix automaton: the cut of a match that ends here, and above it the cut if the digits end here too.
const endShift = 8

// transform is what replaces a prefix: literal and then the digits of a group.
type transform struct {
	literal string
	group   int // 0: none
}

func parseTransform(rule string) (transform, error) {
	if rule == "" {
		return transform{}, nil
	}
	literal, group, ok := strings.Cut(rule, "$")
	if !ok || len(group) != 1 || group[0] < '1' || group[0] > '9' || strings.Trim(literal, "0123456789") != "" {
		return transform{}, fmt.Errorf("transform rule %q: not digits and one group", rule)
	}
	return transform{literal, int(group[0] - '0')}, nil
}

// thread is a way through an expression, with the places where its groups began and ended, or -1.
type thread struct {
	pc     uint32
	groups [8]int8
}

// prefixes builds the automaton of a prefix: of several ways to match it takes the one that Go's regexp takes. It holds
// the threads of a place in the order of their priority, as that decides and not the length of a match.
type prefixes struct {
	prog *syntax.Prog
	rule transform
	last int // the last group
	cuts *cuts
	err  error
}

// prefixAutomaton builds the automaton of an expression for prefixes. None is the dead state alone.
func prefixAutomaton(pattern, rule string, cuts *cuts) (*automaton, error) {
	if pattern == "" {
		return &automaton{states: make([]state, 1)}, nil
	}
	prog, err := compile("^(?:" + pattern + ")")
	if err != nil {
		return nil, err
	}
	p := &prefixes{prog: prog, last: prog.NumCap/2 - 1, cuts: cuts}
	if p.rule, err = parseTransform(rule); err != nil {
		return nil, err
	}
	if p.last > 3 || p.rule.group > p.last {
		return nil, fmt.Errorf("prefix %q: more groups than expected", pattern)
	}
	a := p.build()
	return a.minimal(), p.err
}

func (p *prefixes) build() *automaton {
	out := &automaton{states: make([]state, 1), root: 1}
	ids := map[string]int32{}
	var places [][]thread
	var positions []int
	add := func(kernel []thread, pos int) int32 {
		key := fmt.Sprint(pos, kernel)
		if id, ok := ids[key]; ok {
			return id
		}
		if len(kernel) == 0 {
			return dead
		}
		id := int32(len(out.states))
		ids[key] = id
		here, matched := p.closure(kernel, pos, false)
		places, positions = append(places, here), append(positions, pos)
		_, ended := p.closure(kernel, pos, true)
		out.states = append(out.states, state{label: p.cut(matched, pos) | p.cut(ended, pos)<<endShift})
		return id
	}
	var start thread
	start.pc = uint32(p.prog.Start)
	for i := range start.groups {
		start.groups[i] = -1
	}
	add([]thread{start}, 0)
	for s := 1; s < len(out.states); s++ {
		if positions[s-1] > 2*maxNational {
			p.err = fmt.Errorf("a prefix has no longest match")
			return out
		}
		for d := range 10 {
			out.states[s].next[d] = add(p.step(places[s-1], rune('0'+d)), positions[s-1]+1)
		}
	}
	return out
}

func (p *prefixes) step(threads []thread, digit rune) []thread {
	var next []thread
	for _, t := range threads {
		if in := &p.prog.Inst[t.pc]; in.MatchRune(digit) {
			t.pc = in.Out
			next = append(next, t)
		}
	}
	return next
}

// closure follows what reads no digit, in the order of priority, up to a match, which ends all that come after it.
func (p *prefixes) closure(kernel []thread, pos int, end bool) (threads []thread, match *thread) {
	seen := map[uint32]bool{}
	var visit func(pc uint32, groups [8]int8)
	visit = func(pc uint32, groups [8]int8) {
		if seen[pc] || match != nil {
			return
		}
		seen[pc] = true
		switch in := &p.prog.Inst[pc]; in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			visit(in.Out, groups)
			visit(in.Arg, groups)
		case syntax.InstCapture:
			groups[in.Arg] = int8(pos)
			visit(in.Out, groups)
		case syntax.InstNop:
			visit(in.Out, groups)
		case syntax.InstEmptyWidth:
			op := syntax.EmptyOp(in.Arg)
			if (op&syntax.EmptyBeginText == 0 || pos == 0) && (op&syntax.EmptyEndText == 0 || end) {
				visit(in.Out, groups)
			}
		case syntax.InstMatch:
			match = &thread{pc, groups}
		case syntax.InstFail:
		default:
			threads = append(threads, thread{pc, groups})
		}
	}
	for _, t := range kernel {
		visit(t.pc, t.groups)
	}
	return threads, match
}

// cut returns the number of what a match that ends at pos does. The library transforms if the last group has matched, and
// strips the whole match otherwise.
func (p *prefixes) cut(match *thread, pos int) uint16 {
	if match == nil {
		return 0
	}
	k := cut{end: uint8(pos)}
	if p.rule.group != 0 && match.groups[2*p.last] >= 0 {
		k.literal = p.rule.literal
		if from := match.groups[2*p.rule.group]; from >= 0 {
			k.from, k.to = uint8(from), uint8(match.groups[2*p.rule.group+1])
		}
	}
	id, err := p.cuts.id(k)
	if err != nil {
		p.err = err
	}
	return id
}
