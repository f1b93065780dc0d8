package ingest

import (
	"bytes"
	"time"
)

// message is a syslog message taken apart. Its parts are those of the bytes that it was read from; nil if they say nothing.
type message struct {
	pri                      int // facility and severity; below 0 if there is none
	time                     time.Time
	host, app, procid, msgid []byte
	data                     []byte // structured data as it came
	text                     []byte
}

// How long the parts of a header may be.
const (
	maxHost, maxApp, maxProcID, maxMsgID = 255, 48, 128, 32
	maxTime                              = 40
)

// parse takes a message of RFC 5424 apart. It reports false for what is none, of which only the priority is known then.
func parse(b []byte) (m message, ok bool) {
	m.pri = -1
	pri, rest, found := priority(b)
	if !found {
		return m, false
	}
	m.pri = pri
	rest, found = bytes.CutPrefix(rest, []byte("1 "))
	if !found {
		return m, false
	}
	var stamp []byte
	for _, part := range []struct {
		to   *[]byte
		most int
	}{{&stamp, maxTime}, {&m.host, maxHost}, {&m.app, maxApp}, {&m.procid, maxProcID}, {&m.msgid, maxMsgID}} {
		if *part.to, rest, found = word(rest, part.most); !found {
			return message{pri: pri}, false
		}
	}
	if stamp != nil {
		var err error
		if m.time, err = time.Parse(time.RFC3339Nano, string(stamp)); err != nil {
			return message{pri: pri}, false
		}
	}
	n := dataLen(rest)
	if n < 0 || n < len(rest) && rest[n] != ' ' {
		return message{pri: pri}, false
	}
	if rest[0] != '-' {
		m.data = rest[:n]
	}
	if n < len(rest) {
		m.text = bytes.TrimPrefix(rest[n+1:], []byte("\ufeff"))
	}
	return m, true
}

// maxLegacyHeader is how long what stands in front of a message of RFC 3164 may be: a priority, a time, a host and a program.
const maxLegacyHeader = 5 + 16 + maxHost + 1 + maxApp + maxProcID

// legacyHeader returns how much of a message that is none of RFC 5424 stands in front of pairs of logfmt: a program and a colon, as
// RFC 3164 has it. 0 if it is all one text, of which each part may say what the next one is.
func legacyHeader(b []byte) int {
	end := bytes.Index(b[:min(len(b), maxLegacyHeader)], []byte(": "))
	if end < 0 || bytes.IndexByte(b[:end], '=') >= 0 {
		return 0
	}
	for i, c := range b[end+2:] {
		switch {
		case c == '=' && i > 0:
			return end + 2
		case (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '_' && c != '.' && c != '-':
			return 0
		}
	}
	return 0
}

// priority takes <PRI> off the beginning.
func priority(b []byte) (pri int, rest []byte, ok bool) {
	end := bytes.IndexByte(b[:min(len(b), 5)], '>')
	if end < 2 || b[0] != '<' || end > 2 && b[1] == '0' {
		return 0, b, false
	}
	for _, c := range b[1:end] {
		if c < '0' || c > '9' {
			return 0, b, false
		}
		pri = 10*pri + int(c-'0')
	}
	return pri, b[end+1:], pri < 24*8
}

// word takes a part of the header off the beginning: printable ASCII up to a space. A dash is a part that says nothing.
func word(b []byte, most int) (part, rest []byte, ok bool) {
	n := bytes.IndexByte(b[:min(len(b), most+1)], ' ')
	if n < 1 {
		return nil, b, false
	}
	for _, c := range b[:n] {
		if c < '!' || c > '~' {
			return nil, b, false
		}
	}
	if n == 1 && b[0] == '-' {
		return nil, b[2:], true
	}
	return b[:n], b[n+1:], true
}

// dataLen returns how long the structured data at the beginning is; below 0 if there is none that is well-formed.
func dataLen(b []byte) int {
	if len(b) > 0 && b[0] == '-' {
		return 1
	}
	i := 0
	for i < len(b) && b[i] == '[' {
		e := element{rest: b[i+1:]}
		if !e.begin() {
			return -1
		}
		for e.next() {
		}
		if !e.whole {
			return -1
		}
		i = len(b) - len(e.rest)
	}
	if i == 0 {
		return -1
	}
	return i
}

// element is a cursor over the parameters of one element of structured data.
type element struct {
	rest  []byte
	id    []byte
	name  []byte
	value []byte // with its escapes
	whole bool   // it ended as it should
}

// begin reads the id.
func (e *element) begin() bool {
	e.id, e.rest = dataName(e.rest)
	return len(e.id) > 0
}

// next reads the next parameter, and reports false at the end of the element.
func (e *element) next() bool {
	if len(e.rest) > 0 && e.rest[0] == ']' {
		e.rest, e.whole = e.rest[1:], true
		return false
	}
	if len(e.rest) == 0 || e.rest[0] != ' ' {
		return false
	}
	name, rest := dataName(e.rest[1:])
	rest, ok := bytes.CutPrefix(rest, []byte(`="`))
	if len(name) == 0 || !ok {
		return false
	}
	for i := 0; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case ']':
			return false
		case '"':
			e.name, e.value, e.rest = name, rest[:i], rest[i+1:]
			return true
		}
	}
	return false
}

// dataName takes a name of structured data off the beginning.
func dataName(b []byte) (name, rest []byte) {
	for i, c := range b {
		if c < '!' || c > '~' || c == '=' || c == ']' || c == '"' {
			return b[:i], b[i:]
		}
	}
	return b, nil
}

// appendData appends structured data, which is well-formed, as a JSON object of objects.
func appendData(dst, data []byte) []byte {
	dst = append(dst, '{')
	for i := 0; len(data) > 0; i++ {
		if i > 0 {
			dst = append(dst, ',')
		}
		e := element{rest: data[1:]}
		e.begin()
		dst = append(appendString(dst, e.id, false), ":{"...)
		for first := true; e.next(); first = false {
			if !first {
				dst = append(dst, ',')
			}
			dst = appendString(append(appendString(dst, e.name, false), ':'), e.value, true)
		}
		dst = append(dst, '}')
		data = e.rest
	}
	return append(dst, '}')
}
