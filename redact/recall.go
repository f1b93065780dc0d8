package redact

// The names that a run remembers: how many, and of how many bytes.
const (
	recalledNames   = 64 // a power of two
	maxRecalledName = 24
)

// recalledName is what a dictionary says of a name. A body has the names that the one before it had. Only names of letters are
// remembered, in which there can be no finding.
type recalledName struct {
	names *dictionary
	field *field
	n     uint8
	name  [maxRecalledName]byte
}

// recall returns the field of a name as it is written, on which neither a surface's own rules nor the object around it have a
// say. It sets r.name only so far that it is known to be clean. It reports false if it does not remember the name.
func (r *run) recall(names *dictionary, raw []byte, within *field) (f *field, ok bool) {
	if len(r.s.overrides) > 0 || within != nil && len(within.children) > 0 || len(raw) > maxRecalledName || len(raw) == 0 {
		return nil, false
	}
	k := &r.names[nameSlot(raw)%recalledNames]
	if k.names != names || string(k.name[:k.n]) != string(raw) {
		return nil, false
	}
	r.name.n, r.name.m, r.name.clean, r.name.digits = 0, 0, true, false
	return k.field, true
}

// remember keeps the field of the name that was set last, and is written as raw, if that can be recalled.
func (r *run) remember(names *dictionary, raw []byte, within, f *field) {
	if names == nil || !r.name.clean || within != nil && len(within.children) > 0 || len(raw) > maxRecalledName || isReplacement(raw) {
		return
	}
	k := &r.names[nameSlot(raw)%recalledNames]
	k.names, k.field, k.n = names, f, uint8(copy(k.name[:], raw))
}
