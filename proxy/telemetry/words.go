package telemetry

import "github.com/piiproxy/piiproxy/redact"

// The words of enums stand in the program as Masked, because a log line takes constants and not strings; what String
// returns is made of them once, so that each word is written down in one place.

// words returns the texts of an enum's words, and "invalid" behind the last for values that are none.
func words(masked []redact.Masked) []string {
	names := make([]string, 0, len(masked)+1)
	for _, m := range masked {
		names = append(names, string(m.Bytes()))
	}
	return append(names, "invalid")
}

// values returns the values of an enum from first to before end.
func values[E ~uint8](first, end E) []E {
	all := make([]E, 0, end-first)
	for v := first; v < end; v++ {
		all = append(all, v)
	}
	return all
}

// The enums of redact have words of their own; a test holds these to them.
var (
	kindMasked = [...]redact.Masked{
		redact.KindNone:     redact.Masked{}.AppendConst("none"),
		redact.KindPhone:    redact.Masked{}.AppendConst("phone"),
		redact.KindEmail:    redact.Masked{}.AppendConst("email"),
		redact.KindIP:       redact.Masked{}.AppendConst("ip"),
		redact.KindName:     redact.Masked{}.AppendConst("name"),
		redact.KindText:     redact.Masked{}.AppendConst("text"),
		redact.KindSecret:   redact.Masked{}.AppendConst("secret"),
		redact.KindLocation: redact.Masked{}.AppendConst("location"),
		redact.KindID:       redact.Masked{}.AppendConst("id"),
	}
	formatMasked = [...]redact.Masked{
		redact.Unread:    redact.Masked{}.AppendConst("unread"),
		redact.NoBody:    redact.Masked{}.AppendConst("none"),
		redact.JSON:      redact.Masked{}.AppendConst("json"),
		redact.Form:      redact.Masked{}.AppendConst("form"),
		redact.Multipart: redact.Masked{}.AppendConst("multipart"),
		redact.Text:      redact.Masked{}.AppendConst("text"),
	}
	projectionMasked = [...]redact.Masked{
		redact.RefusedNone:      redact.Masked{}.AppendConst("none"),
		redact.RefusedMalformed: redact.Masked{}.AppendConst("malformed"),
		redact.RefusedFormat:    redact.Masked{}.AppendConst("format"),
		redact.RefusedDepth:     redact.Masked{}.AppendConst("depth"),
		redact.RefusedDuplicate: redact.Masked{}.AppendConst("duplicate"),
		redact.RefusedMissing:   redact.Masked{}.AppendConst("missing"),
		redact.RefusedSeparator: redact.Masked{}.AppendConst("separator"),
		redact.RefusedSeveral:   redact.Masked{}.AppendConst("several"),
		redact.RefusedType:      redact.Masked{}.AppendConst("type"),
	}
)

var projectionNames = words(projectionMasked[:])
