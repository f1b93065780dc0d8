package redact

// Policy is a compiled [Spec]. It is immutable and safe for concurrent use.
type Policy struct{}

// Compile checks spec and turns it into a Policy. keys may be nil if no rule needs a key. The error joins every problem;
// each is a [*Problem].
func Compile(spec Spec, keys *Keyring) (*Policy, error) { return &Policy{}, nil }

// Surface returns the surface of that name.
func (p *Policy) Surface(name string) (*Surface, error) { return nil, nil }

// Projection returns the projection of the connector of that name.
func (p *Policy) Projection(name string) (*Projection, error) { return nil, nil }

// Fields returns the tags of the route of that name; of a route that names none, those of the dictionary.
func (p *Policy) Fields(route string) *Fields { return nil }

// Problem is one thing wrong with a Spec. It never holds a secret.
type Problem struct {
	Path string // where in the Spec, such as `projections.kannel.request.query[2].json`
	What string
	Hint string // what to write instead, if known
}

// Error returns the place and what is wrong there.
func (p *Problem) Error() string { return "redact: " + p.Path + ": " + p.What }
