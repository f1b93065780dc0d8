// Package proxy runs exchanges: it takes a client's request along a route to an upstream as it came, or to a connector
// through the connector's projection, and leaves one record of it for telemetry.
//
// # The path of an exchange
//
//	accept ─ route ─ read ─ tag ─ minimise ─ forward ─ respond ─ observe ─ deliver
//
// Each stage is a method of exchange in the file of its name; it reads what stands left of it and fills its own fields.
//
//   - accept takes the current generation, once, and the head, which was read strictly: what has two readings is refused.
//   - route finds where the request goes. What is matched is the normalised path, what is forwarded the target as it came.
//   - read reads the body, finds out how it is to be understood, and inflates it if it has to be read inflated.
//   - tag takes the trace in, and makes the masked views of the record. It runs for refused exchanges too, so that they are logged as themselves.
//     No later stage gives telemetry anything of the request. What is captured of it is made here too.
//   - minimise builds the outgoing head: for a connector from nothing, by its projection; else from the lines that came.
//   - forward asks the upstream, once. Nothing is ever sent a second time.
//   - respond makes the upstream's answer ready for the client, or a problem made of constants; of a large answer all but the
//     end goes out here.
//   - observe counts the record, makes its spans and writes its line, read-only.
//   - deliver writes what the client does not have yet: who has a whole answer finds its record.
//
// An exchange of a refused request takes the same path and leaves out minimise and forward. A panic in any stage ends one
// exchange and not the process.
//
// # Exits
//
// These are all the places where bytes leave this package, and what closes each:
//
//   - access log: telemetry.AppendLine of a telemetry.Record, which holds no text but redact.Masked (tag.go).
//   - metrics: numbers of the same record, under names of the configuration; exemplars: ids of traces that we began or adopted.
//   - spans: numbers, words, names and masked text of the same record (telemetry.AppendSpans). Of what a connector gets they show
//     the path that the configuration names, and nothing of the query.
//   - trace context towards the API, if there are spans: our own ids, or those of a configured peer; trace state and baggage
//     through the surface of traces (tracing.go). Without spans it passes as it came.
//   - telemetry of other programs (intake, otlp/gateway): masked whole by package otlp and handed to the exporter, or refused;
//     answers are constants and numbers, and nothing is logged.
//   - OTLP endpoints, and the spool on disk (otlp/export): spans, and telemetry that was masked before; headers of the
//     configuration. What endpoints answer is told by class and number.
//   - the server itself logs nothing and answers nothing: why a head is refused reaches us as a class (headers.go).
//   - error bodies and headers: constants, names and paths of the configuration, offsets, our own ids (errors.go).
//   - errors of libraries: told apart by class and never printed (forward.go, inflate.go).
//   - panic messages: dropped; the record of the exchange loses its masked views too (exchange.go).
//   - requests to connectors: method, path, query, headers and body from the projection, nothing from the client's head;
//     so Referer, Forwarded, X-Forwarded-For, User-Agent, Cookie, traceparent, baggage and the like end here (connector.go).
//   - requests to the API, under `pass: everything`: as they came less what concerns one connection only (headers.go), and
//     less where they came from, unless the route says otherwise (forwarding.go).
//   - pooled memory: an exchange is reset before the next one gets it, and is not reused after a panic (exchange.go).
//   - problems of a configuration: places and names, never the secrets in it (build.go).
//   - captures: the request through the surface of captures, with surrogates for its findings, its tagged fields and all headers
//     but those that are known to say nothing of anybody; Host, the boundary and the names of files are ours. What cannot be read
//     to its end is told by its size only (capture.go). Of answers the status and the size are captured, and nothing else.
//
// A canary (package canary) reads exits back and opens none: it is handed the bytes that are written anyway.
//
// A trace id is adopted from configured peers only.
package proxy
