package ingest

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"

	"github.com/piiproxy/piiproxy/proxy/intake"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

// Path is where lines are taken.
const Path = "/ingest/log"

// Paths returns the handlers of the ingest, by path.
func (g *Ingest) Paths() map[string]intake.Handler {
	return map[string]intake.Handler{Path: lines{g}}
}

// lines takes the lines of a request: one JSON object each, or text.
type lines struct{ *Ingest }

// Source is part of [intake.Handler].
func (lines) Source() telemetry.Source { return telemetry.SourceLines }

// AppendProblem is part of [intake.Handler].
func (lines) AppendProblem(dst []byte, _ *intake.Request, reason telemetry.Reason) (body []byte, mediaType string) {
	return append(append(dst, intake.Title(reason)...), '\n'), "text/plain; charset=utf-8"
}

// textTypes are the media types of lines that may be anything.
var textTypes = []string{"text/plain", "application/x-ndjson", "application/ndjson", "application/jsonl", "application/octet-stream"}

// memoryFactor is how much memory the records of a request take at most, in bodies: tokens are longer than the shortest values.
const memoryFactor = 8

// Take is part of [intake.Handler]: it masks the lines and hands them on. A JSON document that is not one line is refused: line by
// line it would be text, in which the names of fields say nothing.
func (h lines) Take(r *intake.Request, body []byte) telemetry.Reason {
	switch {
	case r.HasMediaType("application/json"):
		if !eachIsJSON(body) {
			return telemetry.ReasonMalformedData
		}
	case !hasOneOf(r, textTypes):
		return telemetry.ReasonMediaType
	}
	if h.options.Offer != nil && !r.Reserve(memoryFactor*int64(len(body))) {
		return telemetry.ReasonMemory
	}
	m := h.maskers.Get().(*masker)
	taken, out := h.mask(m, body)
	reason := h.handOn(&out)
	if reason == telemetry.ReasonNone {
		h.series.Accepted(telemetry.SourceLines, taken, &m.tally)
		r.Answer(200, "", nil)
	}
	m.release()
	h.maskers.Put(m)
	return reason
}

// handOn offers the records of a request, if there are any, and returns why they are not taken.
func (h lines) handOn(out *records) telemetry.Reason {
	if out.n == 0 {
		return telemetry.ReasonNone
	}
	switch err := h.options.Offer(out.request()); {
	case errors.Is(err, ErrTooLarge):
		return telemetry.ReasonBodyTooLarge
	case err != nil:
		return telemetry.ReasonQueueFull
	}
	return telemetry.ReasonNone
}

func hasOneOf(r *intake.Request, types []string) bool {
	for _, name := range types {
		if r.HasMediaType(name) {
			return true
		}
	}
	return false
}

// eachIsJSON reports whether each line that is not empty is a JSON document.
func eachIsJSON(body []byte) bool {
	for line := range bytes.Lines(body) {
		if line = bytes.TrimSpace(line); len(line) > 0 && !json.Valid(line) {
			return false
		}
	}
	return true
}

// mask masks each line, and writes it or makes a record of it.
func (h lines) mask(m *masker, body []byte) (taken telemetry.Taken, out records) {
	surface, now := h.options.Surface(), time.Now()
	taken.Bytes = len(body)
	for text := range bytes.Lines(body) {
		text = bytes.TrimSuffix(text, []byte("\n"))
		if len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		taken.Items++
		l := h.line(m, surface, text)
		if h.options.Lines != nil {
			h.options.Lines.Write(l.text.AppendConst("\n"))
			continue
		}
		out.add(&l, now)
	}
	return taken, out
}

var lineTooLong = redact.Masked{}.AppendConst(`{"withheld":"line too long"}`)

func (h lines) line(m *masker, surface *redact.Surface, text []byte) line {
	if len(text) > h.options.MaxLine {
		h.series.Withheld(telemetry.SourceLines, telemetry.WithheldTooLong, 1)
		m.out = m.out.Reset().AppendMasked(lineTooLong)
		return line{text: m.out, severity: -1}
	}
	l, ok := m.plainLine(surface, text)
	if !ok {
		h.series.Withheld(telemetry.SourceLines, telemetry.WithheldFault, 1)
	}
	return l
}
