package main

import (
	"fmt"

	"github.com/nyaruka/phonenumbers/v2/metadata"
)

// maxNational is the longest national number that the library reads.
const maxNational = 17

// The label of a national number: its type in the lowest bits, whether the general pattern of the plan matches it (whatever
// its length), and its region as a place in the list of regions of its calling code, from 1.
const (
	generalBit  = 1 << 4
	regionShift = 5
)

// typed is the pattern of one type of number, and the lengths that the type is bound to beyond those of the plan.
type typed struct {
	pattern *automaton
	lengths uint32 // a set of bits; all ones if the type names none
}

func (t *typed) accepts(s int32, length int) bool {
	return t.pattern.states[s].label == 1 && t.lengths>>length&1 == 1
}

// In the order in which the library tries them. The numbers of the types are numbering's.
const (
	general = iota
	premiumRate
	tollFree
	sharedCost
	voip
	personalNumber
	pager
	uan
	voicemail
	fixedLine
	mobile
	patterns
)

// typeOf has the number of the type of each pattern that decides by itself.
var typeOf = [patterns]uint16{
	premiumRate: 5, tollFree: 4, sharedCost: 6, voip: 7, personalNumber: 8, pager: 9, uan: 10, voicemail: 11,
}

const (
	typeFixedLine         = 1
	typeMobile            = 2
	typeFixedLineOrMobile = 3
)

// plan is the numbering plan of one region, or of one calling code that belongs to none.
type plan struct {
	meta    *metadata.PhoneMetadata
	types   [patterns]typed
	same    bool // fixed lines and mobiles share one pattern
	leading *automaton
	numbers *automaton // labels without a region
}

func newPlan(meta *metadata.PhoneMetadata) (*plan, error) {
	p := &plan{meta: meta, same: meta.GetSameMobileAndFixedLinePattern()}
	for i, desc := range [patterns]*metadata.PhoneNumberDesc{
		general: meta.GeneralDesc, premiumRate: meta.PremiumRate, tollFree: meta.TollFree, sharedCost: meta.SharedCost,
		voip: meta.Voip, personalNumber: meta.PersonalNumber, pager: meta.Pager, uan: meta.Uan, voicemail: meta.Voicemail,
		fixedLine: meta.FixedLine, mobile: meta.Mobile,
	} {
		pattern, err := matcher(desc.GetNationalNumberPattern(), false)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", meta.GetId(), err)
		}
		p.types[i] = typed{pattern, lengthSet(desc.PossibleLength)}
	}
	if meta.GeneralDesc.GetNationalNumberPattern() == "" || len(meta.GeneralDesc.PossibleLength) == 0 {
		return nil, fmt.Errorf("%s: no general description", meta.GetId())
	}
	if lead := meta.GetLeadingDigits(); lead != "" {
		a, err := matcher(lead, true)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", meta.GetId(), err)
		}
		p.leading = a
	}
	p.numbers = explore(&planWalk{p}).minimal()
	return p, nil
}

// lengthSet returns lengths as a set of bits. No lengths are no bound; the metadata says -1 for a type that has no numbers.
func lengthSet(lengths []int32) uint32 {
	if len(lengths) == 0 {
		return ^uint32(0)
	}
	var set uint32
	for _, n := range lengths {
		if n >= 0 {
			set |= 1 << n
		}
	}
	return set
}

// walk is an automaton that is not written out: a place in it is a short list of numbers, and explore finds those that
// can be reached.
type walk interface {
	start() []int32
	step(at []int32, digit int) []int32 // nil is the dead state
	label(at []int32) uint16
}

func explore(w walk) *automaton {
	out := &automaton{states: make([]state, 1)}
	ids := map[string]int32{}
	places := [][]int32{nil}
	add := func(at []int32) int32 {
		if at == nil {
			return dead
		}
		key := fmt.Sprint(at)
		id, ok := ids[key]
		if !ok {
			id = int32(len(places))
			ids[key] = id
			places = append(places, at)
			out.states = append(out.states, state{label: w.label(at)})
		}
		return id
	}
	out.root = add(w.start())
	for s := 1; s < len(places); s++ {
		for d := range 10 {
			out.states[s].next[d] = add(w.step(places[s], d))
		}
	}
	return out
}

// planWalk reads a national number by all patterns of a plan at once. A place is a state of each pattern, and how many
// digits were read, up to one more than a number may have.
type planWalk struct{ *plan }

func (w *planWalk) start() []int32 {
	at := make([]int32, patterns+1)
	for i := range w.types {
		at[i] = w.types[i].pattern.root
	}
	return at
}

func (w *planWalk) step(at []int32, digit int) []int32 {
	if at[general] == dead {
		return nil // what the general pattern refuses is of no type
	}
	next := make([]int32, patterns+1)
	for i := range w.types {
		next[i] = w.types[i].pattern.states[at[i]].next[digit]
	}
	next[patterns] = min(at[patterns]+1, maxNational+1)
	return next
}

func (w *planWalk) label(at []int32) uint16 {
	var label uint16
	if w.types[general].pattern.states[at[general]].label == 1 {
		label = generalBit
	}
	length := int(at[patterns])
	accepts := func(i int) bool { return w.types[i].accepts(at[i], length) }
	if length > maxNational || !accepts(general) {
		return label
	}
	for i := premiumRate; i <= voicemail; i++ {
		if accepts(i) {
			return label | typeOf[i]
		}
	}
	switch fixed := accepts(fixedLine); {
	case fixed && (w.same || accepts(mobile)):
		return label | typeFixedLineOrMobile
	case fixed:
		return label | typeFixedLine
	case !w.same && accepts(mobile):
		return label | typeMobile
	}
	return label
}

// codeWalk reads a national number by the plans of all regions that share a calling code. A place is a state of each
// plan, then a state of each plan's leading digits.
type codeWalk []*plan

func (w codeWalk) start() []int32 {
	at := make([]int32, 2*len(w))
	for i, p := range w {
		at[i] = p.numbers.root
		if p.leading != nil {
			at[len(w)+i] = p.leading.root
		}
	}
	return at
}

func (w codeWalk) step(at []int32, digit int) []int32 {
	next := make([]int32, 2*len(w))
	for i, p := range w {
		next[i] = p.numbers.states[at[i]].next[digit]
		if p.leading != nil {
			next[len(w)+i] = p.leading.states[at[len(w)+i]].next[digit]
		}
	}
	return next
}

// label takes the first region in the order of the calling code: by its leading digits if it has any, whatever follows
// them, and else by a valid number.
func (w codeWalk) label(at []int32) uint16 {
	for i, p := range w {
		label := p.numbers.states[at[i]].label &^ generalBit
		if p.leading == nil && label != 0 ||
			p.leading != nil && p.leading.states[at[len(w)+i]].label == 1 {
			return label | uint16(i+1)<<regionShift
		}
	}
	return 0
}
