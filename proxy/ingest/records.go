package ingest

import (
	"bytes"
	"encoding/binary"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// records is an OTLP request for logs that is being made: each line is a record, with the line as its body.
type records struct {
	b []byte // log records, as fields of a ScopeLogs
	n int
}

// severityNumbers are those of OpenTelemetry for the severities of syslog.
var severityNumbers = [8]uint64{21, 19, 18, 17, 13, 10, 9, 5}

// Numbers of fields of OTLP.
const (
	fieldResourceLogs = 1
	fieldResource     = 1 // of ResourceLogs
	fieldScopeLogs    = 2
	fieldScope        = 1 // of ScopeLogs
	fieldLogRecord    = 2
	fieldTime         = 1 // of LogRecord
	fieldSeverity     = 2
	fieldSeverityText = 3
	fieldBody         = 5
	fieldObserved     = 11
	fieldStringValue  = 1 // of AnyValue
)

// add adds a line. What is not UTF-8 in it becomes U+FFFD.
func (r *records) add(l *line, now time.Time) {
	text := bytes.ToValidUTF8(l.text.Bytes(), []byte("\ufffd"))
	value := protowire.SizeBytes(len(text)) + 1
	var head [64]byte
	h := head[:0]
	if !l.time.IsZero() {
		h = appendFixed64(h, fieldTime, l.time)
	}
	if l.severity >= 0 {
		h = protowire.AppendVarint(protowire.AppendTag(h, fieldSeverity, protowire.VarintType), severityNumbers[l.severity])
		h = protowire.AppendBytes(protowire.AppendTag(h, fieldSeverityText, protowire.BytesType), severities[l.severity].Bytes())
	}
	h = appendFixed64(h, fieldObserved, now)
	h = protowire.AppendVarint(protowire.AppendTag(h, fieldBody, protowire.BytesType), uint64(value))
	r.b = protowire.AppendVarint(protowire.AppendTag(r.b, fieldLogRecord, protowire.BytesType), uint64(len(h)+value))
	r.b = protowire.AppendTag(append(r.b, h...), fieldStringValue, protowire.BytesType)
	r.b = protowire.AppendBytes(r.b, text)
	r.n++
}

func appendFixed64(b []byte, field protowire.Number, at time.Time) []byte {
	return binary.LittleEndian.AppendUint64(protowire.AppendTag(b, field, protowire.Fixed64Type), uint64(at.UnixNano()))
}

// request returns the whole request.
func (r *records) request() []byte {
	scope := len(recordsScope) + len(r.b)
	whole := len(recordsResource) + 1 + protowire.SizeBytes(scope)
	b := make([]byte, 0, whole+16)
	b = protowire.AppendVarint(protowire.AppendTag(b, fieldResourceLogs, protowire.BytesType), uint64(whole))
	b = append(b, recordsResource...)
	b = protowire.AppendVarint(protowire.AppendTag(b, fieldScopeLogs, protowire.BytesType), uint64(scope))
	return append(append(b, recordsScope...), r.b...)
}

// reset begins another request.
func (r *records) reset() {
	if r.b, r.n = r.b[:0], 0; cap(r.b) > 4*flushBytes {
		r.b = nil
	}
}

// recordsResource is the resource of the records, as a field of ResourceLogs: what handed them on.
var recordsResource = func() []byte {
	value := protowire.AppendString(protowire.AppendTag(nil, fieldStringValue, protowire.BytesType), "piiproxy-ingest")
	pair := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), "service.name")
	pair = protowire.AppendBytes(protowire.AppendTag(pair, 2, protowire.BytesType), value)
	resource := protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), pair)
	return protowire.AppendBytes(protowire.AppendTag(nil, fieldResource, protowire.BytesType), resource)
}()

// recordsScope is their scope, as a field of ScopeLogs.
var recordsScope = func() []byte {
	scope := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), "github.com/piiproxy/piiproxy/proxy/ingest")
	return protowire.AppendBytes(protowire.AppendTag(nil, fieldScope, protowire.BytesType), scope)
}()
