package main

import (
	"bytes"
	"fmt"
	"strings"
)

// A message is a request in which every sending names another person: the digits of the people are written over each time.
type message struct {
	stride int // numbers of people that one request takes
	bytes  []byte
	body   int // where the body begins
	spots  []spot
}

// spot is one value that belongs to a person.
type spot struct {
	start, end int
	digits     []int // where they stand
	plus       int   // the value is that of the person so many after the first
	logged     bool  // it stands in what an access log shows without a look at the body
}

// text appends what is the same for everybody.
func (m *message) text(s string) { m.bytes = append(m.bytes, s...) }

// person appends a value whose digits, written as #, are those of a person.
func (m *message) person(shape string, plus int, logged bool) {
	s := spot{start: len(m.bytes), end: len(m.bytes) + len(shape), plus: plus, logged: logged}
	for i := range len(shape) {
		if shape[i] == '#' {
			s.digits = append(s.digits, s.start+i)
		}
	}
	m.text(shape)
	m.spots = append(m.spots, s)
}

// fill makes dst, a copy of m.bytes, the request of the nth sending.
func (m *message) fill(dst []byte, n int) {
	for i := range m.spots {
		v := n*m.stride + m.spots[i].plus
		for at := len(m.spots[i].digits) - 1; at >= 0; at-- {
			dst[m.spots[i].digits[at]] = byte('0' + v%10)
			v /= 10
		}
	}
}

// planted returns the values of the nth sending: all, or those that an access log shows.
func (m *message) planted(n int, loggedOnly bool) (values []string) {
	filled := bytes.Clone(m.bytes)
	m.fill(filled, n)
	for _, s := range m.spots {
		if s.logged || !loggedOnly {
			values = append(values, string(filled[s.start:s.end]))
		}
	}
	return values
}

// smsBody and campaignBody are the sizes that are spoken of; padding makes the messages come out at them.
const (
	smsBody      = 206
	campaignBody = 5200
	recipients   = 100
)

// sms is one message to one person, who is also named in the query, with the address that it came from.
func sms() *message {
	body := &message{stride: 1}
	body.text(`{"body":"Hi Ada, your code is 4821. Not you? Call +`)
	body.person("3069########", 50_000_000, false)
	body.text(`","to":"+`)
	body.person("3069########", 0, false)
	body.text(`","from":"ACME","ttl":60,"label":"otp;customer=`)
	body.person("user######@example.com", 0, false)
	body.text(`","flash":false`)
	pad(body, smsBody)
	return head("/sms", body)
}

// large is one message with so large a body.
func large(size int) *message {
	body := &message{stride: 1}
	body.text(`{"from":"ACME","to":"+`)
	body.person("3069########", 0, false)
	body.text(`"`)
	pad(body, size)
	return head("/sms", body)
}

// campaign is one message to a hundred people, of whom the customer says more than an operator may know.
func campaign() *message {
	body := &message{stride: recipients}
	body.text(`{"body":"Hello [~firstName], 20% off until 30.11.","from":"ACME","to":[`)
	for i := range recipients {
		if i > 0 {
			body.text(",")
		}
		body.text(`"+`)
		body.person("3069########", i, false)
		body.text(`"`)
	}
	body.text(`],"contacts":[`)
	for i := range recipients {
		if i > 0 {
			body.text(",")
		}
		fmt.Fprintf(body, `"5f0c1b2e4cedfd0001c0%04x"`, 0xabcd+i)
	}
	body.text(`],"campaignName":"Black Friday","scheduledDate":"2026-11-27T08:00:00Z","ttl":1440,"flash":false`)
	pad(body, campaignBody)
	return head("/sms/campaign", body)
}

// Write is text for fmt.
func (m *message) Write(p []byte) (int, error) {
	m.bytes = append(m.bytes, p...)
	return len(p), nil
}

// pad ends a JSON object at a size.
func pad(m *message, size int) {
	const begin, end = `,"note":"`, `"}`
	n := size - len(m.bytes) - len(begin) - len(end)
	m.text(begin + strings.Repeat("x", n) + end)
}

// head puts the head before a body.
func head(path string, body *message) *message {
	m := &message{stride: body.stride}
	m.text("POST " + path + "?order=20261123071501&recipient=%2B")
	m.person("3069########", 0, true)
	m.text(" HTTP/1.1\r\nHost: api.example.com\r\nContent-Type: application/json\r\nUser-Agent: acme-shop/2.4.1\r\nX-Forwarded-For: ")
	m.person("203.0.11#.1##", 0, true)
	fmt.Fprintf(m, "\r\nContent-Length: %d\r\n\r\n", len(body.bytes))
	m.body = len(m.bytes)
	for _, s := range body.spots {
		s.start, s.end = s.start+m.body, s.end+m.body
		for i := range s.digits {
			s.digits[i] += m.body
		}
		m.spots = append(m.spots, s)
	}
	m.text(string(body.bytes))
	return m
}
