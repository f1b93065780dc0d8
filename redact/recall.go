package redact

import "github.com/piiproxy/piiproxy/redact/internal/scan"

// The names that a run remembers: how many, and of how many bytes.
const (
	recalledNames   = 64 // a power of two
	maxRecalledName = 24
)

// recalledName is what a name says. A body has the names that the one before it had. Only names of letters are remembered, in
// which there can be no finding; they are compared with, and never shown.
type recalledName struct {
	names *dictionary
	field *field   // that names has; nil if none
	key   scan.Key // what the name promises a scan
	n     uint8
	name  [maxRecalledName]byte
}

// recall returns what a name says that is written as raw, on which neither a surface's own rules nor the object around it have a
// say, or nil if it is not remembered. It sets r.name only so far that it is known to be clean.
func (r *run) recall(names *dictionary, raw []byte, within *field) *recalledName {
	if len(r.s.overrides) > 0 || within != nil && len(within.children) > 0 || len(raw) > maxRecalledName || len(raw) == 0 {
		return nil
	}
	k := &r.names[nameSlot(raw)%recalledNames]
	if k.names != names || string(k.name[:k.n]) != string(raw) {
		return nil
	}
	r.name.n, r.name.m, r.name.clean, r.name.digits = 0, 0, true, false
	return k
}

// remember keeps what the name says that was set last, and is written as raw, if that can be recalled.
func (r *run) remember(names *dictionary, raw []byte, within, f *field) {
	if names == nil || !r.name.clean || within != nil && len(within.children) > 0 || len(raw) > maxRecalledName || isReplacement(raw) {
		return
	}
	k := &r.names[nameSlot(raw)%recalledNames]
	k.names, k.field, k.key, k.n = names, f, phoneKey(raw), uint8(copy(k.name[:], raw))
}
