package redact

import (
	"bytes"
	"unicode/utf8"

	"github.com/piiproxy/piiproxy/redact/internal/scan"
	"github.com/piiproxy/piiproxy/redact/internal/walk"
)

// AppendBody appends a whole body, as what is replayed has it: JSON, a form, a multipart body, or a text, which is taken for what
// somebody wrote. In a multipart body every file, and every part that is neither plain text nor JSON, is filled with x, and headers of
// parts other than the name and the type are left out; its boundary is replaced by [AppendBoundary]. It reports false, and leaves dst as
// it was, if the body cannot be read to its end, is no UTF-8, or has letters or digits of JSON written as escapes, which no serializer
// does and which hides what stands in a URL within: then nothing of it may be shown.
func (s *Surface) AppendBody(dst Masked, f *Fields, format Format, boundary, src []byte, t *Tally) (Masked, bool) {
	if format != Multipart && !utf8.Valid(src) || format == JSON && EscapesWords(src) {
		return dst, false
	}
	before := t.copied()
	r := s.begin(dst, f, src, t)
	ok := true
	switch format {
	case JSON:
		ok = r.wholeDocument()
	case Form:
		if bytes.IndexByte(src, '=') < 0 {
			r.value(r.text(), 0, len(src), inForm) // some tools call everything a form
			break
		}
		r.pairs(r.f.form)
	case Multipart:
		ok = r.wholeMultipart(boundary)
	case Text:
		r.value(r.text(), 0, len(src), isString)
	default:
		ok = false
	}
	out := r.finish()
	if ok && format == Multipart {
		ok = utf8.Valid(out.b[len(dst.b):])
	}
	if !ok {
		t.restore(&before)
		return Masked{out.b[:len(dst.b)]}, false
	}
	return out, true
}

// EscapesWords reports whether a letter, a digit or a per-cent sign stands in a document as \u00XX. No serializer writes that, and
// what is in a URL within a string may be hidden behind it: names of fields, and signs of escapes.
func EscapesWords(doc []byte) bool {
	for {
		at := bytes.Index(doc, escapedASCII)
		if at < 0 || at+6 > len(doc) {
			return false
		}
		hi, lo := hexValue(doc[at+4]), hexValue(doc[at+5])
		if c := byte(hi<<4 | lo); hi|lo >= 0 && (c == '%' || c < utf8.RuneSelf && wordByte[c] && c != '.' && c != ':') {
			return true
		}
		doc = doc[at+4:]
	}
}

// AppendBoundary appends the boundary that stands for one of n bytes in what [Surface.AppendBody] appends. A client's own may be
// anything.
func AppendBoundary(dst Masked, n int) Masked {
	for range n {
		dst.b = append(dst.b, 'b')
	}
	return dst
}

// wholeMultipart masks src as a multipart body, and reports false if it is none.
func (r *run) wholeMultipart(boundary []byte) bool {
	var m walk.Multipart
	m.Reset(r.src, boundary)
	for m.Next() {
		r.delimiter(len(boundary), "\r\nContent-Disposition: form-data; name=\"")
		r.part(&m)
		r.dst = append(r.dst, "\r\n"...)
	}
	r.delimiter(len(boundary), "--\r\n")
	r.done = len(r.src)
	return m.Err() == nil
}

func (r *run) delimiter(boundary int, end string) {
	r.dst = append(r.dst, "--"...)
	r.dst = AppendBoundary(Masked{r.dst}, boundary).b
	r.dst = append(r.dst, end...)
}

// part masks one part from its name on.
func (r *run) part(m *walk.Multipart) {
	name := r.src[m.NameStart:m.NameEnd]
	sp := r.spotOf(r.f.form, r.f.names, name, r.src[m.Start:m.End])
	if isName(name) {
		r.scanned(m.NameStart, m.NameEnd)
	} else {
		r.wrote(r.text(), m.NameStart, m.NameEnd)
		if sp.f == nil {
			sp = r.text()
		}
	}
	r.dst = append(r.dst, '"')
	if m.File {
		r.dst = append(r.dst, `; filename="file"`...)
	}
	essence, _, _ := bytes.Cut(r.src[m.TypeStart:m.TypeEnd], []byte{';'}) // parameters name files
	if len(essence) > 0 && isName(essence) {
		r.dst = append(r.dst, "\r\nContent-Type: "...)
		r.scanned(m.TypeStart, m.TypeStart+len(essence))
	}
	r.dst = append(r.dst, "\r\n\r\n"...)
	if m.File || !isValueType(essence) {
		for range m.End - m.Start {
			r.dst = append(r.dst, 'x')
		}
		return
	}
	r.wrote(sp, m.Start, m.End)
}

// isValueType reports whether a part of that type is a value as forms have them. Others are files in all but their name.
func isValueType(essence []byte) bool {
	const plain, json = "text/plain", "json"
	if len(essence) == 0 {
		return true
	}
	end := essence[max(len(essence)-len(json), 0):]
	return bytes.EqualFold(essence, []byte(plain)) || bytes.EqualFold(end, []byte(json))
}

// wrote writes the value src[start:end], wherever the input was copied up to.
func (r *run) wrote(sp spot, start, end int) {
	r.done = start
	r.value(sp, start, end, isString)
	r.flush(end)
}

// scanned writes src[start:end] with the findings in it replaced, wherever the input was copied up to.
func (r *run) scanned(start, end int) {
	r.done = start
	r.scan(start, end, scan.KeyNone)
	r.flush(end)
}
