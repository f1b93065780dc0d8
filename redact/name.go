package redact

import "errors"

// maxName bounds a name, which becomes a metric label and a member of every log line.
const maxName = 63

var errName = errors.New("redact: a name is 1 to 63 of a-z, 0-9 and -")

// Name is a name out of the configuration: of a listener, route, connector, surface or key. It is the only text besides
// constants that may enter telemetry unmasked, because no traffic can make one. The zero Name is empty.
type Name struct{ s string }

// ParseName returns the name s, which must match [a-z0-9-]+ and be at most 63 bytes long. Give it configuration only,
// never traffic.
func ParseName(s string) (Name, error) {
	if s == "" || len(s) > maxName {
		return Name{}, errName
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return Name{}, errName
		}
	}
	return Name{s}, nil
}

// String returns the name's text.
func (n Name) String() string { return n.s }
