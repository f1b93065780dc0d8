package canary

import (
	"bytes"
	"encoding/base64"
)

// rounds is how often escapes are undone: a URL within a URL within JSON.
const rounds = 3

// haystack is text in which needles are looked for: first what they have in common, and they themselves if that is there.
type haystack struct {
	heads, needles []needle
	found          func(*needle)
}

// inFull calls found for each needle that is in text, however it is written.
func (h *haystack) inFull(text []byte) {
	for range rounds {
		h.look(text, inBase64)
		lower := bytes.ToLower(text)
		h.look(lower, asItIs)
		h.look(together(lower), digitsOnly)
		plain := unescape(text)
		if len(plain) == len(text) {
			return
		}
		text = plain
	}
	h.look(bytes.ToLower(text), asItIs)
}

// look looks in one way.
func (h *haystack) look(text []byte, way func([]byte, []needle, func(*needle))) {
	some := false
	way(text, h.heads, func(*needle) { some = true })
	if some {
		way(text, h.needles, h.found)
	}
}

// asItIs finds needles in text as they are.
func asItIs(text []byte, needles []needle, found func(*needle)) {
	for i := range needles {
		if bytes.Contains(text, needles[i].value) {
			found(&needles[i])
		}
	}
}

func inBase64(text []byte, needles []needle, found func(*needle)) {
	for i := range needles {
		for _, form := range needles[i].base64 {
			if bytes.Contains(text, form) {
				found(&needles[i])
			}
		}
	}
}

// together returns text without what stands between groups of digits.
func together(text []byte) []byte {
	out, digit := make([]byte, 0, len(text)), false
	for i := 0; i < len(text); i++ {
		if digit && !isDigit(text[i]) {
			if n := gap(text[i:]); n > 0 {
				i += n - 1
				continue
			}
		}
		digit = isDigit(text[i])
		out = append(out, text[i])
	}
	return out
}

// digitsOnly finds needles of digits.
func digitsOnly(text []byte, needles []needle, found func(*needle)) {
	for i := range needles {
		if needles[i].digits && bytes.Contains(text, needles[i].value) {
			found(&needles[i])
		}
	}
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// gap returns how many bytes at the beginning of text are what people put between digits.
func gap(text []byte) int {
	switch c := text[0]; {
	case c == ' ', c == '-', c == '.', c == '(', c == ')', c == '/', c == '_':
		return 1
	case c < 0x80:
		return 0
	}
	for _, wide := range []string{"\u00a0", "\u202f", "\u2009", "\u2011", "\u2013"} {
		if bytes.HasPrefix(text, []byte(wide)) {
			return len(wide)
		}
	}
	return 0
}

// unescape undoes one layer of percent-encoding and of the escapes of JSON.
func unescape(text []byte) []byte {
	plain := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		c, n := text[i], 1
		if c == '%' || c == '\\' {
			if was, length := escaped(text[i:]); length > 0 {
				c, n = was, length
			}
		}
		plain = append(plain, c)
		i += n
	}
	return plain
}

// escaped returns the byte that text begins with, if it is one that is escaped, and how long the escape is. What is looked for
// is ASCII.
func escaped(text []byte) (byte, int) {
	switch {
	case text[0] == '%' && len(text) >= 3:
		if high, low := hexDigit(text[1]), hexDigit(text[2]); high >= 0 && low >= 0 {
			return byte(high<<4 | low), 3
		}
	case text[0] == '\\' && len(text) >= 6 && text[1]|0x20 == 'u' && text[2] == '0' && text[3] == '0':
		if high, low := hexDigit(text[4]), hexDigit(text[5]); high >= 0 && low >= 0 {
			return byte(high<<4 | low), 6
		}
	case text[0] == '\\' && len(text) >= 4 && text[1] == 'x':
		if high, low := hexDigit(text[2]), hexDigit(text[3]); high >= 0 && low >= 0 {
			return byte(high<<4 | low), 4
		}
	case text[0] == '\\' && len(text) >= 2 && (text[1] == '/' || text[1] == '\\' || text[1] == '"'):
		return text[1], 2
	}
	return 0, 0
}

func hexDigit(c byte) int { return bytes.IndexByte([]byte("0123456789abcdef"), c|('a'-'A')*(c>>6&1)) }

// base64Forms returns what every text with value in it has in its Base64 form, for each alignment. Of letters, digits and colons both
// alphabets make the same.
func base64Forms(value []byte) (all [][]byte) {
	for shift := range 3 {
		whole := base64.StdEncoding.EncodeToString(append(make([]byte, shift), value...))
		from := []int{0, 2, 3}[shift] // what the bytes before take part in
		all = append(all, []byte(whole[from:len(whole)-4]))
	}
	return all
}
