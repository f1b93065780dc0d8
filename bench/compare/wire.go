package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
)

// start is what matters of the head of a request or an answer.
type start struct {
	status int // of an answer
	spans  bool
	length int
}

var errFraming = errors.New("a message without a Content-Length")

// readHead reads a head. It takes what well-behaved programs write, and costs little: what is measured runs beside it.
func readHead(r *bufio.Reader) (s start, err error) {
	line, err := r.ReadSlice('\n')
	if err != nil {
		return s, err
	}
	if rest, ok := bytes.CutPrefix(line, []byte("HTTP/1.1 ")); ok && len(rest) > 3 {
		s.status, _ = strconv.Atoi(string(rest[:3]))
	}
	s.spans = bytes.HasPrefix(line, []byte("POST "+spansPath+" "))
	s.length = -1
	for {
		if line, err = r.ReadSlice('\n'); err != nil {
			return s, err
		}
		if len(line) <= 2 {
			break
		}
		const name = "content-length:"
		if len(line) > len(name) && bytes.EqualFold(line[:len(name)], []byte(name)) {
			if s.length, err = strconv.Atoi(string(bytes.TrimSpace(line[len(name):]))); err != nil {
				return s, err
			}
		}
	}
	if s.length < 0 {
		return s, errFraming
	}
	return s, nil
}

// client is one connection to a proxy that is kept.
type client struct {
	conn net.Conn
	r    *bufio.Reader
	m    *message
	out  []byte
}

func dial(address string, m *message) (*client, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &client{conn, bufio.NewReaderSize(conn, 4<<10), m, bytes.Clone(m.bytes)}, nil
}

// send writes the request of the nth sending.
func (c *client) send(n int) error {
	c.m.fill(c.out, n)
	_, err := c.conn.Write(c.out)
	return err
}

// receive reads an answer, which must be the upstream's.
func (c *client) receive() error {
	s, err := readHead(c.r)
	if err != nil {
		return err
	}
	if s.status != 200 || s.length != len(answerBody) {
		return fmt.Errorf("answered with %d and %d bytes", s.status, s.length)
	}
	_, err = c.r.Discard(s.length)
	return err
}

// discard drops the body of a message, or keeps it in into.
func discard(r *bufio.Reader, length int, into *[]byte) error {
	if into == nil {
		_, err := r.Discard(length)
		return err
	}
	*into = make([]byte, length)
	_, err := io.ReadFull(r, *into)
	return err
}
