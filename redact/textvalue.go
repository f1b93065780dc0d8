package redact

import (
	"bytes"

	"github.com/piiproxy/piiproxy/redact/internal/walk"
)

// textValue is a value in text of which the name is known.
type textValue struct {
	src   []byte
	at    int
	level int // of the sign
	name  signedName
	loose bool
	f     *field
}

// extent returns what of the value is to be hidden, nothing if the end is not behind the start.
func (v *textValue) extent() (start, end int, e encoding) {
	if v.loose && v.f.tag.Kind == KindSecret && v.f.traits&chosen == 0 { // without a look at its end, or many that are not closed would be gone over again and again
		start, end = v.quoted(v.near(v.at))
		if start > 0 && !isReplacement(v.src[start:end]) && !v.told(v.src[start:end]) {
			return v.at, v.at, inString
		}
	}
	if start, end = v.quoted(v.src); start > 0 {
		return start, end, inString
	}
	switch {
	case v.name.opened:
		n := nested{src: v.src, at: v.at, url: true, loose: true}
		end, e = n.pairEnd(v.level), inForm
	case len(v.name.quote) > 0 && bytes.HasPrefix(v.src[v.at:], []byte("null")):
	case len(v.name.quote) > 0:
		q := quoteSign{backslashes: len(v.name.quote) - 1}
		q.end = q.backslashes + 1
		return v.at, q.wordsEnd(v.src, v.at), verbatim
	case v.name.quoted: // [name] => as it is, to the end of the line
		end = v.clauseEnd(v.at, false)
	case v.f.tag.Kind == KindSecret && !v.loose && (v.src[v.at] == '[' || v.src[v.at] == '{'):
		q := quoteSign{end: 1}
		return v.at, q.bareEnd(v.src, v.at), verbatim
	case v.f.tag.Kind == KindSecret:
		end = v.secretEnd()
	case v.f.tag.Kind == KindID:
		end = v.idEnd()
	default:
		end = v.clauseEnd(v.at, true)
	}
	return v.at, v.trimmed(v.at, end), e
}

// quoted returns the inside of a value in quotes, as far as src goes. They may have backslashes ahead of them, or a letter of Python:
// b'…'. start is 0 if it has none.
func (v *textValue) quoted(src []byte) (start, end int) {
	at := behindPrefix(src, v.at)
	i := at
	for i < len(src) && src[i] == '\\' {
		i++
	}
	if i == len(src) || !isQuote(src[i]) {
		return 0, 0
	}
	q, quote := quoteSign{backslashes: i - at}, src[i]
	start = i + 1
	backslashes := 0
	for i = start; i < len(src); i++ {
		switch {
		case src[i] == '\\':
			backslashes++
			continue
		case src[i] == quote && q.closes(0, backslashes):
			return start, max(i-q.backslashes, start)
		}
		backslashes = 0
	}
	if i > start && src[i-1] == '\r' {
		i--
	}
	return start, i
}

// opensString reports whether a value in quotes begins at src[i].
func opensString(src []byte, i int) bool {
	for i = behindPrefix(src, i); i < len(src) && src[i] == '\\'; i++ {
	}
	return i < len(src) && isQuote(src[i])
}

// behindPrefix returns where the string at src[i] has its quotation mark, or the backslashes ahead of that: a letter may be ahead, as in
// Python's b'…'.
func behindPrefix(src []byte, i int) int {
	if c := src[i] | 0x20; c != 'b' && c != 'u' && c != 'r' {
		return i
	}
	quote := i + 1
	for quote < len(src) && src[quote] == '\\' {
		quote++
	}
	if quote < len(src) && isQuote(src[quote]) {
		return i + 1
	}
	return i
}

// secretEnd returns the end of a code or credential without quotes, or where it begins if it is none.
func (v *textValue) secretEnd() int {
	near := v.near(v.at)
	if v.loose && len(near) == v.at+maxTold && v.wordEnd(v.at, near) == len(near) && !toldCredential(near[v.at:]) {
		return v.at // without a look at its end, or long words would be gone over again and again
	}
	end := v.wordEnd(v.at, v.src)
	word := v.src[v.at:v.trimmed(v.at, end)]
	if isReplacement(word) {
		if v.loose {
			return v.at // or what did not look like a credential would as soon as it is masked
		}
		return end
	}
	if (v.f.norm == "cookie" || v.f.norm == "setcookie") && hasPair(near[v.at:]) {
		return v.clauseEnd(v.at, false)
	}
	second := end
	for second < len(v.src) && second-end < maxBlanks && (v.src[second] == ' ' || v.src[second] == '\t') {
		second++
	}
	near = v.near(second)
	last := v.wordEnd(second, near)
	if next := v.src[second:v.trimmed(second, last)]; second > end && len(next) > 0 {
		switch {
		case isScheme(word) && nameClass[next[0]] <= nameDigit && !isProse(next):
			if hasPair(next) {
				return v.clauseEnd(v.at, false) // Digest username="…", realm="…"
			}
			return v.wordEnd(second, v.src)
		case v.loose && v.f.norm == "authorization" && !toldCredential(word) && toldCredential(next):
			return v.wordEnd(second, v.src)
		}
	}
	alone := second == end || second == last
	if isProse(word) || v.f.traits&chosen == 0 && isObject(word) ||
		v.loose && !v.told(word) && !(alone && (v.f.traits&chosen != 0 || v.name.header)) {
		return v.at
	}
	return end
}

// idEnd returns the end of a word that may identify somebody, or where it begins: ids of few digits are those of things.
func (v *textValue) idEnd() int {
	near := v.near(v.at)
	if word := near[v.at:v.wordEnd(v.at, near)]; isReplacement(word) || toldCredential(word) {
		return v.wordEnd(v.at, v.src)
	}
	return v.at
}

// near returns the text up to where it takes to tell what stands at i.
func (v *textValue) near(i int) []byte { return v.src[:min(i+maxTold, len(v.src))] }

// told reports whether word looks like a credential.
func (v *textValue) told(word []byte) bool {
	return toldCredential(word) && (v.f.traits&chosen != 0 || bytes.IndexByte(word, '@') < 0 && bytes.IndexByte(word, ' ') < 0)
}

// isObject reports whether word is how programs print an object, Token{78af589, and not what it holds.
func isObject(word []byte) bool {
	return bytes.IndexAny(word[:min(len(word), maxTold)], "{(<") >= 0
}

func countDigits(text []byte) (n int) {
	for _, c := range text {
		if nameClass[c] == nameDigit {
			n++
		}
	}
	return n
}

// wordEnd returns the end of the word at src[i].
func (v *textValue) wordEnd(i int, src []byte) int {
	for ; i < len(src); i++ {
		switch c := src[i]; {
		case c <= ' ' || c == '"' || c == '<' || c == '`':
			return i
		case c == '\\' && endsLine(src, i):
			return i
		case (c == ',' || c == ';' || c == '&') && walk.BeginsPair(src[i+1:]):
			return i
		}
	}
	return i
}

// endsLine reports whether the backslashes at src[i] stand ahead of a quotation mark, or write a line break.
func endsLine(src []byte, i int) bool {
	for most := i + maxTold; i < len(src) && i < most && src[i] == '\\'; i++ {
	}
	return i < len(src) && (src[i] == '"' || src[i] == 'n' || src[i] == 'r')
}

// clauseEnd returns the end of the line at src[i], or of the quotes around it, and with pairs where the next pair begins.
func (v *textValue) clauseEnd(i int, pairs bool) int {
	open := byte(0)
	before := byte(' ')
	for ; i < len(v.src); i++ {
		c := v.src[i]
		switch {
		case c == '\r':
			return i
		case c == '\\' && endsLine(v.src, i):
			if v.src[i+1] != '\\' && v.src[i+1] != '"' {
				return i
			}
			j := i
			for v.src[j] == '\\' {
				j++
			}
			if v.src[j] != '"' || open != '"' && !opensQuote(before) {
				return i
			}
			i, c = j, '"'
			open ^= '"'
		case c == '"' || c == '\'' && (open == c || opensQuote(before) || i+1 == len(v.src) || v.src[i+1] <= ' '):
			switch {
			case open == c:
				open = 0
			case open == 0 && opensQuote(before):
				open = c
			case open == 0:
				return i
			}
		case pairs && (c == ' ' || c == '\t') && walk.BeginsPair(v.src[i+1:]):
			return i
		}
		before = c
	}
	return i
}

// opensQuote reports whether a quotation mark behind c opens something.
func opensQuote(c byte) bool { return c <= ' ' || c == '=' || c == '(' || c == ':' || c == ',' }

// trimmed returns end less what stands behind a value from start on and is not of it.
func (v *textValue) trimmed(start, end int) int {
	for end > start {
		switch v.src[end-1] {
		case ' ', '\t', '\r', ',', ';', ')', ']', '}', '>', '|', '\'':
			end--
		default:
			return end
		}
	}
	return end
}

func hasPair(text []byte) bool {
	for _, c := range text {
		if c == '=' {
			return true
		}
	}
	return false
}

// toldCredential reports whether word looks like a code or credential: four digits or more, or a digit among other signs, or letters of
// both cases as only machines mix them.
func toldCredential(word []byte) bool {
	digits, upper, lower, others := 0, 0, 0, 0
	for _, c := range word[:min(len(word), maxTold)] {
		switch class := nameClass[c]; class {
		case nameDigit:
			digits++
		case nameUpper:
			upper++
		case nameLetter:
			lower++
		default:
			others++
		}
	}
	const mixed = 16
	return digits > 0 && len(word) >= 4 || upper > 1 && lower > 1 && len(word) >= mixed && others < len(word)/4
}

// isScheme reports whether word is a scheme of HTTP authentication.
func isScheme(word []byte) bool {
	switch string(lowerWord(word)) {
	case "basic", "bearer", "digest", "negotiate", "ntlm", "token", "oauth", "hawk", "apikey", "key", "signature", "aws4-hmac-sha256", "app":
		return true
	}
	return false
}

// isProse reports whether word is what is said of a credential and not one.
func isProse(word []byte) bool {
	switch string(lowerWord(word)) {
	case "null", "nil", "none", "undefined", "true", "false", "required", "invalid", "missing", "expired", "wrong", "incorrect", "empty", "unknown",
		"ok", "valid", "denied", "failed", "rejected", "mismatch", "unset", "set", "changed", "updated", "reset", "auth", "authentication",
		"authorization", "token", "is", "was", "not", "and", "or", "for", "in", "with":
		return true
	}
	return false
}

// maxProse is the longest word that isScheme and isProse know.
const maxProse = 16

// lowerWord returns word in lower case, or nothing if it is long.
func lowerWord(word []byte) []byte {
	var buf [maxProse]byte
	if len(word) > maxProse {
		return nil
	}
	for i, c := range word {
		if nameClass[c] == nameUpper {
			c |= 0x20
		}
		buf[i] = c
	}
	return buf[:len(word)]
}
