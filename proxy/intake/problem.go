package intake

import (
	"github.com/piiproxy/piiproxy/proxy/telemetry"
)

// problem is how a refusal is answered.
type problem struct {
	status int
	title  string
	retry  int // seconds after which to try again; 0: never
}

var problems = map[telemetry.Reason]problem{
	telemetry.ReasonNoRoute:          {404, "nothing is taken at this path", 0},
	telemetry.ReasonMethod:           {405, "telemetry is sent by POST", 0},
	telemetry.ReasonMalformedRequest: {400, "the request has no single meaning", 0},
	telemetry.ReasonRequestTimeout:   {408, "the request took too long", 0},
	telemetry.ReasonClientClosed:     {400, "the request is not whole", 0},
	telemetry.ReasonVersion:          {505, "the version of HTTP is neither 1.0 nor 1.1", 0},
	telemetry.ReasonUnsupported:      {501, "there are no other protocols and no tunnels here", 0},
	telemetry.ReasonExpectation:      {417, "the expectation cannot be met", 0},
	telemetry.ReasonTargetTooLong:    {414, "path and query are too long", 0},
	telemetry.ReasonHeadersTooLarge:  {431, "the headers are too large or too many", 0},
	telemetry.ReasonBodyTooLarge:     {413, "the body is too large", 0},
	telemetry.ReasonMediaType:        {415, "the media type is not one that is taken here", 0},
	telemetry.ReasonEncoding:         {415, "the content encoding is none of gzip, zstd, deflate and identity", 0},
	telemetry.ReasonMalformedData:    {400, "the body is not what its type says", 0},
	telemetry.ReasonMemory:           {503, "too many large bodies at once", 1},
	telemetry.ReasonInFlight:         {503, "too many requests at once", 1},
	telemetry.ReasonQueueFull:        {503, "telemetry waits to be delivered, and there is room for no more", 5},
	telemetry.ReasonPanic:            {500, "the request could not be processed", 0},
}

// problemOf returns the answer for a reason. One that is not known is a fault of this program.
func problemOf(reason telemetry.Reason) problem {
	if p, ok := problems[reason]; ok {
		return p
	}
	return problems[telemetry.ReasonPanic]
}

// Status returns the status with which a refusal is answered.
func Status(reason telemetry.Reason) int { return problemOf(reason).status }

// Title returns what an answer says of a reason: a constant.
func Title(reason telemetry.Reason) string { return problemOf(reason).title }
