package canary

import (
	"bytes"
	"encoding/base64"
)

// rounds is how often escapes are undone: a URL within a URL within JSON.
const rounds = 3

// inFull calls found for each needle that is in text, however it is written.
func inFull(text []byte, needles []needle, found func(*needle)) {
	inBase64(text, needles, found)
	for range rounds {
		lower := bytes.ToLower(text)
		asItIs(lower, needles, found)
		grouped(lower, needles, found)
		plain := unescape(text)
		if len(plain) == len(text) {
			return
		}
		text = plain
		inBase64(text, needles, found)
	}
	asItIs(bytes.ToLower(text), needles, found)
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

// grouped finds needles of digits in text whose digits stand in groups.
func grouped(text []byte, needles []needle, found func(*needle)) {
	var together []byte
	for i := 0; i < len(text); i++ {
		if n := gap(text[i:]); n > 0 && len(together) > 0 && isDigit(together[len(together)-1]) {
			i += n - 1
			continue
		}
		together = append(together, text[i])
	}
	for i := range needles {
		if needles[i].digits && bytes.Contains(together, needles[i].value) {
			found(&needles[i])
		}
	}
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// gap returns how many bytes at the beginning of text are what people put between digits.
func gap(text []byte) int {
	switch text[0] {
	case ' ', '-', '.', '(', ')', '/', '_':
		return 1
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
		c, n := escaped(text[i:])
		if n == 0 {
			c, n = text[i], 1
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

// base64Forms returns what every text with value in it has in its Base64 form, for each alignment and both alphabets.
func base64Forms(value []byte) (all [][]byte) {
	for _, e := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		for shift := range 3 {
			whole := e.EncodeToString(append(make([]byte, shift), value...))
			from := []int{0, 2, 3}[shift] // what the bytes before take part in
			all = append(all, []byte(whole[from:len(whole)-4]))
		}
	}
	return all
}
