package redact

// Spec is what an operator writes about masking and minimising. [Compile] turns it into a [Policy].
type Spec struct {
	Regions     []string                  // default regions for numbers without a calling code, such as "GR"
	Surfaces    map[string]SurfaceSpec    // by name: "log", "trace", "capture"
	Fields      map[string]FieldsSpec     // by route: the fields that the route names
	Dictionary  []DictionarySpec          // additions to and changes of the shipped dictionary
	Projections map[string]ProjectionSpec // by connector
	Entity      string                    // whose keys of the keyring make tokens; [DefaultEntity] if empty
}

// SurfaceSpec is the rules of one surface. Its zero value masks every kind.
type SurfaceSpec struct {
	Profile string            // "log" (the default) or "message", which is the default of the surface "capture"
	Kinds   map[string]string // kind to action; kinds that are not named are masked, and on the surface "capture" get surrogates
	Fields  map[string]string // field name to action, whatever its tag says
	Account string            // the action for phone, e-mail and IP fields of the account; like the end user's by default
	Client  string            // the action for the client's address: "partial" by default
}

// FieldsSpec is the tags of one route.
type FieldsSpec struct {
	Inbound      bool // the route carries what end users send: from is the end user and to is the account
	NoDictionary bool // only the named fields are tagged, all else is scanned
	Fields       []FieldSpec
}

// FieldSpec names one field of a route and says what it is. Exactly one of the places is set.
type FieldSpec struct {
	JSON, Form, Query, Path, Header string // a JSON path such as "$.flow[*].to", or a name
	Kind                            string
	Subject                         string // "end_user" by default, or "account"
}

// DictionarySpec says what a field of this name is on routes that do not name it.
type DictionarySpec struct {
	Name    string // compared without case and separators
	Kind    string // "none" takes a shipped name out
	Subject string
}

// ProjectionSpec is what one connector may receive. With Pass everything passes as it came; else Allow copies fields of
// the same shape, or Request builds another request field by field. Beside an allow-list for the body Request may still
// name the path, the headers and the query. The zero value passes nothing.
type ProjectionSpec struct {
	Pass    string // "everything", or empty
	Observe bool   // also count what Pass let through that the rules would have dropped
	Allow   []AllowSpec
	Request *RequestSpec
}

// AllowSpec is one allowed field. Exactly one of the places is set. A JSON path allows one value, not what an object or
// array there holds: a path that ends with .** does that. Elements are named by [*], so that what is left of an array keeps
// its shape; one element alone cannot be allowed, but can be a source of a Request.
type AllowSpec struct {
	JSON, Form, Query string
	Required          bool
	Destination       bool // must be one phone number: no separators
}

// RequestSpec is the outgoing request of a mapped connector.
type RequestSpec struct {
	Path    string     // the path; a whole segment may be the {name} of a Segment. If empty the path is not the projection's
	Query   []FieldMap // in this order
	Form    []FieldMap // a form body
	JSON    []FieldMap // a JSON body; To is a name, or a path such as message.to or messages[].to for an array of one
	Segment []FieldMap // values of {name} in Path
	Header  []FieldMap // headers besides those that HTTP needs, which cannot be set
}

// FieldMap fills one field of the outgoing request from exactly one source. A field whose source is not there, or is null,
// is left out. A source must be one value: a path with [*] refuses the request if it finds several, and only a path that
// ends with .** takes an object or array, which then can only become a member of a JSON body. Texts are decoded where they
// come from and encoded anew for their place; numbers and literals stay as they were written.
type FieldMap struct {
	To          string // the outgoing name
	JSON        string // a path in the incoming body
	Form        string // a field of an incoming form
	Query       string // a parameter of the incoming query
	Param       string // a parameter of the incoming path
	ID          string // a text in which {id} becomes the proxy's own opaque id of the exchange
	Const       string // this text
	Secret      []byte // this secret, never printed
	Coding      string // the JSON path, "form:NAME" or "query:NAME" of a text: Kannel's coding, 2 if it is not GSM 7 bit, else absent
	Required    bool
	Destination bool   // must be one phone number: a separator refuses the request
	When        string // a source like Coding's: only if it is there and neither false, null, 0 nor empty
	Scale       string // "minutes_to_seconds" or "seconds_to_minutes" (rounded up), for numbers
}
