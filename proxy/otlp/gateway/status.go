package gateway

import (
	"net/http"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/piiproxy/piiproxy/proxy/intake"
	"github.com/piiproxy/piiproxy/proxy/otlp"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
)

// Codes of google.rpc.Code.
const (
	codeInvalidArgument   = 3
	codeResourceExhausted = 8
	codeUnimplemented     = 12
	codeInternal          = 13
	codeUnavailable       = 14
)

// codeOf returns the code that goes with a status of HTTP.
func codeOf(status int) int {
	switch {
	case status == http.StatusServiceUnavailable:
		return codeUnavailable
	case status == http.StatusRequestEntityTooLarge:
		return codeResourceExhausted
	case status == http.StatusNotImplemented:
		return codeUnimplemented
	case status >= http.StatusInternalServerError:
		return codeInternal
	}
	return codeInvalidArgument
}

// AppendProblem is part of [intake.Handler]: it appends a google.rpc.Status in the encoding of the request, or in protobuf if that
// is not known.
func (s signal) AppendProblem(dst []byte, r *intake.Request, reason telemetry.Reason) (body []byte, mediaType string) {
	code, message := codeOf(intake.Status(reason)), intake.Title(reason)
	if enc, ok := encodingOf(r); ok && enc == otlp.JSON {
		dst = strconv.AppendInt(append(dst, `{"code":`...), int64(code), 10)
		return append(append(append(dst, `,"message":"`...), message...), `"}`...), typeJSON
	}
	dst = protowire.AppendVarint(protowire.AppendTag(dst, 1, protowire.VarintType), uint64(code))
	return protowire.AppendString(protowire.AppendTag(dst, 2, protowire.BytesType), message), typeProtobuf
}
