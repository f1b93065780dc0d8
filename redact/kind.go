package redact

import "math/bits"

// Kind is a class of personal data. Detectors confirm [KindPhone], [KindEmail] and [KindIP] in text; the other kinds are
// known only by the field that holds them. The zero Kind means that nothing is known.
type Kind uint8

// The kinds of personal data.
const (
	KindNone     Kind = iota
	KindPhone         // a telephone number
	KindEmail         // an e-mail address
	KindIP            // an IP address or prefix
	KindName          // a person's name
	KindText          // a message text or what is filled into it
	KindSecret        // a one-time code, credential, token or cookie
	KindLocation      // where a person is
	KindID            // an identifier of a person or a device, such as an IMSI
	numKinds
)

var kindNames = [numKinds]string{"none", "phone", "email", "ip", "name", "text", "secret", "location", "id"}

// String returns the word for k that configuration, logs and metrics use.
func (k Kind) String() string {
	if k >= numKinds {
		return "none"
	}
	return kindNames[k]
}

// ParseKind returns the kind that a configuration calls name.
func ParseKind(name string) (Kind, bool) {
	for k := KindPhone; k < numKinds; k++ {
		if kindNames[k] == name {
			return k, true
		}
	}
	return KindNone, false
}

// Kinds returns every kind, for building tables and metrics.
func Kinds() []Kind {
	all := make([]Kind, 0, numKinds-1)
	for k := KindPhone; k < numKinds; k++ {
		all = append(all, k)
	}
	return all
}

// KindSet is a set of kinds. The zero KindSet is empty.
type KindSet uint16

// With returns the set with k added.
func (s KindSet) With(k Kind) KindSet { return s | 1<<k&^1 }

// Has reports whether k is in the set.
func (s KindSet) Has(k Kind) bool { return k != KindNone && s>>k&1 == 1 }

// Len returns how many kinds are in the set.
func (s KindSet) Len() int { return bits.OnesCount16(uint16(s)) }

// Subject says whose data a field holds. The zero Subject is the end user, whose data is protected most.
type Subject uint8

// The subjects.
const (
	EndUser Subject = iota // a person whom the customer writes to, or who writes to the customer
	Account                // the customer: its sender numbers, its servers
)

// String returns the word for s that configuration uses.
func (s Subject) String() string {
	if s == Account {
		return "account"
	}
	return "end_user"
}

// ParseSubject returns the subject that a configuration calls name.
func ParseSubject(name string) (Subject, bool) {
	switch name {
	case "end_user":
		return EndUser, true
	case "account":
		return Account, true
	}
	return EndUser, false
}

// Tag is what a field of a route is: which kind of data it holds, and whose. The zero Tag knows nothing: its field is
// scanned.
type Tag struct {
	Kind    Kind
	Subject Subject
}
