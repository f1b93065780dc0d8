package redact

import "github.com/piiproxy/piiproxy/redact/internal/walk"

// JSONCursor steps through one JSON document for those who read it before they mask parts of it. It is as strict as
// everything here that reads JSON: what two readers could understand in two ways is refused.
type JSONCursor = walk.JSON

// JSONLimits bounds what a [JSONCursor] walks.
type JSONLimits = walk.Limits

// JSONEvent is what a step of a [JSONCursor] found.
type JSONEvent = walk.Event

// The events of a [JSONCursor].
const (
	JSONEnd         = walk.End
	JSONObjectBegin = walk.ObjectBegin
	JSONObjectEnd   = walk.ObjectEnd
	JSONArrayBegin  = walk.ArrayBegin
	JSONArrayEnd    = walk.ArrayEnd
	JSONKey         = walk.Key
	JSONString      = walk.String
	JSONNumber      = walk.Number
	JSONLiteral     = walk.Literal
	JSONInvalid     = walk.Invalid
)

// AppendJSONUnescaped appends the text that raw, the inside of a JSON string that was walked, stands for.
func AppendJSONUnescaped(dst, raw []byte) []byte { return walk.AppendUnescaped(dst, raw) }
