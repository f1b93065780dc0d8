package redact

import (
	"cmp"
	"strings"
)

// Fields is the compiled tags of one route: the fields that it names, and the dictionary for those it does not. It is
// immutable and safe for concurrent use.
type Fields struct {
	tree    pathTree // JSON paths; its leaves are indexes into byPath
	byPath  []*field
	form    map[string]*field // by normalised name
	query   map[string]*field
	path    map[string]*field
	header  map[string]*field
	names   *dictionary // nil: only what the route names
	headers *dictionary

	scanAgent bool // of User-Agent nobody says what is in it
}

// at returns the field at the end of a JSON path, or nil.
func (f *Fields) at(node int32) *field {
	if leaf := f.tree.leaf(node); leaf >= 0 {
		return f.byPath[leaf]
	}
	return nil
}

// root returns the node of a whole document.
func (f *Fields) root() int32 {
	if len(f.tree.nodes) == 0 {
		return -1
	}
	return 0
}

// compileFields compiles the fields that the route named route names.
func compileFields(spec FieldsSpec, dicts *[numDictionaries]*dictionary, route string, report func(place, what, hint string)) *Fields {
	f := &Fields{
		form: make(map[string]*field), query: make(map[string]*field),
		path: make(map[string]*field), header: make(map[string]*field),
	}
	f.headers = dicts[ofHeaders]
	if !spec.NoDictionary {
		f.names = dicts[outbound]
		if spec.Inbound {
			f.names = dicts[inbound]
		}
	}
	for i, s := range spec.Fields {
		place := placeOf("fields", route+".fields", i)
		tag, ok := parseTag(s.Kind, s.Subject, place, report)
		if ok {
			f.addNamed(s, tag, place, report)
		}
	}
	agent := normalName(agentName)
	f.scanAgent = f.header[agent] == nil && f.headers.lookup([]byte(agent), nil) == nil
	if len(f.byPath) > 0 {
		if err := f.tree.overlay(); err != nil {
			report("fields."+route, err.Error(), "name fewer paths with wildcards")
		}
	}
	return f
}

// addNamed adds a field that the route names in one of the places.
func (f *Fields) addNamed(s FieldSpec, tag Tag, place string, report func(place, what, hint string)) {
	var names map[string]*field
	name, places := "", 0
	for _, p := range []struct {
		name string
		in   map[string]*field
	}{{s.Form, f.form}, {s.Query, f.query}, {s.Path, f.path}, {s.Header, f.header}} {
		if p.name != "" {
			names, name, places = p.in, p.name, places+1
		}
	}
	if s.JSON != "" {
		places++
	}
	if places != 1 {
		report(place, "a field stands in exactly one place", "name one of json, form, query, path and header")
		return
	}
	if s.JSON != "" {
		member := escapedMember(strings.TrimPrefix(strings.TrimPrefix(s.JSON, "$"), "."))
		nf := (&field{tag: tag, traits: whole}).named(cmp.Or(member, "body"))
		if err := f.tree.add(s.JSON, int32(len(f.byPath))); err != nil {
			report(place+".json", err.Error(), `write it like $.to, $.flow[*].to or $["a b"]`)
			return
		}
		f.byPath = append(f.byPath, nf)
		return
	}
	nf := newField(name, tag, whole)
	if nf.norm == "" {
		report(place, "the name is empty, a number, or longer than 40 letters", "")
		return
	}
	if names[nf.norm] != nil {
		report(place, "the same field stands there twice", "names are compared without case, underscores and hyphens")
		return
	}
	names[nf.norm] = nf
}

// parseTag reads the kind and subject that a specification names.
func parseTag(kind, subject, place string, report func(place, what, hint string)) (Tag, bool) {
	var t Tag
	var ok bool
	if t.Kind, ok = ParseKind(kind); !ok {
		report(place+".kind", "unknown kind", "one of "+strings.Join(kindNames[KindPhone:], ", "))
		return t, false
	}
	if subject == "" {
		return t, true
	}
	if t.Subject, ok = ParseSubject(subject); !ok {
		report(place+".subject", "unknown subject", "end_user or account")
	}
	return t, ok
}
