package export

import (
	"bytes"
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/piiproxy/piiproxy/proxy/internal/http1"
	"github.com/piiproxy/piiproxy/proxy/otlp"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
)

// judge says what an answer means, as the OTLP specification has it.
func judge(resp *http1.Response, i *item, deadline time.Time) verdict {
	switch s := resp.Status; {
	case s >= 200 && s < 300:
		v := verdict{taken: true}
		body, ok := readBody(resp, deadline)
		if ok {
			v.rejected, ok = rejectedItems(body, i.signal, isJSON(&resp.Fields))
		}
		v.unreadable = !ok
		return v
	case s == http.StatusTooManyRequests || s == http.StatusServiceUnavailable:
		value, _ := resp.Fields.Lookup("retry-after")
		return verdict{again: true, reason: telemetry.RetryThrottled, after: retryAfter(string(value), time.Now())}
	case s == http.StatusBadGateway || s == http.StatusGatewayTimeout:
		return verdict{again: true, reason: telemetry.RetryGateway}
	}
	return verdict{}
}

// readBody reads what an answer says, and reports false if it is too much or does not come to its end.
func readBody(resp *http1.Response, deadline time.Time) ([]byte, bool) {
	if !resp.Partial() {
		return resp.Body, true
	}
	all := bytes.Clone(resp.Body)
	for resp.Partial() {
		if resp.Next(deadline) != nil {
			return nil, false
		}
		if all = append(all, resp.Body...); len(all) > maxAnswer {
			return nil, false
		}
	}
	return all, true
}

func isJSON(f *http1.Fields) bool {
	value, _ := f.Lookup("content-type")
	kind, _, _ := strings.Cut(string(value), ";")
	return strings.EqualFold(strings.TrimSpace(kind), "application/json")
}

// retryAfter returns how long an endpoint asks to be left alone: a number of seconds, or until a date. 0 if it does not say.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if n, err := strconv.ParseUint(value, 10, 63); err == nil {
		return time.Duration(min(n, uint64(maxRetryAfter/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(at.Sub(now), 0), maxRetryAfter)
	}
	return 0
}

// maxRejected bounds what an endpoint may say it rejected of one batch: it may say anything.
const maxRejected = math.MaxInt32

// rejectedItems returns how many items of a batch the answer says were rejected, and whether it is what OTLP answers. What
// else it says is not looked at.
func rejectedItems(body []byte, signal otlp.Signal, isJSON bool) (uint64, bool) {
	if isJSON {
		return rejectedJSON(body, signal)
	}
	partial, ok := lastField(body, 1, protowire.BytesType)
	if !ok || partial.bytes == nil {
		return 0, ok
	}
	rejected, ok := lastField(partial.bytes, 1, protowire.VarintType)
	return clampRejected(int64(rejected.number)), ok //nolint:gosec // as protobuf has it
}

// value is a field of protobuf.
type value struct {
	bytes  []byte
	number uint64
}

// lastField returns the last field of that number and type, as protobuf has it, and whether message is one of protobuf.
func lastField(message []byte, number protowire.Number, kind protowire.Type) (v value, ok bool) {
	for len(message) > 0 {
		num, typ, n := protowire.ConsumeTag(message)
		if n < 0 {
			return v, false
		}
		size := protowire.ConsumeFieldValue(num, typ, message[n:])
		if size < 0 {
			return v, false
		}
		if num == number && typ == kind {
			v.bytes, v.number = nil, 0
			if kind == protowire.BytesType {
				v.bytes, _ = protowire.ConsumeBytes(message[n:])
			} else {
				v.number, _ = protowire.ConsumeVarint(message[n:])
			}
		}
		message = message[n+size:]
	}
	return v, true
}

var rejectedNames = [3]string{otlp.Traces: "rejectedSpans", otlp.Logs: "rejectedLogRecords", otlp.Metrics: "rejectedDataPoints"}

func rejectedJSON(body []byte, signal otlp.Signal) (uint64, bool) {
	var answer struct {
		PartialSuccess map[string]json.RawMessage `json:"partialSuccess"`
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return 0, true
	}
	if json.Unmarshal(body, &answer) != nil {
		return 0, false
	}
	raw, there := answer.PartialSuccess[rejectedNames[signal]]
	if !there || string(raw) == "null" {
		return 0, true
	}
	n, err := strconv.ParseInt(strings.Trim(string(raw), `"`), 10, 64)
	return clampRejected(n), err == nil
}

func clampRejected(n int64) uint64 { return uint64(min(max(n, 0), maxRejected)) }
