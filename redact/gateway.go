package redact

import (
	"bytes"
	"slices"
)

// What gateways print of a message has no quotes around the text, and a colon ahead of it, which in other text people write as well. So it
// is known by what stands around: Kannel's log has the length of the text ahead of it, [msg:5:Hello], and a delivery receipt, as SMPP
// defines it, an error, err:000 text:Hello.

// maxKannel is how many bytes of a text are looked at for what Kannel has behind it.
const maxKannel = 1024

var (
	kannelName   = []byte("[msg")
	kannelNext   = []byte("] [")
	receiptStart = []byte("id:")
	receiptError = []byte("err:")
)

// gelfMessage is the name of the text of a message in an SMPP PDU, and of the log's own words in GELF, Graylog's format.
const gelfMessage = "shortmessage"

// maxGELF is how many bytes of a line are looked at for what GELF has ahead of its message.
const maxGELF = 512

var (
	gelfVersions = [][]byte{[]byte(`"version":"1.1"`), []byte(`"version": "1.1"`), []byte(`"version":"1.0"`), []byte(`"version": "1.0"`)}
	gelfHosts    = [][]byte{[]byte(`"host":`), []byte(`"host" :`)}
)

// isGELF reports whether the member at hand is of a line in GELF: its version, which is not that of a program, and the host stand in the
// object, and not in one within it.
func (r *run) isGELF() bool {
	if r.f != r.s.log || len(r.stack) != 1 {
		return false
	}
	head := r.src[:min(len(r.src), maxGELF)]
	first := bytes.IndexByte(head, '{') + 1
	if n := bytes.IndexAny(head[first:], "{["); n >= 0 {
		head = head[:first+n]
	}
	within := func(word []byte) bool { return bytes.Contains(head, word) }
	return slices.ContainsFunc(gelfVersions, within) && slices.ContainsFunc(gelfHosts, within)
}

// gatewayField is gatewayText if it is to be hidden. Where it is not, its end is not looked for: what stands in it may look like another.
func (r *run) gatewayField(src []byte, from, at int, name []byte) (h nestedField) {
	sp := r.text()
	if sp.act >= Scan {
		return h
	}
	if start, end := gatewayText(src, from, at, name); start < end {
		h.spot, h.start, h.end = sp, start, end
	}
	return h
}

// gatewayText returns the text of a message behind the colon at src[at], which what begins at src[from] stands ahead of, and where it ends,
// nothing if there is none.
func gatewayText(src []byte, from, at int, name []byte) (start, end int) {
	switch {
	case bytes.Equal(name, kannelName):
		return kannelText(src, at)
	case bytes.EqualFold(name, []byte("text")) && behindError(src[from:at-len(name)]):
		return at + 1, messageEnd(src, at+1)
	}
	return 0, 0
}

// kannelText is gatewayText for Kannel. A receipt is no text, but may hold one.
func kannelText(src []byte, at int) (start, end int) {
	i, n := at+1, 0
	for ; i < len(src) && i < at+6 && src[i]-'0' <= 9; i++ {
		n = n*10 + int(src[i]-'0')
	}
	if i == at+1 || i >= len(src) || src[i] != ':' {
		return 0, 0
	}
	if i++; bytes.HasPrefix(src[i:], receiptStart) {
		return 0, 0
	}
	if end = i + n; end < len(src) && src[end] == ']' {
		return i, end
	}
	return i, messageEnd(src, i)
}

// behindError reports whether ahead, which ends with a blank, ends with the error of a receipt.
func behindError(ahead []byte) bool {
	ahead = ahead[max(0, len(ahead)-maxBlanks):]
	i := bytes.LastIndex(ahead, receiptError)
	return i >= 0 && ahead[len(ahead)-1] == ' ' && bytes.IndexByte(ahead[i:], ' ') == len(ahead)-i-1
}

// messageEnd returns where the text at src[i] ends: where Kannel goes on, or with the quotes or brackets around it, or the line.
func messageEnd(src []byte, i int) int {
	n := bytes.Index(src[i:min(len(src), i+maxKannel)], kannelNext)
	if n >= 0 {
		src = src[:i+n]
	}
	v := textValue{src: src, at: i}
	if end := v.clauseEnd(i, false); n < 0 || end < len(src) {
		return v.trimmed(i, end)
	}
	return len(src)
}
