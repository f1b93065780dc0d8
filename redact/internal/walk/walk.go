// Package walk steps through the members of JSON, form, logfmt and multipart documents without decoding them: its cursors
// say where keys and values stand. It knows no personal data.
//
// Every cursor is a struct on its caller's stack with a Reset and a Next method. It keeps the bytes that it was given
// until the next Reset, never writes to them, and allocates nothing (an error, once, when it is asked for). Offsets count
// bytes from the start of what Reset was given.
//
// [JSON] is strict: it takes what RFC 8259 allows, in UTF-8, and nothing else, because two parsers that mend a document
// mend it differently, and a field could pass between them. [Multipart] is strict for the same reason. [Pairs] and [Logfmt]
// have no grammar that an input could break: they take every input and say what they find.
package walk

import "strconv"

// Class is what is wrong with a document.
type Class uint8

// The classes.
const (
	Syntax    Class = iota + 1 // a byte that the grammar does not have there
	Truncated                  // the document ends too early
	Encoding                   // invalid UTF-8, a bare control character, or half of a surrogate pair
	TooDeep                    // more open containers than the limit
	TooMany                    // more values than the limit
)

var classNames = [...]string{Syntax: "syntax", Truncated: "truncated", Encoding: "encoding", TooDeep: "too deep", TooMany: "too many values"}

// String returns the word for c.
func (c Class) String() string {
	if c == 0 || int(c) >= len(classNames) {
		return "unknown"
	}
	return classNames[c]
}

// Error says what is wrong with a document and where, never with what.
type Error struct {
	Class  Class
	Offset int // of the first byte that is wrong
}

// Error returns the class and the offset.
func (e *Error) Error() string {
	return "walk: " + e.Class.String() + " at byte " + strconv.Itoa(e.Offset)
}
