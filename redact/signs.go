package redact

import "github.com/piiproxy/piiproxy/redact/internal/scan"

// In text, too, a name that is known tells what stands behind it. An equals sign right behind the name, password=…, says the same as
// in logfmt, and so does a name in quotes, 'password': …. A colon, or blanks around the equals sign, are how people write as well,
// so there only a code or credential counts that looks like one, "password: see wiki" stays, and a text or name that stands in quotes, as
// programs print it. The password of a URL is hidden wherever it stands.

// What is looked at around a sign, in bytes.
const (
	maxTextName = 64
	maxTold     = 64 // of a word, to tell whether it is a credential
	maxBlanks   = 16
	maxUserinfo = 256
)

// signNames returns the names of fields that are masked for what they are, in whatever dictionary, and those that a surface has rules
// for. Codes and credentials count ahead of a colon too.
func signNames(dicts *[numDictionaries]*dictionary, overrides map[string]override) *scan.Names {
	names := scan.NewNames()
	names.AddColon("msg") // of Kannel
	add := func(name string, f *field) {
		if f.tag.Kind > KindIP {
			names.Add(name, f.tag.Kind == KindSecret || hasWords(f.tag.Kind))
		}
	}
	for _, d := range dicts {
		for name, f := range d.byName {
			add(name, f)
			for _, c := range f.children {
				add(c.norm, c.f)
			}
		}
		for _, ends := range &d.byEnd {
			for _, e := range ends {
				add(e.norm, e.f)
			}
		}
	}
	for name := range overrides {
		names.Add(name, true)
	}
	return names
}

// hasWords reports whether what is of that kind is words, so that a colon and quotes tell it.
func hasWords(k Kind) bool { return k == KindText || k == KindName }

// signedName is what stands ahead of a sign.
type signedName struct {
	name   []byte
	quoted bool   // or in brackets of its own
	quote  []byte // the quotation mark, with its backslashes
	opened bool   // behind a question mark or ampersand, as in a URL
	parted bool   // blanks stand between it and the sign
	header bool   // has a hyphen, as names of headers have
}

// nameAhead returns the name that ends ahead of src[at], and does not begin before from.
func nameAhead(src []byte, from, at int) (n signedName) {
	end := at
	for end > from && at-end < maxBlanks && (src[end-1] == ' ' || src[end-1] == '\t') {
		end--
	}
	n.parted = end < at
	if end-1 > from && src[end-1] == ']' && isQuote(src[end-2]) { // ["name"]
		end--
	}
	quote, shut := byte(0), end
	if end > from && isQuote(src[end-1]) {
		end--
		quote = src[end]
		for end > from && src[end-1] == '\\' {
			end--
		}
	}
	n.quote = src[end:shut]
	start, ahead := end, byte(' ')
	for start > from && end-start <= maxTextName && textNameByte[src[start-1]] {
		n.header = n.header || src[start-1] == '-' && start < end
		if start--; src[start] == '%' {
			if s := signAt(src[:end], start); s.width > 1 && !textNameByte[s.c] {
				start, ahead = start+s.width, s.c // %3Fname
				break
			}
		}
	}
	if start > from && ahead == ' ' {
		ahead = src[start-1]
	}
	if end-start > maxTextName || quote != 0 && ahead != quote {
		return signedName{}
	}
	n.name = src[start:end]
	n.quoted = quote != 0 || start < end && src[start] == '['
	n.opened = ahead == '?' || ahead == '&' || ahead == '#' || ahead == ';' && start-from >= 5 && string(src[start-5:start]) == "&amp;"
	return n
}

func isQuote(c byte) bool { return c == '"' || c == '\'' || c == '`' }

// textNameByte has the bytes of names in text.
var textNameByte = func() (t [256]bool) {
	for c := range t {
		t[c] = wordByte[c] && c != ':' || c == '-' || c == '[' || c == ']' || c == '%'
	}
	return t
}()

// behindSign returns what is to be hidden behind the sign that was found, of a text that begins at from; its line ends at end.
func (r *run) behindSign(f *scan.Finding, from, end int) (h nestedField) {
	src, at := r.src[:end], from+f.Start
	sign := signAt(src, at)
	next := min(at+sign.width, end)
	switch {
	case sign.c == ':' && slashesAt(src, next) > 0:
		return r.userinfo(src, next+slashesAt(src, next))
	case sign.c != '=' && sign.c != ':', next < end && src[next] == '=':
		return h
	}
	n := nameAhead(src, from, at)
	if sign.c == ':' {
		if h = r.gatewayField(src, from, at, n.name); h.start < h.end {
			return h
		}
	}
	if len(n.name) < 2 || !r.s.names.Has(n.name, len(n.name), sign.c == ':' && !n.quoted) {
		return h
	}
	arrow := next < end && src[next] == '>' && sign.c == '='
	if arrow {
		next++
	}
	value := next
	for value < end && value-next < maxBlanks && (src[value] == ' ' || src[value] == '\t') {
		value++
	}
	loose := !n.quoted && (sign.c == ':' || n.parted || value > next) && !arrow
	if value == end || src[value] == '\r' {
		return h
	}
	h.spot = r.spotWithin(n.name)
	if h.f == nil || h.f.traits&codeShape != 0 && !n.opened || loose && !h.f.countsLoosely(src, value) || isDirectory(n.name, src[value:]) {
		return nestedField{}
	}
	v := textValue{src: src, at: value, level: sign.level, name: n, loose: loose, f: h.f}
	h.start, h.end, h.e = v.extent()
	if n.quoted && h.e == verbatim {
		h.quote = n.quote
	}
	return h
}

// countsLoosely reports whether the value at src[i] counts behind a colon, or a sign with blanks around it.
func (f *field) countsLoosely(src []byte, i int) bool {
	return f.tag.Kind == KindSecret || hasWords(f.tag.Kind) && opensString(src, i)
}

// isDirectory reports whether name is that of the working directory, as sudo and shells have it, and value a path and no password.
func isDirectory(name, value []byte) bool {
	return string(name) == "PWD" && value[0] == '/'
}

// slashesAt returns how many bytes the two slashes at src[i] have, which may have a backslash each, or 0.
func slashesAt(src []byte, i int) int {
	switch {
	case i+1 < len(src) && src[i] == '/' && src[i+1] == '/':
		return 2
	case i+3 < len(src) && string(src[i:i+4]) == `\/\/`:
		return 4
	}
	return 0
}

// userinfo returns the password of the URL whose authority begins at src[at]: what stands behind a colon ahead of the last @, or, if there
// is no colon, a name of the length of a key.
func (r *run) userinfo(src []byte, at int) (h nestedField) {
	colon, last := -1, -1
	for i := at; i < len(src) && i-at < maxUserinfo; i++ {
		switch c := src[i]; {
		case c == '@':
			last = i
		case c == ':' && colon < 0 && last < 0:
			colon = i
		case c <= ' ' || c == '/' || c == '?' || c == '#' || c == '"' || c == '<' || c == '>' || c == '\\':
			i = len(src)
		}
	}
	if last < 0 {
		return h
	}
	start := colon + 1
	if colon < 0 {
		const key = 20
		if start = at; !isReplacement(src[at:last]) && (last-at < key || countDigits(src[at:last]) < 4) {
			return h
		}
	}
	if sp := r.tagged(&bareFields[EndUser][KindSecret]); sp.act < Scan {
		h.spot, h.start, h.end, h.e = sp, start, last, verbatim
	}
	return h
}

// hideBehind hides the value behind the sign that was found in a text that begins at from and ends at end, if its name tells to, and
// returns where that ends, or else 0.
func (r *run) hideBehind(f *scan.Finding, from, end int, line *int, key scan.Key, rules *[numKinds]Action) int {
	if from+f.Start >= *line {
		*line = indexFrom(r.src[:end], from+f.Start, lineBreak)
	}
	h := r.behindSign(f, from, *line)
	if h.start >= h.end {
		return 0
	}
	r.scanUnder(from+f.End, h.start, key, rules)
	if r.mute {
		r.t.Add(h.f.tag.Kind, h.act)
	} else {
		r.hideNested(&h)
	}
	return h.end
}
