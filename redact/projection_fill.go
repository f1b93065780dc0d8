package redact

import "strings"

// fill compiles where one field of the outgoing request comes from.
func (c *projectionCompiler) fill(here string, m FieldMap, at target) fill {
	f := fill{at: at, when: -1, source: -1, required: m.Required, destination: m.Destination}
	if !exactlyOne(m.JSON != "", m.Form != "", m.Query != "", m.Param != "", m.ID != "", m.Const != "", len(m.Secret) > 0, m.Coding != "") {
		c.report(here, "exactly one source is needed: json, form, query, param, id, const, secret or coding", "")
		return f
	}
	switch {
	case m.JSON != "":
		f.source, f.field = c.path(here+".json", source{field: m.JSON}), m.JSON
		c.wholes(here+".json", m, at)
	case m.Form != "":
		f.source, f.field = c.named(here+".form", source{place: formSource, name: m.Form, field: m.Form}), m.Form
	case m.Query != "":
		f.source, f.field = c.named(here+".query", source{place: querySource, name: m.Query, field: m.Query}), m.Query
	case m.Param != "":
		if _, err := ParseName(m.Param); err != nil {
			c.report(here+".param", "not a name of a parameter", "")
		}
		f.source, f.field = c.named(here+".param", source{place: paramSource, name: m.Param, field: m.Param}), m.Param
	case m.Coding != "":
		f.from, f.source, f.field = fromCoding, c.reference(here+".coding", m.Coding), m.Coding
	case m.ID != "":
		c.constant(here+".id", &f, fromID, strings.Split(m.ID, "{id}"))
		if !strings.Contains(m.ID, "{id}") {
			c.report(here+".id", "the text has no {id}", "use const for a text that is always the same")
		}
	case m.Const != "":
		c.constant(here+".const", &f, fromConst, []string{m.Const})
	default:
		c.constant(here+".secret", &f, fromConst, []string{string(m.Secret)})
	}
	if f.from != fromSource && (m.Destination || m.Scale != "" || m.Required) {
		c.report(here, "required, destination and scale are for what comes from the request", "")
	}
	if m.When != "" {
		f.when = c.reference(here+".when", m.When)
	}
	f.scale = c.scale(here+".scale", m.Scale)
	return f
}

// wholes checks that objects and arrays are copied to where they can stand.
func (c *projectionCompiler) wholes(here string, m FieldMap, at target) {
	if !strings.HasSuffix(m.JSON, ".**") {
		return
	}
	if at != intoJSON || m.Destination || m.Scale != "" {
		c.report(here, "an object or array can only become a member of a JSON body", "")
	}
}

// reference reads a source of the short form: a JSON path, form:NAME or query:NAME.
func (c *projectionCompiler) reference(here, text string) int32 {
	if strings.HasPrefix(text, "$") {
		if strings.HasSuffix(text, ".**") {
			c.report(here, "one value is wanted here", "take out .**")
		}
		return c.path(here, source{field: text})
	}
	if name, ok := strings.CutPrefix(text, "form:"); ok && name != "" {
		return c.named(here, source{place: formSource, name: name, field: name})
	}
	if name, ok := strings.CutPrefix(text, "query:"); ok && name != "" {
		return c.named(here, source{place: querySource, name: name, field: name})
	}
	c.report(here, "not a source", "a JSON path, form:NAME or query:NAME")
	return -1
}

// constant encodes parts of the configuration for their place, once and for all.
func (c *projectionCompiler) constant(here string, f *fill, from filling, parts []string) {
	f.from = from
	for i, part := range parts {
		encoded, reason := appendEncoded(nil, f.at, []byte(part))
		if f.at == intoSegment && from == fromID { // a part of a segment may be empty
			encoded, reason = appendPercent(nil, []byte(part)), RefusedNone
			if strings.Contains(part, "/") {
				reason = RefusedSeparator
			}
		}
		if reason != RefusedNone {
			c.report(here, "the text holds what cannot stand in its place", "")
		}
		if f.at == intoJSON && reason == RefusedNone { // the quotes belong to the whole text
			if i > 0 {
				encoded = encoded[1:]
			}
			if i < len(parts)-1 {
				encoded = encoded[:len(encoded)-1]
			}
		}
		f.parts = append(f.parts, encoded)
	}
}

func (c *projectionCompiler) scale(here, word string) scale {
	switch word {
	case "":
		return unscaled
	case "minutes_to_seconds":
		return minutesToSeconds
	case "seconds_to_minutes":
		return secondsToMinutes
	}
	c.report(here, "unknown change of unit", "minutes_to_seconds or seconds_to_minutes")
	return unscaled
}
