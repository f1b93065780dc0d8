// Package replay sends recorded or generated requests to a target and says how long the answers took.
//
// What it promises, in order:
//
//  1. Nothing is sent twice. A request that failed is counted under the class of its failure and never repeated, whatever
//     its method: a connection is written to once for each request, and there is no client library below that repeats.
//  2. What is measured is what a client would have seen. In an open loop every request has an intended start, which does not
//     wait for the answers before it, and its latency counts from there: a target that stalls is charged for everybody who
//     would have come in the meantime (no coordinated omission). Requests that gave no answer in time are in the
//     distribution with the time that they waited.
//  3. Errors carry a class and a place, never content. A capture holds surrogates and no raw data, but nobody has to rely on
//     that: what stands in a line, a header or an answer is in no error, no progress line, no result and no report.
//  4. Memory is bounded. A capture that fits is rendered once, before the first request; a larger one is read along.
//     Sending allocates nothing a request.
//
// [Open] reads captures, [Run] replays one and returns a [Result], [Compare] and [WriteReport] show results, [Generate] makes
// a capture from nothing. The formats of captures and results are in bench/README.md.
//
// The package knows no package of the proxy: it speaks to it as anybody would, over the network.
package replay
