package numbering

import _ "embed"

// automaton is the table of states. A state is its label and its ten edges, sixteen bits each, the lowest byte first. State
// 0 is dead: its label is 0, and its edges lead to itself.
//
//go:embed automaton.bin
var automaton string

// stride is the size of a state in bytes.
const stride = 2 * (1 + 10)

// The label of a national number: its type, whether the general pattern of the region matches (in the automata of single
// regions), and its region as a place in the list of its calling code, from 1 (in the automata of calling codes that
// regions share).
const (
	typeMask    = 1<<4 - 1
	generalBit  = 1 << 4
	regionShift = 5
)

// The label of a prefix: the cut of a match that ends here, and above it the cut if the digits end here as well.
const (
	cutMask  = 1<<8 - 1
	endShift = 8
)

func field(state, i int) uint16 {
	at := state*stride + 2*i
	return uint16(automaton[at]) | uint16(automaton[at+1])<<8
}

// label returns the label of a state.
func label(state int) uint16 { return field(state, 0) }

// next returns the state that a digit leads to, and the dead one for any other byte.
func next(state int, digit byte) int {
	d := digit - '0'
	if d > 9 {
		return 0
	}
	return int(field(state, 1+int(d)))
}

// labelOf walks digits from root and returns the label of the state that it comes to.
func labelOf(root uint16, digits []byte) uint16 {
	state := int(root)
	for _, d := range digits {
		if state = next(state, d); state == 0 {
			return 0
		}
	}
	return label(state)
}

// cutOf walks digits from the root of a prefix and returns the number of the cut to make, or 0. Where several prefixes match
// the one that the automaton still knows of last is the one that the library prefers.
func cutOf(root uint16, digits []byte) (cut uint16) {
	state := int(root)
	for _, d := range digits {
		if here := label(state) & cutMask; here != 0 {
			cut = here
		}
		if state = next(state, d); state == 0 {
			return cut
		}
	}
	if end := label(state) >> endShift; end != 0 {
		return end
	}
	return cut
}
