// Package edge holds what the proxy promises of HTTP at its edges, black box: the program runs as a child process between a
// client that writes raw bytes and an upstream that records what reached it.
//
//   - Hostile requests: each is followed on its connection by a well-formed one, the marker. What the upstream saw is parsed
//     by a strict parser of this package and by net/http. Nothing is smuggled, nothing is ambiguous, and after a doubt about
//     where a request ends nothing follows it.
//   - Faults: an upstream that misbehaves in every way we know of. Nothing arrives twice, nothing that was accepted is lost,
//     no answer goes to another request, and no answer takes longer than its timeout allows.
//   - Delivery: many messages through faults, restarts and reloads, and an account of each of them.
//   - Slow clients: slowhttptest holds 500 connections up while an honest client wants to be served.
//
// The first two run against nginx and HAProxy as well, with the configuration that their manuals recommend; README.md has the
// table.
package edge
