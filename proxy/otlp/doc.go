// Package otlp masks telemetry of other programs: traces, logs and metrics as OTLP carries them, in protobuf and in JSON.
// Package gateway takes requests and package export delivers them. This one is arithmetic on bytes: a request goes in, the same request comes out with every string of it masked by a surface.
//
// # What it promises
//
//   - Every string goes through the surface: names and attributes of resources, scopes, spans, events, links, log records, data
//     points and exemplars, the names of attributes, bodies, status messages, trace states, descriptions and schema URLs. So do
//     whole numbers and floating-point numbers of attributes, which turn into strings if anything of them is masked. What stays
//     as it is: booleans, ids of traces and spans, times, measured values, and the names of metrics.
//   - Names of attributes are names of fields: sms.to, http.request.body.content and enduser.id have actions, also for arrays and
//     nested maps under them.
//   - Bytes that are no readable text are withheld: nobody can say what they hold.
//   - What OTLP does not define is withheld: unknown fields are dropped, unknown members become "redacted": null. So are indexes
//     into the strings of a profile, which these signals do not have.
//   - What is not changed is identical. Where nothing is found the output is the input, byte for byte; else only what was
//     replaced differs, and the lengths around it. A JSON string with escapes in which something was replaced is escaped anew.
//   - Bad data is an [*Error] and there is no output: not even a part of it.
//
// # How it works
//
// One pass over the request collects edits: which bytes are to be replaced by what, and the lengths around them, whose values
// are known when their messages end. A second pass copies what lies between the edits. Nothing is decoded into a tree.
package otlp
