package redact

// Tally counts what was found and what was done about it, by kind and action. The zero Tally is ready for use. It is not
// safe for concurrent use.
type Tally struct {
	n     [numKinds][numActions]uint32
	all   uint32  // the sum of n
	kinds KindSet // that were counted
}

// Add counts one finding or tagged field of kind k to which action a was applied.
func (t *Tally) Add(k Kind, a Action) {
	if k < numKinds && a < numActions {
		t.n[k][a]++
		t.all++
		t.kinds = t.kinds.With(k)
	}
}

// add counts n of them.
func (t *Tally) add(k Kind, a Action, n uint32) {
	if n > 0 {
		t.Add(k, a)
		t.n[k][a] += n - 1
		t.all += n - 1
	}
}

// Count returns how often action a was applied to kind k.
func (t *Tally) Count(k Kind, a Action) uint32 {
	if k >= numKinds || a >= numActions {
		return 0
	}
	return t.n[k][a]
}

// Kinds returns the kinds that were found.
func (t *Tally) Kinds() KindSet { return t.kinds }

// Reset empties the tally.
func (t *Tally) Reset() { *t = Tally{} }

// Merge adds the counts of o to t.
func (t *Tally) Merge(o *Tally) {
	for k := range t.n {
		for a := range t.n[k] {
			t.n[k][a] += o.n[k][a]
		}
	}
	t.all += o.all
	t.kinds |= o.kinds
}

// copied returns a copy of t, which may be nil.
func (t *Tally) copied() Tally {
	if t == nil {
		return Tally{}
	}
	return *t
}

// restore takes back what was counted since before was copied. t may be nil.
func (t *Tally) restore(before *Tally) {
	if t != nil {
		*t = *before
	}
}
