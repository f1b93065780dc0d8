package proxy

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// A haystack is what left the process at one exit.
type haystack struct {
	exit    string
	text    []byte
	decoded map[string][]byte // filled when first searched
}

// leaks returns the exits at which value left the process, in any of the encodings that it may have taken on: the text is
// searched as it is and with its escapes undone, and for the value in Base64 at every alignment.
func leaks(value string, stacks []haystack) []string {
	var found []string
	for i := range stacks {
		h := &stacks[i]
		if h.decoded == nil {
			h.decoded = decodings(h.text)
		}
		for name, text := range h.decoded {
			if containsValue(text, value) {
				found = append(found, h.exit+" ("+name+")")
			}
		}
		for _, needle := range base64Needles(value) {
			if bytes.Contains(h.text, []byte(needle)) {
				found = append(found, h.exit+" (base64)")
			}
		}
	}
	return found
}

// containsValue looks for value: a short one, such as a first name, only as a word of its own.
func containsValue(text []byte, value string) bool {
	if len(value) > 6 || strings.ContainsAny(value, "@+.:") {
		if bytes.Contains(text, []byte(strings.ToLower(value))) {
			return true
		}
		digits := strings.TrimPrefix(value, "+")
		return digits != value && bytes.Contains(text, []byte(digits))
	}
	return containsWord(text, strings.ToLower(value))
}

func containsWord(text []byte, word string) bool {
	for i := bytes.Index(text, []byte(word)); i >= 0; {
		end := i + len(word)
		if (i == 0 || !isAlnum(text[i-1])) && (end == len(text) || !isAlnum(text[end])) {
			return true
		}
		next := bytes.Index(text[end:], []byte(word))
		if next < 0 {
			return false
		}
		i = end + next
	}
	return false
}

func isAlnum(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' }

var escapeU = regexp.MustCompile(`\\u([0-9a-fA-F]{4})`)

// decodings returns text as it is and with each kind of escape undone, in lower case.
func decodings(text []byte) map[string][]byte {
	once := unpercent(text)
	unescaped := escapeU.ReplaceAllFunc(text, func(m []byte) []byte {
		r, _ := strconv.ParseUint(string(m[2:]), 16, 32)
		return []byte(string(rune(r)))
	})
	all := map[string][]byte{
		"raw": text, "percent": once, "percent twice": unpercent(once), `\u`: unescaped,
		"form": bytes.ReplaceAll(once, []byte("+"), []byte(" ")),
	}
	for name := range all {
		all[name] = bytes.ToLower(all[name])
	}
	return all
}

var percent = regexp.MustCompile(`%[0-9a-fA-F]{2}`)

func unpercent(text []byte) []byte {
	return percent.ReplaceAllFunc(text, func(m []byte) []byte {
		b, _ := strconv.ParseUint(string(m[1:]), 16, 8)
		return []byte{byte(b)}
	})
}

// base64Needles returns what every text with value in it has in its Base64 form, for each alignment.
func base64Needles(value string) []string {
	if len(value) < 8 {
		return nil
	}
	var needles []string
	for shift := range 3 {
		whole := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\x00", shift) + value))
		from := []int{0, 2, 3}[shift]
		to := len(whole) - 4
		needles = append(needles, whole[from:to], strings.NewReplacer("+", "-", "/", "_").Replace(whole[from:to]))
	}
	return needles
}

// writings returns value in the ways in which a client may write it.
func writings(value string) map[string]string {
	var u, all strings.Builder
	for _, b := range []byte(value) {
		fmt.Fprintf(&all, "%%%02X", b)
	}
	for _, r := range value {
		fmt.Fprintf(&u, `\u%04x`, r)
	}
	once := url.QueryEscape(value)
	return map[string]string{
		"raw": value, "percent": once, "percent twice": url.QueryEscape(once), "percent throughout": all.String(), `\u`: u.String(),
	}
}

// TestLeaks holds the search itself to finding what it looks for.
func TestLeaks(t *testing.T) {
	for _, value := range []string{"+12025550123", "ada.lovelace@example.com", "203.0.113.77", "Ada"} {
		for name, written := range writings(value) {
			if len(leaks(value, []haystack{{exit: "here", text: []byte(`{"a":"` + written + `"}`)}})) == 0 {
				t.Errorf("%s, written %s, was not found", value, name)
			}
		}
		if len(leaks(value, []haystack{{exit: "here", text: []byte("nothing of it, Adaptor 2025-550 example.com")}})) != 0 {
			t.Errorf("%s was found where it is not", value)
		}
	}
	for shift := range 3 {
		text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + "phone +12025550123 end"))
		if len(leaks("+12025550123", []haystack{{exit: "here", text: []byte(text)}})) == 0 {
			t.Errorf("not found in Base64 after %d bytes", shift)
		}
	}
}
