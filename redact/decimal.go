package redact

import (
	"bytes"
	"strconv"

	"github.com/piiproxy/piiproxy/redact/internal/scan"
)

// decimal replaces src[start:end] if it is a telephone number that a program wrote as a number with a point or an exponent:
// a table with empty cells makes 306912345678.0 of 306912345678. It stands for the same person, so it gets the same token.
// It reports false, and does nothing, if it is none, or one that stays.
func (r *run) decimal(start, end int, rules *[numKinds]Action) bool {
	text := r.src[start:end]
	if len(text) == 0 || len(text) > maxDecimal || text[0]-'0' >= 10 || !bytes.ContainsAny(text, ".eE") {
		return false
	}
	mantissa, exponent, ok := parseDecimal(text)
	if !ok || exponent < 0 {
		return false // 1732347554.125 is a time
	}
	for ; exponent > 0; exponent-- {
		mantissa *= 10
	}
	r.decoded = strconv.AppendUint(r.decoded[:0], mantissa, 10)
	c := r.s.scanner.Scan(r.decoded, scan.KeyPhone)
	defer c.Close()
	if !c.Next() || c.Finding.Start > 0 || c.Finding.End < len(r.decoded) {
		return false
	}
	f := &c.Finding
	a := ruleFor(f, rules)
	if a == Keep {
		return false
	}
	r.noteSpan(f, r.decoded, start, end, a)
	r.t.Add(Kind(f.Kind), a)
	if !r.mute {
		r.flush(start)
		r.show(f, r.decoded, r.decoded, a)
		r.done = end
	}
	return true
}

// maxDecimal bounds how a number of at most fifteen digits may be written.
const maxDecimal = 24
