package redact

// Keyring holds the keys of tokens: for each entity its epochs, of which the newest makes tokens. It is immutable and safe
// for concurrent use.
type Keyring struct{}
