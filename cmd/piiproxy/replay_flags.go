package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/piiproxy/piiproxy/bench/replay"
)

// errFlag says that a value is none of its flag's; it does not quote it.
var errFlag = errors.New("bad value")

// rate is requests a second: 2000, 2000/s or 120000/m.
type rate float64

// UnmarshalText reads a rate.
func (r *rate) UnmarshalText(b []byte) error {
	number, unit, _ := strings.Cut(string(b), "/")
	per, known := map[string]float64{"": 1, "s": 1, "m": 60, "min": 60, "h": 3600}[unit]
	v, err := strconv.ParseFloat(number, 64)
	if err != nil || !known || !(v > 0) {
		return errFlag
	}
	*r = rate(v / per)
	return nil
}

// speed is a factor: 2 or 2x.
type speed float64

// UnmarshalText reads a factor.
func (f *speed) UnmarshalText(b []byte) error {
	v, err := strconv.ParseFloat(strings.TrimSuffix(string(b), "x"), 64)
	if err != nil || !(v > 0) {
		return errFlag
	}
	*f = speed(v)
	return nil
}

// share is a part of a whole: 0.1% or 0.001.
type share float64

// UnmarshalText reads a share.
func (p *share) UnmarshalText(b []byte) error {
	number, isPercent := strings.CutSuffix(string(b), "%")
	v, err := strconv.ParseFloat(number, 64)
	if isPercent {
		v /= 100
	}
	if err != nil || !(v >= 0 && v <= 1) {
		return errFlag
	}
	*p = share(v)
	return nil
}

// byteSize is bytes: 1048576, 64KiB, 256MiB or 1GiB.
type byteSize int64

// UnmarshalText reads a size.
func (n *byteSize) UnmarshalText(b []byte) error {
	number, shift := string(b), 0
	for suffix, s := range map[string]int{"KiB": 10, "MiB": 20, "GiB": 30} {
		if cut, has := strings.CutSuffix(number, suffix); has {
			number, shift = cut, s
		}
	}
	v, err := strconv.ParseInt(number, 10, 32)
	if err != nil || v <= 0 {
		return errFlag
	}
	*n = byteSize(v << shift)
	return nil
}

// readHeaders reads lines such as `Authorization: Bearer …`. Its errors do not quote them: they are there for secrets.
func readHeaders(file string) ([][2]string, error) {
	if file == "" {
		return nil, nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var headers [][2]string
	lines := bufio.NewScanner(bytes.NewReader(b))
	for n := 1; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		name, value, found := strings.Cut(lines.Text(), ":")
		h := [2]string{name, strings.TrimSpace(value)}
		if !found || !replay.ValidHeader(h) {
			return nil, fmt.Errorf("%s: line %d: not a header", file, n)
		}
		headers = append(headers, h)
	}
	if lines.Err() != nil {
		return nil, fmt.Errorf("%s: a line is too long", file)
	}
	return headers, nil
}
