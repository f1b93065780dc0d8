package redact

// Fields is the compiled tags of one route: the fields that it names, and the dictionary for those it does not. It is
// immutable and safe for concurrent use.
type Fields struct{}
