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
	at := nameSlot(raw) % recalledNames
	k := &r.names[at]
	if !k.is(names, raw) {
		if k = &r.names[at^1]; !k.is(names, raw) {
			return nil
		}
	}
	r.name.n, r.name.m, r.name.clean, r.name.digits = 0, 0, true, false
	return k
}

func (k *recalledName) is(names *dictionary, raw []byte) bool {
	return k.names == names && string(k.name[:k.n]) == string(raw)
}

// remember keeps what the name says that was set last, and is written as raw, if that can be recalled. Two names of a body may have
// the same place: what was there moves to the one beside it.
func (r *run) remember(names *dictionary, raw []byte, within, f *field) {
	if names == nil || !r.name.clean || within != nil && len(within.children) > 0 || len(raw) > maxRecalledName || isReplacement(raw) {
		return
	}
	at := nameSlot(raw) % recalledNames
	k := &r.names[at]
	r.names[at^1] = *k
	k.names, k.field, k.key, k.n = names, f, phoneKey(raw), uint8(copy(k.name[:], raw))
}

// recalledMember is the place of the value of a member. Like recalledName it holds only names of letters.
type recalledMember struct {
	fields *Fields
	around *field // the tag of the object
	within *field
	next   *recalledMember // that came behind it
	spot   spot
	outer  int32 // the object's node in the route's paths
	node   int32
	role   role
	n      uint8
	quoted [maxRecalledMember + 2]byte // the name with its quotes
}

const maxRecalledMember = 21

func (k *recalledMember) key() []byte { return k.quoted[:k.n] }

// memberSlot returns where the place of a member of that name is remembered, or nil if more than the object's own place has a say in it.
func (r *run) memberSlot(raw []byte, outer *place) *recalledMember {
	if len(raw) > maxRecalledMember || len(raw) == 0 || !r.ownPlace(outer) {
		return nil
	}
	at := nameSlot(raw) % recalledNames
	if k := &r.members[at]; k.fields != r.f || k.isNamed(raw) {
		return k
	}
	return &r.members[at^1] // two names of a document may have one place
}

func (k *recalledMember) isNamed(raw []byte) bool { return string(k.key()[1:k.n-1]) == string(raw) }

// ownPlace reports whether the place of an object is all that has a say in those of its members.
func (r *run) ownPlace(outer *place) bool {
	return len(r.s.overrides) == 0 && (outer.within == nil || len(outer.within.children) == 0)
}

// nextRecalled walks to the next key if it is the one that stood there in a document before, and puts the place of its value into
// pending. Else it does nothing and reports false.
func (r *run) nextRecalled() bool {
	k := r.member.next
	if k == nil || len(r.stack) == 0 {
		return false
	}
	outer := &r.stack[len(r.stack)-1].place
	if !k.standsIn(r.f, outer) || !r.ownPlace(outer) || !r.json.NextKey(k.key()) {
		return false
	}
	r.recalled(k)
	return true
}

// standsIn reports whether k is of a member of that object.
func (k *recalledMember) standsIn(f *Fields, outer *place) bool {
	return k.fields == f && k.outer == outer.node && k.around == outer.f
}

// recallMember puts the place of the value into pending if k holds that of a member of that name, and reports whether it does.
func (r *run) recallMember(k *recalledMember, raw []byte, outer *place) bool {
	if k == nil || !k.standsIn(r.f, outer) || !k.isNamed(raw) {
		return false
	}
	r.recalled(k)
	return true
}

// recalled puts what k holds into pending. It sets r.name only so far that it is known to be clean.
func (r *run) recalled(k *recalledMember) {
	r.name.n, r.name.m, r.name.clean, r.name.digits = 0, 0, true, false
	p := &r.pending
	p.spot, p.node, p.role, p.within, p.nameStart, p.nameEnd = k.spot, k.node, k.role, k.within, 0, 0
	r.member.next, r.member = k, k
}

// rememberMember keeps the pending place, which is that of a member of the name that was set last, and is written as raw.
func (r *run) rememberMember(k *recalledMember, raw []byte, outer *place) {
	if k == nil || !r.name.clean || isReplacement(raw) {
		return
	}
	p := &r.pending
	k.fields, k.around, k.within, k.spot, k.outer, k.node, k.role = r.f, outer.f, p.within, p.spot, outer.node, p.node, p.role
	k.n = uint8(1 + copy(k.quoted[1:], raw) + 1)
	k.quoted[0], k.quoted[k.n-1] = '"', '"'
	if p.nameEnd > 0 {
		k.spot.key = phoneKey(raw)
	}
	r.member.next, r.member = k, k
}
